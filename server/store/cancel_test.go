package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"weir/shop"
)

const (
	cancelRuns    = 3000
	cancelCallers = 15 // at once, so that a caller leaves while its command waits, is decided, or is being committed
)

// TestACallerWhoLeavesIsNeverToldARefusal: the caller's context ends at a random microsecond. What it is told must be
// true: accepted is stored, refused is not stored, and everything else is called unknown.
func TestACallerWhoLeavesIsNeverToldARefusal(t *testing.T) {
	s, _ := running(t, t.TempDir())
	told := leaveAtRandom(t, func(ctx context.Context, ref string) verdict {
		_, err := s.Do(ctx, place(ref))
		var refusal *shop.Error
		switch {
		case err == nil:
			return accepted
		case errors.As(err, &refusal) && refusal.Unknown:
			return unknown
		}
		return refused
	})
	if _, err := s.Do(t.Context(), place("last")); err != nil { // everything before it has been carried out
		t.Fatal(err)
	}
	wrong, counts := 0, map[string]int{}
	for ref, v := range told {
		_, err := s.OrderByRef(t.Context(), "shangou", ref)
		if err != nil && !errors.Is(err, shop.ErrNotFound) {
			t.Fatal(err)
		}
		counts[fmt.Sprint(v, ", stored: ", err == nil)]++
		if v.isFalse(err == nil) {
			wrong++
		}
	}
	t.Logf("%v", counts)
	if wrong != 0 {
		t.Errorf("%d of %d callers were told what is not so", wrong, cancelRuns)
	}
	if counts["unknown, stored: true"] == 0 || counts["accepted, stored: true"] == 0 {
		t.Errorf("%v: the callers do not leave at the moments that matter", counts)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestWritingUnderTheCallersContextIsAFalseAnswer is the control: the same callers, and an INSERT that is given their
// context, as anybody would write it.
func TestWritingUnderTheCallersContextIsAFalseAnswer(t *testing.T) {
	db, err := sql.Open("sqlite", dsn(filepath.Join(t.TempDir(), FileName)))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(t.Context(), `CREATE TABLE orders (ref TEXT PRIMARY KEY)`); err != nil {
		t.Fatal(err)
	}
	told := leaveAtRandom(t, func(ctx context.Context, ref string) verdict {
		if _, err := db.ExecContext(ctx, `INSERT INTO orders (ref) VALUES (?)`, ref); err != nil {
			return refused
		}
		return accepted
	})
	wrong := 0
	for ref, v := range told {
		var n int
		if err := db.QueryRowContext(t.Context(), `SELECT count(*) FROM orders WHERE ref = ?`, ref).Scan(&n); err != nil {
			t.Fatal(err)
		}
		if v.isFalse(n == 1) {
			wrong++
		}
	}
	t.Logf("%d of %d callers were told an error for what was stored", wrong, cancelRuns)
	if wrong == 0 {
		t.Error("the control told no falsehood: this test cannot fail")
	}
}

// verdict is what a caller was told.
type verdict string

const (
	accepted verdict = "accepted"
	refused  verdict = "refused"
	unknown  verdict = "unknown"
)

// isFalse compares what was told with what is.
func (v verdict) isFalse(stored bool) bool {
	return v == accepted && !stored || v == refused && stored
}

// leaveAtRandom places cancelRuns orders, each under a context that ends at a random moment around the time an order
// takes, and returns what was told of each.
func leaveAtRandom(t *testing.T, order func(ctx context.Context, ref string) verdict) map[string]verdict {
	t.Helper()
	var mu sync.Mutex
	told := map[string]verdict{}
	var callers sync.WaitGroup
	for caller := range cancelCallers {
		callers.Go(func() {
			usual := time.Millisecond
			for run := range cancelRuns / cancelCallers {
				ctx, cancel := context.WithCancel(context.Background())
				timer := time.AfterFunc(rand.N(2*usual), cancel)
				ref := fmt.Sprint(caller, "-", run)
				v := order(ctx, ref)
				if v == accepted {
					usual -= usual / 8
				} else {
					usual += usual / 8 // half of the callers are to hear the answer, however busy the machine is
				}
				timer.Stop()
				cancel()
				mu.Lock()
				told[ref] = v
				mu.Unlock()
			}
		})
	}
	callers.Wait()
	return told
}
