package shop

import (
	"errors"
	"slices"
	"sync"
	"time"
)

// refusalsMax is how many refusals are remembered: what somebody who asks why can still have in mind.
const refusalsMax = 50

// Refused is an order that was not accepted: what was asked, and what the rule saw. It is in memory only; a
// refusal is never pinned to a ref.
type Refused struct {
	At      time.Time
	Channel string
	Cups    int
	Type    string   // the problem's type
	Refusal *Refusal // never nil
}

// Refusals remembers the last orders that were not accepted. The zero value is empty.
type Refusals struct {
	mu   sync.Mutex
	last []Refused // oldest first
}

// Note remembers a command that was refused for want of room; anything else is passed over.
func (r *Refusals) Note(c Command, err error, at time.Time) {
	place, ok := c.(Place)
	refusal := (*Error)(nil)
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
	r.last = append(r.last, Refused{At: at, Channel: place.Channel, Cups: cups, Type: refusal.Type, Refusal: refusal.Refusal})
}

// List is the refusals remembered, the newest first.
func (r *Refusals) List() []Refused {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := slices.Clone(r.last)
	slices.Reverse(list)
	return list
}
