package printer

import (
	"context"
	"sync"
	"time"
)

// ages knows for how long paper has been due, by a clock that cannot be set. A shop's wall clock may be hours wrong when
// the shop starts and jump when the network tells the time: that makes no ticket older. The wall clock counts only for
// what was due before this program first saw it.
type ages struct {
	mu   sync.Mutex
	seen map[time.Time]time.Time // release of a job → when it was due, with a monotonic reading
}

// note remembers the releases of jobs that are new, and forgets those that are gone. wall is the time the releases were
// taken from.
func (a *ages) note(jobs []Job, wall time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	seen := make(map[time.Time]time.Time, len(jobs))
	for _, j := range jobs {
		due, known := a.seen[j.DueAt]
		if !known {
			due = time.Now().Add(-max(wall.Sub(j.DueAt), 0))
		}
		seen[j.DueAt] = due
	}
	a.seen = seen
}

// of is for how long a job has been due; 0 for one that was not noted.
func (a *ages) of(j Job) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	if due, known := a.seen[j.DueAt]; known {
		return time.Since(due)
	}
	return 0
}

// watch notes jobs as they come, also while the worker waits for a printer.
func (p *Printer) watch(ctx context.Context) {
	for ctx.Err() == nil {
		bell := p.spool.Bell()
		p.ages.note(p.spool.Jobs(p.config.Name), p.now())
		select {
		case <-ctx.Done():
		case <-bell:
		}
	}
}
