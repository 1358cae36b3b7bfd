// Package memory keeps a shop in memory alone: the rules of the real one, no file. Practice runs in it, and so do the
// shops of a simulated city.
package memory

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"weir/shop"
	"weir/shop/bell"
)

// Shop is a shop that is kept nowhere but here. When it is emptied nothing of it remains.
type Shop struct {
	now   func() time.Time
	state atomic.Pointer[shop.State]

	refusals shop.Refusals

	mu    sync.Mutex
	ended map[shop.OrderID]*shop.Order // ended orders that the rules may ask for
	past  []shop.OrderID               // of ended, the first to end first
	refs  map[ref]shop.OrderID         // of ended
	told  func(*shop.State, shop.Event)
	bell  bell.Bell
}

// ref is how a channel names an order.
type ref struct{ channel, name string }

// endedMax is how many ended orders are kept, so that an order that is sent again is known: three days of a busy shop.
const endedMax = 5000

// New makes an empty shop of a configuration.
func New(config *shop.Config, now func() time.Time) *Shop {
	m := &Shop{now: now}
	m.Empty(config)
	return m
}

// Follow has each event of the shop told, with the state that it led to, before the command is answered. It must be
// called before the first command; told must be quick and must not call back.
func (m *Shop) Follow(told func(*shop.State, shop.Event)) { m.told = told }

// Empty forgets everything.
func (m *Shop) Empty(config *shop.Config) { m.Begin(shop.New(config, m.now())) }

// Begin forgets everything and goes on from a state.
func (m *Shop) Begin(state shop.State) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ended, m.past, m.refs = map[shop.OrderID]*shop.Order{}, nil, map[ref]shop.OrderID{}
	m.state.Store(&state)
	m.bell.Ring()
}

// Do decides a command at once. A refusal is a [*shop.Error].
func (m *Shop) Do(_ context.Context, c shop.Command) (shop.Result, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	state := *m.state.Load()
	subject := shop.SubjectOf(c)
	recalled := subject.Orders
	if id, known := m.refs[ref{subject.Channel, subject.Ref}]; known {
		recalled = append(slices.Clone(recalled), id)
	}
	for _, id := range recalled {
		if o, known := m.ended[id]; known {
			state = state.Recall(o)
		}
	}
	d, err := shop.DecideSafely(state, c, m.now())
	if refused, ok := shop.RefusedOf(state.Config.Menu, c, err, m.now()); ok {
		m.refusals.Note(refused)
	}
	if err != nil && len(d.Events) == 0 {
		return shop.Result{}, err
	}
	r := shop.Result{Replayed: d.Replayed, Deferred: d.Deferred, Cups: d.Cups, Seq: d.Next.Counters.Seq}
	r.Carried = d.Next.CarriedOf(d.Outcome)
	if o, ok := d.Next.Order(d.Order); ok {
		r.Order = o
	}
	next := m.settle(d, recalled)
	m.state.Store(&next)
	for _, e := range d.Events {
		if m.told != nil {
			m.told(&next, e)
		}
	}
	if len(d.Events) > 0 {
		m.bell.Ring()
	}
	return r, err // of a refusal that is pinned
}

// settle puts aside what has ended. recalled are the orders that were taken out for the decision. The caller holds mu.
func (m *Shop) settle(d shop.Decision, recalled []shop.OrderID) shop.State {
	next := d.Next
	for _, e := range d.Events {
		if job, ok := e.Fact.(shop.JobMoved); ok {
			next = next.ForgetJob(job.Job)
		}
		if o, ok := next.Order(e.Order); ok {
			m.keep(o)
		}
		next = next.Forget(e.Order)
	}
	for _, id := range recalled {
		next = next.Forget(id)
	}
	return next
}

// keep keeps an order if it has ended, and drops what is one too many. The caller holds mu.
func (m *Shop) keep(o *shop.Order) {
	at := ref{o.Channel, o.Ref}
	_, before := m.ended[o.ID]
	switch {
	case !o.State().Ended():
		if before { // it goes on
			delete(m.ended, o.ID)
			delete(m.refs, at)
			m.past = slices.DeleteFunc(m.past, func(id shop.OrderID) bool { return id == o.ID })
		}
		return
	case !before:
		m.past = append(m.past, o.ID)
	}
	m.ended[o.ID], m.refs[at] = o, o.ID
	if len(m.past) > endedMax {
		old := m.ended[m.past[0]]
		delete(m.refs, ref{old.Channel, old.Ref})
		delete(m.ended, old.ID)
		m.past = m.past[1:]
	}
}

// Snapshot is the state after the last command. It does not change.
func (m *Shop) Snapshot() *shop.State { return m.state.Load() }

// Bell is closed at the next change.
func (m *Shop) Bell() <-chan struct{} { return m.bell.Wait() }

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

// All lists every order that is kept, open and ended, by id.
func (m *Shop) All() []*shop.Order { return m.list(func(*shop.Order) bool { return true }) }

// OrderByRef finds a channel's order by its own name for it; [shop.ErrNotFound] when there is none.
func (m *Shop) OrderByRef(_ context.Context, channel, name string) (*shop.Order, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for o := range m.state.Load().Orders.All() {
		if o.Channel == channel && o.Ref == name {
			return o, nil
		}
	}
	if id, ok := m.refs[ref{channel, name}]; ok {
		return m.ended[id], nil
	}
	return nil, shop.ErrNotFound
}

// OrdersOfDay lists the orders of a business day, of one channel or ("") of all, by id.
func (m *Shop) OrdersOfDay(_ context.Context, day shop.Day, channel string) ([]*shop.Order, error) {
	return m.list(func(o *shop.Order) bool { return o.Day == day && (channel == "" || o.Channel == channel) }), nil
}

// list is the orders that are kept and wanted, by id.
func (m *Shop) list(wanted func(*shop.Order) bool) (list []*shop.Order) {
	m.mu.Lock()
	defer m.mu.Unlock()
	take := func(o *shop.Order) {
		if wanted(o) {
			list = append(list, o)
		}
	}
	for o := range m.state.Load().Orders.All() {
		take(o)
	}
	for _, o := range m.ended {
		take(o)
	}
	slices.SortFunc(list, func(a, b *shop.Order) int { return cmp.Compare(a.ID, b.ID) })
	return list
}
