package control

import (
	"context"
	"errors"
	"fmt"
	"time"

	"weir/server/access"
	"weir/server/store"
	"weir/server/uplink"
	"weir/shop"
	"weir/shop/guard"
)

// Local is an [Admin] that works with the store itself. Make it with [NewLocal].
type Local struct {
	config *shop.Config
	store  *store.Store
	keys   *access.Keys
	twin   *uplink.Twin
}

// NewLocal makes one with a store that runs. Twin is nil where no other box can be.
func NewLocal(config *shop.Config, s *store.Store, keys *access.Keys, twin *uplink.Twin) Local {
	return Local{config, s, keys, twin}
}

// AddKey implements [Admin].
func (a Local) AddKey(ctx context.Context, channel string) (key, id string, err error) {
	if _, ok := a.config.Channel(channel); !ok {
		var known []string
		for _, ch := range a.config.Channels {
			known = append(known, ch.ID)
		}
		return "", "", fmt.Errorf("there is no channel %q; the shop has %v", channel, known)
	}
	if err := a.audit(ctx, shop.AuditKeyAdded, channel); err != nil {
		return "", "", err
	}
	return a.keys.Add(ctx, channel)
}

// Console is who it was when somebody with a shell on the box did it.
const Console = "console"

func (a Local) audit(ctx context.Context, what, about string) error {
	_, err := a.store.Do(ctx, shop.Audit{By: Console, What: what, About: about})
	return err
}

// Keys implements [Admin].
func (a Local) Keys(ctx context.Context) ([]store.Key, error) { return a.store.Keys(ctx) }

// RevokeKey implements [Admin].
func (a Local) RevokeKey(ctx context.Context, id string) error {
	err := a.keys.Revoke(ctx, id)
	if errors.Is(err, shop.ErrNotFound) {
		return fmt.Errorf("there is no key %q that is still good; see weir key list", id)
	}
	if err != nil {
		return err
	}
	return a.audit(ctx, shop.AuditKeyRevoked, id)
}

// Backup implements [Admin].
func (a Local) Backup(ctx context.Context, file string) error { return a.store.Backup(ctx, file) }

// Check implements [Admin].
func (a Local) Check(ctx context.Context) error { return a.store.Check(ctx) }

// URL implements [Admin].
func (a Local) URL(context.Context) (string, error) {
	return "", fmt.Errorf("weir is %w", guard.ErrNotRunning)
}

// Report implements [Admin].
func (a Local) Report(context.Context) (string, error) {
	return "", fmt.Errorf("weir is %w", guard.ErrNotRunning)
}

// Pair implements [Admin]: without a running shop there is nobody whose code it could be.
func (a Local) Pair(context.Context, bool) (Pairing, error) {
	return Pairing{}, errors.New("no weir is running on this data directory, and a code is good for the running one only; " +
		"start it and ask again")
}

// Claim implements [Admin]. Without a running shop it is kept for the next start. The claim comes before its entry in
// the log: a box whose disk is full can still be named the shop.
func (a Local) Claim(ctx context.Context) error {
	if a.twin == nil {
		return errors.New("this shop has a broker of its own: no other box can be on it")
	}
	if err := a.twin.Claim(time.Now()); err != nil {
		return err
	}
	return a.audit(ctx, shop.AuditShopClaimed, "")
}
