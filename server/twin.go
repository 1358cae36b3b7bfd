package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"weir/server/store"
	"weir/server/uplink"
	"weir/shop"
)

// standing is the store as platforms meet it. Where another box with this shop's id was here first, it takes no
// orders and takes none back, and lends nothing: what it says would be said in the name of a shop that it is not.
// The kitchen goes on with what it has.
type standing struct {
	*store.Store
	twin *uplink.Twin
}

func (h *house) standing() standing { return standing{h.store, h.twin} }

var errStandsDown = &shop.Error{
	Kind: shop.Unavailable, Type: shop.ProblemStorage, Unknown: true,
	Detail: "another box has this shop's id, and this one waits for a person to say which is the shop; ask again with the same ref",
}

// Do implements [door.Shop].
func (s standing) Do(ctx context.Context, c shop.Command) (shop.Result, error) {
	switch c.(type) {
	case shop.Place, shop.Cancel:
		if s.twin.Down() {
			return shop.Result{}, errStandsDown
		}
	}
	return s.Store.Do(ctx, c)
}

// Snapshot implements [door.Shop].
func (s standing) Snapshot() *shop.State {
	state := s.Store.Snapshot()
	if !s.twin.Down() {
		return state
	}
	alone := *state
	alone.Leases = nil
	return &alone
}

// claim says which of two boxes is the shop.
type claim struct {
	place
}

// Run implements the command.
func (c *claim) Run(ctx context.Context, stdout io.Writer) error {
	if err := c.do(ctx, func(a admin) error { return a.Claim(ctx) }); err != nil {
		return err
	}
	_, err := fmt.Fprintln(stdout, "this box is the shop; another one with its id stands down. Switch that one off.")
	return err
}

// Claim implements [admin]. Without a running shop it is kept for the next start. The claim comes before its entry in
// the log: a box whose disk is full can still be named the shop.
func (a localAdmin) Claim(ctx context.Context) error {
	if a.twin == nil {
		return errors.New("this shop has a broker of its own: no other box can be on it")
	}
	if err := a.twin.Claim(time.Now()); err != nil {
		return err
	}
	return a.audit(ctx, shop.AuditShopClaimed, "")
}

// Claim implements [admin].
func (a remoteAdmin) Claim(ctx context.Context) error {
	_, err := a.call(ctx, controlCall{Do: "claim"})
	return err
}
