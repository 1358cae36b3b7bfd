package store

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"weir/shop"
)

// transaction is one batch while it is decided. Nobody else sees its state yet.
type transaction struct {
	rows    *rows
	state   shop.State
	events  []shop.Event
	touched map[shop.OrderID]bool // true: changed; false: only recalled, to be forgotten again
	jobs    []shop.JobID
	filled  []shop.OrderID // what is known of their customers may be more than before
	placed  int
	failed  error // reading the rows failed: the whole batch is unknown
	short   bool  // the disk is short of space: no new order is taken
}

// decide carries out one command on the batch's state.
func (t *transaction) decide(ctx context.Context, c shop.Command, now time.Time) (shop.Result, error) {
	if err := t.recall(ctx, shop.SubjectOf(c)); err != nil {
		t.failed = err
		return shop.Result{}, err
	}
	if tick, ok := c.(shop.Tick); ok {
		tick.NoOrders = tick.NoOrders || t.short
		c = tick
	}
	d, err := shop.DecideSafely(t.state, c, now)
	if err != nil && len(d.Events) == 0 {
		return shop.Result{}, err
	}
	if place, places := c.(shop.Place); places && t.short && !d.Replayed { // a known order is answered as always
		if place.Draft.Receipt != "" {
			return shop.Result{}, errUnknown // it may be on paper: nobody must hear that it was not made
		}
		return shop.Result{}, errNoSpace
	}
	if _, holds := c.(shop.HoldRoom); holds && t.short {
		return shop.Result{}, errNoSpace // the order that it is for would be refused
	}
	if _, cancels := c.(shop.Cancel); cancels && t.short && d.Deferred { // the rest of the disk is for orders that are accepted
		return shop.Result{}, errNoTombstone
	}
	t.state = d.Next
	t.events = append(t.events, d.Events...)
	for _, e := range d.Events {
		t.note(e)
	}
	result := shop.Result{Replayed: d.Replayed, Deferred: d.Deferred, Cups: d.Cups, Broken: d.Broken, Seq: t.state.Counters.Seq}
	result.Hold = t.state.Holds[d.Hold]
	result.Carried = t.state.CarriedOf(d.Outcome)
	if c, ok := t.state.Campaigns[d.Campaign]; ok {
		result.Campaign = &c
	}
	if o, ok := t.state.Order(d.Order); ok {
		result.Order = o
	}
	return result, err // of a refusal that is pinned
}

func (t *transaction) note(e shop.Event) {
	if e.Order != 0 {
		t.touched[e.Order] = true
	}
	switch f := e.Fact.(type) {
	case shop.OrderPlaced:
		t.placed++
	case shop.LinesFilled:
		t.filled = append(t.filled, e.Order)
	case shop.JobAdded:
		t.jobs = append(t.jobs, f.Job.ID)
	case shop.JobMoved:
		t.jobs = append(t.jobs, f.Job)
	case shop.ClockStepped:
		for j := range t.state.Jobs.All() {
			t.jobs = append(t.jobs, j.ID) // their times have moved
		}
	}
}

// recall brings ended orders back into the state when a command is about them.
func (t *transaction) recall(ctx context.Context, subject shop.Subject) error {
	if subject.Ref != "" {
		if _, open := t.state.ByRef(subject.Channel, subject.Ref); !open {
			if err := t.take(t.rows.orderByRef(ctx, subject.Channel, subject.Ref)); err != nil {
				return err
			}
		}
	}
	for _, id := range subject.Orders {
		if _, open := t.state.Order(id); !open {
			if err := t.take(t.rows.order(ctx, id)); err != nil {
				return err
			}
		}
	}
	return t.recallDay(ctx, subject.Day)
}

// recallDay brings back every order of a business day that is over: once a day, to close its books.
func (t *transaction) recallDay(ctx context.Context, day shop.Day) error {
	if day == "" || day >= t.state.Counters.Day || t.state.DayClosed(day) {
		return nil
	}
	orders, err := t.rows.ordersOfDay(ctx, day)
	if err != nil {
		return err
	}
	for _, o := range orders {
		if _, known := t.state.Order(o.ID); known {
			continue // open, or changed in this batch
		}
		if err := t.take(o, nil); err != nil {
			return err
		}
	}
	return nil
}

func (t *transaction) take(o *shop.Order, err error) error {
	if errors.Is(err, shop.ErrNotFound) {
		return nil // the rule refuses, and says what is missing
	}
	if err != nil {
		return err
	}
	t.state = t.state.Recall(o)
	if _, known := t.touched[o.ID]; !known {
		t.touched[o.ID] = false
	}
	return nil
}

// write puts events and touched rows into the open transaction.
func (t *transaction) write(ctx context.Context, before *shop.State) error {
	for i := range t.events {
		if err := t.rows.insertEvent(ctx, &t.events[i]); err != nil {
			return err
		}
		if err := t.rows.putBooks(ctx, &t.events[i]); err != nil {
			return err
		}
	}
	for _, id := range slices.Sorted(maps.Keys(t.touched)) {
		o, ok := t.state.Order(id)
		if !ok || !t.touched[id] {
			continue
		}
		if err := t.rows.putOrder(ctx, o, o.ID > before.Counters.Order); err != nil {
			return err
		}
	}
	for _, id := range t.filled {
		if o, ok := t.state.Order(id); ok {
			if err := t.rows.putPerson(ctx, o); err != nil {
				return err
			}
		}
	}
	for _, id := range t.jobs {
		if err := t.rows.putJob(ctx, t.state.Jobs.At(int64(id))); err != nil {
			return err
		}
	}
	return t.rows.putParts(ctx, &t.state)
}

// settle returns the state that everybody will see: without the orders and jobs that have ended.
func (t *transaction) settle() shop.State {
	for id := range t.touched {
		t.state = t.state.Forget(id)
	}
	for _, id := range t.jobs {
		t.state = t.state.ForgetJob(id)
	}
	return t.state
}
