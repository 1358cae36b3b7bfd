package owner

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"weir/server/store"
	"weir/shop"
	"weir/shop/capacity"
)

const (
	// lookEvery is how often the tally looks at the crew's pace and at whether a quarter is over. It is real
	// time; in a demo, where an hour is a minute, a quarter still has several looks.
	lookEvery = 2 * time.Second
	// writeEvery is how often it is stored what was counted of a quarter that is not over, so that a crash
	// loses a minute of it.
	writeEvery = time.Minute
	// refsMax bounds the refused orders that are told apart in a quarter; beyond it the same order may count
	// twice. A hundred times what the busiest shop has refused.
	refsMax = 20_000
)

// Tally counts what the store's rows cannot say: cups that were asked for and refused, and how fast the crew was. An order that is
// refused five times within a quarter of an hour counts once; one that is accepted in the end, or for a slot, does not count.
type Tally struct {
	*store.Store
	now func() time.Time
	log *slog.Logger

	mu      sync.Mutex
	quarter time.Time         // the one that is being counted
	refused map[asked]refusal // in the quarter
	sums    map[group]count   // in the quarter: counts from before a restart, and beyond refsMax
	pace    mean              // in the quarter
	past    []store.Refused   // from quarters that are over and not stored
	paces   []store.Pace      //
	changed bool              // since it was last stored
}

type asked struct{ channel, ref string }

type refusal struct {
	reason string
	cups   int
}

type group struct{ channel, reason string }

type count struct{ orders, cups int }

// mean is of the looks at something.
type mean struct {
	sum   float64
	looks int
}

// NewTally goes on counting where the last process stopped. now is the shop's clock.
func NewTally(ctx context.Context, s *store.Store, now func() time.Time, log *slog.Logger) (*Tally, error) {
	t := &Tally{Store: s, now: now, log: log}
	t.begin(quarterOf(now()))
	refused, paces, err := s.Curve(ctx, t.quarter, t.quarter.Add(capacity.SlotLength))
	if err != nil {
		return nil, err
	}
	for _, r := range refused {
		t.sums[group{r.Channel, r.Reason}] = count{r.Orders, r.Cups}
	}
	for _, p := range paces {
		t.pace = mean{float64(p.Work), 1}
	}
	return t, nil
}

// quarterOf is the beginning of the quarter of an hour that a moment is in.
func quarterOf(at time.Time) time.Time { return at.UTC().Truncate(capacity.SlotLength) }

// begin starts to count a quarter. The caller holds the lock, or is alone.
func (t *Tally) begin(quarter time.Time) {
	t.quarter, t.refused, t.sums, t.pace = quarter, map[asked]refusal{}, map[group]count{}, mean{}
}

// Refused counts an order that was refused.
func (t *Tally) Refused(r shop.Refused) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.roll()
	key := asked{r.Channel, r.Ref}
	if _, known := t.refused[key]; !known && len(t.refused) >= refsMax {
		c := t.sums[group{r.Channel, r.Reason}]
		t.sums[group{r.Channel, r.Reason}] = count{c.orders + 1, c.cups + r.Cups}
	} else {
		t.refused[key] = refusal{r.Reason, r.Cups}
	}
	t.changed = true
}

// Accepted takes back what was counted of an order that was accepted after all.
func (t *Tally) Accepted(channel, ref string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.roll()
	key := asked{channel, ref}
	if _, known := t.refused[key]; known {
		delete(t.refused, key)
		t.changed = true
	}
}

// roll closes a quarter that is over. A clock that was set back opens an earlier one: what was counted of it
// before is then counted anew. The caller holds the lock.
func (t *Tally) roll() {
	quarter := quarterOf(t.now())
	if quarter.Equal(t.quarter) {
		return
	}
	refused, paces := t.rows()
	t.past, t.paces = append(t.past, refused...), append(t.paces, paces...)
	t.begin(quarter)
	t.changed = true
}

// rows is what has been counted of the quarter. The caller holds the lock.
func (t *Tally) rows() ([]store.Refused, []store.Pace) {
	sums := map[group]count{}
	for g, c := range t.sums {
		sums[g] = c
	}
	for key, r := range t.refused {
		g := group{key.channel, r.reason}
		sums[g] = count{sums[g].orders + 1, sums[g].cups + r.cups}
	}
	var refused []store.Refused
	for g, c := range sums {
		refused = append(refused, store.Refused{At: t.quarter, Channel: g.channel, Reason: g.reason, Orders: c.orders, Cups: c.cups})
	}
	var paces []store.Pace
	if t.pace.looks > 0 {
		paces = append(paces, store.Pace{At: t.quarter, Work: capacity.Work(t.pace.sum / float64(t.pace.looks))})
	}
	return refused, paces
}

// Run looks at the pace and stores what was counted, until ctx ends. The store must outlive it.
func (t *Tally) Run(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	tried, failed := time.Time{}, false
	for {
		t.look()
		if time.Since(tried) >= writeEvery || t.over() && !failed {
			tried = time.Now()
			err := t.write(ctx)
			if failed = err != nil; failed && ctx.Err() == nil {
				t.log.Warn("cannot store the day's curve", "error", err)
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookEvery)
			defer cancel()
			return t.write(last)
		}
	}
}

// look adds what the crew could make now to the quarter's mean, while the shop is open.
func (t *Tally) look() {
	state, now := t.Snapshot(), t.now()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.roll()
	if hours := state.Config.Hours(now); now.Before(hours.Opens) || !now.Before(hours.Closes) {
		return
	}
	t.pace.sum += state.Capacity.Rate(now).P50 * capacity.SlotLength.Minutes()
	t.pace.looks++ // stored at the quarter's end: a quiet shop does not wear its flash out
}

// over reports whether there are quarters that are over and not stored.
func (t *Tally) over() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.past)+len(t.paces) > 0
}

// write stores what was counted.
func (t *Tally) write(ctx context.Context) error {
	t.mu.Lock()
	refused, paces := t.rows()
	past, pastPaces, changed, now := t.past, t.paces, t.changed, t.now()
	t.past, t.paces, t.changed = nil, nil, false
	t.mu.Unlock()
	if !changed {
		return nil
	}
	err := t.PutCurve(ctx, append(past, refused...), append(pastPaces, paces...), now)
	if err != nil {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.past, t.paces, t.changed = append(past, t.past...), append(pastPaces, t.paces...), true
		return fmt.Errorf("store what was counted: %w", err)
	}
	return nil
}

// counted is what was counted between two moments, stored or not.
func (t *Tally) counted(ctx context.Context, from, to time.Time) ([]store.Refused, []store.Pace, error) {
	refused, paces, err := t.Curve(ctx, from, to)
	if err != nil {
		return nil, nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	newer, newerPaces := t.rows()
	newer, newerPaces = append(newer, t.past...), append(newerPaces, t.paces...)
	fresh := map[time.Time]bool{t.quarter: true} // in memory as a whole, so that what is stored of it is older
	for _, r := range newer {
		fresh[r.At] = true
	}
	refused = slices.DeleteFunc(refused, func(r store.Refused) bool { return fresh[r.At] })
	paces = slices.DeleteFunc(paces, func(p store.Pace) bool { return fresh[p.At] })
	within := func(at time.Time) bool { return !at.Before(from) && at.Before(to) }
	for _, r := range newer {
		if within(r.At) {
			refused = append(refused, r)
		}
	}
	for _, p := range newerPaces {
		if within(p.At) {
			paces = append(paces, p)
		}
	}
	return refused, paces, nil
}
