package route

import (
	"context"
	"errors"
	"sync"
	"time"

	"weir/fleet/credit"
	"weir/fleet/engine"
	"weir/fleet/orders"
	"weir/fleet/record"
	"weir/shop/bell"
	"weir/shop/wire"
)

// flight is an order that this router has in hand: one goroutine that takes one fact after the other, from the moment
// the record is opened or taken over until it is finished. All who wait for the order wait for its flight.
type flight struct {
	r     *Router
	notes chan note
	done  chan struct{} // closed when the record is finished; then entry and answer may be read

	mu      sync.Mutex
	latest  orders.Entry // for those who read along
	opening bool         // somebody has had an attempt opened

	entry  orders.Entry
	answer *answer // of the shop, as far as this router heard it
	owner  bool    // the last write was this router's
	body   []byte  // as this router stored it; nil when another one may have since
	short  bool    // the attempt was not opened: its shop's credit went to other orders meanwhile
	over   *uint64 // the revision that a write went over of which it is not known whether it gets through
	sent   []string
}

// note is something for a flight to take in: a fact, or the record as another router wrote it.
type note struct {
	fact   record.Fact
	answer *answer
	entry  *orders.Entry
	open   opening
}

// opening is what is written with a record that opens an attempt.
type opening struct {
	body  []byte        // what is ordered; nil: the fact opens nothing
	debit *credit.Debit // nil: without credit, or it is written already
}

const (
	// notesMax bounds what waits for one order. A note that finds no room is asked for again.
	notesMax = 64
	// writeTries bounds how often a fact is decided again because the record had changed. Who loses so many races leaves the
	// order to the others.
	writeTries = 8
	// writeAgain is the wait after a write of which it is not known whether it got through: streams without a leader are not
	// asked without end.
	writeAgain = 200 * time.Millisecond
	// unsureMax bounds the orders of which it is remembered that a write may get through yet. Streams that answer to nothing
	// leave some hundred of them in a minute.
	unsureMax = 1 << 14
	// dropMax bounds the removal of what was ordered. Nobody waits for it, and it goes by itself after engine.BodyKeep.
	dropMax = 2 * time.Second
)

// fly has an order carried on; nil when the router has stopped.
func (r *Router) fly(e orders.Entry) *flight {
	r.mu.Lock()
	defer r.mu.Unlock()
	if f := r.flights[e.Key]; f != nil {
		return f
	}
	if r.alive == nil || r.alive.Err() != nil {
		return nil
	}
	f := &flight{r: r, notes: make(chan note, notesMax), done: make(chan struct{}), entry: e, latest: e}
	r.flights[e.Key] = f
	ctx := r.alive
	r.work.Go(func() { f.run(ctx) })
	return f
}

// wake gives the flight a note without waiting.
func (f *flight) wake(n note) {
	select {
	case f.notes <- n:
	default:
	}
}

// opens says that an attempt is to be opened.
func (f *flight) opens() {
	f.mu.Lock()
	f.opening = true
	f.mu.Unlock()
}

// opening is the flight in which an attempt of an order is being opened, or nil.
func (r *Router) opening(k orders.Key) *flight {
	r.mu.Lock()
	f := r.flights[k]
	r.mu.Unlock()
	if f == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.opening {
		return nil
	}
	return f
}

// now is the record as the flight has it.
func (f *flight) now() orders.Entry {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.latest
}

func (f *flight) set(e orders.Entry) {
	f.entry = e
	f.mu.Lock()
	f.latest = e
	f.mu.Unlock()
}

// run takes notes until the record is finished. The first fact of a new flight is waiting already, or the record is
// somebody else's and becomes due.
func (f *flight) run(ctx context.Context) {
	defer f.land()
	for {
		select {
		case n := <-f.notes:
			f.take(ctx, n)
		case <-time.After(f.wait()):
			f.due(ctx)
		case <-ctx.Done():
			return
		}
		if f.entry.Record.Finished() && len(f.notes) == 0 {
			return
		}
	}
}

// idleMax is how long a flight of a record that has nothing due lives without a note. A later note starts a new one.
const idleMax = 2 * time.Second

func (f *flight) wait() time.Duration {
	next := f.entry.Record.NextAt
	if next.IsZero() {
		return idleMax
	}
	if !f.owner {
		next = next.Add(patienceOfOthers)
	}
	return max(0, next.Sub(f.r.Now()))
}

