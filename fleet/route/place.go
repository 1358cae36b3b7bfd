package route

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"weir/fleet/credit"
	"weir/fleet/orders"
	"weir/fleet/record"
	"weir/fleet/table"
	"weir/shop"
	"weir/shop/capacity"
	"weir/shop/wire"
)

// Order is an order as a platform gives it to the fleet.
type Order struct {
	Channel string
	Draft   shop.Draft
	Body    []byte // as it came
	Near    table.Point
	RadiusM float64
	Stores  []string // these shops only; none is those near by
	By      time.Time
}

// Reply is what the caller is told: a status and a value for JSON.
type Reply struct {
	Status   int
	Body     any
	Replayed bool
}

const (
	// patience is how long a caller waits for a certain answer; then it is told that it is not known. The first two sends to a
	// shop, of 2 and 5 s, fit into it.
	patience = 9 * time.Second
	// shopsPerCall bounds the shops that one call asks one after the other. Where so many have just filled up, the choice that
	// the answer names helps more than a fifth.
	shopsPerCall = 4
	// retryUnknown is when to ask again after an answer that was not certain, in seconds: the shop is asked again meanwhile.
	retryUnknown = 5
)

func (o *Order) key() orders.Key { return orders.Key{Channel: o.Channel, Ref: o.Draft.Ref} }

// Place has an order made by one shop, or says for certain that none makes it, or says that it is not known.
func (r *Router) Place(ctx context.Context, o Order) (Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	now, forgotten := r.Now(), r.Forgotten(o)
	if o.Draft.PlacedAt.IsZero() {
		o.Draft.PlacedAt = now
	}
	switch {
	case record.FutureDated(o.Draft.PlacedAt, now):
		return Reply{}, invalid("/placed_at", "lies in the future; is a clock wrong?")
	case now.Sub(o.Draft.PlacedAt) > r.Keep:
		return Reply{}, invalid("/placed_at", fmt.Sprintf("is older than the %v for which orders are remembered here", r.Keep))
	}
	if forgotten {
		if e, err := r.orders.Get(ctx, o.key()); err != nil {
			return Reply{}, r.noEngine(err)
		} else if e.Record.State == record.Free {
			return r.maybeForgotten(o.key()), nil
		}
	}
	give, err := r.takeTurn(ctx, o.key())
	if err != nil {
		return r.unknown(orders.Entry{Key: o.key()}), nil
	}
	defer give()
	return r.place(ctx, o)
}

func invalid(pointer, detail string) error {
	return &shop.Error{Kind: shop.Invalid, Type: shop.ProblemInvalidOrder, Detail: "the order is wrong",
		Fields: []shop.FieldError{{Pointer: pointer, Detail: detail}}}
}

// place goes from shop to shop. Each round reads the record: what it says holds.
func (r *Router) place(ctx context.Context, o Order) (Reply, error) {
	digest := record.SameOrder(o.Draft)
	var asked attempts
	var refused *answer
	var begun time.Time                      // of the attempt that this call has opened
	guess := r.orders.SeemsNew(ctx, o.key()) // the first write shows whether it is
	for {
		e, err := orders.Entry{Key: o.key()}, error(nil)
		if !guess {
			if e, err = r.orders.Get(ctx, o.key()); err != nil {
				return Reply{}, r.noEngine(err)
			}
		}
		r.step(StepRead)
		rec := e.Record
		fills := rec.Unlisted() && !rec.Is(digest) && len(o.Draft.Lines) > 0 // the lines of an order that came without them
		switch {
		case fills && rec.State == record.Placed:
			return r.fill(ctx, o, e, digest)
		case !rec.Is(digest) && !fills:
			return Reply{}, &shop.Error{Kind: shop.Conflict, Type: shop.ProblemOrderConflict,
				Detail: fmt.Sprintf("ref %q is another order at this fleet; use a new ref for a new order", o.Draft.Ref)}
		case rec.State == record.Free && len(asked.tried) < shopsPerCall && ctx.Err() == nil:
			if f := r.opening(o.key()); f != nil { // a caller that did not wait has begun it: it may be made yet
				select {
				case <-f.done:
					guess = false
					continue
				case <-ctx.Done():
					return r.unknown(f.now()), nil
				}
			}
			var known bool
			e, refused, begun, known, err = r.try(ctx, o, e, digest, &asked, refused)
			if err != nil && guess {
				guess = false // what nobody makes is said of what is read, not of what is guessed
				continue
			}
			if certain := r.ruleOut(ctx, e); err != nil && certain {
				return Reply{}, err
			} else if !certain {
				known = false
			}
			guess = false
			if !known {
				return r.unknown(e), nil
			}
			if e.Record.State == record.Free {
				if len(asked.tried) < shopsPerCall && (refused == nil || refused.mayGoOn()) {
					continue
				}
			}
			return r.reply(ctx, o, e, refused, begun), nil
		case rec.State == record.Open:
			f := r.fly(e)
			if f == nil {
				return r.unknown(e), nil
			}
			select {
			case <-f.done:
				continue
			case <-ctx.Done():
				return r.unknown(f.now()), nil
			}
		default:
			return r.reply(ctx, o, e, refused, begun), nil
		}
	}
}

