package store

import (
	"errors"
	"slices"
	"sync"
	"time"

	"weir/shop"
)

// refusalsMax is how many refusals are remembered: what somebody who asks why can still have in mind.
const refusalsMax = 50

// Refusal is an order that was not accepted: what was asked, and what the rule saw. It is in memory only; a
// refusal is never pinned to a ref.
type Refusal struct {
	At      time.Time
	Channel string
	Cups    int
	Type    string        // the problem's type
	Refusal *shop.Refusal // never nil
}

// Refusals remembers the last orders that were not accepted. The zero value is empty.
type Refusals struct {
	mu   sync.Mutex
	last []Refusal // oldest first
}

// Note remembers a command that was refused for want of room; anything else is passed over.
func (r *Refusals) Note(c shop.Command, err error, at time.Time) {
	place, ok := c.(shop.Place)
	refusal := (*shop.Error)(nil)
	if !ok || !errors.As(err, &refusal) || refusal.Refusal == nil {
		return
	}
	cups := 0
	for i := range place.Draft.Lines {
		cups += place.Draft.Lines[i].Qty
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.last) == refusalsMax {
		r.last = slices.Delete(r.last, 0, 1)
	}
	r.last = append(r.last, Refusal{At: at, Channel: place.Channel, Cups: cups, Type: refusal.Type, Refusal: refusal.Refusal})
}

// List is the refusals remembered, the newest first.
func (r *Refusals) List() []Refusal {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := slices.Clone(r.last)
	slices.Reverse(list)
	return list
}

// Refusals is the last orders that were not accepted since the start, the newest first.
func (s *Store) Refusals() []Refusal { return s.refusals.List() }
