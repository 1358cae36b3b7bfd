package capacity

import (
	"slices"
	"time"
)

// Passing is how far an order to be made now may pass those that came before it: by how much later these may be promised
// than it, and how many cups may pass one of them in all. The zero value is strict: who came first is made first. Orders
// in slots are not passed or passing; they are made by their time.
type Passing struct {
	Ahead time.Duration
	Cups  int
}

// Passed is the cups that have passed the orders promised in one minute.
type Passed struct {
	Minute int64 `json:"minute"` // since 1970
	Cups   int   `json:"cups"`
}

// turn is the earliest promise, in ms, that an order of so many cups may be given without passing anybody beyond the
// bound. What is promised by the same time is made in the order in which it came.
func (m *moment) turn(cups int) (earliest int64) {
	for i := len(m.load.buckets) - 1; i >= 0; i-- {
		b := &m.load.buckets[i]
		ends := lastOf(b.minute)
		if ends <= m.now {
			break
		}
		if b.line == 0 {
			continue
		}
		if p := m.set.Passing; p.Ahead == 0 || m.mem.passedOf(b.minute)+cups > p.Cups {
			return max(earliest, ends)
		}
		earliest = max(earliest, ends-m.set.Passing.Ahead.Milliseconds())
	}
	return earliest
}

// lastOf is the last ms of a minute: nothing that is promised in it is promised later.
func lastOf(minute int64) int64 { return (minute+1)*msPerMinute - 1 }

func (m *Memory) passedOf(minute int64) int {
	for _, p := range m.Passed {
		if p.Minute == minute {
			return p.Cups
		}
	}
	return 0
}

// passes counts the cups of an order that was accepted to those whom it passes. Where nobody may be passed there is
// nothing to count.
func (b Book) passes(due time.Time, cups int) Book {
	if b.set.Passing.Cups == 0 || b.set.Passing.Ahead == 0 || due.IsZero() {
		b.mem.Passed = nil
		return b
	}
	var passed []Passed
	for i := range b.load.buckets {
		k := &b.load.buckets[i]
		n := b.mem.passedOf(k.minute)
		if due.UnixMilli() < lastOf(k.minute) {
			n += cups
		}
		if k.line > 0 && n > 0 {
			passed = append(passed, Passed{Minute: k.minute, Cups: n})
		}
	}
	if !slices.Equal(passed, b.mem.Passed) {
		b.mem.Passed = passed
	}
	return b
}
