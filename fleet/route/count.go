package route

import (
	"sync"
	"sync/atomic"
	"time"

	"weir/fleet/lately"
	"weir/shop/capacity"
)

// Counts are what /metrics shows of a router.
type Counts struct {
	Placed, Replayed, NotMade, Unknown            atomic.Int64 // answers to callers
	Sent, Unheard, Refused, TakenOver             atomic.Int64 // what happened to open orders
	Contradicted, Doubts, Unsure, Garbled, Events atomic.Int64
	Made, Offered, Bare                           atomic.Int64 // handed out; refused with something else offered, and without
	Shown                                         atomic.Int64 // shops that another router told of when this one started
}

// Refusal counts an answer to a caller, if it is that nobody makes the order.
func (c *Counts) Refusal(body any) {
	p, ok := body.(Problem)
	switch {
	case !ok || !p.NotMade:
	case len(p.Alternatives) > 0:
		c.Offered.Add(1)
	default:
		c.Bare.Add(1)
	}
}

// busy is what this router has sent to each shop in the last seconds, which no report shows yet.
type busy struct {
	mu     sync.Mutex
	recent *lately.Map[string, []sentWork]
}

type sentWork struct {
	at   time.Time
	work capacity.Work
}

// reportLag is how long a shop's report may take to show an order: a second until it is published, and the way.
const reportLag = 5 * time.Second

// busyMax bounds the shops of which this is remembered: far more than a router sends orders to in that time. One that went
// out counts as a shop to which nothing was sent; its credit is the limit all the same.
const busyMax = 1 << 16

func newBusy() busy { return busy{recent: lately.New[string, []sentWork](busyMax)} }

func (b *busy) add(store string, work capacity.Work, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.recent.Put(store, append(b.fresh(store, now), sentWork{now, work}))
}

func (b *busy) fresh(store string, now time.Time) []sentWork {
	list, _ := b.recent.Get(store)
	for len(list) > 0 && now.Sub(list[0].at) > reportLag {
		list = list[1:]
	}
	return list
}

func (b *busy) of(store string, now time.Time) (sum capacity.Work) {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := b.fresh(store, now)
	if len(list) == 0 {
		b.recent.Delete(store)
	}
	for _, s := range list {
		sum += s.work
	}
	return sum
}
