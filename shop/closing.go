package shop

import (
	"time"

	"weir/shop/capacity"
)

// CloseEarly says that the shop closes today at a time before its hours end. Everybody who was promised something that
// will not be made is told at once.
type CloseEarly struct {
	By string
	At time.Time
}

func (CloseEarly) subject() Subject { return Subject{} }

// ClosingSet says when the shop closes on the running business day.
type ClosingSet struct {
	At time.Time `json:"at"`
}

func (ClosingSet) name() string { return "closing.set" }

// ReasonClosing is why an order is released that the shop would have made after it closes.
const ReasonClosing = "closing"

// closingSure is the share of the time until closing that the crew is sure to use: what it cannot make in that is told to
// its customers while they can still go elsewhere.
const closingSure = 0.9

// decide closes the shop early. Bookings for later, and orders that wait beyond what the crew can make until then, are
// released with the slots before closing and the sister shops as alternatives. Who stands at the counter is told by a person.
func (c CloseEarly) decide(d *decider) error {
	d.by = c.By
	at := c.At.UTC().Truncate(time.Minute)
	hours := d.state.hours()
	switch {
	case !at.After(d.now) || at.Before(hours.Opens):
		return invalid(ProblemInvalid, "the shop can only close at a time that is still to come, after it has opened",
			FieldError{"/at", "is past"})
	case !at.Before(hours.Closes):
		return invalid(ProblemInvalid, "the shop closes no later than that already", FieldError{"/at", "is not before closing"})
	}
	d.emit(0, ClosingSet{At: at})
	sure := capacity.Work(closingSure * d.state.Capacity.Rate(d.now).P25 * at.Sub(d.now).Minutes())
	var out []*Order
	seen := map[OrderID]bool{}
	for o := range d.state.Orders.All() { // booked for after closing, or for whenever the customer comes
		if o.End == "" && !o.OnStandby() && o.KitchenAt.IsZero() && (o.DueOnArrival || o.Promise.By().After(at)) {
			out, seen[o.ID] = append(out, o), true
		}
	}
	for _, q := range d.state.Queue("", time.Time{}) {
		if seen[q.Order.ID] {
			continue
		}
		seen[q.Order.ID] = true
		sure -= q.Order.load().Work
		if sure < 0 && q.Order.Channel != CounterChannel && q.Order.count()[Making]+q.Order.count()[Made]+q.Order.count()[Handed] == 0 {
			out = append(out, q.Order)
			sure += q.Order.load().Work
		}
	}
	for _, o := range out {
		d.finishWith(o, OrderReleased, ReasonClosing, d.elsewhere(o))
	}
	for _, o := range d.state.OnStandby() { // room that was scarce is scarcer now: they can still go elsewhere
		d.expire(o, ReasonClosing)
	}
	return nil
}

// elsewhere is where the customer of an order that will not be made can still get it.
func (d *decider) elsewhere(o *Order) *Elsewhere {
	e := &Elsewhere{Sisters: d.state.Config.Sisters}
	slots := d.state.Slots(d.now, o.Channel, o.campaign(), o.Work())
	for i := range slots[:min(len(slots), elsewhereMax)] {
		e.Slots = append(e.Slots, slots[i].Start)
	}
	return e
}

// Elsewhere is what a customer is offered whose order will not be made.
type Elsewhere struct {
	Slots   []time.Time `json:"slots,omitempty"` // starts of open slots of this shop, earliest first
	Sisters []Sister    `json:"sisters,omitempty"`
}

// elsewhereMax bounds the slots that are offered to one customer.
const elsewhereMax = 4

// hours are those of the running business day, as they are now.
func (s *State) hours() capacity.Day {
	day := s.Config.HoursOf(s.Counters.Day)
	if at := s.Counters.ClosesAt; at.After(day.Opens) && at.Before(day.Closes) {
		day.Closes = at
	}
	return day
}

func (f ClosingSet) apply(s State, _ Event) State {
	s.Counters.ClosesAt = f.At
	s.Capacity = s.Capacity.Today(s.hours(), s.Plan(s.Counters.Day))
	return s
}
