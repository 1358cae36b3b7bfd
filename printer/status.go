package printer

import (
	"sync"
	"time"
	"weir/shop/bell"
)

// Status is how a printer stands, for /printers and the alarms on the board.
type Status struct {
	Name     string
	Model    Model
	Address  string    // as in shop.yaml
	Online   bool      // connected, or closed in good order because there was nothing to print
	Reason   Reason    // why it cannot print now; ReasonNone if it can
	NearEnd  bool      // prints, but paper is low
	Voice    Voice     // how much it tells
	Printing int64     // the job in hand, 0 for none
	Error    string    // the last error in full, for the engineer
	Since    time.Time // when Reason became what it is
}

// Working tells whether jobs given to the printer now come out.
func (s Status) Working() bool { return s.Reason == ReasonNone }

// statusBoard holds a Status and rings when it changes.
type statusBoard struct {
	mu   sync.Mutex
	now  Status
	bell bell.Bell
}

func (b *statusBoard) get() Status {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

func (b *statusBoard) set(at time.Time, change func(*Status)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	next := b.now
	change(&next)
	if next == b.now {
		return
	}
	if next.Reason != b.now.Reason {
		next.Since = at
	}
	b.now = next
	b.bell.Ring()
}
