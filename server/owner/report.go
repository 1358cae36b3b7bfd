package owner

import (
	"context"
	"slices"
	"sync"
	"time"

	"weir/server/store"
	"weir/shop"
)

// report is what a shop did in a stretch of time: a day, a shift, or several days together.
type report struct {
	orders, cups, made         int
	kept, told, late           int             // orders by their promise: kept, kept at the later time that was told, broken
	waits                      []time.Duration // of orders to be made now, from acceptance to ready
	released, cancelled, never int             // orders the shop called off, the channel called off, nobody fetched
	remakes, wasted            int             // cups made again, cups thrown away or given up half made
	ends, remadeWhy, wastedWhy map[string]int  // orders called off, remakes and waste by reason
	refused                    map[string]count
	people                     map[string]int     // cups that each finished or passed on, by who is signed in or whose tablet it is
	stations, items            map[string]*worked //
}

// worked is how fast something went.
type worked struct {
	cups  int
	spans []time.Duration // of an item: from the start of each cup to its end; of a station: between two cups while it was busy
	last  time.Time       // of a station: when its last cup was finished
}

// busyGap is how long a station may have finished nothing and still be taken for busy: longer than the slowest part of a cup.
const busyGap = 3 * time.Minute

func newReport() *report {
	return &report{ends: map[string]int{}, remadeWhy: map[string]int{}, wastedWhy: map[string]int{}, refused: map[string]count{},
		people: map[string]int{}, stations: map[string]*worked{}, items: map[string]*worked{}}
}

// stretchOf is a business day from its cut-off to the next, or the part of it between two times of day written 10:00; "" is its
// begin or its end.
func stretchOf(config *shop.Config, day shop.Day, from, to string) (begin, end time.Time, err error) {
	date, err := time.ParseInLocation(time.DateOnly, string(day), config.Location)
	if err != nil {
		return begin, end, err
	}
	at := func(clock time.Duration) time.Time {
		return time.Date(date.Year(), date.Month(), date.Day(), 0, 0, int(clock/time.Second), 0, config.Location)
	}
	read := func(written string, otherwise time.Time) (time.Time, error) {
		if written == "" {
			return otherwise, nil
		}
		t, err := time.Parse("15:04", written)
		if err != nil {
			return t, err
		}
		clock := time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
		if clock < config.Cutoff {
			clock += 24 * time.Hour // two in the morning belongs to the evening before
		}
		return at(clock), nil
	}
	if begin, err = read(from, at(config.Cutoff)); err != nil {
		return begin, end, err
	}
	end, err = read(to, at(config.Cutoff+24*time.Hour))
	return begin, end, err
}

// reportOf sums up the orders of a day that were accepted in a stretch of it, and what was done in it.
func (p *Pages) reportOf(ctx context.Context, day shop.Day, from, to time.Time) (*report, error) {
	orders, err := p.Tally.OrdersOfDay(ctx, day, "")
	if err != nil {
		return nil, err
	}
	r, byID := newReport(), map[shop.OrderID]*shop.Order{}
	for _, o := range orders {
		byID[o.ID] = o
		if o.Number > 0 && !o.AcceptedAt.Before(from) && o.AcceptedAt.Before(to) {
			r.order(o)
		}
	}
	begun := map[shop.CupID]time.Time{}
	err = p.Tally.Worked(ctx, from, to, func(w store.Worked) { r.work(w, byID[w.Order], begun) })
	if err != nil {
		return nil, err
	}
	refused, _, err := p.Tally.counted(ctx, quarterOf(from), to)
	if err != nil {
		return nil, err
	}
	for _, f := range refused {
		c := r.refused[f.Reason]
		r.refused[f.Reason] = count{c.orders + f.Orders, c.cups + f.Cups}
	}
	return r, nil
}

// order adds an order: how many cups, how long it took, and how it ended.
func (r *report) order(o *shop.Order) {
	r.orders++
	for i := range o.Cups {
		if o.Cups[i].Replaces == 0 {
			r.cups++
		}
	}
	switch o.State() {
	case shop.OrderReleased:
		r.released++
		r.ends[o.Reason]++
	case shop.OrderCancelled:
		r.cancelled++
	case shop.OrderUnclaimed:
		r.never++
	}
	ready := o.ReadyAt
	if ready.IsZero() && o.State() == shop.OrderHanded {
		ready = o.EndedAt
	}
	if ready.IsZero() {
		return // not made, or not yet
	}
	switch {
	case ready.After(o.Promise.By()):
		r.late++
	case o.Promise.Delayed:
		r.told++
	default:
		r.kept++
	}
	if o.Promise.SlotStart.IsZero() && !o.DueOnArrival {
		r.waits = append(r.waits, ready.Sub(o.AcceptedAt))
	}
}

// work adds what somebody did with cups of an order; o is nil when it is of another day.
func (r *report) work(w store.Worked, o *shop.Order, begun map[shop.CupID]time.Time) {
	switch f := w.Fact.(type) {
	case shop.CupRemade:
		r.remakes++
		r.remadeWhy[f.Reason]++
	case shop.CupsMoved:
		for _, m := range f.Moves {
			r.move(w, f, m, o, begun)
		}
	}
}

