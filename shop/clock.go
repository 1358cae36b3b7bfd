package shop

import (
	"slices"
	"time"
)

// ClockBackMax is how far a command's time may lie before the last event without the clock having been put back. Time
// servers move a clock by less, and the machine's scheduler by far less.
const ClockBackMax = time.Minute

// StepClock says that the wall clock has jumped by so much and that the shop's time is about to follow it: what was
// stamped on the old scale is moved to the new one. It is decided at a time of the old scale, and the next command comes
// with one of the new. What is not after From was stamped before the scale was lost, at a start with a clock in doubt,
// and stays; zero is nothing.
type StepClock struct {
	By   time.Duration
	From time.Time
}

// DoubtClock says whether the shop's time is in doubt. While it is, no credit is granted and no booking is moved or
// given up.
type DoubtClock struct{ Doubt bool }

// MendDay moves what was accepted on a day that has not come yet, because the clock was wrong, to today.
type MendDay struct{ Day Day }

func (StepClock) subject() Subject  { return Subject{} }
func (DoubtClock) subject() Subject { return Subject{} }
func (c MendDay) subject() Subject  { return Subject{Day: c.Day} }

// ClockStepped is a jump of the shop's time.
type ClockStepped struct {
	ByMs int64 `json:"by_ms"` // from the old scale to the new; negative is back
	// Whole says that everything after From was stamped on the old scale. Otherwise the clock was found put back, and
	// only what lies in the future was stamped on it.
	Whole bool      `json:"whole,omitempty"`
	From  time.Time `json:"from,omitzero"`
	Epoch int64     `json:"epoch"` // leases of the old scale are dead
}

// ClockDoubted is the shop's time in doubt, or trusted again.
type ClockDoubted struct {
	Doubt bool `json:"doubt"`
}

// OrderRestamped is an order whose times were moved with the clock.
type OrderRestamped struct {
	ByMs  int64     `json:"by_ms"`
	Whole bool      `json:"whole,omitempty"`
	From  time.Time `json:"from,omitzero"`
	Now   time.Time `json:"now"` // on the new scale: nothing has happened after it
	Day   Day       `json:"day"` // business day it is of
}

func (ClockStepped) name() string   { return "clock.stepped" }
func (ClockDoubted) name() string   { return "clock.doubted" }
func (OrderRestamped) name() string { return "order.restamped" }

// Turned is how a business day stood when it was left, so that it can be gone on with when the clock was wrong.
type Turned struct {
	Day    Day    `json:"day"`
	Number int    `json:"number"` // last pick-up number
	Ledger Ledger `json:"ledger"`
}

func (c StepClock) decide(d *decider) error {
	if c.By != 0 {
		d.stepClock(ClockStepped{ByMs: c.By.Milliseconds(), Whole: true, From: c.From}, d.now.Add(c.By))
	}
	return nil
}

func (c DoubtClock) decide(d *decider) error {
	if c.Doubt != d.state.Counters.ClockDoubt {
		d.emit(0, ClockDoubted(c))
	}
	return nil
}

func (c MendDay) decide(d *decider) error {
	if c.Day <= d.state.Counters.Day {
		d.out.Replayed = true
		return nil
	}
	for _, o := range d.state.ordersOf(c.Day) {
		d.emit(o.ID, OrderRestamped{Now: d.now, Day: d.state.Counters.Day})
	}
	return nil
}

// putBack notices a clock that was ahead when the last event was written, or when a shop without events was opened, and
// has been put back since: a box that was restarted with the right time, or a program without a clock of its own.
func (d *decider) putBack() {
	last := d.state.Counters.LastAt
	switch {
	case last.Sub(d.now) > ClockBackMax:
		d.stepClock(ClockStepped{ByMs: d.now.Sub(last).Milliseconds()}, d.now)
	case last.IsZero() && d.state.Config.Day(d.now) < d.state.Counters.Day:
		d.stepClock(ClockStepped{}, d.now)
	}
}

// stepClock takes the shop to another scale of time. to is the time on the new scale.
func (d *decider) stepClock(step ClockStepped, to time.Time) {
	ahead := d.state.Counters.Day
	step.Epoch = d.state.Counters.Epoch + 1
	d.emit(0, step)
	d.now = to // what follows is of the new scale, or the next command would find the clock put back
	d.endHolds(holdClock, true)
	day := d.state.Counters.Day
	var list []OrderID
	for o := range d.state.Orders.All() {
		if step.Whole || o.stampedAfter(to) || o.Day > day {
			list = append(list, o.ID)
		}
	}
	for _, id := range list {
		o, _ := d.state.Order(id)
		d.emit(id, OrderRestamped{ByMs: step.ByMs, Whole: step.Whole, From: step.From, Now: to, Day: min(o.Day, day)})
	}
	if ahead > day {
		d.trimCampaigns()
	}
	d.turnDay()
}

func (f ClockStepped) apply(s State, e Event) State {
	by, to := time.Duration(f.ByMs)*time.Millisecond, e.At
	if f.Whole {
		to = e.At.Add(by)
		s.Counters.MendedAt = s.Counters.MendedAt.Add(by)
	}
	if s.Counters.MendedAt.After(to) {
		s.Counters.MendedAt = to
	}
	s.Counters.LastAt, s.Counters.Epoch = to, f.Epoch
	scale := scale{by: by, whole: f.Whole, from: f.From, now: to}
	scale.move(&s.Counters.BegunAt)
	for j := range s.Jobs.All() {
		next := *j
		scale.move(&next.DueAt)
		scale.move(&next.At)
		s.Jobs = s.Jobs.With(int64(j.ID), &next)
	}
	s = s.stockOnScale(scale)
	if day := s.Config.Day(to); day < s.Counters.Day {
		s = s.reopen(day).stockOfDay(day)
	}
	s.Capacity = s.Capacity.StepClock(to, by, f.Whole).Today(s.hours(), s.Plan(s.Counters.Day))
	return s.lendAnew(to)
}

