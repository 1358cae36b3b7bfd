package uplink

import (
	"context"

	"weir/server/store"
	"weir/shop"
)

// Standing is the store as platforms meet it. Where another box with this shop's id was here first, it takes no
// orders and takes none back, and lends nothing: what it says would be said in the name of a shop that it is not.
// The kitchen goes on with what it has.
type Standing struct {
	*store.Store
	twin *Twin
}

// NewStanding is a store as platforms meet it. Twin is nil where no other box can be on the broker.
func NewStanding(s *store.Store, twin *Twin) Standing { return Standing{s, twin} }

var errStandsDown = &shop.Error{
	Kind: shop.Unavailable, Type: shop.ProblemStorage, Unknown: true,
	Detail: "another box has this shop's id, and this one waits for a person to say which is the shop; ask again with the same ref",
}

// Do implements [door.Shop].
func (s Standing) Do(ctx context.Context, c shop.Command) (shop.Result, error) {
	switch c.(type) {
	case shop.Place, shop.Cancel, shop.CancelPart, shop.HoldRoom:
		if s.twin.Down() {
			return shop.Result{}, errStandsDown
		}
	}
	return s.Store.Do(ctx, c)
}

// Snapshot implements [door.Shop].
func (s Standing) Snapshot() *shop.State {
	state := s.Store.Snapshot()
	if !s.twin.Down() {
		return state
	}
	alone := *state
	alone.Leases = nil
	return &alone
}
