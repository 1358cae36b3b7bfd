package sim

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"weir/shop"
	"weir/shop/capacity"
)

// Site is one shop of a city that somebody else lives: its crew, its counter and, if it has Weir, its rules, on a clock
// of its own. Who orders over a channel comes from outside. Times are since opening.
type Site struct {
	day    *day
	weir   *weir // nil: a shop without Weir
	plain  *plain
	visits []*visit // that are not over
	tally  Tally
}

// Guest is somebody who orders over a channel, with everything about them that chance decides.
type Guest struct {
	Wish
	Channel string
	Lines   []shop.Line
	Work    capacity.Work
	visit   *visit
}

// Answer is what a shop says to an order.
type Answer struct {
	Guest    *Guest
	Accepted bool
	Ready    time.Duration   // promised, since opening
	Slots    []capacity.Slot // of a refusal
}

// Tally is what a shop did. Orders are those over channels; the counter's are cups only.
type Tally struct {
	Made, GivenUp, Unmade int           // cups
	Work                  capacity.Work // made by closing, for somebody who still wanted it
	Kept, Told, Late      int           // orders: in time, changed with notice, late or never
	LaterCups             int           // made for a later time that the customer chose
	Waits                 []time.Duration
	LaterWaits            []time.Duration // from the order to the later time or to ready, whichever is later
	CounterWaits          []time.Duration
	WorstBacklog          int // cups due and not made
}

// SiteConfig is the shop that every site is like: the demo shop, open from ten to ten.
func SiteConfig() (*shop.Config, error) { return (&Options{}).shop() }

// DayLength is from opening to closing, and Overtime how long a crew stays after it.
const (
	DayLength = time.Duration(dayLength) * time.Millisecond
	Overtime  = time.Duration(overtimeMax) * time.Millisecond
)

// NewSite opens a shop. crew is how fast its people are by what the menu says. withoutEnd lets nobody leave and nothing
// be refused: what such a crew can make.
func NewSite(config *shop.Config, seed uint64, crew float64, hasWeir, withoutEnd bool) *Site {
	d := newDay(&Options{Seed: seed}, config, &demand{speed: crew}, 0, 1, Models[0])
	s := &Site{day: d}
	var p policy
	if hasWeir {
		s.weir = newWeir(d, seed, nil)
		p = s.weir
	} else {
		s.plain = newPlain(d, "none")
		if withoutEnd {
			s.plain.rule = ""
		}
		p = s.plain
	}
	d.line.finished = func(v *visit, cup int) { d.made(p, v, cup) }
	p.begin()
	s.counter(p, seed)
	return s
}

// counter plans the walk-ins: those of the shop's own day.
func (s *Site) counter(p policy, seed uint64) {
	rnd := rand.New(rand.NewPCG(seed, 6))
	for i, a := range s.day.o.orders(rnd, s.day.o.scenario(), 1) {
		if a.channel != shop.CounterChannel {
			continue
		}
		guests := rand.New(rand.NewPCG(seed, uint64(1000+i)))
		s.day.at(a.at, func() {
			v := &visit{customer: newCustomer(s.day.config, guests, -1-i, a), came: a.at}
			v.left = len(v.cups)
			s.visits = append(s.visits, v)
			p.arrive(v)
		})
	}
}

// NewGuest draws a customer; n is their number in the city.
func NewGuest(config *shop.Config, rnd *rand.Rand, n int, at time.Duration, channel string, cups int, accept float64) *Guest {
	c := newCustomer(config, rnd, n, arrival{at: at.Milliseconds(), channel: channel, cups: cups})
	g := &Guest{Channel: channel, Lines: c.lines, Work: c.work, visit: &visit{customer: c, left: len(c.cups)}}
	g.Wish = drawWish(rnd, time.Duration(c.patience)*time.Millisecond, accept)
	return g
}

// Crowd draws the orders over channels of the day of so many shops, minute by minute.
func Crowd(rnd *rand.Rand, shops float64, each func(at time.Duration, campaign bool, channel string, cups int)) {
	var left [2]float64
	for minute, cups := range feb6Curve() {
		for kind, n := range cups {
			left[kind] += float64(n) * shops
			for left[kind] >= 1 {
				size := drawSize(rnd)
				left[kind] -= float64(size)
				if a := drawArrival(rnd, int64(minute)*60_000, kind, size); a.channel != shop.CounterChannel {
					each(time.Duration(a.at)*time.Millisecond, kind != ordinary, a.channel, size)
				}
			}
		}
	}
}

// Until lets the shop live up to a time.
func (s *Site) Until(at time.Duration) error {
	d := s.day
	for len(d.heap) > 0 && d.err == nil && d.heap[0].at <= at.Milliseconds() {
		d.next().do()
		s.tally.WorstBacklog = max(s.tally.WorstBacklog, d.dueCups)
	}
	d.now = at.Milliseconds()
	return d.err
}

// Next is when something happens in the shop; false when nothing will.
func (s *Site) Next() (time.Duration, bool) {
	if len(s.day.heap) == 0 {
		return 0, false
	}
	return time.Duration(s.day.heap[0].at) * time.Millisecond, true
}

