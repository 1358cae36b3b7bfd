package printer

import (
	"context"
	"sync"
	"time"
)

// ages knows for how long paper has been due, by a clock that cannot be set. A shop's wall clock may be hours wrong when
// the shop starts and jump when the network tells the time: that makes no ticket older. What was due before this program
// first saw it is as old as [Config.Age] says.
type ages struct {
	mu   sync.Mutex
	seen map[int64]due // by job
}

// due is when a job was due.
type due struct {
	said time.Time // by the shop's clock
	at   time.Time // with a monotonic reading
}

// note remembers jobs that are new, and forgets those that are gone. A marked reprint is as old as its original.
func (a *ages) note(jobs []Job, age func(time.Time) time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	seen := make(map[int64]due, len(jobs))
	for _, j := range jobs {
		d, known := a.seen[j.ID]
		if !known && j.Reprint > 0 {
			d, known = a.sameRelease(j.DueAt)
		}
		if !known {
			d.at = time.Now().Add(-max(age(j.DueAt), 0))
		}
		d.said = j.DueAt // the shop moves it when its clock has jumped
		seen[j.ID] = d
	}
	a.seen = seen
}

// sameRelease is when the original of a reprint was due. The caller holds mu.
func (a *ages) sameRelease(said time.Time) (due, bool) {
	for _, d := range a.seen {
		if d.said.Equal(said) {
			return d, true
		}
	}
	return due{}, false
}

// forget has a job counted anew, should it come back.
func (a *ages) forget(job int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.seen, job)
}

// of is for how long a job has been due; 0 for one that was not noted.
func (a *ages) of(j Job) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	if d, known := a.seen[j.ID]; known {
		return time.Since(d.at)
	}
	return 0
}

// watch notes jobs as they come, also while the worker waits for a printer.
func (p *Printer) watch(ctx context.Context) {
	for ctx.Err() == nil {
		bell := p.spool.Bell()
		p.ages.note(p.spool.Jobs(p.config.Name), p.config.Age)
		select {
		case <-ctx.Done():
		case <-bell:
		}
	}
}
