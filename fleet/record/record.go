// Package record is the state machine of one order across shops: at most one shop makes it, it never goes to a second
// shop while its fate at the first is unknown, and it always comes to an end.
//
// It is pure: no I/O, no clock, no randomness. A router reads the record, calls [Decide] with what happened, writes the
// next record by compare-and-set, and only then does what the action says. When the write loses the race, it reads
// again and decides again. So the record is the lock: two routers cannot both send an order for the first time, and a
// router that dies between two steps leaves a record that any other one carries on.
package record

import (
	"slices"
	"time"

	"weir/shop/capacity"
)

// State is where the order stands.
type State string

// The states. Only Open has something under way; every record leaves it.
const (
	Free      State = ""          // certain: nobody makes it. A shop may be chosen, with the same ref
	Open      State = "open"      // one shop was asked and its answer is not certain yet
	Placed    State = "placed"    // one shop has said yes
	Cancelled State = "cancelled" // certain: nobody makes it, and nobody will
	Ended     State = "ended"     // the shop has told its end
	Doubt     State = "doubt"     // it cannot be known from here: a person decides
)

// Record is one order as the fleet remembers it. It holds no personal data. Names in JSON are short: there are ten
// million of them a day.
type Record struct {
	State    State     `json:"s,omitempty"`
	Digest   string    `json:"d,omitempty"` // of what was ordered, see [SameOrder]
	Bare     string    `json:"v,omitempty"` // the same, of an order that came without its lines; they are filled in once
	PlacedAt time.Time `json:"p,omitzero"`
	TakeBack bool      `json:"c,omitempty"` // the caller wants it not made
	At       *Attempt  `json:"a,omitempty"` // the latest attempt
	Barred   []string  `json:"x,omitempty"` // shops that may not be asked (again)
	NextAt   time.Time `json:"n,omitzero"`  // when somebody has to do something; zero: nobody
	Why      string    `json:"y,omitempty"` // of an end: handed, cancelled, released, unclaimed, …
	Writer   string    `json:"w,omitempty"` // nonce of the last write: after a time-out a router looks whether it was its own
}

// Attempt is one shop that was asked.
type Attempt struct {
	Store   string          `json:"s"`
	Epoch   int64           `json:"e,omitempty"` // of the box that got every send
	Box     string          `json:"b,omitempty"` // the same; "" while not known
	Conn    int64           `json:"c,omitempty"` // connection of the first send, for shops that tell no box
	Mixed   bool            `json:"m,omitempty"` // sends went to more than one box, as far as can be told: its no proves nothing
	Sends   int             `json:"n,omitempty"` // of the order; raised before each publish
	Recalls int             `json:"r,omitempty"` // of the tombstone; raised before each publish
	Nonce   string          `json:"k,omitempty"` // of the last send
	SentAt  time.Time       `json:"t,omitzero"`  // of the last send of either
	FirstAt time.Time       `json:"f,omitzero"`  // of the first send: a box that was restored since may have forgotten it
	Stamp   *capacity.Stamp `json:"l,omitempty"`
	Work    capacity.Work   `json:"w,omitempty"`

	ID      string    `json:"i,omitempty"` // the order at its shop
	Number  string    `json:"u,omitempty"` // pick-up number
	ReadyBy time.Time `json:"q,omitzero"`
	Receipt string    `json:"g,omitempty"` // of the shop's 201; proves to a restored box that it had said yes
	Step    Step      `json:"z,omitempty"` // how far the shop has come with it
	Changed time.Time `json:"h,omitzero"`  // when it should be ready, where the shop has told another time than ReadyBy
	Proving bool      `json:"o,omitempty"` // sent again with the receipt since the shop's epoch rose; not answered yet
}

// Step is how far a shop has come with an order, as its events say.
type Step string

// The steps. Before the first the order waits for its turn.
const (
	Waiting Step = ""
	Making  Step = "making" // something of it is being made
	Ready   Step = "ready"  // all of it is made
)

