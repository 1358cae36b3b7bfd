package route

import (
	"context"
	"errors"

	"weir/fleet/engine"
	"weir/fleet/orders"
	"weir/fleet/record"
)

// fill gives the lines of an order that came without them to the shop that has it, and to no other one. The shop decides
// whether they can be filled in; when it has taken them, the ref is the order with these lines.
func (r *Router) fill(ctx context.Context, o Order, e orders.Entry, digest string) (Reply, error) {
	store, at := e.Record.Store(), *e.Record.At
	at.Nonce, at.SentAt, at.Stamp, at.Proving = r.nonce(), r.Now(), nil, false
	text, err := r.orderFor(o.Body, o.key(), &at)
	if err != nil {
		return Reply{}, err
	}
	a := r.ask(ctx, store, o.Channel, "orders", o.Draft.Ref, at.Nonce, text)
	if a == nil {
		return r.unknown(e), nil // whether they are filled in; who asks again finds out
	}
	if a.Status >= 300 {
		return Reply{Status: a.Status, Body: withStore(a.Body, store)}, nil
	}
	_, told, _ := record.Read(a.Status, a.Body)
	for range writeTries {
		next, _ := record.Decide(e.Record, record.Filled{Store: store, Digest: digest, Receipt: told.Receipt})
		if same(next, e.Record) {
			break // another caller has filled it in meanwhile, and the shop has said yes to both
		}
		next.Writer = r.nonce()
		_, _, err := r.orders.Open(ctx, e, next, o.Body, nil, func() {})
		if err == nil {
			break
		}
		if !errors.Is(err, engine.ErrConflict) {
			return Reply{}, r.noEngine(err)
		}
		if e, err = r.orders.Get(ctx, e.Key); err != nil {
			return Reply{}, r.noEngine(err)
		}
	}
	r.Counts.Replayed.Add(1)
	return Reply{Status: a.Status, Body: r.withPage(a, o.key())}, nil
}
