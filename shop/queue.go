package shop

import (
	"cmp"
	"slices"
	"time"
)

// Queued is one cup with the order it belongs to.
type Queued struct {
	Order  *Order
	Cup    *Cup
	Coming bool // it has not come to the station yet that it is shown to; see [State.At]
}

// ID is the outside name of the cup.
func (q Queued) ID() CupID { return q.Order.CupID(q.Cup.N) }

// Line is the row of the order that the cup is of.
func (q Queued) Line() *Line { return &q.Order.Lines[q.Cup.Line] }

// Queue lists the cups that a station has to make, as it sees them ([State.At]), in the order in which they should be
// made: what a person has put first, then the earliest promise, and among equals who came first. No promise is given that
// passes an earlier order beyond the bound ([capacity.Passing]), so that of orders to be made now who came first is made
// first. The station "" is the whole shop. A cup that belongs to no station, because the menu does not know it, is in the
// queue of every station: nothing may be hidden. Cups that were made since then keep their positions, so that a bump can
// be taken back where it happened; a zero time leaves them out.
func (s *State) Queue(station string, since time.Time) []Queued {
	queue := make([]Queued, 0, s.Ledger.Backlog())
	for o := range s.Orders.All() {
		if o.End != "" {
			continue
		}
		for i := range o.Cups {
			c := &o.Cups[i]
			if c.State != Made && !c.State.Unmade() || !s.Config.makes(station, &o.Lines[c.Line]) {
				continue
			}
			q := s.At(station, Queued{Order: o, Cup: c})
			fresh := q.Cup.State == Made && !since.IsZero() && q.Cup.At.After(since)
			if fresh || q.Cup.State.Unmade() {
				queue = append(queue, q)
			}
		}
	}
	slices.SortFunc(queue, compareQueued)
	return queue
}

func compareQueued(a, b Queued) int {
	if a.Order == b.Order {
		return cmp.Compare(a.Cup.N, b.Cup.N)
	}
	return CompareTurn(a.Order, b.Order)
}

// CompareTurn is whose turn comes first, as [State.Queue] says: negative for the first of the two, positive for the other.
func CompareTurn(a, b *Order) int {
	if c := a.Promise.turn().Compare(b.Promise.turn()); c != 0 {
		return c
	}
	return cmp.Compare(a.ID, b.ID)
}

// makes reports whether a station has to see a line's cups: it has a part in them, or no station of this shop has.
func (c *Config) makes(station string, l *Line) bool {
	if station == "" {
		return true
	}
	none := true
	for id := range c.route(l) {
		if id == station {
			return true
		}
		none = false
	}
	return none
}

// Bumped lists the cups that a station ("" is the whole shop) finished last and that are still here, the newest first, at
// most limit. They are what can be recalled.
func (s *State) Bumped(station string, limit int) []Queued {
	var made []Queued
	for o := range s.Orders.All() {
		if o.State().Ended() {
			continue
		}
		for i := range o.Cups {
			c := &o.Cups[i]
			if c.State != Made && !c.State.Unmade() || !s.Config.makes(station, &o.Lines[c.Line]) {
				continue
			}
			if q := s.At(station, Queued{Order: o, Cup: c}); q.Cup.State == Made {
				made = append(made, q)
			}
		}
	}
	slices.SortFunc(made, func(a, b Queued) int {
		if c := b.Cup.At.Compare(a.Cup.At); c != 0 {
			return c
		}
		return compareQueued(a, b)
	})
	return made[:min(limit, len(made))]
}

// Standing is how an order stands against its promise.
type Standing uint8

// The standings.
const (
	OnTrack Standing = iota // there is time
	Due                     // has to be made now to be kept
	Late                    // the promise is broken
)

// dueWithin is how long before its promise an order has to be taken up: a drink is made, sealed and
// packed in four minutes, and one more is for picking it up.
const dueWithin = 5 * time.Minute

// Standing tells how the order stands against its promise, however long the queue is: in a backlog of
// ten hours an order's age says nothing.
func (o *Order) Standing(now time.Time) Standing {
	if o.OnStandby() {
		return OnTrack // nothing was promised
	}
	switch left := o.Promise.By().Sub(now); {
	case left < 0:
		return Late
	case left <= dueWithin:
		return Due
	}
	return OnTrack
}

// Undone is the state an undo takes a made cup back to: where the bump found it.
func (c *Cup) Undone() CupState {
	if c.Started.Equal(c.At) {
		return Waiting // one bump took it straight from the queue
	}
	return Making
}
