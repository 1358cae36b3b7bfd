package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"weir/shop"
	"weir/shop/shopfile"
)

// The proof of this file: an order on the waiting list is not lost and ends once, whenever the process dies. The script
// fills the shop, lets three orders wait, and takes one back; one is accepted when room opens and one waits in vain.

// waitingScript is the test that runs it.
const waitingScript = "TestWaitingScript"

// waits are the refs of the orders that wait.
var waits = []string{"w0", "w1", "w2"}

// small is the demo shop with a short horizon, so that a few large orders fill it.
func small(t testing.TB) *shop.Config {
	t.Helper()
	config, err := shopfile.Demo()
	if err != nil {
		t.Fatal(err)
	}
	config.Settings.Horizon = 20 * time.Minute
	return config
}

// wait is an order that may wait, until so long after noon.
func wait(ref string, until time.Duration) shop.Place {
	c := large(ref)
	c.Draft.Standby, c.Draft.StandbyUntil = true, noon.Add(until)
	return c
}

func large(ref string) shop.Place {
	c := place(ref)
	c.Draft.Lines[0].Qty = 6
	return c
}

const (
	waitInVain = 10 * time.Minute
	waitLong   = time.Hour
)

// waitFor is how long each of them waits.
func waitFor(ref string) shop.Place {
	if ref == "w2" {
		return wait(ref, waitInVain)
	}
	return wait(ref, waitLong)
}

// TestWaitingScript is the process that is killed; it is no test by itself.
func TestWaitingScript(t *testing.T) {
	dir := os.Getenv(scriptDir)
	if dir == "" {
		t.Skip("is run by the tests below")
	}
	runtime.LockOSThread()
	var later atomic.Int64
	clock := func() time.Time { return noon.Add(time.Duration(later.Load())) }
	s, err := Open(context.Background(), dir, small(t), slog.New(slog.DiscardHandler), clock)
	if err != nil {
		say("cannot open: %v", err)
		return
	}
	say("%s", opened)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		defer cancel()
		waiting(s, func(d time.Duration) { later.Store(int64(d)) })
	}()
	if err := s.Run(ctx); err != nil {
		say("cannot run: %v", err)
	}
	say("end %v", s.Close())
}

// waiting is a short life of a full shop.
func waiting(s *Store, at func(time.Duration)) {
	ctx := context.Background()
	var first shop.OrderID
	for i := range 20 {
		ref := fmt.Sprint("k", i)
		r, err := s.Do(ctx, large(ref))
		if e := (*shop.Error)(nil); errors.As(err, &e) && !e.Unknown {
			break // full
		}
		tell("place", ref, r, err)
		if first == 0 && err == nil {
			first = r.Order.ID
		}
	}
	for _, ref := range waits {
		r, err := s.Do(ctx, waitFor(ref))
		tell("wait", ref, r, err)
	}
	seen(s)
	r, err := s.Do(ctx, shop.Cancel{Channel: "shangou", Ref: "w1"})
	tell("cancel", "w1", r, err)
	at(time.Minute)
	r, err = s.Do(ctx, shop.Handover{By: "tablet", Order: first, Made: true})
	tell("hand", "k0", r, err)
	tick(s)
	at(waitInVain + time.Minute)
	tick(s)
	say("check %v", s.Check(ctx))
}

// tick is the clock, and what somebody who asks is told after it.
func tick(s *Store) {
	if _, err := s.Do(context.Background(), shop.Tick{}); err != nil {
		say("tick %v", err)
	}
	seen(s)
}

// seen says how each of them stands for somebody who asks.
func seen(s *Store) {
	for _, ref := range waits {
		if o, err := s.OrderByRef(context.Background(), "shangou", ref); err == nil {
			say("stands %s %s %d", ref, o.State(), o.ID)
		}
	}
}

// TestWhoWaitsEndsOnceWhenTheProcessIsKilled kills the process at every write from the first order on (in the ordinary run,
// at some), starts it again, sends everything once more as a platform would, and lets the time of all that wait run out.
func TestWhoWaitsEndsOnceWhenTheProcessIsKilled(t *testing.T) {
	needStrace(t)
	making, all := countCalls(t, waitingScript, "pwrite64")
	eachCall(t, making, all, making, 9, func(t *testing.T, n int) {
		dir := t.TempDir()
		said, killed := underStrace(t, waitingScript, dir, fmt.Sprintf("pwrite64:signal=SIGKILL:when=%d", n))
		if !killed {
			t.Fatalf("the script outlived write %d: %q", n, said)
		}
		if err := waitsOut(t, dir, said); err != nil {
			t.Errorf("%v; it said %q", err, said)
		}
	})
}

// TestAllWaysToEndAreTried is a control: undisturbed, one is accepted, one taken back and one waits in vain.
func TestAllWaysToEndAreTried(t *testing.T) {
	needStrace(t)
	dir := t.TempDir()
	said, _, _ := traced(t, waitingScript, dir, "fsync", "")
	whole := strings.Join(said, "\n")
	for _, want := range []string{"stands w0 waiting", "stands w1 waiting", "stands w2 waiting", "stands w0 accepted", "cancel w1 accepted",
		"stands w2 expired", "check <nil>"} {
		if !strings.Contains(whole, want) {
			t.Errorf("the script never said %q:\n%s", want, whole)
		}
	}
	if err := waitsOut(t, dir, said); err != nil {
		t.Error(err)
	}
	for _, lie := range []string{"wait w0 accepted 99", "stands w0 expired 1", "stands w2 accepted 1", "stands w1 accepted 1",
		"cancel w0 accepted 1"} {
		if waitsOut(t, dir, []string{lie}) == nil {
			t.Errorf("%q is not so, and was not noticed", lie)
		}
	}
}

