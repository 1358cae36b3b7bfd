package owner

import (
	"cmp"
	"database/sql"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	diff "github.com/google/go-cmp/cmp"

	"weir/server/store"
	"weir/shop"
	"weir/shop/capacity"
	"weir/shop/door"
	"weir/shop/try"
)

// pause closes a channel, so that orders of it are refused.
func (h *house) pause(channel string) {
	h.t.Helper()
	h.do(shop.SetIntake{Channel: channel, Intake: shop.Intake{Mode: capacity.IntakePaused, Until: h.clock.Now().Add(5 * time.Hour),
		Reason: "x", By: "test"}})
}

// send sends an order as its channel does, and returns the status of the answer.
func (h *house) send(p shop.Place) int {
	h.t.Helper()
	items := []map[string]any{}
	for _, l := range p.Draft.Lines {
		items = append(items, map[string]any{"item": l.Item, "qty": l.Qty})
	}
	body, err := json.Marshal(map[string]any{"ref": p.Draft.Ref, "fulfilment": p.Draft.Fulfilment, "items": items})
	if err != nil {
		h.t.Fatal(err)
	}
	return h.door.Do(h.t.Context(), p.Channel, door.Order, door.Message{Body: func() ([]byte, error) { return body, nil }}).Status
}

// refuse sends an order that must be refused.
func (h *house) refuse(p shop.Place) {
	h.t.Helper()
	if status := h.send(p); status < 400 || status == 500 {
		h.t.Fatalf("order %s: %d, want a refusal", p.Draft.Ref, status)
	}
}

func (h *house) refused() []store.Refused {
	h.t.Helper()
	list, _, err := h.tally.counted(h.t.Context(), try.Noon.Add(-time.Hour), try.Noon.Add(5*time.Hour))
	if err != nil {
		h.t.Fatal(err)
	}
	slices.SortFunc(list, func(a, b store.Refused) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.Reason, b.Reason))
	})
	return list
}

// TestARefusedOrderCountsOncePerQuarter, however often it is sent; one that was accepted in the end does not count.
func TestARefusedOrderCountsOncePerQuarter(t *testing.T) {
	h := opened(t, t.TempDir())
	h.pause("meituan")
	for range 5 {
		h.refuse(order("meituan", "a", 2))
	}
	h.refuse(order("meituan", "b", 1))
	h.refuse(order("meituan", "c", 3))
	h.do(shop.SetIntake{Channel: "meituan", Intake: shop.Intake{Mode: capacity.IntakeOpen, By: "test"}})
	if status := h.send(order("meituan", "c", 3)); status != 201 { // the customer asked again and was taken
		t.Fatalf("asked again: %d", status)
	}
	h.do(order("meituan", "d", 1))
	h.do(shop.SetAvailable{By: "test", Item: "jasmine-milk-tea"})
	h.refuse(order("shangou", "e", 4))
	bad := order("shangou", "f", 1)
	bad.Draft.Lines[0].Item = "no such thing"
	h.refuse(bad) // a mistake of the channel's, not a cup the shop did not make
	want := []store.Refused{
		{At: try.Noon, Channel: "meituan", Reason: "owner", Orders: 2, Cups: 3},
		{At: try.Noon, Channel: "shangou", Reason: "sold-out", Orders: 1, Cups: 4},
	}
	if d := diff.Diff(want, h.refused()); d != "" {
		t.Errorf("refused at try.Noon:\n%s", d)
	}
	h.do(shop.SetAvailable{By: "test", Item: "jasmine-milk-tea", Available: true})
	h.clock.Move(20 * time.Minute)
	h.pause("meituan")
	h.refuse(order("meituan", "a", 2))
	want = append(want, store.Refused{At: try.Noon.Add(15 * time.Minute), Channel: "meituan", Reason: "owner", Orders: 1, Cups: 2})
	if d := diff.Diff(want, h.refused()); d != "" {
		t.Errorf("refused until a quarter past:\n%s", d)
	}
}

