package clock

import (
	"context"
	"time"

	"weir/shop"
)

// Shop is what a clock has to tell; [store.Store] is one.
//
// [store.Store]: https://pkg.go.dev/weir/server/store#Store
type Shop interface {
	Do(ctx context.Context, c shop.Command) (shop.Result, error)
	// StepClock takes the shop's times after a moment over to another scale, and calls follow before the next command is
	// decided.
	StepClock(ctx context.Context, by time.Duration, from time.Time, follow func()) error
	Snapshot() *shop.State
}

// Keep has the shop follow its clock, and know when the clock is in doubt. Call it every second.
func (c *Clock) Keep(ctx context.Context, s Shop) error {
	if by, from, due := c.Due(); due {
		if err := s.StepClock(ctx, by, from, c.Follow); err != nil {
			return err
		}
	}
	c.write()
	counters := &s.Snapshot().Counters
	if doubt := !c.Status().Steady; doubt != counters.ClockDoubt {
		if _, err := s.Do(ctx, shop.DoubtClock{Doubt: doubt}); err != nil {
			return err
		}
	}
	for _, day := range counters.Ahead {
		if c.mended[day] {
			continue
		}
		if _, err := s.Do(ctx, shop.MendDay{Day: day}); err != nil {
			return err
		}
		if c.mended == nil {
			c.mended = map[shop.Day]bool{}
		}
		c.mended[day] = true
	}
	return nil
}
