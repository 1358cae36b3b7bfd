package route

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"weir/fleet/engine"
	"weir/fleet/orders"
	"weir/fleet/record"
	"weir/shop"
)

// Find reads how an order stands.
func (r *Router) Find(ctx context.Context, k orders.Key) (Status, error) {
	e, err := r.orders.Get(ctx, k)
	if err != nil {
		if e, ok := r.recall(k); ok {
			s := statusOf(e)
			s.Stale = true
			return s, nil
		}
		return Status{}, r.noEngine(err)
	}
	if e.Revision == 0 && !r.Restored.IsZero() {
		return Status{Ref: k.Ref, State: stateUnknown, Outcome: "unknown"}, nil
	}
	if e.Revision == 0 {
		return Status{}, shop.ErrNotFound
	}
	r.saw(e)
	s := statusOf(e)
	s.TrackURL = r.own(k)
	return s, nil
}

// FindAt reads how the order at a place stands, and which one it is.
func (r *Router) FindAt(ctx context.Context, p orders.Place) (orders.Entry, Status, error) {
	e, err := r.orders.At(ctx, p)
	if err != nil {
		return e, Status{}, r.noEngine(err)
	}
	if e.Revision == 0 {
		return e, Status{}, shop.ErrNotFound
	}
	return e, statusOf(e), nil
}

// own is the address of an order's page for whoever placed it; "" is none.
func (r *Router) own(k orders.Key) string {
	if r.Pages == nil {
		return ""
	}
	return r.Pages.Own(k)
}

// saw remembers an accepted order of which this router has told somebody. What the trail of records tells comes a moment
// later, and not at all once the streams have no leader.
func (r *Router) saw(e orders.Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e.At.IsZero() {
		e.At = r.Now()
	}
	known := r.placed.entries[e.Key]
	if e.Record.State == record.Placed && e.Revision > known.Revision && r.Now().Sub(e.At) < engine.BodyKeep {
		r.placed.put(e)
	}
}

// recall is the record as it was last seen or heard, for when the streams do not answer: open ones, and those of the last
// minutes.
func (r *Router) recall(k orders.Key) (orders.Entry, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	open, ok := r.open[k]
	placed, done := r.placed.entries[k]
	if done && placed.Revision > open.Revision {
		return placed, true
	}
	return open, ok
}

// Cancel takes an order back: before it came, while it is not known who makes it, or at its shop.
func (r *Router) Cancel(ctx context.Context, k orders.Key, final bool) (Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for range writeTries {
		e, err := r.orders.Get(ctx, k)
		if err != nil {
			return Reply{}, r.noEngine(err)
		}
		switch e.Record.State {
		case record.Free:
			if e.Revision == 0 && !r.Restored.IsZero() {
				return r.maybeForgotten(k), nil
			}
			next, _ := record.Decide(e.Record, record.TakenBack{Now: r.Now(), Nonce: r.nonce()})
			next.Writer = r.nonce()
			_, err := r.orders.Put(ctx, e, next)
			if errors.Is(err, engine.ErrConflict) {
				continue
			}
			if err != nil {
				return Reply{}, r.noEngine(err)
			}
			status := http.StatusOK
			if e.Revision == 0 {
				status = http.StatusAccepted // its order, if it comes later, is not made
			}
			return Reply{Status: status, Body: statusOf(orders.Entry{Key: k, Record: next})}, nil
		case record.Open:
			f := r.fly(e)
			if f == nil {
				return r.unknown(e), nil
			}
			f.wake(note{fact: record.TakenBack{To: r.self(e.Record.Store()), Nonce: r.nonce(), Now: r.Now()}})
			select {
			case <-f.done:
			case <-ctx.Done():
				return r.unknown(f.now()), nil
			}
		case record.Placed:
			return r.cancelThere(ctx, e, final)
		default:
			return Reply{Status: http.StatusOK, Body: statusOf(e), Replayed: true}, nil
		}
	}
	return Reply{}, r.noEngine(engine.ErrConflict)
}

// cancelThere cancels an order at the shop that has it.
func (r *Router) cancelThere(ctx context.Context, e orders.Entry, final bool) (Reply, error) {
	store, nonce := e.Record.At.Store, r.nonce()
	a := r.ask(ctx, store, e.Key.Channel, "cancel", e.Key.Ref, nonce, cancelFor(e.Key.Ref, nonce, final))
	if a == nil {
		return r.unknown(e), nil
	}
	verdict, told, _ := record.Read(a.Status, a.Body)
	if f := r.fly(e); f != nil && a.Status < 300 {
		f.wake(note{fact: record.Answered{Store: store, From: a.From, Nonce: a.Nonce, Verdict: verdict, Order: told, Now: a.At}})
	}
	return Reply{Status: a.Status, Body: withStore(a.Body, store)}, nil
}

// Progress hands a step of an order to its shop. text is the caller's body with its ref.
func (r *Router) Progress(ctx context.Context, k orders.Key, text []byte) (Reply, error) {
	e, err := r.orders.Get(ctx, k)
	if err != nil {
		return Reply{}, r.noEngine(err)
	}
	if e.Record.State != record.Placed {
		if e.Revision == 0 {
			return Reply{}, shop.ErrNotFound
		}
		return Reply{Status: http.StatusConflict, Body: statusOf(e)}, nil
	}
	members := map[string]json.RawMessage{}
	if err := json.Unmarshal(text, &members); err != nil {
		return Reply{}, err
	}
	nonce := r.nonce()
	members["nonce"], _ = json.Marshal(nonce) // a string
	if text, err = json.Marshal(members); err != nil {
		return Reply{}, err
	}
	store := e.Record.At.Store
	a := r.ask(ctx, store, k.Channel, "progress", k.Ref, nonce, text)
	if a == nil {
		return r.unknown(e), nil
	}
	return Reply{Status: a.Status, Body: withStore(a.Body, store)}, nil
}

// Judge closes an order in doubt by a person's word.
func (r *Router) Judge(ctx context.Context, k orders.Key, made bool) (Status, error) {
	for range writeTries {
		e, err := r.orders.Get(ctx, k)
		if err != nil {
			return Status{}, r.noEngine(err)
		}
		if e.Record.State != record.Doubt {
			return Status{}, &shop.Error{Kind: shop.Conflict, Type: shop.ProblemInvalidTransition, Detail: "the order is not in doubt"}
		}
		next, _ := record.Decide(e.Record, record.Judged{Made: made})
		next.Writer = r.nonce()
		if e, err = r.orders.Put(ctx, e, next); err == nil {
			return statusOf(e), nil
		} else if !errors.Is(err, engine.ErrConflict) {
			return Status{}, r.noEngine(err)
		}
	}
	return Status{}, r.noEngine(engine.ErrConflict)
}

// drainLook is the time between two looks for callers: little beside drainMax.
const drainLook = 20 * time.Millisecond

// waitForCallers returns when nobody is placing an order.
func (r *Router) waitForCallers() {
	for {
		r.mu.Lock()
		n := len(r.placing) + len(r.calls)
		r.mu.Unlock()
		if n == 0 {
			return
		}
		select {
		case <-r.alive.Done():
			return
		case <-time.After(drainLook):
		}
	}
}
