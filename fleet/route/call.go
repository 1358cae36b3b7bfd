package route

import (
	"context"
	"slices"
	"time"

	"weir/fleet/orders"
)

// call is a question to a shop that changes no record: an order that it has, a cancellation there, a step, a day.
type call struct {
	store, nonce string
	got          chan *answer
}

// callMax is how long a shop may take to answer. It is less than half of patience: the caller is still told what the record
// says, and can ask again.
const callMax = 4 * time.Second

func (c *call) hear(a *answer) {
	if a.Store != c.store || a.Nonce != "" && a.Nonce != c.nonce {
		return
	}
	select {
	case c.got <- a:
	default:
	}
}

// ask publishes a request and waits for the answer; nil is that none came. ref is what the answer will name.
func (r *Router) ask(ctx context.Context, store, channel, kind, ref, nonce string, text []byte) *answer {
	ctx, cancel := context.WithTimeout(ctx, callMax)
	defer cancel()
	key := orders.Key{Channel: channel, Ref: ref}
	c := &call{store, nonce, make(chan *answer, 1)}
	r.mu.Lock()
	r.calls[key] = append(slices.Clone(r.calls[key]), c)
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		rest := slices.DeleteFunc(slices.Clone(r.calls[key]), func(other *call) bool { return other == c })
		if r.calls[key] = rest; len(rest) == 0 {
			delete(r.calls, key)
		}
	}()
	if r.Engine.Conn.Publish(subjectOf(store, kind, channel), text) != nil {
		return nil
	}
	select {
	case a := <-c.got:
		return a
	case <-ctx.Done():
		return nil
	}
}

// turn lets one caller at a time choose for an order: the others find what it has begun.
type turn struct {
	free    chan struct{}
	waiting int
}

// takeTurn waits for the caller's turn at an order.
func (r *Router) takeTurn(ctx context.Context, k orders.Key) (give func(), err error) {
	r.mu.Lock()
	t := r.placing[k]
	if t == nil {
		t = &turn{free: make(chan struct{}, 1)}
		t.free <- struct{}{}
		r.placing[k] = t
	}
	t.waiting++
	r.mu.Unlock()
	leave := func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if t.waiting--; t.waiting == 0 {
			delete(r.placing, k)
		}
	}
	select {
	case <-t.free:
		return func() { t.free <- struct{}{}; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
}