// TestCountsOutliveTheProcess: what was stored is what was counted, and counting goes on.
func TestCountsOutliveTheProcess(t *testing.T) {
	h := opened(t, t.TempDir())
	h.pause("meituan")
	h.refuse(order("meituan", "a", 2))
	h.clock.Move(15 * time.Minute)
	h.refuse(order("meituan", "b", 3))
	h.tally.look()
	before := h.refused()
	if err := h.tally.write(t.Context()); err != nil {
		t.Fatal(err)
	}
	again, err := NewTally(t.Context(), h.tally.Store, h.clock.Now, h.tally.log)
	if err != nil {
		t.Fatal(err)
	}
	h.tally = again
	h.door = door.New(door.Config{Shop: again.Store, Tally: again, Now: h.clock.Now, Log: h.tally.log})
	if d := diff.Diff(before, h.refused()); d != "" {
		t.Errorf("after a restart:\n%s", d)
	}
	h.refuse(order("meituan", "c", 1))
	want := []store.Refused{
		{At: try.Noon, Channel: "meituan", Reason: "owner", Orders: 1, Cups: 2},
		{At: try.Noon.Add(15 * time.Minute), Channel: "meituan", Reason: "owner", Orders: 2, Cups: 4},
	}
	if d := diff.Diff(want, h.refused()); d != "" {
		t.Errorf("and one more:\n%s", d)
	}
	if _, paces, err := h.tally.counted(t.Context(), try.Noon, try.Noon.Add(time.Hour)); err != nil || len(paces) != 1 ||
		paces[0].Work < 10*capacity.Cup {
		t.Errorf("pace %+v, %v; want one of what this crew makes in a quarter", paces, err)
	}
}

// TestACountThatCannotBeStoredIsKept until it can.
func TestACountThatCannotBeStoredIsKept(t *testing.T) {
	dir := t.TempDir()
	h := opened(t, dir)
	h.pause("meituan")
	h.refuse(order("meituan", "a", 2))
	h.clock.Move(15 * time.Minute)
	h.refuse(order("meituan", "b", 3))
	want := h.refused()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, store.FileName))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rename := func(from, to string) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), `ALTER TABLE `+from+` RENAME TO `+to); err != nil {
			t.Fatal(err)
		}
	}
	rename("refused", "elsewhere") // as a disk that fails
	if err := h.tally.write(t.Context()); err == nil {
		t.Fatal("stored where there is no table: this test cannot fail")
	}
	rename("elsewhere", "refused")
	if d := diff.Diff(want, h.refused()); d != "" {
		t.Errorf("after a write that failed:\n%s", d)
	}
	if err := h.tally.write(t.Context()); err != nil {
		t.Fatal(err)
	}
	stored, _, err := h.tally.Curve(t.Context(), try.Noon, try.Noon.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if d := diff.Diff(want, stored); d != "" {
		t.Errorf("stored:\n%s", d)
	}
}

// TestTheDayAddsUp: accepted, booked, refused and made, each in its quarter.
func TestTheDayAddsUp(t *testing.T) {
	h := opened(t, t.TempDir())
	h.do(shop.Tick{})
	first := h.do(order("shangou", "now", 2)).Order
	slot := order("shangou", "slot", 3)
	slot.Draft.SlotStart = try.Noon.Add(2 * time.Hour)
	h.do(slot)
	h.do(shop.Walkin{By: "tablet", Cups: 1})
	h.clock.Move(15 * time.Minute)
	h.do(shop.Tap{By: "tablet", Cups: []shop.CupID{first.CupID(1), first.CupID(2)}, To: shop.Made})
	h.pause("meituan")
	h.refuse(order("meituan", "no", 4))
	h.tally.look()
	p := New(Config{Tally: h.tally, Guard: h.guard, Now: h.clock.Now})
	state := h.tally.Snapshot()
	d, err := p.today(t.Context(), state, h.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	if n := len(d.quarters); n != 48 || !d.quarters[0].at.Equal(try.Noon.Add(-2*time.Hour)) {
		t.Errorf("%d quarters from %v, want 48 from ten in the morning", n, d.quarters[0].at)
	}
	row := func(q *quarter) string { return fmt.Sprintf("%d %d %d %d", q.now, q.booked, q.refused, q.made) }
	if got := row(d.of(try.Noon)); got != "3 3 0 0" {
		t.Errorf("noon: %s, want 3 for now, 3 booked", got)
	}
	if got := row(d.of(try.Noon.Add(15 * time.Minute))); got != "0 0 4 2" {
		t.Errorf("a quarter past: %s, want 4 refused and 2 made", got)
	}
	if d.of(try.Noon.Add(-time.Hour)).can >= 0 {
		t.Error("what could be made in the morning is known, although nobody looked")
	}
	if can := d.of(try.Noon.Add(5 * time.Hour)).can; can < 20 || can > 50 {
		t.Errorf("in the afternoon %v cups can be made, want about 34", can)
	}
	points := d.points(state.Config.Location, h.clock.Now())
	if last := len(points.X) - 1; points.Made[last] != nil || points.Can[last] == nil || *points.Refused[9] != 4 {
		t.Errorf("points %+v: want the future empty but for what can be made", points)
	}
}
