package record

import (
	"slices"
	"time"

	"weir/shop"
)

// guard is one of the rules that keep an order from being made twice. Tests take them out one by one, to see that each
// is needed.
type guard uint

const (
	guardSends  guard = 1 << iota // a refusal or an unheard send is certain only after one send
	guardBox                      // a no is certain only from the box that got every send
	guardNonce                    // a refusal counts only for the send that it answers
	guardRecall                   // nothing goes elsewhere before the shop has confirmed the tombstone
	guardLate                     // once a tombstone is out, only its answer closes the attempt
	guardBlind                    // nothing goes to a box of which nothing is known
)

// Decide says what becomes of a record and what to do once that is written. When the record does not change, there is
// nothing to write; the action is still to be done.
func Decide(r Record, f Fact) (Record, Do) { return decide(r, f, 0) }

func decide(r Record, f Fact, off guard) (Record, Do) {
	switch f := f.(type) {
	case Assign:
		return r.assign(f)
	case Due:
		return r.due(f, off)
	case Unheard:
		return r.unheard(f, off)
	case Answered:
		return r.answered(f, off)
	case TakenBack:
		return r.takenBack(f, off)
	case Happened:
		return r.happened(f)
	case Rose:
		return r.rose(f)
	case Filled:
		return r.filled(f), Nothing
	case Judged:
		return r.judged(f)
	}
	return r, Nothing
}

// assign opens an attempt. Only a record of which nobody makes anything takes one.
func (r Record) assign(f Assign) (Record, Do) {
	if !r.MayAsk(f.Store) || !r.Is(f.Digest) && !r.Unlisted() {
		return r, Nothing
	}
	if f.Bare {
		r.Bare = f.Digest
	}
	r.State, r.Digest, r.Why = Open, f.Digest, ""
	if r.PlacedAt.IsZero() {
		r.PlacedAt = f.PlacedAt
	}
	r.At = &Attempt{
		Store: f.Store, Epoch: f.To.Epoch, Box: f.To.Box, Conn: f.To.Conn, Sends: 1, Nonce: f.Nonce, SentAt: f.Now, FirstAt: f.Now,
		Stamp: f.Stamp, Work: f.Work,
	}
	r.NextAt = f.Now.Add(step(askAgain, 1))
	return r, Send
}

// due asks the same shop again with the same order, then takes the order back, and gives up after a day of silence.
func (r Record) due(f Due, off guard) (Record, Do) {
	switch {
	case r.NextAt.IsZero() || f.Now.Before(r.NextAt):
		return r, Nothing
	case r.State == Placed && r.proving() && f.Gone:
		return r.end(Doubt, "not known after a restore"), Tell
	case blind(f.To, off) && f.Now.Sub(r.PlacedAt) > giveUp && !r.Finished():
		return r.end(Doubt, "silent"), Tell
	case blind(f.To, off) && !r.Finished():
		r.NextAt = f.Now.Add(blindAgain)
		return r, Nothing
	case r.State == Placed && r.proving():
		return r.send(f.To, f.Nonce, f.Now, proveEvery), Send
	case r.State != Open:
		r.NextAt = time.Time{}
		return r, Nothing
	case f.Now.Sub(r.PlacedAt) > giveUp && f.Now.Sub(r.At.SentAt) > 0 && r.At.Recalls > len(recallAgain):
		return r.end(Doubt, "silent"), Tell
	case !r.TakeBack && !f.Gone && r.At.Recalls == 0 && r.At.Sends < len(askAgain):
		return r.send(f.To, f.Nonce, f.Now, step(askAgain, r.At.Sends+1)), Send
	case off&guardRecall != 0:
		return r.notMade(true), Tell
	}
	return r.recall(f.To, f.Nonce, f.Now), Recall
}

// blind reports whether nothing is known of the box that a message would go to.
func blind(to Identity, off guard) bool { return to == (Identity{}) && off&guardBlind == 0 }

func (r Record) send(to Identity, nonce string, now time.Time, wait time.Duration) Record {
	a := r.attempt()
	a.sent(to, now)
	a.Sends++
	a.Nonce = nonce
	r.NextAt = now.Add(wait)
	return r
}

