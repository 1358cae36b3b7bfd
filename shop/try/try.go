// Package try is what the tests of all rooms share: a noon, a clock, a wait with an end, and a run that ends with the test.
// Only tests import it. A whole shop for tests is in server/testshop.
package try

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"
)

// Noon is a moment at which the demo shop is open: 12:00 in Shanghai on the day of a campaign.
var Noon = time.Date(2026, 2, 6, 4, 0, 0, 0, time.UTC)

// Patience is how long a test waits for what has to happen. What it waits for takes milliseconds on an idle machine.
const Patience = 30 * time.Second

// Clock is the time in a test. The zero value stands still at [Noon]. Many goroutines may use it.
type Clock struct {
	mu    sync.Mutex
	moved time.Duration // from noon
	began time.Time     // zero when the clock stands still
}

// Running is a clock that starts at [Noon] and goes on as the machine's clock does.
func Running() *Clock { return &Clock{began: time.Now()} }

// Now is the time on the clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := Noon.Add(c.moved)
	if !c.began.IsZero() {
		at = at.Add(time.Since(c.began))
	}
	return at
}

// Move moves the clock forward, or back when d is negative.
func (c *Clock) Move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.moved += d
}

// Until waits until something is so, and fails the test after [Patience].
func Until(t testing.TB, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(Patience); !so(); time.Sleep(5 * time.Millisecond) { // between two looks
		if time.Now().After(deadline) {
			t.Fatalf("still not so after %v: %s", Patience, what)
		}
	}
}

// Run runs something until the end of the test, or until stop is called: its context ends, and stop returns when it has ended.
// An error that is not the end of its context fails the test.
func Run(t testing.TB, run func(context.Context) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// Log is a log that shows its lines when the test fails.
func Log(t testing.TB) *slog.Logger { return slog.New(handler{t}) }

type handler struct{ t testing.TB }

// Enabled implements [slog.Handler]: all lines are kept.
func (h handler) Enabled(context.Context, slog.Level) bool { return true }

// WithAttrs implements [slog.Handler].
func (h handler) WithAttrs([]slog.Attr) slog.Handler { return h }

// WithGroup implements [slog.Handler].
func (h handler) WithGroup(string) slog.Handler { return h }

// Handle implements [slog.Handler].
func (h handler) Handle(_ context.Context, r slog.Record) error {
	line := r.Message
	r.Attrs(func(a slog.Attr) bool { line += fmt.Sprintf(" %s=%v", a.Key, a.Value); return true })
	h.t.Logf("%s %s", r.Level, line)
	return nil
}
