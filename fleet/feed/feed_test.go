package feed

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"testing"

	"weir/fleet/testengine"
	"weir/shop/wire"
)

func keep(t *testing.T, f *Feed, epoch int64, seq uint64) wire.Cursor {
	t.Helper()
	e := wire.Event{Type: "order.accepted", Epoch: epoch, Seq: seq}
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	through, _, err := f.Keep(t.Context(), "east", "shangou", e, text)
	if err != nil {
		t.Fatal(err)
	}
	return through
}

// TestNoHolesWhateverComes: two routers hear a shop's events in part, twice and out of order. What is acknowledged is
// stored, without a hole, and each event once.
func TestNoHolesWhateverComes(t *testing.T) {
	e := testengine.Start(t)
	feeds := []*Feed{New(e), New(e)}
	rnd := rand.New(rand.NewPCG(1, 1))
	acked, rounds := uint64(0), 0
	for ; acked < 40; rounds++ {
		if rounds > 1000 {
			t.Fatalf("only %d acknowledged", acked)
		}
		for seq := acked + 1; seq <= min(acked+8, 40); seq++ { // the shop tells again from its first unacknowledged one
			for _, f := range feeds {
				if rnd.IntN(3) > 0 {
					acked = max(acked, keep(t, f, 1, seq).Seq)
				}
			}
		}
	}
	list, err := feeds[0].After(t.Context(), "shangou", "", 100)
	if err != nil || len(list) != 40 {
		t.Fatalf("%d events, %v", len(list), err)
	}
	for i, entry := range list {
		var got wire.Event
		if err := json.Unmarshal(entry.Event, &got); err != nil || got.Seq != uint64(i+1) || entry.Store != "east" {
			t.Fatalf("event %d is %s, %v", i+1, entry.Event, err)
		}
	}
	page, err := feeds[1].After(t.Context(), "shangou", list[29].Cursor, 5)
	if err != nil || len(page) != 5 || page[0].Cursor != list[30].Cursor {
		t.Errorf("a page in the middle: %v %v", page, err)
	}
	for _, wrong := range []string{"x", "-1", "007", "9999"} {
		if _, err := feeds[0].After(t.Context(), "shangou", wrong, 5); !errors.Is(err, ErrCursor) {
			t.Errorf("cursor %q: %v", wrong, err)
		}
	}
}

// TestALaterEpochBeginsWhereTheShopSays: after a restore the shop tells again from what its copy had acknowledged. The
// first of it is not taken for the beginning before it has come twice.
func TestALaterEpochBeginsWhereTheShopSays(t *testing.T) {
	f := New(testengine.Start(t))
	for seq := range uint64(10) {
		keep(t, f, 1, seq+1)
	}
	none := wire.Cursor{}
	if got := keep(t, f, 2, 8); got != none { // 7 was told before this router listened
		t.Errorf("acknowledged %v", got)
	}
	if got := keep(t, f, 2, 9); got != none {
		t.Errorf("acknowledged %v", got)
	}
	if got := keep(t, f, 2, 7); got != none { // the second round
		t.Errorf("acknowledged %v", got)
	}
	if got := keep(t, f, 2, 8); got != none { // twice, but not the lowest
		t.Errorf("acknowledged %v", got)
	}
	if got := keep(t, f, 2, 7); got != (wire.Cursor{Epoch: 2, Seq: 7}) {
		t.Errorf("the beginning: %v", got)
	}
	if got := keep(t, f, 2, 8); got != (wire.Cursor{Epoch: 2, Seq: 8}) {
		t.Errorf("the next: %v", got)
	}
	if got := keep(t, f, 1, 11); got != (wire.Cursor{Epoch: 2, Seq: 8}) {
		t.Errorf("one of the old epoch: %v", got)
	}
}