// Identity is which box a message went to or came from, as far as it is known.
type Identity struct {
	Epoch int64
	Box   string // random per data directory, new after a restore; "" where the shop does not tell
	Conn  int64  // connection number from the shop's status
}

// Limits and times.
const (
	// ConfirmWithin is how long after a send the shop may still accept it.
	ConfirmWithin = 30 * time.Second
	// placedAhead is how far placed_at may lie in the future: an order from the future stops a channel's credit at a shop.
	placedAhead = 2 * time.Second
	// giveUp is when a silent shop's order becomes a person's business.
	giveUp = 24 * time.Hour
	// proveEvery is when an accepted order is sent again to a restored box that has not answered.
	proveEvery = 5 * time.Second
	// blindAgain is when to look again for a shop of which nothing has been heard since the streams began. A message to a
	// box that is not known would make every later answer of it uncertain.
	blindAgain = 2 * time.Second
	// barredMax bounds the shops of one record; a caller whose order went round so many shops is told no.
	barredMax = 16
)

// askAgain is how long each send of the order waits for its answer; after the last the tombstone goes out.
var askAgain = []time.Duration{2 * time.Second, 5 * time.Second, 10 * time.Second, 20 * time.Second, 20 * time.Second}

// recallAgain is the same for the tombstone; the last one repeats.
var recallAgain = []time.Duration{2 * time.Second, 5 * time.Second, 10 * time.Second, 20 * time.Second, time.Minute}

func step(steps []time.Duration, n int) time.Duration { return steps[min(max(n, 1), len(steps))-1] }

// Finished reports whether nothing is under way for the record.
func (r Record) Finished() bool { return r.State != Open && !r.proving() }

func (r Record) proving() bool { return r.At != nil && r.At.Proving }

// Unlisted reports whether the order came without its lines and nobody has filled them in.
func (r Record) Unlisted() bool { return r.Bare != "" && r.Bare == r.Digest }

// Is reports whether a digest is of the order, as it came or as it was filled in. A free ref is any order's.
func (r Record) Is(digest string) bool {
	return r.Digest == "" || r.Digest == digest || r.Bare == digest
}

// Store is the shop that has the order or may have it; "" when none.
func (r Record) Store() string {
	if r.At == nil || r.State == Free || r.State == Cancelled {
		return ""
	}
	return r.At.Store
}

// MayAsk reports whether a shop may be chosen for the order.
func (r Record) MayAsk(store string) bool {
	return r.State == Free && !r.TakeBack && len(r.Barred) < barredMax && !slices.Contains(r.Barred, store)
}

// FutureDated reports whether an order says that it was placed later than now.
func FutureDated(placedAt, now time.Time) bool { return placedAt.After(now.Add(placedAhead)) }

func (r Record) bar(store string) Record {
	if !slices.Contains(r.Barred, store) {
		r.Barred = append(slices.Clone(r.Barred), store)
	}
	return r
}

// attempt gives the record an attempt of its own to change.
func (r *Record) attempt() *Attempt {
	a := *r.At
	r.At = &a
	return r.At
}

// sent takes in that a message goes out to the box id at a time. A message that may reach another box than the ones
// before makes the attempt mixed.
func (a *Attempt) sent(id Identity, at time.Time) {
	a.Mixed = a.Mixed || !a.same(id)
	if a.Box == "" {
		a.Box = id.Box
	}
	a.SentAt = at
}

// same reports whether id is the box that got every send so far. A box that does not tell what it is counts as the same
// for as long as its connection lasts.
func (a *Attempt) same(id Identity) bool {
	if a.Epoch != id.Epoch {
		return false
	}
	if a.Box != "" && id.Box != "" {
		return a.Box == id.Box
	}
	return a.Conn == id.Conn
}

// certain reports whether a no of the box id holds for every send of the attempt.
func (a *Attempt) certain(id Identity) bool { return !a.Mixed && a.same(id) }
