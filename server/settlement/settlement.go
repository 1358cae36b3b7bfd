// Package settlement keeps the shop's books: what each platform owes for each business day, what it says it owes, and
// where the two differ. The rules are in package shop; here are files, and the days that close by themselves.
package settlement

import (
	"context"
	"errors"
	"fmt"
	"time"

	"weir/server/store"
	"weir/shop"
)

// Shop is what the books need of the shop; [store.Store] is one.
type Shop interface {
	Do(ctx context.Context, c shop.Command) (shop.Result, error)
	Snapshot() *shop.State
	Bell() <-chan struct{}
	OrdersOfDay(ctx context.Context, day shop.Day, channel string) ([]*shop.Order, error)
	OrderByRef(ctx context.Context, channel, ref string) (*shop.Order, error)
	ClosedDay(ctx context.Context, day shop.Day) (store.ClosedDay, error)
	Statement(ctx context.Context, day shop.Day, channel string) (store.Statement, error)
	Days(ctx context.Context, limit int) ([]shop.Day, error)
}

// Books are the books of one shop.
type Books struct {
	shop Shop
}

// New opens the books of a shop.
func New(s Shop) *Books { return &Books{shop: s} }

// Day is how a business day stands.
type Day struct {
	Day      shop.Day
	Over     bool           // a later business day has begun
	Closed   bool           // its books are closed
	ClosedAt time.Time      // zero while it is open, and for a day on which the shop did not run
	ClosedBy string         // a person, or "clock"
	Channels []shop.Settled // the day as it is now
	Digest   string         // digest of all its orders as they are now
	Changed  bool           // an order has changed since the books were closed
	Then     []shop.Settled // the day as it was when the books were closed; nil while they are open
	Open     []*shop.Order  // not ended: they keep the day from being closed
	Orders   []*shop.Order  // all of them, in order of acceptance
}

// Day reads how a business day stands. A day without orders is empty and no error.
func (b *Books) Day(ctx context.Context, day shop.Day) (Day, error) {
	state := b.shop.Snapshot()
	d := Day{Day: day, Over: day < state.Counters.Day, Closed: state.DayClosed(day)}
	var err error
	if d.Orders, err = b.shop.OrdersOfDay(ctx, day, ""); err != nil {
		return d, err
	}
	d.Channels, d.Digest = state.Settlement(d.Orders), shop.Digest(d.Orders)
	for _, o := range d.Orders {
		if !o.State().Ended() {
			d.Open = append(d.Open, o)
		}
	}
	closed, err := b.shop.ClosedDay(ctx, day)
	if errors.Is(err, shop.ErrNotFound) {
		return d, nil
	}
	if err != nil {
		return d, err
	}
	d.ClosedAt, d.ClosedBy, d.Then = closed.At, closed.By, closed.Told.Channels
	d.Changed = closed.Told.Digest != d.Digest
	return d, nil
}

// Summary is one line of the list of days.
type Summary struct {
	Day     shop.Day
	Closed  bool
	Changed bool  // since it was closed
	Open    int   // orders that keep it open
	Due     int64 // sum over all channels, fen
	Orders  int   // handed over
	Unknown int   // orders whose money is not known yet
}

// Recent lists the newest business days that have orders, at most limit.
func (b *Books) Recent(ctx context.Context, limit int) ([]Summary, error) {
	days, err := b.shop.Days(ctx, limit)
	if err != nil {
		return nil, err
	}
	list := make([]Summary, 0, len(days))
	for _, day := range days {
		d, err := b.Day(ctx, day)
		if err != nil {
			return nil, err
		}
		s := Summary{Day: day, Closed: d.Closed, Changed: d.Changed, Open: len(d.Open)}
		for _, line := range d.Channels {
			s.Due, s.Orders, s.Unknown = s.Due+line.Due, s.Orders+line.Orders, s.Unknown+line.Provisional
		}
		list = append(list, s)
	}
	return list, nil
}

// Close closes a day's books. The refusal, a [*shop.Error], names the orders that are open.
func (b *Books) Close(ctx context.Context, by string, day shop.Day) error {
	_, err := b.shop.Do(ctx, shop.CloseDay{By: by, Day: day})
	return err
}

// byClock is who closes a day that nobody has closed.
const byClock = "clock"

// retryClosing is when a day that could not be closed is tried again although nothing has changed: a write that failed,
// or a ledger that does not balance.
const retryClosing = time.Minute

// Run closes each day by itself when it is over and nothing of it is open any more: nobody has to think of it, and the
// platforms hear of it the same night. It ends when ctx does. What cannot be closed is told to trouble.
func (b *Books) Run(ctx context.Context, trouble func(error)) error {
	for ctx.Err() == nil {
		bell := b.shop.Bell()
		var again <-chan time.Time
		for _, day := range b.shop.Snapshot().Closable() {
			if err := b.Close(ctx, byClock, day); err != nil && ctx.Err() == nil {
				trouble(fmt.Errorf("close the books of %s: %w", day, err))
				bell, again = nil, time.After(retryClosing)
			}
		}
		select {
		case <-bell:
		case <-again:
		case <-ctx.Done():
		}
	}
	return nil
}

// Comparison is a channel's statement beside the shop's own book.
type Comparison struct {
	Channel     string
	Day         shop.Day
	Statement   store.Statement
	Ours        shop.Settled // the shop's own figures for this channel
	Theirs      int64        // sum of the statement, fen
	Differences []shop.Difference
}

// Compare sets a channel's statement of a day against the shop's orders as they are now. It is [shop.ErrNotFound] when
// no statement was imported.
func (b *Books) Compare(ctx context.Context, day shop.Day, channel string) (Comparison, error) {
	c := Comparison{Channel: channel, Day: day}
	var err error
	if c.Statement, err = b.shop.Statement(ctx, day, channel); err != nil {
		return c, err
	}
	orders, err := b.shop.OrdersOfDay(ctx, day, channel)
	if err != nil {
		return c, err
	}
	for _, line := range b.shop.Snapshot().Settlement(orders) {
		if line.Channel == channel {
			c.Ours = line
		}
	}
	c.Theirs = c.Statement.Sum()
	c.Differences = shop.Differences(orders, &c.Statement.Statement, func(ref string) (*shop.Order, bool) {
		o, findErr := b.shop.OrderByRef(ctx, channel, ref)
		if findErr != nil && !errors.Is(findErr, shop.ErrNotFound) {
			err = findErr
		}
		return o, findErr == nil
	})
	return c, err
}
