package door

import (
	"context"
	"errors"
	"net/http"
	"time"

	"weir/shop"
	"weir/shop/wire"
)

// Call is one thing that a platform can ask of the shop: what its answers are about, and how a body becomes a command
// and the command an answer.
type Call struct {
	re  string
	run func(ctx context.Context, d *Door, r *request) (Answer, error)
}

// What answers are about: their member re.
const (
	reOrder     = "order"
	reCancel    = "cancel"
	rePart      = "cancel-part"
	reProgress  = "progress"
	reAck       = "ack"
	reResync    = "resync"
	reNotice    = "notice"
	reReconcile = "reconciliation"
	reMark      = "availability"
	reHold      = "hold"
)

// Order places an order.
var Order = Call{reOrder, func(ctx context.Context, d *Door, r *request) (Answer, error) {
	body, err := r.body()
	if err != nil {
		return Answer{}, err
	}
	draft, err := wire.DecodeOrder(body)
	if err != nil {
		return Answer{}, err
	}
	r.Ref, r.command = draft.Ref, shop.Place{Channel: r.channel, Draft: draft}
	done, err := d.shop.Do(ctx, r.command)
	if err != nil {
		return Answer{}, err
	}
	status, order := wire.Placed(done.Order, done.Replayed, d.shop.Snapshot())
	a := Answer{Status: status, Body: order, Replayed: done.Replayed}
	if a.Created() || a.Waits() {
		a.Location = "/v1/orders/" + order.ID.String()
	}
	return a, nil
}}

// Cancel takes an order back, or leaves a tombstone for one that has not come yet.
var Cancel = Call{reCancel, func(ctx context.Context, d *Door, r *request) (Answer, error) {
	body, err := r.body()
	if err != nil {
		return Answer{}, err
	}
	want, err := wire.DecodeCancellation(body)
	if err != nil {
		return Answer{}, err
	}
	r.Ref, r.command = want.Ref, shop.Cancel{Channel: r.channel, Ref: want.Ref, Final: want.Final}
	done, err := d.shop.Do(ctx, r.command)
	if err != nil {
		return Answer{}, err
	}
	status, order := wire.Cancelled(done.Order, done.Deferred, d.menu())
	return Answer{Status: status, Body: order, Replayed: done.Replayed}, nil
}}

// CancelPart takes a part of an order back; the body names the order.
var CancelPart = Call{rePart, func(ctx context.Context, d *Door, r *request) (Answer, error) {
	return d.cancelPart(ctx, r, 0)
}}

// CancelPartOf takes back a part of the order that a path names.
func CancelPartOf(id string) Call {
	return Call{rePart, func(ctx context.Context, d *Door, r *request) (Answer, error) {
		order, err := shop.ParseOrderID(id)
		if err != nil {
			return Answer{}, shop.ErrNotFound
		}
		return d.cancelPart(ctx, r, order)
	}}
}

// cancelPart takes cups of an order back. id is the order; 0: the body names it.
func (d *Door) cancelPart(ctx context.Context, r *request, id shop.OrderID) (Answer, error) {
	body, err := r.body()
	if err != nil {
		return Answer{}, err
	}
	p, err := wire.DecodePartCancellation(body)
	if err != nil {
		return Answer{}, err
	}
	if id == 0 {
		if id, err = d.orderOf(ctx, r.channel, p.ID, p.Ref); err != nil {
			return Answer{}, err
		}
	}
	r.command = shop.CancelPart{Channel: r.channel, Order: id, Cups: p.Cups, Lines: p.Lines, Final: p.Final}
	done, err := d.shop.Do(ctx, r.command)
	if err != nil {
		return Answer{}, err
	}
	r.Ref = done.Order.Ref
	return Answer{Status: http.StatusOK, Body: wire.NewOrder(done.Order, d.menu()), Replayed: done.Replayed}, nil
}