// recall sends the tombstone. The shop confirms it, or says that it is too late.
func (r Record) recall(to Identity, nonce string, now time.Time) Record {
	a := r.attempt()
	a.sent(to, now)
	a.Recalls++
	a.Nonce = nonce
	r.NextAt = now.Add(step(recallAgain, a.Recalls))
	return r
}

// unheard closes the attempt when its only send reached nobody.
func (r Record) unheard(f Unheard, off guard) (Record, Do) {
	if r.State != Open || r.At.Nonce != f.Nonce || r.At.Recalls > 0 || r.At.Sends != 1 && off&guardSends == 0 {
		return r, Nothing
	}
	return r.notMade(false), Tell
}

// answered takes in a shop's answer.
func (r Record) answered(f Answered, off guard) (Record, Do) {
	if r.At == nil || r.At.Store != f.Store || r.State == Free || r.State == Cancelled {
		if f.Verdict == Accepted && r.Store() != f.Store && !slices.Contains(r.Barred, f.Store) {
			return r, Alarm // it had refused, or was not there
		}
		return r, Nothing
	}
	switch r.State {
	case Placed:
		return r.heardAgain(f)
	case Open:
		return r.closed(f, off)
	}
	return r, Nothing
}

// closed closes the open attempt if the answer does.
func (r Record) closed(f Answered, off guard) (Record, Do) {
	a := r.At
	recalled := a.Recalls > 0 && off&guardLate == 0
	certain := a.certain(f.From) || off&guardBox != 0
	switch {
	case f.Verdict == TooLate:
		return r.placed(f), Tell
	case f.Verdict == Accepted && !recalled && !r.TakeBack:
		return r.placed(f), Tell
	case f.Verdict == NotMade && certain:
		return r.bar(f.Store).notMade(false), Tell
	case f.Verdict == NotMade && (a.Mixed || !a.same(f.From)) && a.Recalls > 0:
		return r.end(Doubt, "another box"), Tell
	case f.Verdict != Refused || !certain || recalled || !r.answers(f, off):
		return r, Nothing
	case a.Sends == 1 || f.Pinned || off&guardSends != 0:
		if f.Pinned || f.Nonce == "" {
			r = r.bar(f.Store) // what repeats no nonce could be taken for the answer to a later attempt
		}
		return r.notMade(false), Tell
	}
	// An earlier send may be on its way still. The shop has no room now: nothing is won by asking again.
	return r.recall(f.From, f.Next, f.Now), Recall
}

// answers reports whether an answer is to this attempt's last send. A shop that repeats no nonce is asked in one
// attempt only, so its answers can be to no other.
func (r Record) answers(f Answered, off guard) bool {
	return f.Nonce == r.At.Nonce || f.Nonce == "" || off&guardNonce != 0
}

// heardAgain is an answer about an order that the shop has: to a proof after a restore, or to a cancellation.
func (r Record) heardAgain(f Answered) (Record, Do) {
	switch {
	case f.Verdict == NotMade && r.At.certain(f.From):
		return r.end(Ended, "cancelled"), Tell
	case !r.proving() || f.From.Epoch < r.At.Epoch:
		return r, Nothing
	case f.Verdict == Accepted || f.Verdict == TooLate:
		return r.placed(f), Tell
	case f.Verdict == Refused && f.Nonce == r.At.Nonce || f.Verdict == NotMade:
		return r.end(Doubt, "not known after a restore"), Tell
	}
	return r, Nothing
}

// placed keeps what the shop said of the order.
func (r Record) placed(f Answered) Record {
	a := r.attempt()
	a.Proving = false
	if f.Order.ID != "" {
		a.ID, a.Number, a.ReadyBy = f.Order.ID, f.Order.Number, f.Order.ReadyBy
	}
	if f.Order.Receipt != "" {
		a.Receipt = f.Order.Receipt
	}
	if f.From.Box != "" { // the answer says who gave it; without that it may be an old one
		a.Epoch, a.Box, a.Conn, a.Mixed = max(a.Epoch, f.From.Epoch), f.From.Box, f.From.Conn, false
	}
	r.State, r.NextAt = Placed, time.Time{}
	return r
}

// notMade closes the attempt: nobody makes the order.
func (r Record) notMade(bar bool) Record {
	if bar {
		r = r.bar(r.At.Store)
	}
	if r.TakeBack {
		return r.end(Cancelled, "cancelled")
	}
	return r.end(Free, "")
}

