package sim

import (
	"errors"
	"fmt"
	"time"

	"weir/shop"
	"weir/shop/capacity"
)

// slotTries is how many of the slots they are offered a customer tries before leaving.
const slotTries = 3

func (w *weir) arrive(v *visit) {
	switch {
	case v.walkIn:
		w.walkIn(v)
	case w.off:
		w.away(w, v, false)
	case v.want > 0:
		w.book(v)
	default:
		w.route(v)
	}
}

// book asks for an order at a time of its own: in the slot that holds it, else in the one beside it that is offered.
func (w *weir) book(v *visit) {
	length := capacity.SlotLength.Milliseconds()
	at := min(v.want, w.closes-1) / length * length
	draft := w.draft(v)
	for _, beside := range []int64{0, -length, length} {
		draft.SlotStart = w.opens.Add(time.Duration(at+beside) * time.Millisecond)
		d, err := w.do(shop.Place{Channel: v.channel, Draft: draft})
		if err == nil {
			w.take(v, d.Order)
			return
		}
		if e := (*shop.Error)(nil); !errors.As(err, &e) {
			w.fail(err)
		}
	}
	w.turnAway(v)
}

// walkIn takes somebody at the counter: the staff taps so many cups, whatever they are.
func (w *weir) walkIn(v *visit) {
	if w.now >= w.closes {
		v.state = refused
		return
	}
	for _, cut := range w.o.scenario().PowerCuts {
		if w.off && cut.holds(w.now) {
			w.at(int64(cut.To), func() { w.walkIn(v) }) // written down, and entered later
			return
		}
	}
	draft := w.draft(v)
	draft.Lines, draft.Fulfilment = []shop.Line{shop.WalkinLine(len(v.cups))}, shop.Counter
	d, err := w.do(shop.Place{Channel: v.channel, Draft: draft})
	if err != nil {
		w.fail(fmt.Errorf("walk-in: %w", err))
		return
	}
	w.take(v, d.Order)
}

func (w *weir) draft(v *visit) shop.Draft {
	ref := fmt.Sprintf("%s-%s", v.ref, w.opens.Format("0102"))
	if v.returns > 0 {
		ref += fmt.Sprintf("-%d", v.returns)
	}
	return shop.Draft{Ref: ref, PlacedAt: w.opens.Add(time.Duration(v.came) * time.Millisecond), Lines: v.lines, Totals: &shop.Totals{}}
}

// take follows an order that was accepted.
func (w *weir) take(v *visit, id shop.OrderID) {
	o, _ := w.state.Order(id)
	v.id, v.state, v.promised = id, accepted, w.since(o.Promise.ReadyBy)
	w.byID[id] = v
	if o.Promise.SlotStart.IsZero() {
		v.p90 = o.AcceptedAt.Add(o.Promise.Quote.P90).Sub(w.opens).Milliseconds() - v.came
		w.serve(v, v.promised)
	} else {
		v.slot, v.due, v.span = w.since(o.Promise.SlotStart), v.promised, o.Promise.SlotSpan
		w.mayCancel(v)
	}
	w.leavesAt(w, v, v.deadline(v.promised))
	w.dueWorkMax = max(w.dueWorkMax, w.state.Capacity.Room(w.time(), "").Backlog)
}

// mayCancel lets some of those who booked call it off before their slot.
func (w *weir) mayCancel(v *visit) {
	if v.shows >= w.noShow() {
		return
	}
	until := v.slot - capacity.MakeAhead.Milliseconds() - w.now
	w.at(w.now+int64(v.cancels*float64(until)), func() {
		if v.state == accepted && w.cancel(v) {
			v.state = absent
		}
	})
}

// cancel takes an order back and reports whether that was possible.
func (w *weir) cancel(v *visit) bool {
	if w.off {
		return false
	}
	_, err := w.do(shop.Cancel{Channel: v.channel, Ref: w.draft(v).Ref})
	if err == nil {
		w.drop(v)
		return true
	}
	if e := (*shop.Error)(nil); !errors.As(err, &e) || e.Type != shop.ProblemCancelTooLate {
		w.fail(fmt.Errorf("cancel: %w", err))
	}
	return false
}

// offer shows a customer who gets nothing now the open slots. Some take the first.
func (w *weir) offer(v *visit, slots []capacity.Slot) {
	if len(slots) == 0 {
		w.turnAway(v)
		return
	}
	if end := w.since(slots[0].Start.Add(capacity.SlotLength)); v.takes >= w.accept || !w.accepts(v, end-w.now) {
		if !w.list(v) {
			w.away(w, v, false)
		}
		return
	}
	for range slotTries {
		draft := w.draft(v)
		draft.SlotStart = slots[0].Start
		d, err := w.do(shop.Place{Channel: v.channel, Draft: draft})
		if err == nil {
			w.take(v, d.Order)
			if w.state.Capacity.SlotRoom(w.time(), draft.SlotStart) < 0 { // I6
				w.violations++
			}
			return
		}
		e := (*shop.Error)(nil)
		if !errors.As(err, &e) {
			w.fail(err)
			return
		}
		if e.Refusal == nil || len(e.Refusal.Slots) == 0 {
			break
		}
		slots = e.Refusal.Slots
	}
	w.turnAway(v)
}

// list puts a customer who would go with nothing on the waiting list, and reports whether that was done.
func (w *weir) list(v *visit) bool {
	if v.waits >= w.o.scenario().Standby || v.want > 0 {
		return false
	}
	draft := w.draft(v)
	draft.Standby, draft.StandbyUntil = true, w.opens.Add(time.Duration(w.waitsUntil(v))*time.Millisecond)
	d, err := w.do(shop.Place{Channel: v.channel, Draft: draft})
	if err != nil {
		if e := (*shop.Error)(nil); !errors.As(err, &e) {
			w.fail(err)
		}
		return false
	}
	if o, _ := w.state.Order(d.Order); !o.OnStandby() {
		w.take(v, d.Order) // there is room by now
		return true
	}
	v.state, w.byID[d.Order] = listed, v
	return true
}

// turnAway lets a customer wait for room, or go with nothing to choose from. That must not be while there is a slot.
func (w *weir) turnAway(v *visit) {
	if w.list(v) {
		return
	}
	w.away(w, v, len(w.state.Slots(w.time(), v.channel, "", v.work)) > 0)
}