func (f ClockDoubted) apply(s State, _ Event) State {
	s.Counters.ClockDoubt = f.Doubt
	return s
}

func (f OrderRestamped) apply(s State, e Event) State {
	if o, ok := s.Order(e.Order); ok && o.Tombstone() {
		s.Tombstones = s.Tombstones.moved(o, f.Day)
	}
	return s.change(e, func(o *Order) {
		o.restamp(scale{by: time.Duration(f.ByMs) * time.Millisecond, whole: f.Whole, from: f.From, now: f.Now})
		o.Day = f.Day
	})
}

// reopen goes back to an earlier business day: the later one was opened by a clock that was wrong.
func (s State) reopen(day Day) State {
	ahead := s.Counters.Day
	left := Turned{Day: ahead, Number: s.Counters.Number, Ledger: s.Ledger}
	s.Counters.Day = day
	if before := s.Counters.Before; before.Day == day {
		s.Counters.Number, s.Ledger, s.Counters.Before = before.Number, s.Ledger.since(before.Ledger), Turned{}
	} else { // the clock is wrong now, and not before
		s.Counters.Number, s.Ledger, s.Counters.Before = 0, s.Ledger.nextDay(), left
	}
	s.Counters.Unclosed = without(s.Counters.Unclosed, func(d Day) bool { return d >= day })
	if !slices.Contains(s.Counters.Ahead, ahead) && len(s.Counters.Ahead) < aheadMax {
		s.Counters.Ahead = append(slices.Clone(s.Counters.Ahead), ahead)
	}
	s.Counters.Number = max(s.Counters.Number, s.highestOf(day))
	s.Counters.Taken = s.numbersTaken()
	return s
}

// aheadMax bounds the days that a wrong clock has opened and that are remembered.
const aheadMax = 16

// highestOf is the highest pick-up number of a day's open orders.
func (s *State) highestOf(day Day) (n int) {
	for o := range s.Orders.All() {
		if o.Day == day {
			n = max(n, o.Number)
		}
	}
	return n
}

// numbersTaken are the pick-up numbers of open orders, in order: those given next must not meet them.
func (s *State) numbersTaken() (taken []int) {
	for o := range s.Orders.All() {
		if o.Number > 0 && !o.State().Ended() {
			taken = append(taken, o.Number)
		}
	}
	slices.Sort(taken)
	return slices.Compact(taken)
}

// nextNumber is the next pick-up number: one that no order has that was open when the numbers began anew.
func (c *Counters) nextNumber() int {
	n := c.Number + 1
	for ; ; n++ {
		if _, taken := slices.BinarySearch(c.Taken, n); !taken {
			return n
		}
	}
}

// times are the moments of an order that were read off the shop's clock.
func (o *Order) times() []*time.Time {
	list := []*time.Time{
		&o.AcceptedAt, &o.ArrivedAt, &o.CourierAt, &o.CourierTold, &o.KitchenAt, &o.CameDue, &o.ReadyAt, &o.EndedAt, &o.RemindedAt,
		&o.Promise.Told,
	}
	for i := range o.Cups {
		c := &o.Cups[i]
		list = append(list, &c.At, &c.Started, &c.Taken)
		for n := range c.Parts {
			list = append(list, &c.Parts[n].Begun, &c.Parts[n].At)
		}
	}
	if o.Standby != nil {
		list = append(list, &o.Standby.Since, &o.Standby.Taken)
	}
	return list
}

// stampedAfter reports whether anything of the order happened after a moment.
func (o *Order) stampedAfter(at time.Time) bool {
	return slices.ContainsFunc(o.times(), func(t *time.Time) bool { return t.After(at) })
}

// scale is a new scale of time.
type scale struct {
	by    time.Duration // from the old one
	whole bool          // all that is after from is of the old one; otherwise what is still to come
	from  time.Time
	now   time.Time // on the new one
}

// old reports whether a moment is of the old scale.
func (s scale) old(at time.Time) bool { return s.whole && at.After(s.from) || at.After(s.now) }

// move takes a moment over; nothing has happened after now.
func (s scale) move(at *time.Time) {
	if at.IsZero() {
		return
	}
	if s.old(*at) {
		*at = at.Add(s.by)
	}
	if at.After(s.now) {
		*at = s.now
	}
}

// counted takes over a moment that was reckoned from another one, its start.
func (s scale) counted(at *time.Time, start time.Time) {
	if at.IsZero() || start.IsZero() || !s.old(start) {
		return
	}
	*at = at.Add(s.by)
	if late := start.Add(s.by).Sub(s.now); late > 0 {
		*at = at.Add(-late)
	}
}

// restamp moves an order's times to a new scale. A promise to make it at once moves with the moment from which it counts;
// a slot, and a time that the customer named, are times on the customer's own clock and stay.
func (o *Order) restamp(to scale) {
	if p := &o.Promise; p.SlotStart.IsZero() {
		if to.counted(&p.Turn, o.AcceptedAt); o.DeliverAt.IsZero() && !p.ReadyBy.Equal(o.WantedBy) {
			to.counted(&p.ReadyBy, o.AcceptedAt)
		}
		if o.DueOnArrival {
			to.counted(&p.Moved, o.KitchenAt)
		}
	}
	if o.Standby != nil {
		o.Standby = o.Standby.restamped(to)
	}
	for _, t := range o.times() {
		to.move(t)
	}
}
