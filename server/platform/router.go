package platform

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"weir/shop/capacity"
	"weir/shop/wire"
)

// router decides which orders may go now.
type router struct {
	obey   Obey
	mu     sync.Mutex
	credit capacity.Router
	epoch  int64
	seq    uint64
	level  int
	slots  []wire.Slot
	resync time.Time // not again before
}

// resyncEvery keeps a router that is stuck from telling so with every order.
const resyncEvery = 15 * time.Second

func (r *router) take(l capacity.Lease) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.credit = r.credit.Take(l)
	r.level = l.Level
}

// report takes in a report if it is newer than the last.
func (r *router) report(c wire.Capacity) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c.Epoch < r.epoch || c.Epoch == r.epoch && c.Seq <= r.seq {
		return
	}
	r.epoch, r.seq, r.level, r.slots = c.Epoch, c.Seq, c.Level, c.Slots
}

// leave says whether an order of so much work may go now, with the stamp of the lease that covers it, if one does,
// and the counter to tell the shop when this router is stuck.
func (r *router) leave(work capacity.Work) (stamp *capacity.Stamp, ok bool, stuck *capacity.Stamp) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.obey == ObeyNone {
		return nil, true, nil
	}
	if r.obey == ObeyLease {
		next, s, covered := r.credit.Send(time.Now(), work, skew)
		if covered {
			r.credit = next
			return &s, true, nil
		}
		if now := time.Now(); r.credit.Stuck(work) && now.After(r.resync) {
			r.resync = now.Add(resyncEvery)
			stuck = &capacity.Stamp{Epoch: r.credit.Epoch, Spent: r.credit.Spent}
		}
	}
	return nil, r.level < capacity.LevelSlots, stuck
}

// offered is the slots that the shop last said it has.
func (r *router) offered(work capacity.Work) []time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	var starts []time.Time
	for _, s := range r.slots {
		if s.Work >= work {
			starts = append(starts, s.Start)
		}
	}
	slices.SortFunc(starts, time.Time.Compare)
	return starts
}

// String is the router's part of the running line.
func (r *router) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return fmt.Sprintf("level %d  credit %.1f cups", r.level, max(0, r.credit.Limit-r.credit.Spent).Cups())
}