// TestAnEndThatIsToldTwiceIsNoticed is a control: the same end a second time, and one that is missing.
func TestAnEndThatIsToldTwiceIsNoticed(t *testing.T) {
	for name, change := range map[string]string{
		"twice": `UPDATE log SET type = 'order.expired', told = (SELECT told FROM log WHERE type = 'order.expired')
			WHERE type = 'order.waiting' AND told LIKE '%"w2"%'`,
		"never": `UPDATE log SET type = 'order.waiting' WHERE type = 'order.expired' AND told LIKE '%"w2"%'`,
	} {
		dir := t.TempDir()
		var later atomic.Int64
		s, stop := at(t, dir, func() time.Time { return noon.Add(time.Duration(later.Load())) })
		waiting(s, func(d time.Duration) { later.Store(int64(d)) })
		if err := endsOnce(t.Context(), s); err != nil {
			t.Fatalf("undisturbed: %v", err)
		}
		err := s.onWriter(t.Context(), func(ctx context.Context, conn *sql.Conn) error {
			_, err := conn.ExecContext(ctx, change)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if endsOnce(t.Context(), s) == nil {
			t.Errorf("%s was not noticed", name)
		}
		stop()
	}
}

// waitsOut starts the shop again, holds it against what was said, sends all again and waits until nobody waits any more.
func waitsOut(t *testing.T, dir string, said []string) error {
	t.Helper()
	ctx := t.Context()
	var later atomic.Int64
	later.Store(int64(waitInVain + time.Minute))
	s, stop := at(t, dir, func() time.Time { return noon.Add(time.Duration(later.Load())) })
	defer stop()
	if err := stillSo(ctx, s, said); err != nil {
		return err
	}
	for _, ref := range waits {
		if _, err := s.Do(ctx, waitFor(ref)); err != nil && !strings.Contains(err.Error(), "closed") {
			if e := (*shop.Error)(nil); !errors.As(err, &e) || e.Unknown {
				return fmt.Errorf("%s again: %w", ref, err)
			}
		}
	}
	later.Store(int64(waitLong + time.Minute))
	if _, err := s.Do(ctx, shop.Tick{}); err != nil {
		return err
	}
	return errors.Join(stillSo(ctx, s, said), endsOnce(ctx, s), s.Check(ctx))
}

// stillSo is the first thing said of the waiting orders that is not so. What was seen waiting may have ended since; what had
// ended may not have another end.
func stillSo(ctx context.Context, s *Store, said []string) error {
	for _, line := range said {
		var what, ref, word string
		var id shop.OrderID
		if n, _ := fmt.Sscan(line, &what, &ref, &word, (*int64)(&id)); n < 4 || !strings.HasPrefix(ref, "w") || verdict(word) == unknown {
			continue
		}
		o, err := s.OrderByRef(ctx, "shangou", ref)
		if err != nil {
			return fmt.Errorf("%q, and it is lost: %w", line, err)
		}
		state := o.State()
		switch {
		case o.ID != id, what == "cancel" && state != shop.OrderCancelled,
			what == "stands" && word == string(shop.OrderExpired) && state != shop.OrderExpired,
			what == "stands" && word == string(shop.OrderAccepted) && (state == shop.OrderExpired || state == shop.OrderWaiting),
			what == "stands" && word == string(shop.OrderCancelled) && state != shop.OrderCancelled:
			return fmt.Errorf("%q, and order %s is %s", line, o.ID, state)
		}
	}
	return nil
}

// endsOnce is whether each order that waited was told one end: accepted, cancelled or expired.
func endsOnce(ctx context.Context, s *Store) error {
	entries, err := s.Feed(ctx, "shangou", 0, 1000)
	if err != nil {
		return err
	}
	waited, ends := map[string]int{}, map[string]int{}
	for _, e := range entries {
		var told shop.Told
		if err := json.Unmarshal(e.Told, &told); err != nil {
			return err
		}
		switch e.Type {
		case shop.ToldWaiting:
			waited[told.Ref]++
		case shop.ToldAccepted, shop.ToldExpired, shop.ToldCancelled:
			ends[told.Ref]++
		}
	}
	for _, ref := range waits {
		o, err := s.OrderByRef(ctx, "shangou", ref)
		if err != nil {
			if waited[ref] > 0 {
				return fmt.Errorf("%s waited and is lost: %w", ref, err)
			}
			continue // it was never taken on
		}
		if ends[ref] != 1 || waited[ref] > 1 || o.OnStandby() {
			return fmt.Errorf("%s was told %d times that it waits and %d ends; it is %s", ref, waited[ref], ends[ref], o.State())
		}
	}
	return nil
}

// at starts the small shop on a directory by a clock, until stop is called.
func at(t *testing.T, dir string, clock func() time.Time) (s *Store, stop func()) {
	t.Helper()
	s, err := Open(t.Context(), dir, small(t), slog.New(slog.DiscardHandler), clock)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	return s, func() {
		cancel()
		if err := errors.Join(<-ended, s.Close()); err != nil {
			t.Error(err)
		}
	}
}
