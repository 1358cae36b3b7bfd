package store

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/shop"
)

// TestWhoMayComeInIsThereAfterARestart, and who was removed is not, with all that hangs on them.
func TestWhoMayComeInIsThereAfterARestart(t *testing.T) {
	dir := t.TempDir()
	s, stop := running(t, dir)
	devices := []Device{
		{ID: "d1", Name: "前台", Hash: []byte("one"), PairedAt: noon, SeenAt: noon},
		{ID: "d2", Name: "出杯", Hash: []byte("two"), PairedAt: noon.Add(time.Second), SeenAt: noon},
	}
	members := []Member{
		{ID: "m1", Name: "小王", Role: "staff", Secret: "$1", AddedAt: noon},
		{ID: "owner", Name: "老板", Role: "owner", Secret: "$2", AddedAt: noon.Add(time.Second)},
	}
	sessions := []Session{
		{Hash: []byte("on d1"), Member: "m1", Device: "d1", BeganAt: noon, SeenAt: noon, ProvedAt: noon},
		{Hash: []byte("owner's"), Member: "owner", BeganAt: noon, SeenAt: noon, ProvedAt: noon},
		{Hash: []byte("on d2"), Member: "owner", Device: "d2", BeganAt: noon, SeenAt: noon, ProvedAt: noon},
	}
	for _, d := range devices {
		if err := s.AddDevice(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range members {
		if err := s.PutMember(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	for _, x := range sessions {
		if err := s.PutSession(t.Context(), x); err != nil {
			t.Fatal(err)
		}
	}
	devices[0].SeenAt, sessions[0].SeenAt = noon.Add(time.Hour), noon.Add(time.Hour)
	if err := s.Seen(t.Context(), devices[:1], sessions[:1]); err != nil {
		t.Fatal(err)
	}
	if err := s.RemoveDevice(t.Context(), "d2"); err != nil {
		t.Fatal(err)
	}
	if err := s.RemoveDevice(t.Context(), "d2"); !errors.Is(err, shop.ErrNotFound) {
		t.Errorf("removed twice: %v", err)
	}
	stop()
	s, _ = running(t, dir)
	got, err := s.Access(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := Access{Devices: devices[:1], Members: members, Sessions: sessions[:2]}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("who may come in:\n%s", diff)
	}
	members[0].Secret = "$3"
	if err := s.PutMember(t.Context(), members[0]); err != nil {
		t.Fatal(err)
	}
	if err := s.RemoveMember(t.Context(), "owner"); err != nil {
		t.Fatal(err)
	}
	if got, err = s.Access(t.Context()); err != nil || len(got.Sessions) != 0 || len(got.Members) != 1 || got.Members[0].Secret != "$3" {
		t.Errorf("after a new PIN and without an owner: %+v, %v; want one member and no session", got, err)
	}
}

// TestTheCurveOfADay: what was accepted, made and undone, by quarters of an hour and not by days.
func TestTheCurveOfADay(t *testing.T) {
	s, _ := running(t, t.TempDir())
	at := noon
	s.now = func() time.Time { return at } // between two commands nobody reads it
	do := func(c shop.Command) shop.Result {
		t.Helper()
		r, err := s.Do(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	yesterday := do(place("yesterday")).Order
	do(shop.Tap{Cups: []shop.CupID{yesterday.CupID(1)}, To: shop.Made})
	at = noon.Add(24 * time.Hour)
	do(shop.Tick{})
	first := do(place("first")).Order
	slot := place("slot")
	slot.Draft.SlotStart = at.Add(time.Hour)
	do(slot)
	do(shop.Tap{Cups: []shop.CupID{first.CupID(1)}, To: shop.Made})
	at = at.Add(20 * time.Minute)
	do(shop.Tap{Cups: []shop.CupID{first.CupID(1)}, To: shop.Waiting})
	do(shop.Handover{Order: first.ID, Made: true})

	today := noon.Add(24 * time.Hour)
	arrivals, err := s.Arrivals(t.Context(), s.Snapshot().Counters.Day)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Arrivals{{At: today, Channel: "shangou", Cups: 4, Booked: 2}}, arrivals); diff != "" {
		t.Errorf("arrivals:\n%s", diff)
	}
	made, err := s.Made(t.Context(), today)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[time.Time]int{today: 1, today.Add(15 * time.Minute): 1}, made); diff != "" {
		t.Errorf("made, with one undone in the second quarter and two handed over:\n%s", diff)
	}
}

func TestCountedFiguresAreReplacedAndForgotten(t *testing.T) {
	s, _ := running(t, t.TempDir())
	old := Refused{At: noon.Add(-curveKept - time.Hour), Channel: "meituan", Reason: "room", Orders: 1, Cups: 1}
	first := Refused{At: noon, Channel: "meituan", Reason: "room", Orders: 2, Cups: 3}
	for _, refused := range [][]Refused{{old, first}, {{At: noon, Channel: "meituan", Reason: "room", Orders: 5, Cups: 8}}} {
		if err := s.PutCurve(t.Context(), refused, []Pace{{At: noon, Work: 3300}}, noon); err != nil {
			t.Fatal(err)
		}
	}
	refused, pace, err := s.Curve(t.Context(), noon.Add(-2*curveKept), noon.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Refused{{At: noon, Channel: "meituan", Reason: "room", Orders: 5, Cups: 8}}, refused); diff != "" {
		t.Errorf("refused:\n%s", diff)
	}
	if diff := cmp.Diff([]Pace{{At: noon, Work: 3300}}, pace); diff != "" {
		t.Errorf("pace:\n%s", diff)
	}
}

// TestARestoreSignsEverybodyOut: who had signed out after the backup must not be in again.
func TestARestoreSignsEverybodyOut(t *testing.T) {
	s, stop := running(t, t.TempDir())
	if _, err := s.Do(t.Context(), place("r1")); err != nil { // so that there is an epoch to raise
		t.Fatal(err)
	}
	if err := s.PutMember(t.Context(), Member{ID: "owner", Name: "老板", Role: "owner", Secret: "$", AddedAt: noon}); err != nil {
		t.Fatal(err)
	}
	if err := s.PutSession(t.Context(), Session{Hash: []byte("x"), Member: "owner", BeganAt: noon, SeenAt: noon, ProvedAt: noon}); err != nil {
		t.Fatal(err)
	}
	file, dir := filepath.Join(t.TempDir(), "backup.db"), t.TempDir()
	if err := s.Backup(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Access(t.Context()); err != nil || len(got.Sessions) != 1 {
		t.Fatalf("before: %+v, %v", got, err)
	}
	stop()
	if err := Restore(t.Context(), file, dir, spacious(t), noon); err != nil {
		t.Fatal(err)
	}
	restored, _ := running(t, dir)
	if _, err := restored.Do(t.Context(), place("r2")); err != nil { // the shop goes on
		t.Fatal(err)
	}
	if got, err := restored.Access(t.Context()); err != nil || len(got.Sessions) != 0 || len(got.Members) != 1 {
		t.Errorf("after: %+v, %v; want the member and no session", got, err)
	}
}