// land ends the flight.
func (f *flight) land() {
	r := f.r
	r.mu.Lock()
	delete(r.flights, f.entry.Key)
	if f.unsure() {
		r.unsure.Put(f.entry.Key, *f.over)
	}
	for _, nonce := range f.sent {
		delete(r.sends, nonce)
	}
	r.mu.Unlock()
	close(f.done)
	if s := f.entry.Record.State; s == record.Cancelled || s == record.Ended {
		r.drop(f.entry.Key)
	}
}

// drop removes what was ordered. Where that fails it goes by itself after ten minutes.
func (r *Router) drop(k orders.Key) {
	ctx, cancel := context.WithTimeout(context.Background(), dropMax)
	defer cancel()
	if err := r.orders.DropBody(ctx, k); err != nil {
		r.Log.Debug("what was ordered stays until its time is over", "error", err)
	}
}

func (f *flight) take(ctx context.Context, n note) {
	switch {
	case n.entry != nil:
		if n.entry.Revision > f.entry.Revision {
			f.set(*n.entry)
			f.owner, f.body = false, nil
		}
	case n.fact != nil:
		if n.answer != nil {
			f.answer = n.answer
			f.step(StepHeard)
		}
		f.decide(ctx, n.fact, n.open)
	}
}

func (f *flight) due(ctx context.Context) {
	rec := f.entry.Record
	if rec.NextAt.IsZero() || f.r.Now().Before(rec.NextAt) {
		return
	}
	body, err := f.ordered(ctx)
	if err != nil {
		f.r.Log.Warn("what was ordered cannot be read", "error", err)
	}
	f.decide(ctx, record.Due{
		To: f.r.self(rec.Store()), Nonce: f.r.nonce(), Gone: err == nil && len(body) == 0 || f.r.old(f.entry), Now: f.r.Now(),
	}, opening{})
}

// self is which box a shop is now.
func (r *Router) self(store string) record.Identity {
	if s, ok := r.Table.Get(store); ok {
		return s.Self
	}
	return record.Identity{}
}

// decide writes what becomes of the record and then does what is to be done. open is what is written with it, where the
// fact opens an attempt.
func (f *flight) decide(ctx context.Context, fact record.Fact, open opening) {
	f.short = false
	for range writeTries {
		next, do := record.Decide(f.entry.Record, fact)
		if same(next, f.entry.Record) {
			f.act(ctx, do, f.entry.Record)
			return
		}
		next.Writer = f.r.nonce()
		e, err := f.write(ctx, next, open)
		if err == nil {
			f.set(e)
			f.owner = true
			if next.Finished() {
				f.step(StepClosed)
			} else {
				f.step(StepWritten)
			}
			f.act(ctx, do, next)
			return
		}
		f.owner, f.body = false, nil
		if !errors.Is(err, engine.ErrConflict) {
			if over := f.entry.Revision; errors.Is(err, engine.ErrUnsure) {
				f.over = &over
			}
			f.r.Counts.Unsure.Add(1)
			f.r.Log.Warn("record not written", "error", err)
			if !bell.Sleep(ctx, writeAgain) {
				return
			}
		}
		// Which value of a batch had changed is not said: both are read again.
		if e, err = f.r.orders.Get(ctx, f.entry.Key); err == nil {
			f.set(e)
		}
		if open.debit != nil {
			if fact, open.debit = f.replan(ctx, fact, open.debit); open.debit == nil {
				return
			}
		}
	}
}

// unsure reports whether a write may still get through that is not in the record as it was last read. It cannot once the
// record has another revision than the one that the write went over.
func (f *flight) unsure() bool { return f.over != nil && *f.over == f.entry.Revision }

// replan takes credit for an attempt anew, after the write that would have spent it; nil is that there is none any more, and
// the attempt is not opened.
func (f *flight) replan(ctx context.Context, fact record.Fact, d *credit.Debit) (record.Fact, *credit.Debit) {
	assign, ok := fact.(record.Assign)
	if !ok || f.entry.Record.State != record.Free {
		return fact, d // the next decision shows that there is nothing to open
	}
	if !f.r.Engine.Joint(ctx) {
		f.short = true // the engine takes no batches any more: credit is spent before the record from now on
		return fact, nil
	}
	d, spent, err := f.r.credit.Again(ctx, d, f.r.Now())
	if err != nil || d == nil {
		f.short = true
		f.r.tellOf(spent, assign.Store, f.entry.Key.Channel)
		return fact, nil
	}
	assign.Stamp = &d.Stamp
	return assign, d
}

