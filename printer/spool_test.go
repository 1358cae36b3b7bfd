package printer_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"weir/printer"
)

// memorySpool keeps jobs in memory and holds the worker to the table of steps.
type memorySpool struct {
	t testing.TB

	mu    sync.Mutex
	jobs  []printer.Job
	last  int64
	bell  chan struct{}
	moves []string                 // as "1 queued→sending"
	hook  func(printer.Move)       // called before each move, without the lock
	fault func(printer.Move) error // an error the storage returns instead of moving
}

func newSpool(t testing.TB) *memorySpool {
	return &memorySpool{t: t, bell: make(chan struct{})}
}

func (s *memorySpool) Bell() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bell
}

func (s *memorySpool) ring() {
	close(s.bell)
	s.bell = make(chan struct{})
}

func (s *memorySpool) Jobs(name string) []printer.Job {
	s.mu.Lock()
	defer s.mu.Unlock()
	var open []printer.Job
	for _, j := range s.jobs {
		if j.Printer == name && j.State.Open() {
			open = append(open, j)
		}
	}
	slices.SortStableFunc(open, func(a, b printer.Job) int {
		return cmp.Or(a.DueAt.Compare(b.DueAt), cmp.Compare(a.ID, b.ID))
	})
	return open
}

func (s *memorySpool) Move(_ context.Context, m printer.Move) error {
	if s.hook != nil {
		s.hook(m)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fault != nil {
		if err := s.fault(m); err != nil {
			return err
		}
	}
	if _, legal := printer.Steps[printer.Step{From: m.From, To: m.To}]; !legal {
		s.t.Errorf("illegal step %s → %s", m.From, m.To)
	}
	j := s.find(m.Job)
	if j == nil || j.State != m.From || j.Printer != m.Printer {
		return fmt.Errorf("job %d: %w", m.Job, printer.ErrStale)
	}
	j.State, j.Reason = m.To, m.Reason
	s.moves = append(s.moves, fmt.Sprintf("%d %s→%s", m.Job, m.From, m.To))
	s.ring()
	return nil
}

func (s *memorySpool) Reprint(_ context.Context, name string, job int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.find(job)
	if j != nil && j.Reprint > 0 {
		s.t.Errorf("asked to reprint a reprint: job %d", job)
	}
	if j == nil || j.State != printer.Unconfirmed || j.Printer != name || j.Reprint > 0 {
		return fmt.Errorf("job %d: %w", job, printer.ErrStale)
	}
	copied := *j
	j.State, j.Reason = printer.Cancelled, printer.ReasonReprinted
	s.last++
	copied.ID, copied.Reprint, copied.State, copied.Reason = s.last, copied.Reprint+1, printer.Queued, ""
	s.jobs = append(s.jobs, copied)
	s.moves = append(s.moves, fmt.Sprintf("%d reprinted as %d", job, s.last))
	s.ring()
	return nil
}

func (s *memorySpool) find(id int64) *printer.Job {
	for i := range s.jobs {
		if s.jobs[i].ID == id {
			return &s.jobs[i]
		}
	}
	return nil
}

// add queues a job and returns its number.
func (s *memorySpool) add(j printer.Job) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	j.ID = s.last
	if j.State == "" {
		j.State = printer.Queued
	}
	if j.Pickup == "" {
		j.Pickup = fmt.Sprintf("A%03d", j.ID)
	}
	if j.DueAt.IsZero() {
		j.DueAt = time.Now()
	}
	s.jobs = append(s.jobs, j)
	s.ring()
	return j.ID
}

// restamp moves the release of a job with the shop's clock.
func (s *memorySpool) restamp(id int64, by time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.find(id)
	j.DueAt = j.DueAt.Add(by)
	s.ring()
}

func (s *memorySpool) all() []printer.Job {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.jobs)
}

// waitMax bounds waiting for what a test wants to see. In a bubble it costs nothing.
const waitMax = 2 * time.Minute

// waitFor waits until the job is in one of the states, and returns it.
func (s *memorySpool) waitFor(id int64, states ...printer.State) printer.Job {
	s.t.Helper()
	limit := time.After(waitMax)
	for {
		bell := s.Bell()
		s.mu.Lock()
		j := *s.find(id)
		s.mu.Unlock()
		if slices.Contains(states, j.State) {
			return j
		}
		select {
		case <-bell:
		case <-limit:
			s.t.Fatalf("job %d is %s (%s), want %v; moves %v", id, j.State, j.Reason, states, s.moves)
		}
	}
}
