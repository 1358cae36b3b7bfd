package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/shop"
)

// openAt is a running store whose clock stands at what now says.
func openAt(t *testing.T, dir string, now func() time.Time) (s *Store, stop func()) {
	t.Helper()
	s, err := Open(t.Context(), dir, spacious(t), slog.New(slog.DiscardHandler), now)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := errors.Join(<-ended, s.Close()); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return s, stop
}

// late is an order whose time has run out when it comes; its refusal is to be final.
func late(ref string) shop.Place {
	c := place(ref)
	c.Draft.ConfirmBy, c.Draft.Pin = noon.Add(-time.Second), true
	return c
}

func refusedWith(t *testing.T, err error) *shop.Error {
	t.Helper()
	e := (*shop.Error)(nil)
	if !errors.As(err, &e) {
		t.Fatalf("%v is no refusal", err)
	}
	return e
}

func TestAPinOutlivesTheProcess(t *testing.T) {
	dir := t.TempDir()
	s, stop := running(t, dir)
	blockWrites(t, s, true)
	_, err := s.Do(t.Context(), late("a"))
	if e := refusedWith(t, err); !e.Unknown || e.Pinned {
		t.Errorf("a pin that could not be written was told as %+v", e)
	}
	blockWrites(t, s, false)
	_, err = s.Do(t.Context(), late("a"))
	if e := refusedWith(t, err); !e.Pinned || e.Type != shop.ProblemDeadlinePassed {
		t.Errorf("%+v", e)
	}
	stop()
	s, _ = running(t, dir)
	_, err = s.Do(t.Context(), place("a"))
	if e := refusedWith(t, err); !e.Pinned || e.Type != shop.ProblemDeadlinePassed {
		t.Errorf("after a restart: %+v", e)
	}
	if _, err := s.Do(t.Context(), place("b")); err != nil { // control
		t.Errorf("the order of another ref: %v", err)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestPinsInOneCommit: a refusal that is pinned is decided on like any command, also for the ones after it in its batch.
func TestPinsInOneCommit(t *testing.T) {
	s, _ := running(t, t.TempDir())
	var wait sync.WaitGroup
	for i := range 64 {
		wait.Go(func() {
			ref := fmt.Sprint("r", i%8)
			if _, err := s.Do(t.Context(), late(ref)); !refusedWith(t, err).Pinned {
				t.Errorf("%s: %v", ref, err)
			}
		})
	}
	wait.Wait()
	if n := s.Snapshot().Tombstones.Of("shangou"); n != 8 {
		t.Errorf("%d refs are kept, want 8", n)
	}
}

func TestTombstonesAreForgottenAfterFortyDays(t *testing.T) {
	now := noon
	dir := t.TempDir()
	s, stop := openAt(t, dir, func() time.Time { return now })
	if _, err := s.Do(t.Context(), late("pin")); !refusedWith(t, err).Pinned {
		t.Fatal(err)
	}
	for _, c := range []shop.Command{shop.Cancel{Channel: "shangou", Ref: "gone"}, place("order"),
		shop.Cancel{Channel: "shangou", Ref: "order"}} {
		if _, err := s.Do(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	left := func() (refs []string) {
		for _, ref := range []string{"pin", "gone", "order"} {
			if _, err := s.OrderByRef(t.Context(), "shangou", ref); err == nil {
				refs = append(refs, ref)
			}
		}
		return refs
	}
	now = noon.Add(shop.TombstonesKept)
	if s.forget(t.Context()); len(left()) != 3 {
		t.Errorf("after forty days %v are left", left())
	}
	now = noon.Add(shop.TombstonesKept + 2*24*time.Hour)
	if s.forget(t.Context()); len(left()) != 1 || left()[0] != "order" {
		t.Errorf("after forty-two days %v are left, want the order", left())
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
	stop()
	s, _ = openAt(t, dir, func() time.Time { return now })
	if n := s.Snapshot().Tombstones.Of("shangou"); n != 0 {
		t.Errorf("%d are counted after a restart", n)
	}
}

// TestEarlierTombstonesAreCounted: a data directory of a version that did not count them.
func TestEarlierTombstonesAreCounted(t *testing.T) {
	dir := t.TempDir()
	s, stop := running(t, dir)
	for _, c := range []shop.Cancel{{Channel: "shangou", Ref: "a"}, {Channel: "shangou", Ref: "b"}, {Channel: "meituan", Ref: "a"}} {
		if _, err := s.Do(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	want := s.Snapshot().Tombstones
	stop()
	text, err := migrations.ReadFile("migrations/00009_tombstones.sql")
	if err != nil {
		t.Fatal(err)
	}
	up, _, _ := strings.Cut(string(text), "-- +goose Down")
	db, err := sql.Open("sqlite", dsn(filepath.Join(dir, FileName)))
	if err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{`DELETE FROM part WHERE name = 'tombstones'`, up} {
		if _, err := db.ExecContext(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s, _ = running(t, dir)
	if got := s.Snapshot().Tombstones; fmt.Sprint(got) != fmt.Sprint(want) || got.Of("shangou") != 2 {
		t.Errorf("counted %v, want %v", got, want)
	}
}

// TestACheckCountsTombstones: a count that is too low would let a channel have more than it may. The controls are the same
// directories before they are changed.
func TestACheckCountsTombstones(t *testing.T) {
	for name, change := range map[string]string{
		"a count too low":       `UPDATE part SET doc = replace(doc, ':2', ':1') WHERE name = 'tombstones'`,
		"a count too high":      `UPDATE part SET doc = replace(doc, ':2', ':9') WHERE name = 'tombstones'`,
		"no count":              `DELETE FROM part WHERE name = 'tombstones'`,
		"another day's":         `UPDATE part SET doc = replace(doc, '2026-02-06', '2026-02-05') WHERE name = 'tombstones'`,
		"a channel without any": `UPDATE part SET doc = replace(doc, 'shangou', 'meituan') WHERE name = 'tombstones'`,
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s, stop := running(t, dir)
			for _, ref := range []string{"a", "b"} {
				if _, err := s.Do(t.Context(), shop.Cancel{Channel: "shangou", Ref: ref}); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Check(t.Context()); err != nil {
				t.Errorf("before: %v", err)
			}
			stop()
			db, err := sql.Open("sqlite", dsn(filepath.Join(dir, FileName)))
			if err != nil {
				t.Fatal(err)
			}
			done, err := db.ExecContext(t.Context(), change)
			if err != nil {
				t.Fatal(err)
			}
			if n, err := done.RowsAffected(); err != nil || n != 1 {
				t.Fatalf("%d rows, %v", n, err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			s, _ = running(t, dir)
			if err := s.Check(t.Context()); !errors.Is(err, ErrDamaged) {
				t.Errorf("%v; want the damage to be found", err)
			}
		})
	}
}

// TestAnOrderComesBackToARestoredShop: the copy does not have the order, and its receipt proves it. A receipt of another
// data directory proves nothing.
func TestAnOrderComesBackToARestoredShop(t *testing.T) {
	s, stop := running(t, t.TempDir())
	copied := filepath.Join(t.TempDir(), "copy.db")
	if _, err := s.Do(t.Context(), place("before")); err != nil { // a backup of a shop that has done nothing is refused
		t.Fatal(err)
	}
	if err := s.Backup(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	done, err := s.Do(t.Context(), place("a"))
	if err != nil {
		t.Fatal(err)
	}
	again := place("a")
	again.Draft.Receipt = s.Snapshot().Receipts.Of(done.Order)
	stop()
	restored := t.TempDir()
	if err := Restore(t.Context(), copied, restored, spacious(t), noon); err != nil {
		t.Fatal(err)
	}
	pause := shop.SetIntake{Channel: "shangou", Intake: shop.Intake{Mode: "paused", Until: noon.Add(time.Hour), By: "owner"}}
	for name, tt := range map[string]struct {
		dir   string
		taken bool
	}{"the restored shop": {restored, true}, "another shop": {t.TempDir(), false}} {
		s, _ := running(t, tt.dir)
		if _, err := s.Do(t.Context(), pause); err != nil {
			t.Fatal(err)
		}
		r, err := s.Do(t.Context(), again)
		if !tt.taken {
			if e := refusedWith(t, err); e.Type != shop.ProblemIntakePaused {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil || r.Replayed || !r.Order.MayBeMade {
			t.Fatalf("%s: %+v, %v", name, r.Order, err)
		}
		if r, err := s.Do(t.Context(), again); err != nil || !r.Replayed {
			t.Errorf("%s, once more: %+v, %v", name, r, err)
		}
	}
}

// TestAFloodOfCancellations is the attack on a real disk: 42,685 cancellations of unknown refs. It takes long.
func TestAFloodOfCancellations(t *testing.T) {
	if !long() {
		t.Skip("WEIR_LONG=1 runs it; package shop tries the same without a disk")
	}
	const attack, callers = 42_685, 64
	s, _ := running(t, t.TempDir())
	var wait sync.WaitGroup
	for caller := range callers {
		wait.Go(func() {
			for i := caller; i < attack; i += callers {
				if _, err := s.Do(t.Context(), shop.Cancel{Channel: "shangou", Ref: fmt.Sprint("x", i)}); err != nil {
					if e := refusedWith(t, err); e.Type != shop.ProblemQuota {
						t.Error(err)
					}
				}
			}
		})
	}
	wait.Wait()
	var rows int
	if err := s.read.QueryRowContext(t.Context(), `SELECT count(*) FROM orders`).Scan(&rows); err != nil || rows != shop.TombstonesMax {
		t.Errorf("%d rows, %v; want %d", rows, err, shop.TombstonesMax)
	}
	if _, err := s.Do(t.Context(), place("order")); err != nil {
		t.Errorf("an order after the flood: %v", err)
	}
}
