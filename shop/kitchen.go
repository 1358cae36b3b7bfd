package shop

import "time"

// OrderKitchened says that a booked order went to the kitchen.
type OrderKitchened struct {
	Why string `json:"why"` // slot, early, deliver_at, arrived, courier_arrived, courier_assigned, lines
	// ReadyBy is the promise of an order that had none before its customer or rider came; zero: it keeps the one it has
	ReadyBy time.Time `json:"ready_by,omitzero"`
}

func (OrderKitchened) name() string { return "order.kitchened" }

// sendDueToKitchen sends booked orders to the kitchen in time to be made.
func (d *decider) sendDueToKitchen() {
	var q queued
	for _, id := range d.state.Capacity.Due(d.now) {
		o, ok := d.state.Order(OrderID(id))
		switch {
		case !ok || o.LinesUnknown:
		case d.tooEarly(o, &q):
			d.emit(o.ID, OrderCameDue{})
		default:
			d.kitchen(o, "slot")
			q = queued{}
		}
	}
	for _, id := range d.state.Capacity.Early(d.now, d.mayBegin) {
		if o, ok := d.state.Order(OrderID(id)); ok {
			d.kitchen(o, "early")
		}
	}
}

// mayBegin reports whether a booked order can be begun before its time. One that is wanted at a time would grow old, and of
// one without lines nobody knows what to make.
func (d *decider) mayBegin(id int64) bool {
	o, ok := d.state.Order(OrderID(id))
	if !ok || o.LinesUnknown {
		return false
	}
	_, timed := o.readyFor()
	return !timed
}

// OrderCameDue says that a booked order would go to the kitchen now, and waits so that it is not ready too early. Its work is
// due from now on.
type OrderCameDue struct{}

func (OrderCameDue) name() string { return "order.came_due" }

func (OrderCameDue) apply(s State, e Event) State {
	return s.change(e, func(o *Order) {
		if o.CameDue = e.At; !o.DeliverAt.IsZero() {
			o.Promise.Turn = time.Time{} // its turn follows from when it is wanted, which may be after the slot
		}
	})
}

// kitchen sends a booked order to the kitchen, with its paper. One of which nobody knows what is in it stays where it is.
func (d *decider) kitchen(o *Order, why string) {
	if o.LinesUnknown {
		return
	}
	f := OrderKitchened{Why: why}
	if o.DueOnArrival && o.KitchenAt.IsZero() {
		f.ReadyBy = d.promiseNow(o)
	}
	d.emit(o.ID, f)
	o, _ = d.state.Order(o.ID)
	d.paper(o)
}

// promiseNow is the promise of an order that has waited for its customer, as it is given to somebody who orders now. Until
// then the order was promised for closing, and had no turn.
func (d *decider) promiseNow(o *Order) time.Time {
	now := *o
	now.KitchenAt = d.now
	request := now.request(time.Time{})
	request.Again = true
	return earlier(d.state.Capacity.Admit(d.now, request).Due, o.Promise.By())
}

func (f OrderKitchened) apply(s State, e Event) State {
	o, ok := s.Order(e.Order)
	if !ok {
		return s
	}
	for range o.count()[Booked] {
		s.Ledger = s.Ledger.moved(Booked, Waiting)
	}
	return s.change(e, func(o *Order) {
		if o.KitchenAt = e.At; !f.ReadyBy.IsZero() {
			o.Promise.Moved = f.ReadyBy
		}
		if len(o.Cups) == 0 {
			o.ReadyAt = e.At
		}
		for i := range o.Cups {
			if c := &o.Cups[i]; c.State == Booked {
				c.State, c.At = Waiting, e.At
			}
		}
	})
}
