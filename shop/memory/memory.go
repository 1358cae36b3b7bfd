// Package memory keeps a shop in memory alone: the rules of the real one, no file. Practice runs in it.
package memory

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"weir/shop"
)

// Shop is a shop that is kept nowhere but here. When it is emptied nothing of it remains.
type Shop struct {
	now   func() time.Time
	state atomic.Pointer[shop.State]

	refusals shop.Refusals

	mu    sync.Mutex
	ended map[shop.OrderID]*shop.Order // what the rules recall; as much as one practice makes
	bell  chan struct{}
}

// New makes an empty shop of a configuration.
func New(config *shop.Config, now func() time.Time) *Shop {
	m := &Shop{now: now, bell: make(chan struct{})}
	m.Empty(config)
	return m
}

// Empty forgets everything.
func (m *Shop) Empty(config *shop.Config) {
	state := shop.New(config, m.now())
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ended = map[shop.OrderID]*shop.Order{}
	m.state.Store(&state)
	m.ring()
}

// Do decides a command at once. A refusal is a [*shop.Error].
func (m *Shop) Do(_ context.Context, c shop.Command) (shop.Result, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	state := *m.state.Load()
	for _, id := range shop.SubjectOf(c).Orders {
		if o, known := m.ended[id]; known {
			state = state.Recall(o)
		}
	}
	d, err := shop.DecideSafely(state, c, m.now())
	if refused, ok := shop.RefusedOf(state.Config.Menu, c, err, m.now()); ok {
		m.refusals.Note(refused)
	}
	if err != nil {
		return shop.Result{}, err
	}
	r := shop.Result{Replayed: d.Replayed, Deferred: d.Deferred, Cups: d.Cups, Seq: d.Next.Counters.Seq}
	if o, ok := d.Next.Order(d.Order); ok {
		r.Order = o
	}
	next := m.settle(d)
	m.state.Store(&next)
	if len(d.Events) > 0 {
		m.ring()
	}
	return r, nil
}

// settle puts aside what has ended. The caller holds mu.
func (m *Shop) settle(d shop.Decision) shop.State {
	next := d.Next
	for _, e := range d.Events {
		if job, ok := e.Fact.(shop.JobMoved); ok {
			next = next.ForgetJob(job.Job)
		}
		if o, ok := next.Order(e.Order); ok && o.State().Ended() {
			m.ended[o.ID] = o
		} else if ok {
			delete(m.ended, o.ID)
		}
		next = next.Forget(e.Order)
	}
	for id := range m.ended {
		next = next.Forget(id)
	}
	return next
}

// ring wakes whoever looks. The caller holds mu.
func (m *Shop) ring() {
	close(m.bell)
	m.bell = make(chan struct{})
}

// Snapshot is the state after the last command. It does not change.
func (m *Shop) Snapshot() *shop.State { return m.state.Load() }

// Bell is closed at the next change.
func (m *Shop) Bell() <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.bell
}

// Refusals is the last orders that were not accepted, the newest first.
func (m *Shop) Refusals() []shop.Refused { return m.refusals.List() }

// Order finds an order, open or ended; [shop.ErrNotFound] when there is none.
func (m *Shop) Order(_ context.Context, id shop.OrderID) (*shop.Order, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if o, ok := m.state.Load().Order(id); ok {
		return o, nil
	}
	if o, ok := m.ended[id]; ok {
		return o, nil
	}
	return nil, shop.ErrNotFound
}
