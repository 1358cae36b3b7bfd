package shop

import (
	"fmt"
	"slices"
	"time"
)

// closeDay closes a business day's books: from then on what is owed for it is told, and a change shows against the
// digest. A day turns by the clock at the cut-off; it closes when nothing of it is open any more, which may be later.
func (d *decider) closeDay(c CloseDay) error {
	d.by = c.By
	switch {
	case c.Day >= d.state.Counters.Day:
		return conflict(ProblemDayOpen, "business day %s is not over", c.Day)
	case d.state.DayClosed(c.Day):
		d.out.Replayed = true
		return nil
	}
	if open := d.state.OpenOf(c.Day); len(open) > 0 {
		return d.refuseClosing(c.Day, open)
	}
	if lost := d.state.Lost(); lost != 0 {
		return conflict(ProblemDayOpen, "the cup ledger is out by %d cups: a cup is in no list or in two; run weir check", lost)
	}
	orders := d.state.ordersOf(c.Day)
	closed := DayClosed{Day: c.Day, Orders: len(orders), Channels: d.state.Settlement(orders), Digest: Digest(orders)}
	d.emit(0, closed)
	for i := range closed.Channels {
		line := &closed.Channels[i]
		d.emitTold(0, Announced{}, &Told{Channel: line.Channel, Type: ToldDayClosed, Day: c.Day, Settled: line})
	}
	return nil
}

// openShownMax bounds the orders that a refusal to close names.
const openShownMax = 20

func (d *decider) refuseClosing(day Day, open []*Order) error {
	e := conflict(ProblemDayOpen, "%d orders of %s are not handed over, cancelled, released or unclaimed yet", len(open), day)
	for _, o := range open[:min(len(open), openShownMax)] {
		e.Fields = append(e.Fields, FieldError{"/orders/" + o.ID.String(),
			fmt.Sprintf("number %s of %s is %s since %s", o.PickupNumber(), o.Channel, o.State(), o.since().In(d.state.Config.Location).Format("15:04"))})
	}
	return e
}

// since is when the order last moved.
func (o *Order) since() time.Time {
	at := o.AcceptedAt
	for i := range o.Cups {
		if o.Cups[i].At.After(at) {
			at = o.Cups[i].At
		}
	}
	return at
}

// OpenOf lists the orders of a day that have not ended: they keep it from being closed.
func (s *State) OpenOf(day Day) (open []*Order) {
	for o := range s.Orders.All() {
		if o.Day == day && !o.State().Ended() {
			open = append(open, o)
		}
	}
	return open
}

// ordersOf lists the orders of a day that are in the state. All of them are only when the store has recalled them.
func (s *State) ordersOf(day Day) (orders []*Order) {
	for o := range s.Orders.All() {
		if o.Day == day {
			orders = append(orders, o)
		}
	}
	return orders
}

// Closable lists the days that are over, not closed yet, and have no open order any more, oldest first.
func (s *State) Closable() []Day {
	if len(s.Counters.Unclosed) == 0 {
		return nil
	}
	open := map[Day]bool{}
	for o := range s.Orders.All() {
		open[o.Day] = open[o.Day] || !o.State().Ended()
	}
	var days []Day
	for _, day := range s.Counters.Unclosed {
		if !open[day] {
			days = append(days, day)
		}
	}
	return days
}

// DayClosed reports whether a day's books are closed: it is over, and nothing keeps it open.
func (s *State) DayClosed(day Day) bool {
	return day < s.Counters.Day && !slices.Contains(s.Counters.Unclosed, day)
}

// without is the days without one; nil when none is left, as after a restart.
func without(days []Day, day Day) (rest []Day) {
	for _, d := range days {
		if d != day {
			rest = append(rest, d)
		}
	}
	return rest
}