// write writes the next record, with what opens the attempt.
func (f *flight) write(ctx context.Context, next record.Record, open opening) (orders.Entry, error) {
	if open.body == nil {
		return f.r.orders.Put(ctx, f.entry, next)
	}
	var paid *engine.Write
	if open.debit != nil {
		w, err := open.debit.Write()
		if err != nil {
			return f.entry, err
		}
		paid = &w
	}
	e, paidAt, err := f.r.orders.Open(ctx, f.entry, next, open.body, paid, func() { f.step(StepGiven) })
	if err != nil {
		return e, err
	}
	f.body = open.body
	if open.debit != nil {
		f.r.credit.Paid(open.debit, paidAt)
	}
	return e, nil
}

// ordered is what was ordered: as this router has it, or as it is kept. Nil is that it is not kept any more. Of two
// callers that gave different orders one ref at once, what the other one ordered may lie there: it is not this order.
func (f *flight) ordered(ctx context.Context) ([]byte, error) {
	if f.body != nil {
		return f.body, nil
	}
	body, err := f.r.orders.Body(ctx, f.entry.Key)
	if err != nil || len(body) == 0 {
		return nil, err
	}
	if draft, err := wire.DecodeOrder(body); err != nil || record.SameOrder(draft) != f.entry.Record.Digest {
		return []byte{}, nil // what cannot be read is not this order
	}
	return body, nil
}

// same compares two records of which one came from the other: what Decide does not change it does not copy.
func same(a, b record.Record) bool {
	return a.State == b.State && a.Digest == b.Digest && a.At == b.At && a.TakeBack == b.TakeBack && a.NextAt.Equal(b.NextAt) &&
		a.Why == b.Why && len(a.Barred) == len(b.Barred)
}

func (f *flight) act(ctx context.Context, do record.Do, rec record.Record) {
	switch do {
	case record.Send:
		f.send(ctx, rec)
	case record.Recall:
		f.recall(rec)
	case record.Alarm:
		f.r.Counts.Contradicted.Add(1)
		f.r.Log.Error("a shop has accepted what was certain not to be made: look at both shops",
			"store", rec.Store(), "channel", f.entry.Key.Channel)
	case record.Tell:
		f.told(rec)
	}
}

// told follows a record that has just been closed.
func (f *flight) told(rec record.Record) {
	switch rec.State {
	case record.Placed:
		if self := f.r.self(rec.At.Store); self.Epoch > rec.At.Epoch && rec.At.Epoch > 0 {
			f.wake(note{fact: record.Rose{Store: rec.At.Store, To: self, Nonce: f.r.nonce(), Now: f.r.Now()}})
		}
	case record.Doubt:
		f.r.Counts.Doubts.Add(1)
		f.r.Log.Error("an order's fate cannot be known from here: a person decides",
			"store", rec.At.Store, "channel", f.entry.Key.Channel, "why", rec.Why)
	}
}

// send publishes the order. Nobody there is told by the engine to the inbox, under the nonce.
func (f *flight) send(ctx context.Context, rec record.Record) {
	body, err := f.ordered(ctx)
	if err != nil || len(body) == 0 {
		return // it is asked again when it is due
	}
	text, err := f.r.orderFor(body, f.entry.Key, rec.At)
	if err != nil {
		f.r.Log.Error("order cannot be written", "error", err)
		return
	}
	f.publish(rec.At.Store, "orders", rec.At.Nonce, text)
}

func (f *flight) recall(rec record.Record) {
	f.publish(rec.At.Store, "cancel", rec.At.Nonce, cancelFor(f.entry.Key.Ref, rec.At.Nonce, false))
}

func (f *flight) publish(store, kind, nonce string, text []byte) {
	f.r.mu.Lock()
	f.r.sends[nonce] = f
	f.sent = append(f.sent, nonce)
	f.r.mu.Unlock()
	f.r.Counts.Sent.Add(1)
	err := f.r.Engine.Conn.PublishRequest(subjectOf(store, kind, f.entry.Key.Channel), f.r.inbox+"."+nonce, text)
	if err != nil {
		f.r.Log.Warn("not published", "store", store, "error", err) // it is asked again when it is due
	}
	f.step(StepPublished)
}
