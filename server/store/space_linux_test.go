package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"weir/shop"
)

// smallDisk is a disk of so many bytes, for a test that may mount one.
func smallDisk(t *testing.T, size int) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
		t.Skip("no disk can be mounted here: ", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fillUp writes beside the database until only so many bytes are free, and returns the way back.
func fillUp(t *testing.T, s *Store, leave uint64) (clear func()) {
	t.Helper()
	f, err := os.CreateTemp(s.space.dir, "filler")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	free, err := s.space.free()
	for block := make([]byte, 4096); err == nil && free > leave; free, err = s.space.free() {
		if _, err := f.Write(block); err != nil {
			break // full
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(f.Name()); err != nil {
			t.Error(err)
		}
	}
}

// A disk that fills up stops intake before it stops the kitchen: replays are answered, cups are handed over, and
// when nothing at all is left the ballast keeps the taps going. Nothing acknowledged is lost, and intake comes
// back with the space. Without the ballast the kitchen stops: that is the control.
func TestADiskThatFillsUp(t *testing.T) {
	for _, ballast := range []uint64{4 << 20, 0} {
		t.Run(fmt.Sprintf("ballast %d", ballast), func(t *testing.T) {
			dir := smallDisk(t, 32<<20)
			s, stop := running(t, dir)
			defer stop()
			s.space.min, s.space.ballast = 8<<20, ballast
			s.checkSpace()
			first, err := s.Do(t.Context(), place("r1"))
			if err != nil {
				t.Fatal(err)
			}

			clear := fillUp(t, s, 6<<20)
			s.checkSpace()
			var refusal *shop.Error
			if _, err := s.Do(t.Context(), place("r2")); !errors.As(err, &refusal) || refusal.Type != shop.ProblemStorage || refusal.Unknown {
				t.Errorf("a new order on a disk that is nearly full = %v", err)
			}
			if again, err := s.Do(t.Context(), place("r1")); err != nil || !again.Replayed {
				t.Errorf("the same order again = %+v, %v", again, err)
			}
			if _, err := s.Do(t.Context(), shop.Handover{By: "tablet", Order: first.Order.ID, Made: true}); err != nil {
				t.Errorf("hand over: %v", err)
			}

			clearAll := fillUp(t, s, 0)
			failed := 0
			for range 5000 {
				if _, err := s.Do(t.Context(), shop.Walkin{Cups: 1}); err != nil {
					failed++
				} else if failed > 0 {
					break
				}
				if failed > 5 {
					break
				}
			}
			if ballast > 0 && failed != 1 {
				t.Errorf("the full disk stopped %d taps; the first gives up the ballast, the others go on", failed)
			}
			if ballast == 0 && failed < 5 {
				t.Errorf("only %d taps failed without a ballast: the disk was never full, and this test proves nothing", failed)
			}

			clear()
			clearAll()
			s.checkSpace()
			if _, err := os.Stat(filepath.Join(dir, ballastName)); ballast > 0 && err != nil {
				t.Errorf("the ballast is not put back: %v", err)
			}
			if _, err := s.Do(t.Context(), place("r2")); err != nil {
				t.Errorf("a new order when there is space again: %v", err)
			}
			if err := s.Check(t.Context()); err != nil {
				t.Error(err)
			}
			stop()
			s, _ = running(t, dir)
			for _, ref := range []string{"r1", "r2"} {
				if _, err := s.OrderByRef(t.Context(), "shangou", ref); err != nil {
					t.Errorf("order %s: %v", ref, err)
				}
			}
		})
	}
}

// A shop that was cut off with a full disk starts again.
func TestAFullDiskStillOpens(t *testing.T) {
	dir := smallDisk(t, 32<<20)
	s, stop := running(t, dir)
	s.space.min, s.space.ballast = 8<<20, 8<<20
	s.checkSpace()
	if _, err := s.Do(t.Context(), place("r1")); err != nil {
		t.Fatal(err)
	}
	stop()
	fillUp(t, s, 0)
	s, _ = running(t, dir)
	if _, err := s.Do(t.Context(), shop.Walkin{Cups: 1}); err != nil {
		t.Errorf("a tap after the start on a full disk: %v", err)
	}
}

// TestAKnownOrderIsNeverSaidNotToBeMade: the disk is short, and an order in the kitchen is sent again with its money.
func TestAKnownOrderIsNeverSaidNotToBeMade(t *testing.T) {
	s, _ := running(t, t.TempDir())
	first := place("r1")
	totals := first.Draft.Totals
	first.Draft.Totals = nil
	placed, err := s.Do(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	s.short.Store(true)
	again, err := s.Do(t.Context(), place("r1"))
	if err != nil || !again.Replayed || again.Order.ID != placed.Order.ID {
		t.Fatalf("sent again: %+v, %v; want the order that is being made", again, err)
	}
	if o, err := s.Order(t.Context(), placed.Order.ID); err != nil || o.Totals == nil || *o.Totals != *totals {
		t.Errorf("order %+v, %v; want its money filled in", o, err)
	}
	var refusal *shop.Error
	if _, err := s.Do(t.Context(), place("r2")); !errors.As(err, &refusal) || refusal.Type != shop.ProblemStorage || refusal.Unknown {
		t.Errorf("a new order: %v; want it refused, and said not to be made", err)
	}
}

// TestAShortDiskKeepsNoTombstones: cancellations of refs that nobody knows would fill what is left. Those of orders are
// carried out, and one that was kept before is answered as before. The control is the same cancellation with room.
func TestAShortDiskKeepsNoTombstones(t *testing.T) {
	s, _ := running(t, t.TempDir())
	for _, c := range []shop.Command{place("r1"), shop.Cancel{Channel: "shangou", Ref: "early"}} {
		if _, err := s.Do(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	rows := func() (n int) {
		t.Helper()
		if err := s.read.QueryRowContext(t.Context(), `SELECT count(*) FROM orders`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	s.short.Store(true)
	for i := range 100 {
		var refusal *shop.Error
		if _, err := s.Do(t.Context(), shop.Cancel{Channel: "shangou", Ref: fmt.Sprint("x", i)}); !errors.As(err, &refusal) ||
			refusal.Type != shop.ProblemStorage || !refusal.Unknown {
			t.Fatalf("a cancellation of what nobody knows: %v; want to be asked to send it again", err)
		}
	}
	late := place("late")
	late.Draft.Pin = true
	if _, err := s.Do(t.Context(), late); err == nil || refusedWith(t, err).Pinned {
		t.Errorf("an order that asks for a pin: %v; want a refusal that is not final", err)
	}
	if again, err := s.Do(t.Context(), shop.Cancel{Channel: "shangou", Ref: "early"}); err != nil || !again.Replayed {
		t.Errorf("a cancellation that was kept: %+v, %v", again, err)
	}
	if _, err := s.Do(t.Context(), shop.Cancel{Channel: "shangou", Ref: "r1"}); err != nil {
		t.Errorf("a cancellation of an order: %v", err)
	}
	if n := rows(); n != 2 {
		t.Errorf("%d rows, want 2", n)
	}
	s.short.Store(false)
	if done, err := s.Do(t.Context(), shop.Cancel{Channel: "shangou", Ref: "x0"}); err != nil || !done.Deferred || rows() != 3 {
		t.Errorf("with room: %+v, %v, %d rows", done, err, rows())
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestABusyShopDoesNotSayNotMade: the queue is full, and the same order may be in it already.
func TestABusyShopDoesNotSayNotMade(t *testing.T) {
	s := &Store{queue: make(chan request)} // nobody takes anything
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var refusal *shop.Error
	if _, err := s.Do(ctx, place("r1")); !errors.As(err, &refusal) || !refusal.Unknown {
		t.Errorf("%v; want an outcome that is not known", err)
	}
}