// Progress is a step of an order outside the kitchen; the body names the order.
var Progress = Call{reProgress, func(ctx context.Context, d *Door, r *request) (Answer, error) {
	return d.progress(ctx, r, 0)
}}

// ProgressOf is a step of the order that a path names.
func ProgressOf(id string) Call {
	return Call{reProgress, func(ctx context.Context, d *Door, r *request) (Answer, error) {
		order, err := shop.ParseOrderID(id)
		if err != nil {
			return Answer{}, shop.ErrNotFound
		}
		return d.progress(ctx, r, order)
	}}
}

// progress takes a step in. id is the order; 0: the body names it.
func (d *Door) progress(ctx context.Context, r *request, id shop.OrderID) (Answer, error) {
	body, err := r.body()
	if err != nil {
		return Answer{}, err
	}
	p, err := wire.DecodeProgress(body)
	if err != nil {
		return Answer{}, err
	}
	if id == 0 {
		if id, err = d.orderOf(ctx, r.channel, p.ID, p.Ref); err != nil {
			return Answer{}, err
		}
	}
	r.command = shop.Progress{Channel: r.channel, Order: id, Step: p.Step, Eta: p.Eta}
	done, err := d.shop.Do(ctx, r.command)
	if err != nil {
		return Answer{}, err
	}
	r.Ref = done.Order.Ref
	order := wire.NewOrder(done.Order, d.menu())
	if p.Step == shop.Reminded {
		order = wire.Standing(done.Order, d.shop.Snapshot(), d.now())
	}
	return Answer{Status: http.StatusOK, Body: order, Replayed: done.Replayed}, nil
}

// orderOf is the order that a body names, by id or by ref.
func (d *Door) orderOf(ctx context.Context, channel string, id shop.OrderID, ref string) (shop.OrderID, error) {
	if id != 0 {
		return id, nil
	}
	o, err := d.shop.OrderByRef(ctx, channel, ref)
	if errors.Is(err, shop.ErrNotFound) {
		return 0, notFound("there is no order with ref %.128q", ref)
	}
	if err != nil {
		return 0, err
	}
	return o.ID, nil
}

// Ack moves how far a channel has read its events. It is the only thing that does: a broker's word proves nothing.
var Ack = Call{reAck, func(ctx context.Context, d *Door, r *request) (Answer, error) {
	body, err := r.body()
	if err != nil {
		return Answer{}, err
	}
	cursor, err := wire.DecodeAck(body)
	if err != nil {
		return Answer{}, err
	}
	if err := cursor.Check(d.shop.Snapshot(), r.channel); err != nil {
		return Answer{}, err
	}
	r.command = shop.Ack{Channel: r.channel, Through: cursor.Seq}
	if _, err := d.shop.Do(ctx, r.command); err != nil {
		return Answer{}, err
	}
	now := &d.shop.Snapshot().Counters
	return Answer{Status: http.StatusOK, Body: wire.Acked{Cursor: wire.Cursor{Epoch: now.Epoch, Seq: now.Acks[r.channel]}}}, nil
}}

// Resync grants a channel's lease again; where the answer says Again, everything retained is wanted once more.
var Resync = Call{reResync, func(ctx context.Context, d *Door, r *request) (Answer, error) {
	body, err := r.body()
	if err != nil {
		return Answer{}, err
	}
	ask, err := wire.DecodeResync(body)
	if err != nil {
		return Answer{}, err
	}
	done := Answer{Status: http.StatusNoContent}
	if ask == (wire.Resync{}) && !d.mayResync(r.channel) {
		return done, nil
	}
	r.command = shop.Resync{Channel: r.channel, Counter: ask.Counter, Hello: ask.Hello, Want: ask.Want}
	if _, err := d.shop.Do(ctx, r.command); err != nil {
		return Answer{}, err
	}
	done.Again = true
	return done, nil
}}

// resyncGap bounds how often a channel that says nothing else has everything published again.
const resyncGap = time.Second

