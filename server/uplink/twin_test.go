package uplink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"weir/server/testshop"
	"weir/shop/door"
	"weir/shop/try"
	"weir/shop/wire"
)

// copyOf is a second box with the same shop: a copy of the data, taken while the first one runs.
func copyOf(t *testing.T, s *testshop.Shop) (*testshop.Shop, *Twin) {
	t.Helper()
	dir := t.TempDir()
	if err := s.Backup(t.Context(), filepath.Join(dir, "weir.db")); err != nil {
		t.Fatal(err)
	}
	twin, err := OpenTwin(dir)
	if err != nil {
		t.Fatal(err)
	}
	return openShop(t, dir, s.Clock), twin
}

func epochOf(s *testshop.Shop) int64 { return s.Snapshot().Counters.Epoch }

// TestTwoBoxesWithOneID has two real shops on one real broker. The control is two shops that cannot tell each
// other apart, as they were before they named their runs: they take the session from each other and their epochs
// race.
func TestTwoBoxesWithOneID(t *testing.T) {
	t.Parallel()
	m := newMosquitto(t)
	first := newShop(t)
	twinOfFirst, err := OpenTwin(first.Dir)
	if err != nil {
		t.Fatal(err)
	}
	a := start(t, newUplink(t, first, door.Config{}, first.Clock.Now, m.remote(t), twinOfFirst))
	a.connected(t)
	first.Must(t, place("before the copy"))
	second, twinOfSecond := copyOf(t, first)
	first.Must(t, place("after the copy"))
	p := testshop.Join(t, m.Address, "router", "", "", "weir/v1/demo/answers/shangou", "weir/v1/demo/status")
	b := start(t, newUplink(t, second, door.Config{}, second.Clock.Now, m.remote(t), twinOfSecond))
	try.Until(t, "the second box stands down", twinOfSecond.Down)
	try.Until(t, "the first box has noticed", func() bool { return !twinOfFirst.Met().IsZero() })
	if twinOfFirst.Down() {
		t.Error("both stand down")
	}
	a.connected(t)
	for i := range 20 {
		ref := fmt.Sprint("o", i)
		p.Say("weir/v1/demo/orders/shangou", testshop.Order(ref))
		p.Answer("shangou", ref)
		if _, err := first.OrderByRef(t.Context(), "shangou", ref); err != nil {
			t.Errorf("order %s is not in the shop: %v", ref, err)
		}
	}
	if n := second.Snapshot().Orders.Len(); n != 1 {
		t.Errorf("the box that stands down has %d orders, want the one it was copied with", n)
	}
	if one, two := epochOf(first), epochOf(second); one > 2 || two > 2 {
		t.Errorf("epochs %d and %d: they race", one, two)
	}
	if b.Status().Connected {
		t.Error("the box that stands down is connected")
	}

	// It stands down over a restart, too, and without going to the broker.
	b.stop()
	again, err := OpenTwin(second.Dir)
	if err != nil || !again.Down() {
		t.Fatalf("after a restart it does not stand down (%v)", err)
	}
	b = start(t, newUplink(t, second, door.Config{}, second.Clock.Now, m.remote(t), again))

	// A person says that the second one is the shop.
	if err := again.Claim(second.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	try.Until(t, "the first box stands down", twinOfFirst.Down)
	b.connected(t)
	p.Say("weir/v1/demo/orders/shangou", testshop.Order("claimed"))
	p.Answer("shangou", "claimed")
	if _, err := second.OrderByRef(t.Context(), "shangou", "claimed"); err != nil {
		t.Errorf("the order is not in the box that is the shop: %v", err)
	}
}

// TestABoxThatStandsDownSaysSoUntilItIsHeard: the connection of the second box breaks before the broker has its last word. It
// says it again, and takes nothing meanwhile.
func TestABoxThatStandsDownSaysSoUntilItIsHeard(t *testing.T) {
	t.Parallel()
	m := newMosquitto(t)
	first := newShop(t)
	twinOfFirst, err := OpenTwin(first.Dir)
	if err != nil {
		t.Fatal(err)
	}
	a := start(t, newUplink(t, first, door.Config{}, first.Clock.Now, m.remote(t), twinOfFirst))
	a.connected(t)
	second, twinOfSecond := copyOf(t, first)
	b := newUplink(t, second, door.Config{}, second.Clock.Now, m.remote(t), twinOfSecond)
	var words atomic.Int64
	b.encode = func(v any) ([]byte, error) {
		if _, ok := v.(wire.Status); ok && twinOfSecond.Down() && words.Add(1) <= 2 {
			return nil, errors.New("the connection is lost")
		}
		return json.Marshal(v)
	}
	start(t, b)
	try.Until(t, "the second box says a third time that it stands down", func() bool { return words.Load() == 3 })
	try.Until(t, "the first box has noticed", func() bool { return !twinOfFirst.Met().IsZero() })
	if twinOfFirst.Down() {
		t.Error("both stand down")
	}
	a.connected(t)
}

func TestTwoBoxesThatCannotTellEachOtherApartRace(t *testing.T) {
	t.Parallel()
	m := newMosquitto(t)
	first := newShop(t)
	a := startUplink(t, first, first.Clock.Now, m.remote(t))
	a.connected(t)
	first.Must(t, place("before the copy"))
	second, _ := copyOf(t, first)
	first.Must(t, place("after the copy"))
	b := newUplink(t, second, door.Config{}, second.Clock.Now, m.remote(t), nil)
	a.stop()
	a.Uplink = newUplink(t, first, door.Config{}, first.Clock.Now, m.remote(t), nil)
	for _, u := range []*Uplink{a.Uplink, b} {
		u.run = "" // as before
		u.pauseMin = 50 * time.Millisecond
		ctx, cancel := withCancel(t)
		done := make(chan struct{})
		go func() { defer close(done); u.Run(ctx) }()
		t.Cleanup(func() { cancel(); <-done })
	}
	try.Until(t, "the epochs race", func() bool { return max(epochOf(first), epochOf(second)) >= 5 })
}

// TestARunThatDiedIsNoTwin restarts a shop whose last status still says online, as after a power cut.
func TestARunThatDiedIsNoTwin(t *testing.T) {
	t.Parallel()
	s, m := newShop(t), newMosquitto(t)
	twin := &Twin{}
	stale, err := json.Marshal(wire.Status{V: 1, Shop: "demo", Epoch: 1, Conn: 7, Online: true, Run: "dead", Joined: 7})
	if err != nil {
		t.Fatal(err)
	}
	if out, err := testshop.MosquittoPub(t, m.Address, "-r", "-t", "weir/v1/demo/status", "-m", string(stale)); err != nil {
		t.Fatal(err, out)
	}
	u := start(t, newUplink(t, s, door.Config{}, s.Clock.Now, m.remote(t), twin))
	u.connected(t)
	if twin.Down() || !twin.Met().IsZero() {
		t.Error("a run that is over counts as another box")
	}
	p := testshop.Join(t, m.Address, "router", "", "", "weir/v1/demo/answers/shangou")
	p.Say("weir/v1/demo/orders/shangou", testshop.Order("a-1"))
	p.Answer("shangou", "a-1")
	// Nor when the broker brings an older status of its own back.
	u.stop()
	if out, err := testshop.MosquittoPub(t, m.Address, "-r", "-t", "weir/v1/demo/status", "-m", string(stale)); err != nil {
		t.Fatal(err, out)
	}
	start(t, newUplink(t, s, door.Config{}, s.Clock.Now, m.remote(t), twin)).connected(t)
	if twin.Down() || !twin.Met().IsZero() {
		t.Error("an older status counts as another box")
	}
}

func TestWhatIsKnownOfATwinIsKept(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, twinName), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenTwin(dir); err == nil {
		t.Error("a file that cannot be read counts as no twin")
	}
}

