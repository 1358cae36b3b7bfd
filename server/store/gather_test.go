package store

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestCommandsThatBelongTogetherAreWaitedFor: the writer waits for as many as it has just answered, no longer than a
// commit takes, and never for more than it has reason to expect.
func TestCommandsThatBelongTogetherAreWaitedFor(t *testing.T) {
	const commit = 2 * time.Millisecond
	for _, c := range []struct {
		name             string
		commitTook       time.Duration
		comesAfter       time.Duration // the second command; the first is there
		expected         int
		wantSize         int
		wantWaited       time.Duration
		alreadyInTheLine int
	}{
		{"alone, nobody expected", commit, commit / 2, 1, 1, 0, 0},
		{"the other comes in time", commit, commit / 2, 2, 2, commit / 2, 0},
		{"the other comes too late", commit, 2 * commit, 2, 1, commit, 0},
		{"a slow disk is no reason to wait for ever", time.Second, 2 * lingerMax, 2, 1, lingerMax, 0},
		{"what waits already is taken at once", commit, commit / 2, 3, 4, 0, 3},
		{"not more than a batch", commit, commit / 2, 2 * batchMax, batchMax, 0, batchMax},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &Store{queue: make(chan request, 2*batchMax), commitTook: c.commitTook}
				for range c.alreadyInTheLine {
					s.queue <- request{}
				}
				time.AfterFunc(c.comesAfter, func() { s.queue <- request{} })
				start := time.Now()
				batch := s.gather([]request{{}}, c.expected)
				if waited := time.Since(start); len(batch) != c.wantSize || waited != c.wantWaited {
					t.Errorf("%d commands after %v, want %d after %v", len(batch), waited, c.wantSize, c.wantWaited)
				}
				synctest.Wait()
			})
		})
	}
}
