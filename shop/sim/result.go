package sim

import (
	"cmp"
	"slices"
	"time"

	"weir/shop/capacity"
)

// dayResult is one day's figures.
type dayResult struct {
	policy     string
	accept     float64
	model      string
	cups       cupCount
	orders     int // that came over a channel
	refused    int // of all orders
	bare       int
	listed     int     // orders that were put on the waiting list
	expired    int     // of those, orders that were not accepted and whose customers were told so
	waits      []int64 // ms, rising: from the order, or from the slot that was booked
	orderWaits []int64 // ms, rising: from the order
	passed     []int64 // cups, rising: of later orders that went before each order to be made now
	passedBy   int64   // ms, the most by which one of them came later
	madeWork   capacity.Work
	boundWork  capacity.Work // what the crew could make
	large      [2]int        // orders that were wanted at a time of their own: taken, and all
	requoted   [2]int        // orders that were ready by the time told again, and all that were told one
	alarms     int           // orders told of another time that were ready by the first all the same
	news       newsCount
	toldInTime int // orders told of another time, or of none, at least a quarter of an hour before
	promises   promiseCount
	unmade     int     // orders accepted whose customer got nothing and was not told
	wMax       float64 // standard cups
	violations int
	idle       int64 // maker-ms
	needless   int
	covered    int
	quoted     int
	bounced    int
	overtime   int64 // ms
	charts     charts
	batches    *batchCount // nil: cup by cup
}

// cupCount is physical cups. Offered is the sum of the others and of the refused and released ones.
type cupCount struct{ offered, made, unmade, givenUp, slot int }

// promiseCount is orders of channels that were accepted. The counter's are not among them.
type promiseCount struct{ kept, told, late int }

// newsCount is what the orders of channels were told that were told anything.
type newsCount struct{ moved, delayed, released int }

func (n *newsCount) count(v *visit) {
	switch {
	case v.state == released:
		n.released++
	case v.expects > 0:
		n.delayed++
	default:
		n.moved++
	}
}

// result sums the day up.
func (d *day) result() dayResult {
	r := dayResult{
		violations: d.violations, bounced: d.bounced, wMax: d.dueWorkMax.Cups(), madeWork: d.madeWork,
		overtime: max(0, d.lastMade-d.closes),
	}
	var turned []*visit // in the order in which they came last
	for _, v := range d.visits {
		r.count(v, d.closes)
		if v.state == refused && !v.walkIn && v.came < d.closes {
			turned = append(turned, v)
		}
	}
	for _, s := range d.line.idle {
		r.idle += (min(s.to, d.closes) - min(s.from, d.closes)) * int64(s.makers)
	}
	slices.SortStableFunc(turned, func(a, b *visit) int { return cmp.Compare(a.came, b.came) })
	r.needless = needless(d.line, turned, d.horizon())
	if b := d.line.batches; b != nil {
		r.batches = &b.batchCount
	}
	if d.record {
		r.charts = d.drawn()
	}
	return r
}

func (r *dayResult) count(v *visit, closes int64) {
	if v.at >= closes {
		return // the door was shut
	}
	n := len(v.cups)
	r.cups.offered += n
	if !v.walkIn {
		r.orders++
	}
	if v.want > 0 {
		r.large[1]++
		if v.state == accepted {
			r.large[0]++
		}
	}
	if v.taken > 0 || v.state == expired {
		r.listed++
	}
	switch v.state {
	case expired:
		r.expired++
		return
	case refused:
		r.refused++
		if v.bare {
			r.bare++
		}
		return
	case quit:
		r.cups.givenUp += n
		r.wait(v, v.quitAt)
		if !v.told {
			r.unmade++
		}
	case accepted:
		r.cups.made += n - v.left
		r.cups.unmade += v.left
		if v.readyAt > 0 {
			r.wait(v, v.readyAt)
		} else if !v.told {
			r.unmade++
		}
	case unheard:
		r.cups.givenUp += n
		return
	case absent:
		return
	}
	if v.slot > 0 {
		r.cups.slot += n
	} else if v.inLine {
		r.passed = append(r.passed, int64(v.passed))
		r.passedBy = max(r.passedBy, v.passedBy)
	}
	r.promises.count(v)
	if !v.walkIn && (v.told || v.state == released) && v.promised-v.toldAt >= noticeLeast {
		r.toldInTime++
	}
	if !v.walkIn && v.told && v.state == accepted && v.readyAt > 0 && v.readyAt <= v.promised {
		r.alarms++
	}
	if !v.walkIn && v.told {
		r.news.count(v)
	}
	if v.expects > 0 && v.readyAt > 0 && v.state == accepted {
		r.requoted[1]++
		if v.readyAt <= v.expects {
			r.requoted[0]++
		}
	}
	if v.p90 > 0 && v.readyAt > 0 && v.state == accepted {
		r.quoted++
		if v.readyAt-v.came <= v.p90 {
			r.covered++
		}
	}
}