func (r Record) end(to State, why string) Record {
	r.State, r.Why, r.NextAt = to, why, time.Time{}
	if r.At != nil && r.At.Proving {
		r.attempt().Proving = false
	}
	return r
}

// takenBack is the caller's cancellation. What a shop has is cancelled there: the record learns of it by the answer.
func (r Record) takenBack(f TakenBack, off guard) (Record, Do) {
	switch r.State {
	case Free:
		r.TakeBack = true
		return r.end(Cancelled, "cancelled"), Tell
	case Open:
		if r.TakeBack && f.Now.Before(r.NextAt) {
			return r, Nothing // it is under way
		}
		r.TakeBack = true
		if blind(f.To, off) { // it goes out when it is due
			r.NextAt = f.Now.Add(blindAgain)
			return r, Nothing
		}
		return r.recall(f.To, f.Nonce, f.Now), Recall
	case Placed:
		return r, Recall
	}
	return r, Tell
}

// happened takes in an event. One says that the shop has the order, or how it ended.
func (r Record) happened(f Happened) (Record, Do) {
	if r.Store() != f.Store || r.State != Open && r.State != Placed && r.State != Doubt {
		return r, Nothing
	}
	switch f.Type {
	case shop.ToldHanded, shop.ToldUnclaimed:
		return r.end(Ended, f.Type[len("order."):]), Tell
	case shop.ToldCancelled, shop.ToldReleased:
		if r.State == Placed && !r.proving() {
			return r.end(Ended, f.Type[len("order."):]), Tell
		}
	case shop.ToldAccepted, shop.ToldBooked, shop.ToldMaking, shop.ToldReady:
		if r.State == Open && r.At.Recalls == 0 && !r.TakeBack {
			a := r.attempt()
			if a.ID == "" {
				a.ID, a.Number, a.ReadyBy = f.ID, f.Number, f.ReadyBy
			}
			r.State, r.NextAt = Placed, time.Time{}
			return r.goesOn(f), Tell
		}
		return r.goesOn(f), Nothing
	case shop.ToldUnready, shop.ToldDelayed, shop.ToldEarly:
		return r.goesOn(f), Nothing
	}
	return r, Nothing
}

// goesOn takes in how far the shop has come with an order that it has, and when it should be ready.
func (r Record) goesOn(f Happened) Record {
	if r.State != Placed {
		return r
	}
	step, changed := r.At.Step, r.At.Changed
	switch f.Type {
	case shop.ToldMaking, shop.ToldUnready: // a cup of one that was ready is made again
		step = Making
	case shop.ToldReady:
		step = Ready
	case shop.ToldDelayed, shop.ToldEarly:
		changed = f.Expected
	}
	if step != r.At.Step || !changed.Equal(r.At.Changed) {
		a := r.attempt()
		a.Step, a.Changed = step, changed
	}
	return r
}

// rose sends an accepted order again to a box of a later epoch, with the receipt of its own yes, so that it takes it
// whatever room there is. Without a receipt it is an ordinary order there; if the box then refuses it, a person looks.
func (r Record) rose(f Rose) (Record, Do) {
	if r.State != Placed || r.At.Store != f.Store || f.To.Epoch <= r.At.Epoch {
		return r, Nothing
	}
	r = r.send(f.To, f.Nonce, f.Now, proveEvery)
	r.At.Proving, r.At.Epoch, r.At.Box, r.At.Conn, r.At.Mixed = true, f.To.Epoch, f.To.Box, f.To.Conn, false
	return r, Send
}

// filled knows the order by its lines from now on.
func (r Record) filled(f Filled) Record {
	if r.Unlisted() && r.Store() == f.Store && (r.State == Placed || r.State == Ended) {
		r.Digest = f.Digest
		if f.Receipt != "" { // the one before proves an order without lines
			r.attempt().Receipt = f.Receipt
		}
	}
	return r
}

// judged closes an order in doubt.
func (r Record) judged(f Judged) (Record, Do) {
	switch {
	case r.State != Doubt:
		return r, Nothing
	case f.Made:
		return r.end(Ended, "made"), Tell
	}
	return r.bar(r.At.Store).notMade(false), Tell
}