func (r *report) move(w store.Worked, f shop.CupsMoved, m shop.Move, o *shop.Order, begun map[shop.CupID]time.Time) {
	id := shop.CupID{Order: w.Order, N: m.N}
	if m.To == shop.Making && m.From < shop.Making {
		begun[id] = w.At
	}
	if m.To == shop.Discarded || m.To == shop.Voided && m.From == shop.Making {
		r.wasted++
		r.wastedWhy[f.Reason]++
	}
	finished := 0
	switch {
	case m.To == shop.Made && m.From < shop.Made:
		finished = 1
	case m.From == shop.Made && m.To < shop.Made:
		finished = -1
	}
	r.made += finished
	switch {
	case f.Implied: // nobody tapped
	case finished < 0:
		r.people[w.By]--
	case finished > 0 || len(m.Passed) > 0:
		r.people[w.By]++
	}
	for _, station := range m.Passed {
		at(r.stations, station).finished(w.At)
	}
	if line := cupLine(o, m.N); line != nil && finished != 0 {
		item := at(r.items, line.Item)
		item.cups += finished
		if since, known := begun[id]; known && finished > 0 {
			item.spans = append(item.spans, w.At.Sub(since))
		}
	}
}

func cupLine(o *shop.Order, cup int) *shop.Line {
	if o == nil || o.Cup(cup) == nil || o.Cup(cup).Line >= len(o.Lines) {
		return nil
	}
	return &o.Lines[o.Cup(cup).Line]
}

func at(m map[string]*worked, key string) *worked {
	if m[key] == nil {
		m[key] = &worked{}
	}
	return m[key]
}

func (w *worked) finished(at time.Time) {
	w.cups++
	if !w.last.IsZero() && at.Sub(w.last) <= busyGap {
		w.spans = append(w.spans, at.Sub(w.last))
	}
	w.last = at
}

// perMinute is how many a station finished in a minute while it was busy; 0 is not known.
func (w *worked) perMinute() float64 {
	var sum time.Duration
	for _, s := range w.spans {
		sum += s
	}
	if sum <= 0 {
		return 0
	}
	return float64(len(w.spans)) / sum.Minutes()
}

// add sums up another stretch.
func (r *report) add(other *report) {
	r.orders, r.cups, r.made = r.orders+other.orders, r.cups+other.cups, r.made+other.made
	r.kept, r.told, r.late = r.kept+other.kept, r.told+other.told, r.late+other.late
	r.released, r.cancelled, r.never = r.released+other.released, r.cancelled+other.cancelled, r.never+other.never
	r.remakes, r.wasted = r.remakes+other.remakes, r.wasted+other.wasted
	r.waits = append(r.waits, other.waits...)
	for _, m := range [][2]map[string]int{{r.ends, other.ends}, {r.remadeWhy, other.remadeWhy}, {r.wastedWhy, other.wastedWhy},
		{r.people, other.people}} {
		for key, n := range m[1] {
			m[0][key] += n
		}
	}
	for key, c := range other.refused {
		r.refused[key] = count{r.refused[key].orders + c.orders, r.refused[key].cups + c.cups}
	}
	for _, m := range [][2]map[string]*worked{{r.stations, other.stations}, {r.items, other.items}} {
		for key, w := range m[1] {
			sum := at(m[0], key)
			sum.cups, sum.spans = sum.cups+w.cups, append(sum.spans, w.spans...)
		}
	}
}

// quantile is the span that a share of the spans does not exceed; 0 when there are none.
func quantile(spans []time.Duration, share float64) time.Duration {
	if len(spans) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(spans))
	return sorted[min(len(sorted)-1, int(share*float64(len(sorted))))]
}

// reports remembers what was summed up of days that are over: a busy shop's day is some thousand rows.
type reports struct {
	mu sync.Mutex
	of map[shop.Day]*report
}

// daysBack is how many days are shown together, today included.
const daysBack = 30

// dayReport is the whole of a business day. One that is over for more than a day does not change any more.
func (p *Pages) dayReport(ctx context.Context, config *shop.Config, day, today shop.Day) (*report, error) {
	p.reports.mu.Lock()
	known := p.reports.of[day]
	p.reports.mu.Unlock()
	if known != nil {
		return known, nil
	}
	from, to, err := stretchOf(config, day, "", "")
	if err != nil {
		return nil, err
	}
	r, err := p.reportOf(ctx, day, from, to)
	if err == nil && day < before(today, 1) {
		p.reports.mu.Lock()
		defer p.reports.mu.Unlock()
		if p.reports.of == nil || len(p.reports.of) > 2*daysBack {
			p.reports.of = map[shop.Day]*report{}
		}
		p.reports.of[day] = r
	}
	return r, err
}

// before is the day so many days earlier.
func before(day shop.Day, days int) shop.Day {
	at, err := time.Parse(time.DateOnly, string(day))
	if err != nil {
		return day
	}
	return shop.Day(at.AddDate(0, 0, -days).Format(time.DateOnly))
}
