package sim

import (
	"slices"
)

// dayResult is one day's figures.
type dayResult struct {
	policy     string
	accept     float64
	cups       cupCount
	orders     int // that came over a channel
	refused    int // of all orders
	bare       int
	waits      []int64 // ms, rising
	bound      float64 // share of what the crew could make
	promises   promiseCount
	unmade     int     // orders accepted, not made by the end, and nobody told
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

// result sums the day up.
func (d *day) result() dayResult {
	r := dayResult{
		violations: d.violations, bounced: d.bounced, wMax: d.dueWorkMax.Cups(),
		overtime: max(0, d.lastMade-dayLength),
	}
	var turned []*visit
	for _, v := range d.visits {
		r.count(v)
		if v.state == refused && !v.walkIn {
			turned = append(turned, v)
		}
	}
	slices.Sort(r.waits)
	for _, s := range d.line.idle {
		r.idle += (min(s.to, dayLength) - min(s.from, dayLength)) * int64(s.makers)
	}
	r.needless = needless(d.line, turned, d.horizon())
	if b := d.line.batches; b != nil {
		r.batches = &b.batchCount
	}
	if d.record {
		r.charts = d.drawn()
	}
	return r
}

func (r *dayResult) count(v *visit) {
	n := len(v.cups)
	r.cups.offered += n
	if !v.walkIn {
		r.orders++
	}
	switch v.state {
	case refused:
		r.refused++
		if v.bare {
			r.bare++
		}
		return
	case quit:
		r.cups.givenUp += n
		r.wait(v, v.quitAt)
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
	}
	r.promises.count(v)
	if v.p90 > 0 && v.readyAt > 0 && v.state == accepted {
		r.quoted++
		if v.readyAt-v.at <= v.p90 {
			r.covered++
		}
	}
}

// wait notes how long somebody stood waiting: from the order, or from the slot that they came for.
func (r *dayResult) wait(v *visit, until int64) {
	r.waits = append(r.waits, max(0, until-max(v.at, v.slot)))
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
		for first < len(spans) && spans[first].to <= v.at {
			first++
		}
		var need, found int64
		for i := range v.cups {
			need += int64(float64(v.cups[i].service[l.bottleneck]) / l.speed)
		}
		last := first
		for ; last < len(spans) && spans[last].from < v.at+horizon && found < need; last++ {
			found += spans[last].within(v.at, v.at+horizon)
		}
		if found < need {
			continue
		}
		n++
		for i := first; i < last && need > 0; i++ {
			need -= spans[i].use(v.at, need)
		}
	}
	return n
}

// within is the makers' time of a span between two moments, and before closing.
func (s *span) within(from, to int64) int64 {
	return max(0, min(s.to, to, dayLength)-max(s.from, from)) * int64(s.makers)
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
