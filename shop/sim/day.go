package sim

import (
	"cmp"
	"errors"
	"time"

	"weir/shop"
	"weir/shop/capacity"
)

const (
	dayLength   = int64(12 * time.Hour / time.Millisecond)
	overtimeMax = int64(30 * time.Minute / time.Millisecond) // the crew goes home this long after closing
	// promiseSlack is the share of their patience that customers with a promise still have when it breaks.
	promiseSlack = 0.25
	// unclaimedAfter is when a finished order that nobody fetches is cleared from the shelf.
	unclaimedAfter = int64(30 * time.Minute / time.Millisecond)
	// recordStep is how far apart the points of a chart are.
	recordStep = int64(5 * time.Minute / time.Millisecond)
)

// day is one shop day under one policy.
type day struct {
	clock
	o      *Options
	config *shop.Config
	demand *demand
	accept float64
	model  string    // of the customers
	opens  time.Time // of the clock's zero
	closes int64     // ms
	line   *line
	visits []*visit
	record bool
	charts charts
	err    error // the first thing that must not happen

	dueCups    int // in the line and wanted
	dueWork    capacity.Work
	dueWorkMax capacity.Work
	madeWork   capacity.Work // by closing, and wanted
	lastMade   int64
	violations int // I1 and I6
	bounced    int // I2
	entered    int // orders given to the kitchen
}

// visit is what becomes of one customer.
type visit struct {
	*customer
	id       shop.OrderID
	state    visitState
	came     int64 // when they asked; later than their first time if they came back
	returns  int   // times they came back
	bare     bool  // refused without an alternative while there was one
	due      int64 // by which it is made, as the line sees it
	promised int64 // the first promise; 0 is none
	slot     int64 // its start; 0 is now
	span     int   // slots that it takes, up to that one; 0 is one
	p90      int64 // quoted; 0 is not
	told     bool  // of another time
	expects  int64 // the time told last after acceptance, by which it should be ready; 0 is none
	taken    int64 // when they were accepted from the waiting list; 0 is not
	toldAt   int64 // when they heard first of another time or that there will be nothing
	turn     int   // in which their order was given to the kitchen
	passed   int   // cups of later orders that were begun before one of theirs
	passedBy int64 // ms, the most by which such an order came later
	first    bool  // a person has put it first
	inLine   bool
	dropped  bool // the line makes no more of it
	left     int  // cups not made
	readyAt  int64
	quitAt   int64
	tries    int // orders sent
	answered bool
	bounced  bool        // refused under a lease
	row      *shop.Order // the order as it ended
}

type visitState uint8

const (
	coming   visitState = iota
	refused             // went away with nothing
	accepted            // waits, or has got it
	quit                // has had enough
	released            // the shop has said that it will not be made
	absent              // called it off
	listed              // is on the waiting list
	expired             // was on it, and was told that nothing comes of it
	unheard             // has left because no answer came; whatever the shop has promised, nobody heard it
)

// policy is what stands between the customers and the crew.
type policy interface {
	begin()
	arrive(*visit)
	made(*visit, int)
	quit(*visit) // the customer leaves without; the policy sets dropped if the kitchen need not go on
	gone(*visit) // fetched
	unclaimed(*visit)
	staff(station string, onDuty int)
	closing(at int64) // the owner says that the shop closes early
	end() error
}

func newDay(o *Options, config *shop.Config, d *demand, n int, accept float64, model string) *day {
	first, _ := time.ParseInLocation(time.DateOnly, "2026-02-06", config.Location) // cannot fail
	run := &day{
		o: o, config: config, demand: d, accept: accept, model: model, closes: dayLength,
		opens: first.AddDate(0, 0, n).Add(config.Open).UTC(),
	}
	if c := o.scenario().Closes; c != nil {
		run.closes = int64(c.At)
	}
	run.line = newLine(&run.clock, config, d, run.closes)
	run.visits = make([]*visit, len(d.customers))
	return run
}

