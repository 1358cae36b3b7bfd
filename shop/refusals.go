package shop

import (
	"errors"
	"slices"
	"sync"
	"time"
)

// refusalsMax is how many refusals are remembered: what somebody who asks why can still have in mind.
const refusalsMax = 50

// Reasons of a [Refused] order that are not those of a [Refusal].
const (
	RefusedSoldOut = "sold-out"
	RefusedStorage = "storage" // the disk is too full, or too slow
)

// Refused is an order that the shop did not accept for a reason of its own: what was asked, and what the rule saw. A
// mistake of the channel's is not one. It is in memory only; a refusal is never pinned to a ref.
type Refused struct {
	At      time.Time
	Channel string
	Ref     string
	Cups    int      // cups that would have been made; a bag is no cup, as in the ledger
	Type    string   // the problem's type
	Reason  string   // room, owner, shelf …, or one of the constants above
	Refusal *Refusal // the figures; nil when the rule has none, as for what is sold out
}

// RefusedOf says what was refused by the answer to a command. ok is false when nothing was: the command was no order,
// it was accepted, the channel made a mistake, or nobody knows the outcome.
func RefusedOf(menu *Menu, c Command, err error, at time.Time) (r Refused, ok bool) {
	place, isOrder := c.(Place)
	e := (*Error)(nil)
	if !isOrder || !errors.As(err, &e) || e.Unknown {
		return Refused{}, false
	}
	r = Refused{At: at, Channel: place.Channel, Ref: place.Draft.Ref, Type: e.Type, Refusal: e.Refusal,
		Cups: menu.cups(menu.stamped(place.Draft.Lines)) + place.Draft.Cups}
	switch {
	case e.Refusal != nil:
		r.Reason = string(e.Refusal.Reason)
	case e.Type == ProblemSoldOut:
		r.Reason = RefusedSoldOut
	case e.Type == ProblemStorage:
		r.Reason = RefusedStorage
	default:
		return Refused{}, false
	}
	return r, true
}

// cups is how many cups are made for lines, as the ledger counts them.
func (m *Menu) cups(lines []Line) (n int) {
	for i := range lines {
		_, each, _ := m.lineWork(&lines[i])
		n += each * lines[i].Qty
	}
	return n
}

// Refusals remembers the last orders that were refused with figures. The zero value is empty.
type Refusals struct {
	mu   sync.Mutex
	last []Refused // oldest first
}

// Note remembers a refused order. One without figures explains nothing and is passed over.
func (r *Refusals) Note(refused Refused) {
	if refused.Refusal == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.last) == refusalsMax {
		r.last = slices.Delete(r.last, 0, 1)
	}
	r.last = append(r.last, refused)
}

// List is the refusals remembered, the newest first.
func (r *Refusals) List() []Refused {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := slices.Clone(r.last)
	slices.Reverse(list)
	return list
}
