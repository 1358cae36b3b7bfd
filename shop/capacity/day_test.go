package capacity

import (
	"cmp"
	"container/heap"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// A shop's day for tests: three stations in a row with lognormal service, orders as on 6 February, customers who
// take the first slot they are offered with some probability. The crew makes the earliest promise first.

// dayCups is the demand by hour from 10:00: campaign and ordinary cups.
var dayCups = [12][2]int{{227, 16}, {317, 30}, {336, 38}, {117, 19}, {27, 23}, {6, 30}, {8, 23}, {79, 19}, {163, 34}, {81, 34}, {22, 19},
	{17, 15}}

// dayItems is seconds at tea, shake and seal.
var dayItems = [][3]int{
	{18, 53, 15}, {18, 53, 15}, {16, 58, 15}, {0, 66, 15}, {16, 68, 16}, {14, 72, 15}, {0, 84, 18}, {14, 88, 18},
	{14, 86, 18}, {18, 24, 14}, {18, 24, 14}, {10, 26, 14}, {0, 48, 15}, {0, 34, 14}, {8, 60, 15}, {6, 56, 16},
}

type dayCup struct {
	order   *dayOrder
	work    Work
	service [3]float64 // ms
}

type dayOrder struct {
	id       int64
	at       int64 // ms
	campaign bool
	walkIn   bool
	cups     []*dayCup
	state    Order
	promised int64 // the first promise
	moved    bool
}

type dayConfig struct {
	seed      uint64
	accept    float64    // probability that a customer takes the slot that is offered
	drift     float64    // standard deviation of the crew's slow wandering, in the logarithm
	acceptAll bool       // no rules: everything is made, for the bound
	blind     bool       // control: orders for now are admitted as if nothing were booked
	leaves    int        // hour at which one of two at shake leaves; 0: nobody
	told      bool       // and the shop is told
	check     func(*day) // after every event
}

type dayResult struct {
	made             float64 // standard cups by closing
	kept, told, late int     // promises; the counter's not among them
	over             int     // accepted beyond the budget
	bare             int     // an offered slot was refused
	slots            int     // orders that took one
	covered, quoted  int     // ready within their P90, and all that were quoted
}

type day struct {
	cfg    dayConfig
	rnd    *rand.Rand
	b      Book
	now    int64
	events dayEvents
	orders []*dayOrder
	byID   map[int64]*dayOrder
	queue  [3][]*dayCup // before each station, earliest promise first
	busy   [3]int
	staff  [3]int
	result dayResult
	drift  float64
}

type dayEvent struct {
	at int64
	n  int
	do func()
}

type dayEvents struct {
	list []dayEvent
	n    int
}

func (e *dayEvents) Len() int { return len(e.list) }
func (e *dayEvents) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(e.list[i].at, e.list[j].at), cmp.Compare(e.list[i].n, e.list[j].n)) < 0
}
func (e *dayEvents) Swap(i, j int) { e.list[i], e.list[j] = e.list[j], e.list[i] }
func (e *dayEvents) Push(x any)    { e.list = append(e.list, x.(dayEvent)) }
func (e *dayEvents) Pop() any {
	last := e.list[len(e.list)-1]
	e.list = e.list[:len(e.list)-1]
	return last
}

func (d *day) at(ms int64, do func()) {
	d.events.n++
	heap.Push(&d.events, dayEvent{at: ms, n: d.events.n, do: do})
}

func runDay(cfg dayConfig) dayResult {
	s := settings()
	s.WalkIns, s.SlotShareBase = 20, 1
	d := &day{cfg: cfg, rnd: rand.New(rand.NewPCG(cfg.seed, 7)), staff: [3]int{1, 2, 1}, byID: map[int64]*dayOrder{}}
	d.b = Open(s, Steady(nominal), today(), known())
	d.now = d.b.opens
	d.arrivals(d.b.opens)
	d.every(d.b.opens, d.b.closes+6*3600_000, 15_000, d.tick)
	d.every(d.b.opens, d.b.closes, MendEvery.Milliseconds(), d.mend)
	if cfg.leaves > 0 {
		d.at(d.b.opens+int64(cfg.leaves)*3600_000, d.leave)
	}
	for d.events.Len() > 0 {
		e := heap.Pop(&d.events).(dayEvent)
		d.now = e.at
		e.do()
		if cfg.check != nil {
			cfg.check(d)
		}
	}
	return d.result
}

func (d *day) leave() {
	d.staff[1]--
	if d.cfg.told {
		d.b = d.b.Staff(noon, Steady(nominal/2))
	}
}

func (d *day) time() time.Time { return time.UnixMilli(d.now).UTC() }

func (d *day) every(from, until, step int64, do func()) {
	var next func()
	at := from
	next = func() {
		do()
		if at += step; at < until {
			d.at(at, next)
		}
	}
	d.at(at, next)
}

// arrivals draws the day's orders.
func (d *day) arrivals(open int64) {
	for hour, cups := range dayCups {
		for kind, n := range cups {
			for left := n; left > 0; {
				o := &dayOrder{at: open + int64(hour)*3600_000 + d.rnd.Int64N(3600_000), campaign: kind == 0}
				o.walkIn = kind == 1 && d.rnd.IntN(2) == 0
				for range min(1+int(d.rnd.ExpFloat64()*1.03), 6, left) {
					o.cups = append(o.cups, d.cup(o))
				}
				left -= len(o.cups)
				d.orders = append(d.orders, o)
			}
		}
	}
	slices.SortFunc(d.orders, func(a, b *dayOrder) int { return cmp.Compare(a.at, b.at) })
	for i, o := range d.orders {
		o.id = int64(i + 1)
		d.byID[o.id] = o
		d.at(o.at, func() { d.arrive(o) })
	}
}