// State is the shop's state by its rules; the zero state of a shop without Weir.
func (s *Site) State() shop.State { return s.weir.state }

// Time is a time of the shop's day.
func (s *Site) Time(at time.Duration) time.Time { return s.day.opens.Add(at) }

// Backlog is the cups that are due and not made.
func (s *Site) Backlog() int { return s.day.dueCups }

// BacklogWork is their work.
func (s *Site) BacklogWork() capacity.Work { return s.day.dueWork }

// Shut reports whether the staff of a shop without Weir has switched orders off: at 200 cups of backlog, until 50.
func (s *Site) Shut() bool {
	p := s.plain
	p.closed = p.dueCups >= toggleClose || p.closed && p.dueCups > toggleOpen
	return p.closed
}

// Quoted is the waiting time that a shop without Weir tells.
func (s *Site) Quoted() time.Duration { return time.Duration(s.plain.quoted()) * time.Millisecond }

// Usual is the waiting time that is on a platform's page when a shop tells none: the longest that it wants.
func (s *Site) Usual() time.Duration { return time.Duration(s.day.horizon()) * time.Millisecond }

// Serve gives a shop without Weir an order at a time. told is the waiting time that the customer was told; else they
// leave when their patience is over.
func (s *Site) Serve(at time.Duration, g *Guest, told bool, promise time.Duration) {
	v, p := g.visit, s.plain
	s.day.at(at.Milliseconds(), func() {
		s.visits = append(s.visits, v)
		v.came = p.now
		v.state, v.promised = accepted, p.now+promise.Milliseconds()
		leaves := p.now + v.patience
		if told {
			leaves = v.deadline(v.promised)
		}
		p.serve(v, p.now)
		if p.rule != "" {
			p.leavesAt(p, v, leaves)
		}
	})
}

// Order asks a shop with Weir at a time, with a stamp of its lease or without, for now or (slot) for later.
func (s *Site) Order(at time.Duration, g *Guest, stamp *capacity.Stamp, slot time.Time, answer func(Answer)) {
	s.day.at(at.Milliseconds(), func() {
		w, v := s.weir, g.visit
		v.came = w.now
		draft := w.draft(v)
		draft.PlacedAt, draft.Lease, draft.SlotStart = w.time(), stamp, slot
		d, err := w.do(shop.Place{Channel: v.channel, Draft: draft})
		a := Answer{Guest: g}
		e := (*shop.Error)(nil)
		switch {
		case err == nil:
			s.visits = append(s.visits, v)
			w.take(v, d.Order)
			a.Accepted, a.Ready = true, time.Duration(v.promised)*time.Millisecond
		case errors.As(err, &e) && e.Refusal != nil:
			a.Slots = e.Refusal.Slots
		default:
			w.fail(fmt.Errorf("order %s: %w", v.ref, err))
			return
		}
		answer(a)
	})
}

// CallOff takes an order back at a time, if it is still possible.
func (s *Site) CallOff(at time.Duration, g *Guest) {
	s.day.at(at.Milliseconds(), func() {
		if v := g.visit; v.waiting() && s.weir.cancel(v) {
			v.state = absent
		}
	})
}

// Resync tells a shop with Weir a channel's counter, so that it writes off what it never saw.
func (s *Site) Resync(at time.Duration, channel string, counter capacity.Stamp) {
	s.day.at(at.Milliseconds(), func() { s.weir.must(shop.Resync{Channel: channel, Counter: &counter}) })
}

// Sum counts the visits that are over and forgets them. last counts the others as they stand.
func (s *Site) Sum(last bool) {
	open := s.visits[:0]
	for _, v := range s.visits {
		if !last && v.waiting() {
			open = append(open, v)
			continue
		}
		s.tally.count(v)
		v.row = nil
	}
	clear(s.visits[len(open):])
	s.visits = open
}

// Close ends the day and says what the shop did.
func (s *Site) Close() (Tally, error) {
	s.Sum(true)
	s.tally.Work = s.day.madeWork
	if s.weir != nil {
		return s.tally, errors.Join(s.day.err, s.weir.end())
	}
	return s.tally, s.day.err
}

func (t *Tally) count(v *visit) {
	var p promiseCount
	switch {
	case v.state == refused || v.state == absent:
		return
	case v.state == quit:
		t.GivenUp += len(v.cups)
	case v.state == accepted:
		t.Made += len(v.cups) - v.left
		t.Unmade += v.left
	}
	p.count(v)
	t.Kept, t.Told, t.Late = t.Kept+p.kept, t.Told+p.told, t.Late+p.late
	if v.readyAt == 0 || v.state != accepted {
		return
	}
	wait := time.Duration(v.readyAt-v.at) * time.Millisecond
	switch {
	case v.walkIn:
		t.CounterWaits = append(t.CounterWaits, wait)
	case v.slot > 0:
		t.LaterCups += len(v.cups)
		t.LaterWaits = append(t.LaterWaits, max(wait, time.Duration(v.slot-v.at)*time.Millisecond))
	default:
		t.Waits = append(t.Waits, wait)
	}
}
