package sim

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"weir/shop"
)

// Batch has the crew of policy weir take up identical cups of several orders together: written 4m/12, the time
// and the cups by which [shop.Batching] lets a batch overtake. 0m/0 makes together only what is next to each other.
type Batch shop.Batching

const (
	batchAheadMost = 2 * time.Hour
	batchCupsMost  = 1000
	batchSavesMost = 0.9 // a cup in no time is no cup
)

// UnmarshalText implements encoding.TextUnmarshaler.
func (b *Batch) UnmarshalText(text []byte) (err error) {
	ahead, cups, ok := strings.Cut(string(text), "/")
	if !ok {
		return fmt.Errorf("batch %q: want TIME/CUPS such as 4m/12", text)
	}
	if b.Ahead, err = time.ParseDuration(ahead); err != nil || b.Ahead < 0 || b.Ahead > batchAheadMost {
		return fmt.Errorf("batch %q: want a time from 0m to %v", ahead, batchAheadMost)
	}
	if b.Cups, err = strconv.Atoi(cups); err != nil || b.Cups < 0 || b.Cups > batchCupsMost {
		return fmt.Errorf("batch %q: want 0 to %d cups", cups, batchCupsMost)
	}
	return nil
}

// batches is the board's view of what is to be made, and what the crew has taken up from it.
type batches struct {
	rule    shop.Batching
	menu    *shop.Menu
	opens   time.Time
	orders  map[*visit]*shop.Order // as far as the rule looks at them
	started []shop.Queued          // those that may have overtaken a cup that waits
	hand    []job                  // taken up, and not yet begun
	over    map[*shop.Cup]int      // by how many cups each has been overtaken
	turns   int                    // cups taken up
	batchCount
}

// batchCount is what batching did.
type batchCount struct {
	batches, cups int
	overtaken     int   // cups that another went before
	most          int   // cups that went before one of them
	ahead         int64 // ms, the most by which a cup that went before was promised later
}

func newBatches(rule *Batch, config *shop.Config, opens time.Time) *batches {
	return &batches{
		rule: shop.Batching(*rule), menu: config.Menu, opens: opens,
		orders: map[*visit]*shop.Order{}, over: map[*shop.Cup]int{},
	}
}

// queued is a job as the board sees it. Nobody has told the board what a walk-in's cup is, so that it is like
// no other.
func (b *batches) queued(j job, now time.Time) shop.Queued {
	o := b.orders[j.visit]
	if o == nil {
		v := j.visit
		o = &shop.Order{ID: shop.OrderID(v.n), Channel: v.channel, Lines: v.lines}
		o.Promise.ReadyBy = b.opens.Add(time.Duration(j.due) * time.Millisecond)
		for i := range v.cups {
			o.Cups = append(o.Cups, shop.Cup{N: i + 1, Line: i, At: now})
			if v.walkIn {
				o.Customer.Notes = append(o.Customer.Notes, fmt.Sprintf("counter %d-%d", v.n, i))
			}
		}
		b.orders[v] = o
	}
	return shop.Queued{Order: o, Cup: &o.Cups[j.cup]}
}

// take is the next cup of the batch in hand, or the first of the next batch.
func (b *batches) take(s *station, now time.Time) (job, bool) {
	if len(b.hand) == 0 {
		b.tap(s, now)
	}
	if len(b.hand) == 0 {
		return job{}, false
	}
	j := b.hand[0]
	b.hand = b.hand[1:]
	return j, true
}

// tap takes up the first batch of those that wait.
func (b *batches) tap(s *station, now time.Time) {
	var waiting []shop.Queued
	var jobs []job
	for _, j := range s.queue {
		if !j.visit.dropped {
			jobs, waiting = append(jobs, j), append(waiting, b.queued(j, now))
		}
	}
	s.queue = jobs
	if len(jobs) == 0 {
		return
	}
	b.forget(waiting)
	batch := b.rule.Batches(b.menu, waiting, b.started)[0]
	b.batches++
	b.cups += len(batch)
	s.queue = nil
	for i, q := range waiting {
		if n := len(b.hand); n < len(batch) && q.Cup == batch[n].Cup {
			b.turns++
			jobs[i].turn, jobs[i].further = b.turns, n > 0
			b.hand = append(b.hand, jobs[i])
			q.Cup.Started = now
			b.started = append(b.started, q)
			continue
		}
		s.queue = append(s.queue, jobs[i])
		b.overtake(q.Cup, jobs[i].due, batch[len(b.hand):])
	}
}

// overtake counts the rest of a batch before a cup that is left waiting.
func (b *batches) overtake(left *shop.Cup, due int64, rest shop.Batch) {
	if len(rest) == 0 {
		return
	}
	if b.over[left] == 0 {
		b.overtaken++
	}
	b.over[left] += len(rest)
	b.most = max(b.most, b.over[left])
	last := rest[len(rest)-1].Order.Promise.By().Sub(b.opens).Milliseconds()
	b.ahead = max(b.ahead, last-due)
}

// forget leaves out what was started before any of the waiting cups was there.
func (b *batches) forget(waiting []shop.Queued) {
	oldest := waiting[0].Cup.At
	for _, q := range waiting {
		if q.Cup.At.Before(oldest) {
			oldest = q.Cup.At
		}
	}
	kept := b.started[:0]
	for _, q := range b.started {
		if !q.Cup.Started.Before(oldest) {
			kept = append(kept, q)
		}
	}
	b.started = kept
}