// ruleOut makes certain that no write of this router is still on its way that would have the order made: a record that was
// written anew has another revision than the one which that write goes over. False is that it may be made yet.
func (r *Router) ruleOut(ctx context.Context, e orders.Entry) bool {
	r.mu.Lock()
	over, unsure := r.unsure.Get(e.Key)
	r.mu.Unlock()
	if !unsure || over != e.Revision || e.Record.State != record.Free {
		return true
	}
	again := e.Record
	again.Writer = r.nonce()
	_, err := r.orders.Put(ctx, e, again)
	return err == nil
}

// mayGoOn reports whether another shop may say yes to what this one refused: what is wrong with an order is wrong
// everywhere.
func (a *answer) mayGoOn() bool { return a.Status == http.StatusConflict || a.Status >= 500 }

// try asks one shop and waits for what becomes of it. begun is the first send of the attempt that it has opened, by which
// the record tells it from that of another caller. known is false where the record may become another one yet: then it says
// nothing of what was not made.
func (r *Router) try(
	ctx context.Context, o Order, e orders.Entry, digest string, a *attempts, before *answer,
) (now orders.Entry, said *answer, begun time.Time, known bool, err error) {
	to, err := r.choose(ctx, o, e.Record, a)
	if err != nil {
		if before != nil || len(a.tried) > 0 {
			return e, before, begun, true, r.notMade(o, err)
		}
		return e, before, begun, true, err
	}
	a.tried = append(a.tried, to.ID)
	f := r.fly(e)
	if f == nil {
		return e, before, begun, false, r.noEngine(context.Canceled)
	}
	begun = r.Now()
	r.busy.add(to.ID, to.work, begun)
	f.opens()
	f.wake(note{open: opening{body: o.Body, debit: to.debit}, fact: record.Assign{
		Store: to.ID, To: to.Self, Digest: digest, Bare: len(o.Draft.Lines) == 0,
		PlacedAt: o.Draft.PlacedAt, Stamp: to.stamp, Work: to.work, Nonce: r.nonce(), Now: begun,
	}})
	select {
	case <-f.done:
		if f.short { // the shop was not asked: it may be still, without credit
			a.tried, a.spent = a.tried[:len(a.tried)-1], append(a.spent, to.ID)
		}
		return f.entry, f.answer, begun, !f.unsure(), nil
	case <-ctx.Done():
		e := f.now()
		return e, nil, begun, e.Record.State != record.Free, nil
	}
}

// choice is a shop that was chosen for an order.
type choice struct {
	table.Near
	stamp *capacity.Stamp // nil: without credit
	debit *credit.Debit   // of the stamp, to be written together with the record; nil where it is written
	work  capacity.Work
}

// attempts are the shops that one call has asked already.
type attempts struct {
	tried []string
	spent []string // shops whose credit others had while the order was on its way to the streams: they take it without, or not at all
}

