package uplink

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"weir/shop"
	"weir/shop/bell"
	"weir/shop/capacity"
	"weir/shop/wire"
)

// lookBackMax is how long the broker may take to hand out what it kept after it has granted the
// subscription. When all of it is there, and for a broker that knew this shop it is, nobody waits.
const lookBackMax = 500 * time.Millisecond

// past is what the broker kept of this shop's own earlier messages.
type past struct {
	status   atomic.Pointer[wire.Status]
	capacity atomic.Pointer[report]
	lease    atomic.Pointer[capacity.Lease] // the newest
	came     bell.Bell
}

// report is the part of a capacity report that says how new it is.
type report struct {
	Epoch int64  `json:"epoch"`
	Seq   uint64 `json:"seq"`
	Log   uint64 `json:"log_seq"`
}

// note takes in a message that the broker kept. What the shop publishes now comes back as well, not
// marked as retained, and says nothing.
func (p *past) note(t wire.Topics, m paho.Message) {
	kind, _, _ := t.Parse(m.Topic())
	if !m.Retained() {
		return
	}
	switch kind {
	case wire.KindStatus:
		keep(&p.status, m.Payload(), func(*wire.Status) bool { return true })
	case wire.KindCapacity:
		keep(&p.capacity, m.Payload(), func(*report) bool { return true })
	case wire.KindLease:
		keep(&p.lease, m.Payload(), func(old *capacity.Lease) bool {
			var l capacity.Lease
			return json.Unmarshal(m.Payload(), &l) == nil && (l.Epoch > old.Epoch || l.Epoch == old.Epoch && l.Seq > old.Seq)
		})
	}
	p.came.Ring()
}

// keep decodes a message and keeps it if it is newer than the one kept. One that cannot be read was
// not written by a shop and is no evidence.
func keep[T any](to *atomic.Pointer[T], payload []byte, newer func(old *T) bool) {
	next := new(T)
	if json.Unmarshal(payload, next) != nil {
		return
	}
	if old := to.Load(); old == nil || newer(old) {
		to.Store(next)
	}
}

// lookBack reads what the broker kept of this shop and begins a new epoch when the shop does not know
// all of it any more: its rows were lost, or restored from a copy.
func (u *Uplink) lookBack(ctx context.Context, l *link, conn int64, seen *past) error {
	if u.remote.inside {
		return nil
	}
	own := []string{u.topics.Status(), u.topics.Capacity(), u.topics.Lease("+")}
	if err := l.subscribe(ctx, 0, own...); err != nil {
		// A broker that lets a shop write these but not read them can run; only this check is lost.
		u.log.Warn("cannot read this shop's own reports back", "error", err)
		return nil
	}
	timer := time.NewTimer(lookBackMax)
	defer timer.Stop()
	for waiting := true; waiting; {
		came := seen.came.Wait()
		if seen.status.Load() != nil && seen.capacity.Load() != nil && (seen.lease.Load() != nil || len(u.shop.Snapshot().Leases) == 0) {
			break
		}
		select {
		case <-came:
		case <-timer.C:
			waiting = false
		case <-l.lost:
			return l.cause
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	if err := l.unsubscribe(ctx, own...); err != nil {
		return err
	}
	u.disbelieve(seen)
	if err := u.lookForTwin(ctx, l, conn, seen); err != nil {
		return err
	}
	if r := seen.capacity.Load(); r != nil {
		u.reporter.Raise(r.Seq)
	}
	return u.outgrow(ctx, seen)
}

// outgrow begins a new epoch above all that was found outside, if the shop's memory is behind it.
func (u *Uplink) outgrow(ctx context.Context, seen *past) error {
	above, why := seen.beyond(u.shop.Snapshot())
	if why == "" {
		return nil
	}
	if _, err := u.shop.Do(ctx, shop.NewEpoch{Above: above, Why: why}); err != nil {
		return fmt.Errorf("begin a new epoch: %w", err)
	}
	u.log.Error("the broker knows more of this shop than its database does: it was restored or lost, and a new epoch begins; "+
		"compare the day with each channel",
		"why", why, "epoch", u.shop.Snapshot().Counters.Epoch)
	return nil
}

// beyond is the highest epoch outside, and what proves that the shop's memory is behind it. why is ""
// when nothing does.
func (p *past) beyond(state *shop.State) (above int64, why string) {
	now := &state.Counters
	if s := p.status.Load(); s != nil && s.Epoch > now.Epoch {
		above, why = s.Epoch, "status of a later epoch"
	}
	if r := p.capacity.Load(); r != nil && (r.Epoch > now.Epoch || r.Epoch == now.Epoch && r.Log > now.Seq) {
		above, why = max(above, r.Epoch), "capacity report of a later state"
	}
	if l := p.lease.Load(); l != nil && (l.Epoch > now.Epoch || l.Epoch == now.Epoch && l.Seq > state.Capacity.Memory().Leases.Seq) {
		above, why = max(above, l.Epoch), "lease that the lease book does not have"
	}
	return above, why
}
