// Package bell is how goroutines wait for each other without being told anything: for a ring, or for a time.
package bell

import (
	"context"
	"sync"
	"time"
)

// Bell carries no data: it is a channel that is closed and replaced. Take it with [Bell.Wait], look at what it is about,
// act, and wait for it: a ring in between is not missed. The zero value is ready.
type Bell struct {
	mu sync.Mutex
	ch chan struct{}
}

// Wait returns a channel that is closed at the next ring.
func (b *Bell) Wait() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ch == nil {
		b.ch = make(chan struct{})
	}
	return b.ch
}

// Ring wakes all that wait.
func (b *Bell) Ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ch != nil {
		close(b.ch)
	}
	b.ch = nil
}

// Sleep waits for a time, and reports whether to go on: false when ctx has ended.
func Sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
