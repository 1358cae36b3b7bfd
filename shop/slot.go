package shop

import (
	"time"
	"weir/shop/capacity"
)

// SlotMoved says that a booked order was moved to a later slot and its channel told.
type SlotMoved struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

func (SlotMoved) name() string { return "slot.moved" }

// Mended says that all booked slots were checked, and how many orders were moved to a later one or released.
type Mended struct {
	Moves int `json:"moves"`
}

func (Mended) name() string { return "slots.mended" }

// ReasonSlotLate marks a booked order that was moved or released because its slot could not be kept.
const ReasonSlotLate = "slot-late"

// mend moves booked orders whose slots cannot be kept any more, early enough to tell their customers.
func (d *decider) mend() {
	if since := d.now.Sub(d.state.Counters.MendedAt); since >= 0 && since < capacity.MendEvery || d.state.Counters.ClockDoubt {
		return
	}
	d.mendNow()
}

// mendNow moves them whenever it was done last: who is there has changed.
func (d *decider) mendNow() {
	moves := d.state.Capacity.Mend(d.now)
	d.emit(0, Mended{Moves: len(moves)})
	for _, m := range moves {
		o, ok := d.state.Order(OrderID(m.ID))
		switch {
		case !ok:
		case m.To.IsZero():
			d.out.Broken.Released++
			d.finish(o, OrderReleased, ToldReleased, ReasonSlotLate)
		default:
			d.out.Broken.Moved++
			told := tell(ToldBooked, o, OrderBooked, ReasonSlotLate)
			told.ReadyBy = m.To.Add(capacity.SlotLength)
			d.emitTold(o.ID, SlotMoved{From: m.From, To: m.To}, told)
		}
	}
}

func (f SlotMoved) apply(s State, e Event) State {
	return s.change(e, func(o *Order) {
		o.Promise.SlotAsked = o.Promise.asked()
		o.Promise.SlotStart, o.Promise.Moved = f.To, f.To.Add(capacity.SlotLength)
	})
}

func (Mended) apply(s State, e Event) State {
	s.Counters.MendedAt = e.At
	return s
}