// mayResync reports whether a channel's resync is to be carried out: one a second is enough.
func (d *Door) mayResync(channel string) bool {
	if _, known := d.shop.Snapshot().Config.Channel(channel); !known {
		return true // the rules refuse it, with a word
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	if now.Sub(d.resynced[channel]) < resyncGap {
		return false
	}
	d.resynced[channel] = now
	return true
}

// Reconcile lists a business day page by page, as its body says: a day of a thousand orders is larger than a packet.
var Reconcile = Call{reReconcile, func(ctx context.Context, d *Door, r *request) (Answer, error) {
	body, err := r.body()
	if err != nil {
		return Answer{}, err
	}
	ask, err := wire.DecodeReconcile(body, d.shop.Snapshot().Counters.Day)
	if err != nil {
		return Answer{}, err
	}
	list, err := d.dayOf(ctx, r.channel, ask.Day)
	if err != nil {
		return Answer{}, err
	}
	return Answer{Status: http.StatusOK, Body: list.Page(ask.After, ask.Limit)}, nil
}}

// ReconcileDay lists a whole business day, as in 2026-02-06; "" is today.
func ReconcileDay(day string) Call {
	return Call{reReconcile, func(ctx context.Context, d *Door, r *request) (Answer, error) {
		of := shop.Day(day)
		if day == "" {
			of = d.shop.Snapshot().Counters.Day
		} else if _, err := time.Parse(time.DateOnly, day); err != nil {
			return Answer{}, &shop.Error{Kind: shop.Invalid, Type: shop.ProblemInvalid, Detail: "a parameter is wrong",
				Fields: []shop.FieldError{{Pointer: "/day", Detail: "want a day, as in 2026-02-06"}}}
		}
		list, err := d.dayOf(ctx, r.channel, of)
		return Answer{Status: http.StatusOK, Body: list}, err
	}}
}

func (d *Door) dayOf(ctx context.Context, channel string, day shop.Day) (wire.Reconciliation, error) {
	orders, err := d.shop.OrdersOfDay(ctx, day, channel)
	if err != nil {
		return wire.Reconciliation{}, err
	}
	return wire.NewReconciliation(d.shop.Snapshot(), day, orders), nil
}

// Mark says what is sold out or back: an item, an option or an ingredient, for the channel itself or with the owner's grant
// for the shop.
var Mark = Call{reMark, func(ctx context.Context, d *Door, r *request) (Answer, error) {
	body, err := r.body()
	if err != nil {
		return Answer{}, err
	}
	c, err := wire.DecodeMark(body)
	if err != nil {
		return Answer{}, err
	}
	c.By, c.Channel = r.channel, r.channel
	r.command = c
	done, err := d.shop.Do(ctx, c)
	if err != nil {
		return Answer{}, err
	}
	return Answer{Status: http.StatusOK, Body: wire.NewAvailability(d.shop.Snapshot(), c), Replayed: done.Replayed}, nil
}}

// Availability marks an item as sold out or back, for the channel itself or for as much as the owner has granted it.
func Availability(item string) Call {
	return Call{reMark, func(ctx context.Context, d *Door, r *request) (Answer, error) {
		if d.menu().Item(item) == nil {
			return Answer{}, notFound("the menu has no item %.64q", item)
		}
		body, err := r.body()
		if err != nil {
			return Answer{}, err
		}
		available, err := wire.DecodeAvailability(body)
		if err != nil {
			return Answer{}, err
		}
		r.command = shop.SetAvailable{By: r.channel, Channel: r.channel, Item: item, Available: available}
		done, err := d.shop.Do(ctx, r.command)
		if err != nil {
			return Answer{}, err
		}
		return Answer{Status: http.StatusOK, Body: wire.NewMenuItem(d.shop.Snapshot(), r.channel, d.menu().Item(item)),
			Replayed: done.Replayed}, nil
	}}
}
