package printer

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// Set is all printers of a shop, each working for itself.
type Set struct {
	spool    Spool
	printers []*Printer
	bell     *bell
}

// NewSet returns the printers of a shop. Two of one name are an error, for jobs know their printer by its name.
func NewSet(configs []Config, spool Spool, render Render, now func() time.Time, timing Timing, log *slog.Logger) (*Set, error) {
	s := &Set{spool: spool, bell: newBell()}
	for _, c := range configs {
		if _, twice := s.Printer(c.Name); twice {
			return nil, fmt.Errorf("two printers are called %q", c.Name)
		}
		p := New(c, spool, render, now, timing, log)
		p.board.bell = s.bell
		s.printers = append(s.printers, p)
	}
	return s, nil
}

// Run runs every printer until ctx ends; see Printer.Run.
func (s *Set) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, p := range s.printers {
		group.Go(func() error { return p.Run(ctx) })
	}
	return group.Wait()
}

// Printer finds a printer by name.
func (s *Set) Printer(name string) (*Printer, bool) {
	for _, p := range s.printers {
		if p.config.Name == name {
			return p, true
		}
	}
	return nil, false
}

// Changed returns a channel that is closed when the status of any printer changes. Take it before reading Statuses.
func (s *Set) Changed() <-chan struct{} { return s.bell.next() }

// Statuses is how the printers stand, in the order they were set up.
func (s *Set) Statuses() []Status {
	all := make([]Status, len(s.printers))
	for i, p := range s.printers {
		all[i] = p.Status()
	}
	return all
}

// OnScreen lists what is to be read from a screen because no printer works: the open jobs of all printers, oldest
// release first. It is empty while any printer works. Jobs that never get confirmed are not listed: they were sent.
func (s *Set) OnScreen() []Job {
	if len(s.printers) == 0 || slices.ContainsFunc(s.Statuses(), Status.Working) {
		return nil
	}
	var all []Job
	for _, p := range s.printers {
		for _, j := range s.spool.Jobs(p.config.Name) {
			if j.Reason != ReasonNoStatus && j.Reason != ReasonNoFence {
				all = append(all, j)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Job) int {
		return cmp.Or(a.ReleasedAt.Compare(b.ReleasedAt), cmp.Compare(a.ID, b.ID))
	})
	return all
}
