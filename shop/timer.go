package shop

import (
	"slices"
	"time"

	"weir/shop/capacity"
)

// tick does what is due. It is idempotent: nothing is due twice.
func (d *decider) tick() {
	d.turnDay()
	d.resumeIntake()
	d.tellReady()
	d.releaseGone()
	d.sendDueToKitchen()
	d.mend()
	d.step()
	d.grant()
}

// turnDay opens a new business day: numbers begin at 1 and the ledger takes over what is still open. The day that is
// over is not closed by that: an order of it may still wait for its rider.
func (d *decider) turnDay() {
	day, old := d.state.Config.Day(d.now), d.state.Counters.Day
	if day <= old {
		return // a clock that jumps back does not reopen a day
	}
	d.emit(0, DayOpened{Day: day, Over: old, Ledger: d.state.Ledger})
	d.trimCampaigns()
}

// resumeIntake opens what the owner closed for a time.
func (d *decider) resumeIntake() {
	for _, ch := range d.state.Config.Channels {
		in, ok := d.state.Settings.Intake[ch.ID]
		if ok && in.Mode != capacity.IntakeOpen && !in.Until.IsZero() && !d.now.Before(in.Until) {
			d.intake(ch.ID, Intake{Mode: capacity.IntakeOpen, Reason: "expired"})
		}
	}
}

// tellReady tells the channels what can be fetched, once the bump can no longer be undone.
func (d *decider) tellReady() {
	for o := range d.state.Orders.All() {
		if o.End == "" && !o.ReadyTold && !o.ReadyAt.IsZero() && d.now.Sub(o.ReadyAt) >= UndoTime && o.Complete(d.state.Settings.CheckMode) {
			d.emitTold(o.ID, OrderTold{State: OrderReady}, tell(ToldReady, o, OrderReady, ""))
		}
	}
}

// GoneTime is how long an order of which every cup was thrown away waits to be made again.
const GoneTime = 10 * time.Minute

// releaseGone ends orders of which nothing is left, so that their customers are told.
func (d *decider) releaseGone() {
	for o := range d.state.Orders.All() {
		if o.End != "" || !o.gone() {
			continue
		}
		last := slices.MaxFunc(o.Cups, func(a, b Cup) int { return a.At.Compare(b.At) })
		if d.now.Sub(last.At) >= GoneTime {
			d.finish(o, OrderReleased, ToldReleased, ReasonDiscarded)
		}
	}
}

// sendDueToKitchen sends booked orders to the kitchen in time to be made.
func (d *decider) sendDueToKitchen() {
	for _, id := range d.state.Capacity.Due(d.now) {
		if o, ok := d.state.Order(OrderID(id)); ok {
			d.kitchen(o, "slot")
		}
	}
}

// mend moves booked orders whose slots can no longer be kept, while there is still time to tell.
func (d *decider) mend() {
	if d.now.Sub(d.state.Counters.MendedAt) < capacity.MendEvery {
		return
	}
	moves := d.state.Capacity.Mend(d.now)
	d.emit(0, Mended{Moves: len(moves)})
	for _, m := range moves {
		o, ok := d.state.Order(OrderID(m.ID))
		switch {
		case !ok:
		case m.To.IsZero():
			d.finish(o, OrderReleased, ToldReleased, ReasonSlotLate)
		default:
			told := tell(ToldBooked, o, OrderBooked, ReasonSlotLate)
			told.ReadyBy = m.To.Add(capacity.SlotLength)
			d.emitTold(o.ID, SlotMoved{From: m.From, To: m.To}, told)
		}
	}
}

// ReasonSlotLate marks a booked order that was moved or released because its slot could not be kept.
const ReasonSlotLate = "slot-late"

// step lets capacity see the time pass. It is written only when that changed a level or settled a
// lease, so that a quiet shop does not wear its flash out.
func (d *decider) step() {
	if after := d.state.Capacity.Tick(d.now); !after.SameMemory(d.state.Capacity) {
		level := after.Level(d.now, "")
		d.emit(0, Stepped{Level: level.Level, Reason: level.Reason})
	}
}

// grant publishes credit that is due.
func (d *decider) grant() {
	if leases := d.state.Capacity.Grant(d.now); len(leases) > 0 {
		d.emit(0, LeasesIssued{Leases: leases})
	}
}

// kitchen sends a booked order to the kitchen, with its paper.
func (d *decider) kitchen(o *Order, why string) {
	d.emit(o.ID, OrderKitchened{Why: why})
	o, _ = d.state.Order(o.ID)
	d.paper(o)
}
