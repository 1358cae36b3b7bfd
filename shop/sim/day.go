package sim

import (
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
	opens  time.Time // of the clock's zero
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
}

// visit is what becomes of one customer.
type visit struct {
	*customer
	id       shop.OrderID
	state    visitState
	bare     bool  // refused without an alternative while there was one
	due      int64 // by which it is made, as the line sees it
	promised int64 // the first promise; 0 is none
	slot     int64 // its start; 0 is now
	p90      int64 // quoted; 0 is not
	told     bool  // of another time
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
	staff(onDuty int)
	end() error
}

func newDay(o *Options, config *shop.Config, d *demand, accept float64) *day {
	opens, _ := time.ParseInLocation(time.DateOnly, "2026-02-06", config.Location) // cannot fail
	run := &day{o: o, config: config, demand: d, accept: accept, opens: opens.Add(config.Open).UTC()}
	run.line = newLine(&run.clock, config, o, d)
	run.visits = make([]*visit, len(d.customers))
	return run
}

// live runs the day to its end.
func (d *day) live(p policy) error {
	d.line.finished = func(v *visit, cup int) { d.made(p, v, cup) }
	p.begin()
	for i, c := range d.demand.customers {
		v := &visit{customer: c, left: len(c.cups)}
		d.visits[i] = v
		d.at(c.at, func() { p.arrive(v) })
	}
	for _, s := range d.demand.staff {
		d.at(s.at, func() { d.staff(p, s.staff, false) })
	}
	if l := d.o.Leave; l != nil {
		d.at(l.at, func() { d.staff(p, d.line.stations[d.line.bottleneck].staff+l.by, l.silent) })
	}
	if d.record {
		d.every(0, recordStep, dayLength+overtimeMax, d.note)
	}
	for len(d.heap) > 0 && d.err == nil && d.heap[0].at <= dayLength+overtimeMax {
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

func (d *day) staff(p policy, onDuty int, silent bool) {
	d.line.staff(onDuty)
	if !silent {
		p.staff(onDuty)
	}
}

// serve gives an accepted order to the kitchen.
func (d *day) serve(v *visit, due int64) {
	v.due, v.inLine = due, true
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
	if v.inLine && v.readyAt == 0 { // only whole orders are dropped: nothing of it is made
		d.dueCups -= len(v.cups)
		d.dueWork -= v.work
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
	if d.now <= dayLength && v.state == accepted {
		d.madeWork += work
	}
	p.made(v, cup)
	if v.left > 0 {
		return
	}
	v.readyAt = d.now
	comes := v.state == accepted && v.shows >= d.o.NoShow
	if comes {
		d.at(max(d.now, v.slot)+v.fetch, func() { p.gone(v) })
	} else {
		d.at(max(d.now, v.slot)+unclaimedAfter, func() { p.unclaimed(v) })
	}
}