// wait notes how long somebody stood waiting: from the order, from the slot that they came for, or from when they heard
// that their order was taken from the waiting list.
func (r *dayResult) wait(v *visit, until int64) {
	r.waits = append(r.waits, max(0, until-max(v.came, v.slot, v.taken)))
	r.orderWaits = append(r.orderWaits, until-v.came)
}

// noticeLeast is how long before their promise customers should hear that it changes.
const noticeLeast = int64(15 * time.Minute / time.Millisecond)

// add puts another of several days in a row to these.
func (r *dayResult) add(o *dayResult) {
	r.cups.offered += o.cups.offered
	r.cups.made += o.cups.made
	r.cups.unmade += o.cups.unmade
	r.cups.givenUp += o.cups.givenUp
	r.cups.slot += o.cups.slot
	r.promises.kept += o.promises.kept
	r.promises.told += o.promises.told
	r.promises.late += o.promises.late
	for _, n := range []struct {
		to   *int
		more int
	}{
		{&r.orders, o.orders}, {&r.refused, o.refused}, {&r.bare, o.bare}, {&r.listed, o.listed}, {&r.expired, o.expired}, {&r.unmade, o.unmade},
		{&r.violations, o.violations},
		{&r.needless, o.needless}, {&r.covered, o.covered}, {&r.quoted, o.quoted}, {&r.bounced, o.bounced}, {&r.toldInTime, o.toldInTime},
		{&r.large[0], o.large[0]}, {&r.large[1], o.large[1]},
		{&r.alarms, o.alarms},
		{&r.requoted[0], o.requoted[0]},
		{&r.news.moved, o.news.moved}, {&r.news.delayed, o.news.delayed}, {&r.news.released, o.news.released}, {&r.requoted[1], o.requoted[1]},
	} {
		*n.to += n.more
	}
	r.waits, r.orderWaits, r.passed = append(r.waits, o.waits...), append(r.orderWaits, o.orderWaits...), append(r.passed, o.passed...)
	r.madeWork, r.boundWork = r.madeWork+o.madeWork, r.boundWork+o.boundWork
	r.wMax, r.passedBy = max(r.wMax, o.wMax), max(r.passedBy, o.passedBy)
	r.idle, r.overtime = r.idle+o.idle, r.overtime+o.overtime
	r.charts, r.batches = o.charts, o.batches
}

// bound is the share of what the crew could make.
func (r *dayResult) bound() float64 {
	if r.boundWork == 0 {
		return 0
	}
	return float64(r.madeWork) / float64(r.boundWork)
}

func (p *promiseCount) count(v *visit) {
	switch {
	case v.walkIn:
	case v.told || v.state == released:
		p.told++
	case v.state == accepted && v.readyAt > 0 && v.readyAt <= v.promised:
		p.kept++
	default:
		p.late++
	}
}

// needless counts the orders that were sent away although the crew then had the time: within the longest
// promise after each, idle makers' time at the bottleneck for all of it. A second of it counts against
// one refusal only.
func needless(l *line, turned []*visit, horizon int64) (n int) {
	spans := slices.Clone(l.idle) // by time, as turned is
	first := 0
	for _, v := range turned {
		for first < len(spans) && spans[first].to <= v.came {
			first++
		}
		var need, found int64
		for i := range v.cups {
			need += int64(float64(v.cups[i].service[l.bottleneck]) / l.speed)
		}
		last := first
		for ; last < len(spans) && spans[last].from < v.came+horizon && found < need; last++ {
			found += spans[last].within(v.came, min(v.came+horizon, l.closes))
		}
		if found < need {
			continue
		}
		n++
		for i := first; i < last && need > 0; i++ {
			need -= spans[i].use(v.came, need)
		}
	}
	return n
}

// within is the makers' time of a span between two moments.
func (s *span) within(from, to int64) int64 {
	return max(0, min(s.to, to)-max(s.from, from)) * int64(s.makers)
}

// use takes makers' time out of a span, from its beginning, and tells how much it was.
func (s *span) use(from, need int64) int64 {
	begin := max(s.from, from)
	long := min((need+int64(s.makers)-1)/int64(s.makers), s.to-begin)
	s.from = begin + long
	return long * int64(s.makers)
}

// quantile of rising values; 0 of none.
func quantile(rising []int64, p float64) int64 {
	if len(rising) == 0 {
		return 0
	}
	return rising[min(int(p*float64(len(rising))), len(rising)-1)]
}
