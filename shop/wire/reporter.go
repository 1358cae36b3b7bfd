package wire

import (
	"reflect"
	"sync"
	"time"

	"weir/shop"
	"weir/shop/capacity"
)

const (
	// ReportEvery is how often a report is issued although nothing changed, so that silence means trouble.
	ReportEvery = 30 * time.Second
	// reportLife is how long a report is believed: three of them may be lost.
	reportLife = 95 * time.Second
	// lookEvery is how long an unchanged state is taken to give an unchanged report: quotes and levels
	// also change as time passes.
	lookEvery = time.Second
)

// Reporter issues capacity reports. A shop has one and both doors ask it, so that everybody reads the
// same (epoch, seq). A report that is issued does not change; there is a new one when its content
// changed or it is [ReportEvery] old.
type Reporter struct {
	trouble func() capacity.Reason

	mu     sync.Mutex
	state  *shop.State     // that was looked at last
	looked time.Time       // and when
	saw    capacity.Reason // and with which trouble
	last   Capacity
}

// NewReporter makes a reporter. trouble tells of what lies outside the shop's rules and lets it take
// nothing ([ReasonStorage]; "" is none); it may be nil and must be quick.
func NewReporter(trouble func() capacity.Reason) *Reporter {
	if trouble == nil {
		trouble = func() capacity.Reason { return "" }
	}
	return &Reporter{trouble: trouble}
}

// Report is the report that holds now. Its slices are shared: do not change them.
func (r *Reporter) Report(state *shop.State, now time.Time) Capacity {
	trouble := r.trouble()
	r.mu.Lock()
	defer r.mu.Unlock()
	if quiet := now.Sub(r.looked); state == r.state && trouble == r.saw && 0 <= quiet && quiet < lookEvery {
		return r.last
	}
	next := content(state, now, trouble)
	r.state, r.looked, r.saw = state, now, trouble
	same := sameContent(&r.last, &next)
	if age := now.Sub(r.last.At); same && 0 <= age && age < ReportEvery {
		return r.last
	}
	// The number grows with the clock, so that it goes on growing over a restart, but never by the
	// clock alone: one that jumps back must not make reports look old.
	next.Seq = max(r.last.Seq+1, uint64(max(now.UnixMilli(), 0)))
	next.Since = next.Seq
	if same {
		next.Since = r.last.Since
	}
	next.At, next.ExpiresAt = now.UTC().Truncate(time.Millisecond), now.Add(reportLife).UTC().Truncate(time.Millisecond)
	next.NextReport = int64(ReportEvery / time.Second)
	r.last = next
	return next
}

// Raise lets the next report have a number above seq. Whoever finds an older report of this shop
// outside, such as the one the broker kept, tells its number here.
func (r *Reporter) Raise(seq uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last.Seq = max(r.last.Seq, seq)
	r.last.At, r.state = time.Time{}, nil // issue a new one
}

func sameContent(a, b *Capacity) bool {
	c := *a
	c.Seq, c.Since, c.At, c.ExpiresAt, c.NextReport = b.Seq, b.Since, b.At, b.ExpiresAt, b.NextReport
	return reflect.DeepEqual(c, *b)
}