func (d *day) cup(o *dayOrder) *dayCup {
	const cv = 0.45
	sigma := math.Sqrt(math.Log(1 + cv*cv))
	item := dayItems[d.rnd.IntN(len(dayItems))]
	c := &dayCup{order: o, work: Work(math.Round(float64(item[1]) * 100 / 53))}
	for i, s := range item {
		c.service[i] = float64(s) * 1000 * math.Exp(sigma*d.rnd.NormFloat64()-sigma*sigma/2)
	}
	return c
}

func (o *dayOrder) work() (sum Work) {
	for _, c := range o.cups {
		sum += c.work
	}
	return sum
}

func (d *day) arrive(o *dayOrder) {
	r := Request{Channel: "meituan", Work: o.work(), Cups: len(o.cups), WalkIn: o.walkIn}
	switch {
	case o.campaign:
		r.Channel, r.Campaign = "shangou", "free"
	case o.walkIn:
		r.Channel = "counter"
	}
	a := d.ask(r)
	if !a.Accepted && !d.cfg.acceptAll {
		if len(a.Slots) == 0 || d.rnd.Float64() >= d.cfg.accept {
			return
		}
		r.Slot = a.Slots[0].Start
		d.result.slots++
		if a = d.b.Admit(d.time(), r); !a.Accepted {
			d.result.bare++
			return
		}
	}
	o.state = Order{ID: o.id, Channel: r.Channel, Campaign: r.Campaign, Placed: d.time(), Due: a.Due, Slot: r.Slot,
		WalkIn: r.WalkIn, Work: r.Work, Cups: r.Cups, Quote: a.Quote}
	o.promised = a.Due.UnixMilli()
	if r.Slot.IsZero() && !r.WalkIn && d.b.load.online+r.Work > d.b.Room(d.time(), "").Budget {
		d.result.over++
	}
	if !r.Slot.IsZero() {
		o.state.Stage = Booked
	}
	d.b = d.b.Arrive(d.time(), r).Swap(Order{}, o.state)
	if o.state.Stage == Waiting {
		d.kitchen(o)
	}
}

// ask asks for an order to be made now.
func (d *day) ask(r Request) Answer {
	b := d.b
	if d.cfg.blind {
		b.load.buckets = slices.Clone(b.load.buckets)
		for i := range b.load.buckets {
			b.load.buckets[i].later = 0
		}
	}
	return b.Admit(d.time(), r)
}

func (d *day) kitchen(o *dayOrder) {
	for _, c := range o.cups {
		d.enqueue(0, c)
	}
	d.start()
}

func (d *day) enqueue(station int, c *dayCup) {
	q := d.queue[station]
	key := func(c *dayCup) int64 { return c.order.state.Due.UnixMilli() }
	i, _ := slices.BinarySearchFunc(q, c, func(a, b *dayCup) int {
		return cmp.Or(cmp.Compare(key(a), key(b)), cmp.Compare(a.order.id, b.order.id), -1)
	})
	d.queue[station] = slices.Insert(q, i, c)
}

func (d *day) start() {
	for s := 2; s >= 0; s-- {
		for len(d.queue[s]) > 0 && d.busy[s] < d.staff[s] && (s > 0 || len(d.queue[1]) < 3) {
			c := d.queue[s][0]
			d.queue[s] = d.queue[s][1:]
			d.busy[s]++
			d.at(d.now+int64(c.service[s]/math.Exp(d.drift)), func() { d.finish(s, c) })
		}
	}
}

func (d *day) finish(station int, c *dayCup) {
	d.busy[station]--
	if station < 2 {
		d.enqueue(station+1, c)
	} else {
		d.made(c)
	}
	d.start()
}

func (d *day) made(c *dayCup) {
	o := c.order
	after := o.state
	after.Work -= c.work
	after.Cups--
	if d.now <= d.b.closes {
		d.result.made += c.work.Cups()
	}
	if d.cfg.acceptAll {
		d.b, o.state = d.b.Swap(o.state, after), after
		return
	}
	d.b, o.state = d.b.Made(d.time(), o.state, after, true), after
	if after.Cups > 0 {
		return
	}
	switch {
	case o.walkIn:
	case o.moved:
		d.result.told++
	case d.now <= o.promised:
		d.result.kept++
	default:
		d.result.late++
	}
	if o.state.Slot.IsZero() {
		d.result.quoted++
		if d.now-o.at <= o.state.Quote.P90.Milliseconds() {
			d.result.covered++
		}
	}
}

func (d *day) tick() {
	if d.cfg.drift > 0 { // wanders with a memory of two hours
		keep := math.Exp(-15.0 / 7200)
		d.drift = d.drift*keep + d.cfg.drift*math.Sqrt(1-keep*keep)*d.rnd.NormFloat64()
	}
	for _, id := range d.b.Due(d.time()) {
		o := d.byID[id]
		after := o.state
		after.Stage = Waiting
		d.b, o.state = d.b.Swap(o.state, after), after
		d.kitchen(o)
	}
	d.b = d.b.Tick(d.time())
}

func (d *day) mend() {
	for _, m := range d.b.Mend(d.time()) {
		o := d.byID[m.ID]
		after := o.state
		after.Slot, after.Due = m.To, m.To.Add(SlotLength)
		o.moved = true
		if m.To.IsZero() {
			after = Order{}
			d.result.told++
		}
		d.b, o.state = d.b.Swap(o.state, after), after
	}
}
