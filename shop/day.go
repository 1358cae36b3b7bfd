package shop

import (
	"fmt"
	"slices"
	"time"
	"weir/shop/capacity"
)

// Day is a business day, written 2006-01-02. It begins at the shop's cut-off, not at midnight.
type Day string

// Day is the business day that a moment belongs to. The cut-off is what the clock on the wall says, also on the
// day on which it is put forward or back.
func (c *Config) Day(at time.Time) Day {
	local := at.In(c.Location)
	if h, m, s := local.Clock(); time.Duration(h)*time.Hour+time.Duration(m)*time.Minute+time.Duration(s)*time.Second < c.Cutoff {
		local = local.AddDate(0, 0, -1)
	}
	return Day(local.Format(time.DateOnly))
}

// Hours are opening and closing of the business day that a moment belongs to.
func (c *Config) Hours(at time.Time) capacity.Day { return c.HoursOf(c.Day(at)) }

// HoursOf are opening and closing of a business day.
func (c *Config) HoursOf(day Day) capacity.Day {
	if _, err := time.Parse(time.DateOnly, string(day)); err != nil {
		return capacity.Day{} // not a day: never open
	}
	closes := c.Close
	if c.Close-c.Open >= 24*time.Hour {
		closes += overnight
	}
	return capacity.Day{Opens: c.wall(day, c.Open), Closes: c.wall(day, closes)}
}

// ends is when a business day ends: the cut-off of the next.
func (c *Config) ends(day Day) time.Time { return c.wall(day, 24*time.Hour+c.Cutoff) }

// overnight is how far a shop that never closes looks past its cut-off, so that a promise given just
// before can reach over it. It covers the longest horizon.
const overnight = 2 * time.Hour

// DayOpened says that a new business day has begun. The one before is over; its books close with [DayClosed].
type DayOpened struct {
	Day    Day    `json:"day"`
	Over   Day    `json:"over"`
	Ledger Ledger `json:"ledger"` // of the day that is over
}

func (DayOpened) name() string { return "day.opened" }

// turnDay opens a new business day: numbers begin at 1 and the ledger takes over what is still open. The day that is
// over is not closed by that: an order of it may still wait for its rider.
func (d *decider) turnDay() {
	day, old := d.state.Config.Day(d.now), d.state.Counters.Day
	if day <= old {
		return // a clock that was wrong is put back by stepClock
	}
	d.emit(0, DayOpened{Day: day, Over: old, Ledger: d.state.Ledger})
	d.trimCampaigns()
}

// CloseDay closes the books of a business day that is over.
type CloseDay struct {
	By  string
	Day Day
}

func (c CloseDay) subject() Subject { return Subject{Day: c.Day} }

// DayClosed says that a business day's books are closed, and what is owed by them.
type DayClosed struct {
	Day      Day       `json:"day"`
	Orders   int       `json:"orders"`
	Channels []Settled `json:"channels"`
	Digest   string    `json:"digest"` // of all orders of the day; see [Digest]
}

func (DayClosed) name() string { return "day.closed" }

// decide closes a business day's books: the channels are told what they owe, and a later change shows in the digest. A
// day ends by the clock at the cut-off. Its books close when no order of it is open, which may be later.
func (c CloseDay) decide(d *decider) error {
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
			fmt.Sprintf("number %s of %s is %s since %s", o.PickupNumber(), o.Channel, o.State(),
				o.since().In(d.state.Config.Location).Format("15:04"))})
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

// without is the days without those that go; nil when none is left, as after a restart.
func without(days []Day, goes func(Day) bool) (rest []Day) {
	for _, d := range days {
		if !goes(d) {
			rest = append(rest, d)
		}
	}
	return rest
}

func (f DayOpened) apply(s State, e Event) State {
	left := Turned{Day: s.Counters.Day, Number: s.Counters.Number, Ledger: s.Ledger}
	number, ledger := 0, s.Ledger.nextDay()
	if before := s.Counters.Before; before.Day == f.Day { // a clock that was wrong has left it
		number, ledger, left = before.Number, s.Ledger.since(before.Ledger), Turned{}
	}
	s.Counters.Before, s.Ledger, s.Counters.ClosesAt = left, ledger, time.Time{}
	s.Counters.Ahead = without(s.Counters.Ahead, func(d Day) bool { return d <= f.Day })
	s.Counters.Day, s.Counters.Number, s.Counters.Taken = f.Day, number, s.numbersTaken()
	s.Counters.Unclosed = append(slices.Clone(s.Counters.Unclosed), f.Over)
	s.Settings.Rota = slices.DeleteFunc(slices.Clone(s.Settings.Rota),
		func(t capacity.Turn) bool { return t.Date != "" && Day(t.Date) < f.Day })
	s.Capacity = s.Capacity.Today(s.Config.Hours(e.At), s.Plan(f.Day))
	return s.stockOfDay(f.Day)
}

func (f DayClosed) apply(s State, _ Event) State {
	s.Counters.Unclosed = without(s.Counters.Unclosed, func(d Day) bool { return d == f.Day })
	return s
}