// choose picks a shop with credit, or one that takes orders without. Credit is taken, or planned where the engine can write
// it together with the record.
func (r *Router) choose(ctx context.Context, o Order, rec record.Record, a *attempts) (to choice, err error) {
	want := r.want(o)
	want.MayAsk = func(store string) bool { return rec.MayAsk(store) && !slices.Contains(a.tried, store) }
	now := r.Now()
	open, _ := r.Table.Find(want, now)
	joint := r.Engine.Joint(ctx)
	sent := func(n table.Near) capacity.Work { return r.busy.of(n.ID, now) }
	near, ok, _, err := table.Choose(open, table.Credit{
		Sent: sent,
		Left: func(n table.Near) capacity.Work {
			work, known := r.workOf(n, o.Draft)
			left := r.credit.Left(n.ID, o.Channel, n.Lease(o.Channel), now) - sent(n)
			if !known || left < work || o.Draft.Later(now) || slices.Contains(a.spent, n.ID) {
				return 0 // a slot has its own room
			}
			return left
		},
		Spend: func(n table.Near) (bool, error) {
			work, _ := r.workOf(n, o.Draft)
			var spent credit.Spent
			var err error
			if joint {
				to.debit, spent, err = r.credit.Plan(ctx, n.ID, n.Lease(o.Channel), work, now)
			} else {
				spent, err = r.credit.Spend(ctx, n.ID, n.Lease(o.Channel), work, now)
			}
			if err == nil {
				r.tellOf(spent, n.ID, o.Channel)
			}
			if to.stamp = spent.Stamp; to.stamp != nil && !joint {
				r.step(StepSpent)
			}
			return to.stamp != nil, err
		},
	}, rand.Float64)
	if err != nil {
		return choice{}, r.noEngine(err)
	}
	if !ok {
		return choice{}, r.noShop(o)
	}
	to.Near = near
	to.work, _ = r.workOf(near, o.Draft)
	return to, nil
}

// tellOf tells a shop why it gave no credit, where it can do something about it.
func (r *Router) tellOf(s credit.Spent, store, channel string) {
	switch {
	case s.Stamp != nil:
	case s.Hello != "":
		r.resync(store, channel, map[string]string{"hello": s.Hello})
	case s.Stuck != nil:
		r.resync(store, channel, s.Stuck)
	}
}

// workOf is the work of an order at a shop, and whether it is known: not of one that comes without its lines. Such an order
// is sent without credit, and the shop decides by its room.
func (r *Router) workOf(n table.Near, d shop.Draft) (capacity.Work, bool) {
	if len(d.Lines) == 0 {
		return capacity.Work(max(1, d.Cups)) * capacity.Cup, false
	}
	return r.workAt(n, d.Lines)
}

// workAt is the work of lines at a shop, and whether this fleet has the shop's menu. Without it an order cannot be
// stamped: an interval that is too short would overlap the next one.
func (r *Router) workAt(n table.Near, lines []shop.Line) (capacity.Work, bool) {
	if menu := r.Menus[n.Report.MenuRev]; menu != nil {
		return menu.Work(lines)
	}
	return standardWork(lines), false
}

func standardWork(lines []shop.Line) (sum capacity.Work) {
	for _, l := range lines {
		sum += capacity.Work(l.Qty) * capacity.Cup
	}
	return sum
}

func (r *Router) want(o Order) table.Want {
	return table.Want{
		Channel: o.Channel, At: o.Near, Anyway: o.Stores, RadiusM: o.RadiusM, Lines: o.Draft.Lines, By: o.By, Slot: o.Draft.SlotStart,
		Later: o.Draft.Later(r.Now()),
	}
}

