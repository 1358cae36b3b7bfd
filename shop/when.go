package shop

import (
	"time"

	"weir/shop/capacity"
)

// When an order is wanted. A customer may want it by a time (by), or at the door at a time (deliver_at): then it has to be
// ready a ride before, and it is not begun so early that it grows old on the shelf.

const (
	// RideUsual is how long a rider needs from the shop to the door where neither the order nor shop.yaml says it.
	RideUsual = 20 * time.Minute
	// RideMost bounds a ride: a drink that is on the way for longer is not fresh.
	RideMost = 2 * time.Hour
)

// wantedBy is the latest moment at which the order may be ready for its customer; zero is whenever.
func (d Draft) wantedBy(channel Channel) time.Time {
	by := d.By
	if d.DeliverAt.IsZero() {
		return by
	}
	ride := d.Ride
	switch {
	case d.Fulfilment != Delivery:
		ride = 0
	case ride == 0:
		ride = channel.Ride
	}
	return earlier(d.DeliverAt.Add(-ride), by)
}

// Later reports whether the order is for a slot: one that it names, or one that its shop chooses for a time at the door. How
// long the channel's rides take only the shop knows.
func (d Draft) Later(now time.Time) bool {
	return !d.SlotStart.IsZero() || !d.DeliverAt.IsZero() && !slotFor(d.wantedBy(Channel{}), now).IsZero()
}

// slotFor is the slot for an order that is wanted at a time: the last that ends before it. It is zero when that is too
// soon for a slot: the order is accepted now, and waits for its time.
func slotFor(at, now time.Time) time.Time {
	slot := at.Truncate(capacity.SlotLength).Add(-capacity.SlotLength)
	if !slot.After(now.Add(capacity.MakeAhead)) {
		return time.Time{}
	}
	return slot
}

// misses reports whether an order would not be ready when it is wanted, with the moment by which nine of ten such orders
// are. An order that waits for its customer is judged as if the customer were here.
func (d *decider) misses(o *Order, a capacity.Answer) (ready time.Time, misses bool) {
	if o.WantedBy.IsZero() {
		return time.Time{}, false
	}
	switch {
	case !o.Promise.SlotStart.IsZero():
		ready = o.Promise.SlotStart.Add(capacity.SlotLength)
	case !o.DueOnArrival && a.Quote.P90 > 0:
		ready = d.now.Add(a.Quote.P90)
	default:
		ready = d.now.Add(d.state.Capacity.Quote(d.now, o.Work()).P90)
	}
	if !a.Accepted && a.Reason != capacity.NoRoom && o.WantedBy.After(d.now) {
		return ready, false // something else keeps it out, and says so
	}
	return ready, ready.After(o.WantedBy)
}

// refuseMissed refuses an order that would be ready too late for its customer, and says when it would be.
func (d *decider) refuseMissed(o *Order, a capacity.Answer, ready time.Time) *Error {
	if a.Reason, a.Why.Rule = capacity.Deadline, capacity.RuleBy; a.Accepted {
		a.Slots = d.state.Capacity.Slots(d.now, o.Channel, o.campaign(), o.Work())
	}
	a.Earliest, a.RetryAt = wholeMinute(ready), time.Time{}
	e := d.refuse(o, a)
	e.Detail = "the order cannot be ready by " + o.WantedBy.Format(timeFormat) + "; nothing was made. It would be by " +
		wholeMinute(ready).Format(timeFormat)
	return e
}

// setWanted makes the promise what the customer asked for: earlier than the shop would have said, because nine of ten are
// ready by then, or later, because it is wanted at the door and not before. The order keeps the place in the queue that it
// would have had, and passes nobody.
func (d *decider) setWanted(o *Order, due time.Time) {
	if o.WantedBy.IsZero() || o.DueOnArrival || o.DeliverAt.IsZero() && !o.WantedBy.Before(due) {
		return
	}
	o.Promise.ReadyBy = o.WantedBy
	if o.WantedBy.Before(due) || !o.Promise.SlotStart.IsZero() {
		o.Promise.Turn = due
	}
	if o.WantedBy.After(due) {
		wait := o.WantedBy.Sub(d.now)
		o.Promise.Quote = capacity.Quote{P50: wait, P90: wait, Promise: wait, Crew: o.Promise.Quote.Crew, Ahead: o.Promise.Quote.Ahead}
	}
}

// readyFor is when an order that has not gone to the kitchen should be ready: when its rider is there, or a ride before it
// is wanted at the door, and always within its promise. ok is false when it goes there as soon as its turn comes.
func (o *Order) readyFor() (at time.Time, ok bool) {
	switch {
	case !o.ArrivedAt.IsZero() || !o.CourierAt.IsZero():
		return at, false // whoever fetches it is here
	case !o.CourierEta.IsZero():
		return earlier(o.CourierEta, o.Promise.By()), true
	case !o.DeliverAt.IsZero():
		return o.Promise.By(), true
	}
	return at, false
}

// waitsForTime reports whether nothing keeps an order from the kitchen but that it is too early for it.
func (o *Order) waitsForTime() bool {
	if o.End != "" || !o.KitchenAt.IsZero() || o.LinesUnknown || o.OnStandby() {
		return false
	}
	if !o.Promise.SlotStart.IsZero() {
		return !o.CameDue.IsZero()
	}
	return !o.DeliverAt.IsZero() || o.DueOnArrival && !o.CourierEta.IsZero()
}

// queued is the queue as it stood when it was looked at: once for many orders.
type queued struct {
	orders []*Order
	works  []capacity.Demand
}

// readyIfBegun is when nine of ten orders like this one would be ready, if it went to the kitchen now.
func (s *State) readyIfBegun(o *Order, q *queued, now time.Time) time.Time {
	if q.orders == nil {
		q.orders, q.works = s.ahead()
	}
	var before capacity.Demand
	for i, other := range q.orders {
		if CompareTurn(other, o) < 0 {
			before = q.works[i]
		}
	}
	works := []capacity.Demand{before.Plus(o.demand())}
	return now.Add(s.Capacity.Expect(now, headSince(q.orders, now), works)[0].P90)
}

// tooEarly reports whether an order would be ready before anybody fetches it, if it went to the kitchen now. An order that is
// wanted after closing is made ready by closing: nobody is there afterwards.
func (d *decider) tooEarly(o *Order, q *queued) bool {
	at, ok := o.readyFor()
	if closes := d.state.hours().Closes; closes.After(d.now) && closes.Before(at) {
		at = closes
	}
	return ok && at.After(d.now) && d.state.readyIfBegun(o, q, d.now).Before(at)
}

// begin sends an order that waits for its time to the kitchen, when that has come.
func (d *decider) begin(o *Order, q *queued) {
	if !o.waitsForTime() || d.tooEarly(o, q) {
		return
	}
	why := "deliver_at"
	switch {
	case !o.CourierEta.IsZero():
		why = string(CourierAssigned)
	case o.DeliverAt.IsZero():
		why = "slot" // its rider has been cancelled
	}
	d.kitchen(o, why)
	*q = queued{} // it has changed
}

// beginInTime sends those to the kitchen that have waited for their time.
func (d *decider) beginInTime() {
	var q queued
	for o := range d.state.Orders.All() {
		d.begin(o, &q)
	}
}
