package store

import (
	"context"
	"time"

	"weir/shop"
)

// OnlyWhenSure has personal data and tombstones deleted for their age only while sure says that the clock is right. Call
// it before [Store.Maintain]. A start with a date to come would otherwise delete the names of orders that are waiting.
func (s *Store) OnlyWhenSure(sure func() bool) { s.sure = sure }

// StepClock takes the shop over to another scale of time: what is stored is moved by so much, and then follow is called,
// from which on the store's now is of the new scale. No other command is decided in between.
func (s *Store) StepClock(ctx context.Context, by time.Duration, from time.Time, follow func()) error {
	_, err := s.do(ctx, request{command: shop.StepClock{By: by, From: from}, after: follow})
	return err
}