// reply says what is known of the record to the caller who gave the order. begun is the attempt that this call has opened:
// a shop's event may say that it has the order before its answer does, and it is this caller's order all the same.
func (r *Router) reply(ctx context.Context, o Order, e orders.Entry, heard *answer, begun time.Time) Reply {
	rec := e.Record
	switch rec.State {
	case record.Placed, record.Ended:
		r.saw(e)
		if !begun.IsZero() && rec.At.FirstAt.Equal(begun) {
			r.Counts.Placed.Add(1)
			if heard != nil && heard.Store == rec.Store() && heard.Status < 300 {
				return Reply{Status: http.StatusCreated, Body: r.withPage(heard, o.key())}
			}
			return Reply{Status: http.StatusCreated, Body: r.again(ctx, o, rec)}
		}
		r.Counts.Replayed.Add(1)
		return Reply{Status: http.StatusOK, Body: r.again(ctx, o, rec), Replayed: true}
	case record.Cancelled:
		return Reply{Status: http.StatusOK, Body: statusOf(e), Replayed: true}
	case record.Free:
		r.Counts.NotMade.Add(1)
		r.drop(e.Key)
		if heard != nil && heard.Status >= 400 && !heard.mayGoOn() {
			return Reply{Status: heard.Status, Body: withStore(heard.Body, heard.Store)}
		}
		return Reply{Status: http.StatusServiceUnavailable, Body: r.alternatives(o)}
	}
	return r.unknown(e)
}

// again asks the shop that has the order for its answer, as it is now. When it is silent the record says what it knows.
func (r *Router) again(ctx context.Context, o Order, rec record.Record) any {
	at := *rec.At
	at.Nonce, at.SentAt, at.Proving = r.nonce(), r.Now(), false
	if text, err := r.orderFor(o.Body, o.key(), &at); err == nil && rec.State == record.Placed {
		if a := r.ask(ctx, at.Store, o.Channel, "orders", o.Draft.Ref, at.Nonce, text); a != nil && a.Status < 300 {
			return r.withPage(a, o.key())
		}
	}
	s := statusOf(orders.Entry{Key: o.key(), Record: rec})
	s.TrackURL = r.own(o.key())
	return s
}

// withPage is a shop's answer with the shop's id and the address of the customer's page.
func (r *Router) withPage(a *answer, k orders.Key) any {
	body := withStore(a.Body, a.Store)
	if members, ok := body.(map[string]json.RawMessage); ok {
		if url := r.own(k); url != "" {
			members["track_url"], _ = json.Marshal(url) // a string
		}
	}
	return body
}

// withStore is a shop's answer with the shop's id.
func withStore(body json.RawMessage, store string) any {
	members := map[string]json.RawMessage{}
	if json.Unmarshal(body, &members) != nil {
		return body
	}
	members["store"], _ = json.Marshal(store) // a string
	return members
}

// unknown tells the caller that the outcome is not known, and which shop has the order in hand.
func (r *Router) unknown(e orders.Entry) Reply {
	r.Counts.Unknown.Add(1)
	p := problem(shop.ProblemStorage, "it is not known yet whether the shop makes this order; ask again with the same ref, or cancel it")
	p.Outcome, p.RetryAfter, p.Store, p.NotMade = "unknown", retryUnknown, e.Record.Store(), false
	switch e.Record.State {
	case record.Placed: // the caller has asked for more than the order
		p.Detail = "the shop has the order; it has not answered this yet. Send the same again"
	case record.Doubt:
		p.Detail = "it cannot be found out whether the shop makes this order; a person has to look"
	}
	return Reply{Status: http.StatusServiceUnavailable, Body: p}
}

// noEngine is the answer when the streams do not: nothing is acknowledged, and nothing is known.
func (r *Router) noEngine(err error) error {
	r.Log.Warn("the streams do not answer", "error", err)
	return &shop.Error{Kind: shop.Unavailable, Type: shop.ProblemStorage, Unknown: true,
		Detail: "the fleet's streams do not answer; ask again with the same ref"}
}

// Problem is a refusal of the fleet's own (RFC 9457).
type Problem struct {
	Type         string        `json:"type"`
	Title        string        `json:"title"`
	Status       int           `json:"status"`
	Detail       string        `json:"detail,omitempty"`
	NotMade      bool          `json:"not_made,omitempty"`
	Outcome      string        `json:"outcome,omitempty"`
	Store        string        `json:"store,omitempty"` // that has the order in hand
	RetryAfter   int64         `json:"retry_after_s,omitempty"`
	Alternatives []Alternative `json:"alternatives,omitempty"`
}

func problem(name, detail string) Problem {
	entry, _ := wire.Lookup(name) // the names are constants of the table
	return Problem{Type: "/problems/" + name, Title: entry.Title("en"), Status: entry.Status, Detail: detail, NotMade: entry.NotMade}
}