// TestNumbersThatCannotBeOursAreNotFollowed leaves what an attacker would in the broker.
func TestNumbersThatCannotBeOursAreNotFollowed(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ topic, payload string }{
		"an epoch at the end":       {"status", `{"v":1,"store":"demo","epoch":9223372036854775807,"conn":1,"online":true}`},
		"an epoch of 2^53":          {"status", `{"v":1,"store":"demo","epoch":9007199254740992,"conn":1,"online":true}`},
		"an epoch far ahead":        {"status", `{"v":1,"store":"demo","epoch":1002,"conn":1,"online":true}`},
		"an epoch below":            {"status", `{"v":1,"store":"demo","epoch":-5,"conn":1,"online":true}`},
		"a connection at the end":   {"status", `{"v":1,"store":"demo","epoch":1,"conn":9223372036854775807,"online":true}`},
		"a report's epoch":          {"capacity", `{"epoch":9223372036854775807,"seq":1,"log_seq":1}`},
		"a report's number":         {"capacity", `{"epoch":1,"seq":18446744073709551615,"log_seq":0}`},
		"a lease's epoch":           {"lease/shangou", `{"epoch":9223372036854775807,"seq":1}`},
		"a report's place in a log": {"capacity", `{"epoch":1,"seq":1,"log_seq":18446744073709551615}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, m := newShop(t), newMosquitto(t)
			if out, err := testshop.MosquittoPub(t, m.Address, "-r", "-t", "weir/v1/demo/"+tt.topic, "-m", tt.payload); err != nil {
				t.Fatal(err, out)
			}
			u := startUplink(t, s, s.Clock.Now, m.remote(t))
			u.connected(t)
			if e := epochOf(s); e != 1 {
				t.Errorf("epoch %d, want 1", e)
			}
			if u.Status().Forged.IsZero() {
				t.Error("nobody is told")
			}
			p := testshop.Join(t, m.Address, "reader", "", "", "weir/v1/demo/status", "weir/v1/demo/capacity")
			if st := testshop.Decode[wire.Status](t, p.Next("weir/v1/demo/status").Payload()); st.Conn <= 0 || st.Epoch != 1 {
				t.Errorf("status %+v", st)
			}
			if r := testshop.Decode[published](t, p.Next("weir/v1/demo/capacity").Payload()); r.Seq == 0 || r.Seq > stampMax {
				t.Errorf("report %+v", r)
			}
		})
	}
}

func withCancel(t *testing.T) (context.Context, context.CancelFunc) {
	return context.WithCancel(context.WithoutCancel(t.Context()))
}
