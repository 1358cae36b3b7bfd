package shop

import (
	"weir/shop/capacity"
)

// Apply returns the state after an event. It decides nothing and cannot fail: what is in an event has been decided.
// The old state does not change.
func Apply(s State, e Event) State {
	s.Counters.Seq, s.Counters.LastAt = e.Seq, e.At
	if e.Told != nil {
		s.Counters.Feeds = with(s.Counters.Feeds, e.Told.Channel, e.Told.Feed)
	}
	return e.Fact.apply(s, e)
}

// change replaces the order by a changed copy and lets capacity see both.
func (s State) change(e Event, f func(*Order)) State {
	old, o := s.edit(e.Order, f)
	if o == nil {
		return s
	}
	s.Orders = s.Orders.With(int64(o.ID), o)
	s.Capacity = s.Capacity.Swap(old.load(), o.load())
	return s.used(old, o)
}

func (s State) edit(id OrderID, f func(*Order)) (old, o *Order) {
	old, ok := s.Order(id)
	if !ok {
		return nil, nil
	}
	o = old.clone()
	f(o)
	return old, o
}

// load is the order as capacity counts it. It is empty for an order that has ended.
func (o *Order) load() capacity.Order {
	if o.End != "" {
		return capacity.Order{}
	}
	l := capacity.Order{
		ID: int64(o.ID), Channel: o.Channel, Campaign: o.campaign(), Placed: o.AcceptedAt, Due: o.Promise.turn(),
		Slot: o.Promise.SlotStart, Span: o.Promise.SlotSpan,
		WalkIn: o.Channel == CounterChannel, Quote: o.Promise.Quote, Again: o.Promise.Expected, AnyTime: o.AnyTime,
		Moved: !o.Promise.Moved.IsZero(),
	}
	if o.OnStandby() {
		l.Stage, l.Work, l.Cups = capacity.Standby, o.Standby.Work, o.Standby.Cups
		return l
	}
	for i := range o.Cups {
		if c := &o.Cups[i]; c.State <= Making {
			l.Work += c.Work
			l.Spare = l.Spare.Plus(c.Spare)
			l.Cups++
		}
	}
	switch {
	case o.KitchenAt.IsZero() && o.DueOnArrival:
		l.Stage = capacity.Held
	case o.KitchenAt.IsZero() && (o.Promise.SlotStart.IsZero() || !o.CameDue.IsZero()):
		// Its lines are not known yet, or it waits for its rider. Its work is due now all the same, and it keeps its place.
	case o.KitchenAt.IsZero():
		l.Stage = capacity.Booked
	}
	if l.Cups == 0 && o.Fulfilment != Counter {
		l.Bags = 1
	}
	return l
}
