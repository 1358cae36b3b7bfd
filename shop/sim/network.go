package sim

import (
	"errors"
	"slices"
	"time"

	"weir/shop"
	"weir/shop/capacity"
)

// router is a channel's end of its lease.
type router struct {
	capacity.Router
	skew     time.Duration // of its clock
	level    int           // of the shop, as its last lease said
	resyncAt int64         // it asks for a resync no sooner
}

const (
	transitMost = int64(time.Minute / time.Millisecond)      // the longest way of an order
	askAgain    = int64(20 * time.Second / time.Millisecond) // a router without an answer asks again with the same ref
	sendTries   = 4
	resyncEvery = int64(15 * time.Second / time.Millisecond)
)

// plug makes a router for every channel.
func (w *weir) plug() {
	w.routers = make([]router, len(w.config.Channels))
	if w.o.Net == nil {
		return
	}
	for i := range w.routers {
		w.routers[i].skew = time.Duration((2*w.rnd.Float64() - 1) * float64(w.o.Net.skew) * float64(time.Millisecond))
	}
}

func (w *weir) router(channel string) *router {
	return &w.routers[slices.IndexFunc(w.config.Channels, func(c shop.Channel) bool { return c.ID == channel })]
}

// send carries a message: it may be lost, doubled and late. Without a disturbed network it is there at once.
func (w *weir) send(delay int64, arrive func()) {
	if w.o.Net == nil {
		arrive()
		return
	}
	n := w.o.Net
	copies := 1
	if w.rnd.Float64() < n.dup {
		copies++
	}
	for range copies {
		late := int64(0)
		if delay > 0 {
			late = w.rnd.Int64N(delay + 1)
		}
		if w.rnd.Float64() >= n.loss {
			w.at(w.now+late, arrive)
		}
	}
}

// leaseDelay is the longest way of a lease, transit that of an order or an answer.
func (w *weir) leaseDelay() int64 {
	if w.o.Net == nil {
		return 0
	}
	return w.o.Net.delay
}

func (w *weir) transit() int64 { return min(w.leaseDelay(), transitMost) }

// publish sends a lease to its router.
func (w *weir) publish(l capacity.Lease) {
	w.send(w.leaseDelay(), func() {
		r := w.router(l.Channel)
		if w.o.control { // "so much more": what a lost or doubled message does to it is the point of the test
			more := l.Limit - l.Used
			r.Router = capacity.Router{Epoch: l.Epoch, Seq: l.Seq, Spent: r.Spent, Limit: max(r.Limit, r.Spent) + more,
				MaxOrder: w.config.Capacity.Lease.MaxOrder, ExpiresAt: l.ExpiresAt}
			return
		}
		r.Router = r.Take(l)
		r.level = l.Level
	})
}

// route lets a customer's order go if the channel's lease covers it. If not, the shop is asked without a lease while
// it says that it takes orders at all; when it does not, the customer is offered slots at once.
func (w *weir) route(v *visit) {
	r := w.router(v.channel)
	if slices.Contains(w.o.scenario().NoLeases, v.channel) {
		w.order(v, nil, w.now)
		return
	}
	next, stamp, ok := r.Send(w.time().Add(r.skew), v.work, w.config.Capacity.Lease.Skew)
	if ok {
		r.Router = next
		w.order(v, &stamp, w.now)
		return
	}
	if r.Stuck(v.work) && w.now >= r.resyncAt {
		r.resyncAt = w.now + resyncEvery
		counter := capacity.Stamp{Epoch: r.Epoch, Spent: r.Spent}
		w.send(w.transit(), func() { w.must(shop.Resync{Channel: v.channel, Counter: &counter}) })
	}
	if r.level < capacity.LevelSlots { // the lease does not cover it, but the shop says that it takes orders
		w.order(v, nil, w.now)
		return
	}
	w.offer(v, w.state.Slots(w.time(), v.channel, "", v.work))
}

// order sends an order, under a lease if there is one, and again with the same ref while no answer comes.
func (w *weir) order(v *visit, stamp *capacity.Stamp, sentAt int64) {
	v.tries++
	w.send(w.transit(), func() { w.receive(v, stamp, sentAt) })
	if w.o.Net == nil {
		return
	}
	w.at(w.now+askAgain, func() {
		switch {
		case v.answered:
		case v.tries < sendTries:
			w.order(v, stamp, sentAt)
		default:
			w.abandon(v)
		}
	})
}

// receive is the shop's door: it answers, and the answer has its own way back.
func (w *weir) receive(v *visit, stamp *capacity.Stamp, sentAt int64) {
	if w.off || v.state == refused || v.state == quit || v.state == unheard {
		return // nobody hears it, or its router has taken it back and the tombstone answers
	}
	if v.state == coming && w.model != Models[0] {
		// The customer looks at the quote before ordering.
		if q := w.state.Capacity.Quote(w.time(), v.work); !w.accepts(v, q.Promise.Milliseconds()) {
			v.answered = true
			w.away(w, v, false)
			return
		}
	}
	if v.row != nil { // as the store does: a late copy must find the order although it has ended
		w.state = w.state.Recall(v.row)
		defer func() { w.state = w.state.Forget(v.row.ID) }()
	}
	draft := w.draft(v)
	draft.Lease = stamp
	now := w.time()
	before := w.state.Capacity.Room(now, "")
	d, err := w.do(shop.Place{Channel: v.channel, Draft: draft})
	var slots []capacity.Slot
	e := (*shop.Error)(nil)
	switch {
	case err == nil && d.Replayed:
	case err == nil:
		if before.Online+v.work > before.Budget { // I1
			w.violations++
		}
		w.take(v, d.Order)
	case errors.As(err, &e) && e.Type == shop.ProblemOrderConflict:
		return // a late copy of an order that has become one for a slot since
	case e == nil || e.Refusal == nil:
		w.fail(err)
		return
	default:
		if stamp != nil && !v.bounced && w.now-sentAt <= transitMost && e.Refusal.Reason == capacity.NoRoom { // I2
			v.bounced = true
			w.bounced++
		}
		slots = e.Refusal.Slots
	}
	w.send(w.transit(), func() {
		if v.answered {
			return
		}
		v.answered = true
		if err != nil && v.state == coming {
			if len(slots) == 0 { // the answer was on its way, and the report may have news
				slots = w.state.Slots(w.time(), v.channel, "", v.work)
			}
			w.offer(v, slots)
		}
	})
}

// abandon gives up an order that no answer came to: the customer has gone, and the order is taken back until the
// shop says that it knows.
func (w *weir) abandon(v *visit) {
	v.answered = true
	was := v.state
	if was != coming && (was != accepted || v.readyAt > 0) {
		return
	}
	v.state, v.quitAt = unheard, w.now
	if was == accepted {
		w.cancel(v)
	}
}
