package clock_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"weir/server/clock"
	"weir/server/store"
	"weir/shop"
	"weir/shop/shopfile"
)

// open is a shop on disk whose time is that of a box; it returns what ends it.
func open(t *testing.T, b *box, dir string, guarded bool) (*store.Store, *clock.Clock, func()) {
	t.Helper()
	config, err := shopfile.Demo()
	if err != nil {
		t.Fatal(err)
	}
	wall := func() (at time.Time) { b.set(func() { at = b.real().Add(b.off) }); return at }
	c := clock.New(clock.Source{
		Wall: wall, Since: func() (d time.Duration) { b.set(func() { d = b.since }); return d },
		Synced: func() (yes bool) { b.set(func() { yes = b.synced }); return yes }, Built: noon.AddDate(0, -1, 0), Boot: b.boot,
	})
	now := c.Now
	if !guarded {
		now = wall
	}
	s, err := store.Open(t.Context(), dir, config, slog.New(slog.DiscardHandler), now)
	if err != nil {
		t.Fatal(err)
	}
	if guarded {
		mark, err := c.Remember(filepath.Join(dir, clock.MarkFile))
		if err != nil {
			t.Fatal(err)
		}
		c.Resume(s.Snapshot().Counters.LastAt, mark)
		s.OnlyWhenSure(func() bool { return c.Status().Sure })
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	go func() { ended <- s.Run(ctx) }()
	go func() { ended <- s.Maintain(ctx) }()
	return s, c, func() {
		cancel()
		if err := errors.Join(<-ended, <-ended, s.Close()); err != nil {
			t.Error(err)
		}
	}
}

func do(t *testing.T, s *store.Store, c shop.Command) shop.Result {
	t.Helper()
	r, err := s.Do(t.Context(), c)
	if err != nil {
		t.Fatalf("%T: %v", c, err)
	}
	return r
}

func draft(ref string) shop.Place {
	return shop.Place{Channel: "shangou", Draft: shop.Draft{
		Ref: ref, Lines: []shop.Line{{Item: "jasmine-milk-tea", Qty: 1}}, Totals: &shop.Totals{},
		Customer: shop.Customer{Name: "李", Notes: []string{"花生过敏"}},
	}}
}

// A whole shop on disk while the box's clock is wrong: at the start, while it runs, for a while or for good, until a
// time service answers; the program alone is started anew, or the whole box. Orders are taken under the right day,
// nobody's name is deleted, bookings stay, and what was stamped keeps its place in time.
func TestAShopWhoseBoxHasAWrongClock(t *testing.T) {
	for name, off := range wrongs {
		for _, reboot := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, reboot %v", name, reboot), func(t *testing.T) { wrongClock(t, off, reboot) })
		}
	}
}

func wrongClock(t *testing.T, off time.Duration, reboot bool) {
	dir := t.TempDir()
	b := &box{boot: "first"}
	s, c, end := open(t, b, dir, true)
	keep := func(d time.Duration) {
		for until := b.since + d; b.since < until; {
			b.set(func() { b.since += 10 * time.Second })
			if err := c.Keep(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			do(t, s, shop.Tick{})
		}
	}
	keep(time.Minute)
	day := s.Snapshot().Counters.Day
	first := do(t, s, draft("first")).Order
	booked := draft("booked")
	booked.Draft.SlotStart = noon.Add(6 * time.Hour)
	slot := do(t, s, booked).Order
	keep(time.Minute)

	b.set(func() { b.off = off })
	keep(5 * time.Minute)
	during := do(t, s, draft("during")).Order
	if during.Day != day || during.AcceptedAt.Sub(b.real()).Abs() > time.Minute {
		t.Errorf("while the clock is wrong: day %s, accepted at %s; it is %s", during.Day, during.AcceptedAt, b.real())
	}
	if n := s.Snapshot().Counters; !n.ClockDoubt {
		t.Error("the shop does not know that its clock is in doubt")
	}
	end()

	if reboot {
		b.set(func() { b.boot = "second" })
	}
	s, c, end = open(t, b, dir, true)
	keep(time.Minute)
	if right := c.Now().Sub(b.real()).Abs() < time.Minute; !reboot && !right {
		t.Errorf("the machine ran on, and the shop's time is %s; it is %s", c.Now(), b.real())
	}
	if o, err := s.Order(t.Context(), first.ID); err != nil || o.Customer.Name != "李" || o.Customer.Notes[0] != "花生过敏" {
		t.Errorf("a start with the wrong clock has deleted the names of an open order: %+v, %v", o.Customer, err)
	}
	b.set(func() { b.off, b.synced = 0, true }) // a time service answers
	keep(time.Minute)
	end()
	s, c, end = open(t, b, dir, true) // as it was stored
	keep(time.Minute)
	defer end()
	after := do(t, s, draft("after")).Order
	if after.Day != day || after.AcceptedAt.Sub(b.real()).Abs() > time.Minute {
		t.Errorf("put right: day %s, want %s; accepted at %s, it is %s", after.Day, day, after.AcceptedAt, b.real())
	}
	for _, id := range []shop.OrderID{first.ID, during.ID} {
		if o, err := s.Order(t.Context(), id); err != nil || o.AcceptedAt.Before(noon.Add(-2*time.Minute)) ||
			o.AcceptedAt.After(b.real().Add(clock.StepMax)) {
			t.Errorf("order %s: %v; accepted at %s, it is %s", o.Ref, err, o.AcceptedAt, b.real())
		}
	}
	jobs := 0
	for j := range s.Snapshot().Jobs.All() {
		jobs++
		if j.DueAt.Before(noon.Add(-2*time.Minute)) || j.DueAt.After(b.real().Add(clock.StepMax)) {
			t.Errorf("paper %d was due at %s, it is %s", j.ID, j.DueAt, b.real())
		}
	}
	if jobs == 0 {
		t.Error("no paper waits: its times prove nothing")
	}
	if o, err := s.Order(t.Context(), slot.ID); off < 0 && (err != nil || o.End != "" || !o.Promise.SlotStart.Equal(booked.Draft.SlotStart)) {
		t.Errorf("the booking: %+v, %v", o, err)
	}
	if n := s.Snapshot().Counters; n.ClockDoubt || !c.Status().Sure {
		t.Error("the clock is right and still in doubt")
	}
	numbers := map[int]string{}
	for o := range s.Snapshot().Orders.All() {
		if other, twice := numbers[o.Number]; twice {
			t.Errorf("%s and %s have the number %d", o.Ref, other, o.Number)
		}
		numbers[o.Number] = o.Ref
		if o.AcceptedAt.After(b.real().Add(clock.StepMax)) {
			t.Errorf("%s was accepted at %s, which is to come", o.Ref, o.AcceptedAt)
		}
	}
}

// The control: without the guard a clock that is a day ahead has the shop's orders on tomorrow.
func TestWithoutTheGuardTheDayIsWrong(t *testing.T) {
	b := &box{}
	s, _, end := open(t, b, t.TempDir(), false)
	defer end()
	day := s.Snapshot().Counters.Day
	b.set(func() { b.off = 24 * time.Hour })
	do(t, s, shop.Tick{})
	if o := do(t, s, draft("during")).Order; o.Day == day {
		t.Error("the day is right without the guard: the tests prove nothing")
	}
}
