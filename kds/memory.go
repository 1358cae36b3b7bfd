package kds

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"weir/server/store"
	"weir/shop"
)

// memory is a shop that is nowhere but here: the same rules as the real one, no file, no channel, no bell
// outside. When it is emptied nothing of it remains.
type memory struct {
	now   func() time.Time
	state atomic.Pointer[shop.State]

	refusals store.Refusals

	mu    sync.Mutex
	ended map[shop.OrderID]*shop.Order // what the rules recall; as much as one practice makes
	bell  chan struct{}
}

func newMemory(config *shop.Config, now func() time.Time) *memory {
	m := &memory{now: now, bell: make(chan struct{})}
	m.empty(config)
	return m
}

// empty forgets everything.
func (m *memory) empty(config *shop.Config) {
	state := shop.New(config, m.now())
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ended = map[shop.OrderID]*shop.Order{}
	m.state.Store(&state)
	m.ring()
}

// Do implements [Kitchen].
func (m *memory) Do(_ context.Context, c shop.Command) (store.Result, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	state := *m.state.Load()
	for _, id := range shop.SubjectOf(c).Orders {
		if o, known := m.ended[id]; known {
			state = state.Recall(o)
		}
	}
	d, err := store.DecideSafely(state, c, m.now())
	m.refusals.Note(c, err, m.now())
	if err != nil {
		return store.Result{}, err
	}
	r := store.Result{Replayed: d.Replayed, Deferred: d.Deferred, Cups: d.Cups, Seq: d.Next.Counters.Seq}
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
func (m *memory) settle(d shop.Decision) shop.State {
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
func (m *memory) ring() {
	close(m.bell)
	m.bell = make(chan struct{})
}

// Snapshot implements [Kitchen].
func (m *memory) Snapshot() *shop.State { return m.state.Load() }

// Bell implements [Kitchen].
func (m *memory) Bell() <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.bell
}

// Refusals implements [Kitchen].
func (m *memory) Refusals() []store.Refusal { return m.refusals.List() }

// Order implements [Kitchen].
func (m *memory) Order(_ context.Context, id shop.OrderID) (*shop.Order, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if o, ok := m.state.Load().Order(id); ok {
		return o, nil
	}
	if o, ok := m.ended[id]; ok {
		return o, nil
	}
	return nil, store.ErrNotFound
}