// live runs the day to its end.
func (d *day) live(p policy) error {
	d.line.finished = func(v *visit, cup int) { d.made(p, v, cup) }
	p.begin()
	for i, c := range d.demand.customers {
		v := &visit{customer: c, left: len(c.cups), came: c.at}
		d.visits[i] = v
		if c.at >= d.closes {
			v.state = refused // the door is shut
			continue
		}
		d.at(c.at, func() { p.arrive(v) })
	}
	bottleneck := d.config.Line.Bottleneck()
	for _, s := range d.demand.staff {
		d.at(s.at, func() { d.staff(p, bottleneck, s.staff, false) })
	}
	for _, s := range d.o.scenario().Staff {
		d.at(int64(s.At), func() { d.staff(p, cmp.Or(s.Station, bottleneck), s.Staff, s.Silent || s.Planned) })
	}
	if l := d.o.Leave; l != nil {
		d.at(l.at, func() { d.staff(p, bottleneck, d.line.stations[d.line.bottleneck].staff+l.by, l.silent) })
	}
	if c := d.o.scenario().Closes; c != nil {
		d.at(int64(c.Said), func() { p.closing(d.closes) })
	}
	if d.record {
		d.every(0, recordStep, d.closes+overtimeMax, d.note)
	}
	for len(d.heap) > 0 && d.err == nil && d.heap[0].at <= d.closes+overtimeMax {
		d.next().do()
	}
	d.line.closeIdle()
	return errors.Join(d.err, p.end())
}

func (d *day) time() time.Time            { return d.opens.Add(time.Duration(d.now) * time.Millisecond) }
func (d *day) since(t time.Time) int64    { return t.Sub(d.opens).Milliseconds() }
func (d *day) fail(err error)             { d.err = errors.Join(d.err, err) }
func (v *visit) waiting() bool            { return v.state == accepted && v.readyAt == 0 }
func (d *day) horizon() int64             { return d.config.Settings.Horizon.Milliseconds() }
func (v *visit) deadline(due int64) int64 { return due + int64(promiseSlack*float64(v.patience)) }

func (d *day) staff(p policy, station string, onDuty int, silent bool) {
	d.line.staff(station, onDuty)
	if !silent {
		p.staff(station, onDuty)
	}
}

// serve gives an accepted order to the kitchen.
func (d *day) serve(v *visit, due int64) {
	d.entered++
	v.due, v.inLine, v.turn = due, true, d.entered
	d.dueCups += len(v.cups)
	d.dueWork += v.work
	d.dueWorkMax = max(d.dueWorkMax, d.dueWork)
	d.line.put(v)
}

// drop takes what is not made of an order out of the line.
func (d *day) drop(v *visit) {
	if v.dropped {
		return
	}
	v.dropped = true
	if v.inLine && v.readyAt == 0 {
		d.dueCups -= v.left
		d.dueWork -= v.unmade()
	}
}

// leavesAt plans that the customer loses patience.
func (d *day) leavesAt(p policy, v *visit, at int64) {
	d.at(at, func() {
		if !v.waiting() || v.told && at < v.deadline(v.due) {
			return
		}
		v.state, v.quitAt = quit, d.now
		p.quit(v)
	})
}

func (d *day) made(p policy, v *visit, cup int) {
	if v.dropped {
		return // it was in hand when it was called off
	}
	work := v.cups[cup].work
	v.left--
	d.dueCups--
	d.dueWork -= work
	d.lastMade = d.now
	if d.now <= d.closes && v.state == accepted {
		d.madeWork += work
	}
	p.made(v, cup)
	if v.left > 0 {
		return
	}
	v.readyAt = d.now
	comes := v.state == accepted && v.shows >= d.noShow()
	if comes {
		d.at(d.fetched(v), func() { p.gone(v) })
	} else {
		d.at(max(d.now, v.slot)+unclaimedAfter, func() { p.unclaimed(v) })
	}
}

// fetched is when a finished order is fetched.
func (d *day) fetched(v *visit) int64 {
	at := max(d.now, v.slot) + v.fetch
	for _, away := range d.o.scenario().RidersAway {
		if away.holds(at) && !v.walkIn {
			at = int64(away.To) + v.fetch
		}
	}
	return at
}

// noShow is the share of customers who do not come.
func (d *day) noShow() float64 { return max(d.o.NoShow, d.o.scenario().NoShow) }
