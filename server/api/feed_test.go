package api

import (
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"weir/server/store"
	"weir/shop"
	"weir/shop/wire"
)

// TestFeedIsGapFree reads while things happen, in bites of odd sizes, forgets what it did not
// acknowledge, and still has every event once and in order.
func TestFeedIsGapFree(t *testing.T) {
	d := open(t)
	var got []wire.Event
	cursor := ""
	bite := func(limit int) int {
		t.Helper()
		r := read[wire.Events](t, d.call("GET", fmt.Sprintf("/v1/events?limit=%d&after=%s", limit, url.QueryEscape(cursor)), ""))
		got = append(got, r.Events...)
		cursor = r.Cursor.String()
		return len(r.Events)
	}
	acked := 0
	for i := range 12 {
		d.call("POST", "/v1/orders", order(fmt.Sprint("r", i), 1))
		id := d.store.Snapshot().Counters.Order
		switch i % 4 {
		case 0:
			d.call("POST", "/v1/cancellations", fmt.Sprintf(`{"ref": "r%d"}`, i))
		case 1:
			d.do(shop.Tap{By: "t", Cups: []shop.CupID{{Order: id, N: 1}}, To: shop.Made})
			d.pass(6 * time.Second)
			d.call("POST", fmt.Sprintf("/v1/orders/%s/progress", id), `{"picked_up": true}`)
		case 2:
			d.do(shop.SetAvailable{By: "t", Item: "green-tea", Available: i%8 != 2})
		}
		d.call("POST", "/v1/orders", order(fmt.Sprint("other", i), 1), "Authorization: Bearer "+d.key["meituan"]) // not ours
		bite(1 + i%3)
		if i == 6 {
			if a := read[wire.Acked](t, d.call("POST", "/v1/events/ack", fmt.Sprintf(`{"cursor": %q}`, cursor))); a.Cursor.String() != cursor {
				t.Errorf("acknowledged %s, the shop says %s", cursor, a.Cursor)
			}
			acked = len(got)
			bite(2)
			got, cursor = got[:acked], "" // the reader dies and starts again from its acknowledgement
		}
	}
	for bite(3) > 0 {
	}
	feed := d.store.Snapshot().Counters.Feeds["shangou"]
	if uint64(len(got)) != feed {
		t.Errorf("read %d events, the feed has %d", len(got), feed)
	}
	kinds := map[string]int{}
	for i, e := range got {
		if e.Seq != uint64(i+1) || e.Epoch != 1 || e.ID != (wire.Cursor{Epoch: 1, Seq: e.Seq}) || e.Source != "/weir/v1/demo/shangou" {
			t.Fatalf("event %d is %+v", i+1, e)
		}
		if e.Data.Ref != "" && e.Data.Ref[0] != 'r' {
			t.Errorf("another channel's event: %+v", e)
		}
		kinds[e.Type]++
	}
	for _, kind := range []string{shop.ToldAccepted, shop.ToldCancelled, shop.ToldMaking, shop.ToldReady, shop.ToldHanded, shop.ToldSoldOut} {
		if kinds[kind] == 0 {
			t.Errorf("no %s among %v", kind, kinds)
		}
	}
}

func TestCursors(t *testing.T) {
	d := open(t)
	d.call("POST", "/v1/orders", order("r", 1))
	for after, want := range map[string]string{
		"1.0": "", "1.1": "", "1.2": "cursor-invalid", "2.0": "cursor-invalid", "x": "cursor-invalid", "0.1": "cursor-expired",
	} {
		if r := d.call("GET", "/v1/events?after="+after, ""); r.problem() != want {
			t.Errorf("after=%s: %d %s, want %q", after, r.status, r.body, want)
		}
		if r := d.call("POST", "/v1/events/ack", fmt.Sprintf(`{"cursor": %q}`, after)); r.problem() != want {
			t.Errorf("ack %s: %d %s, want %q", after, r.status, r.body, want)
		}
	}
	for limit, want := range map[string]string{"0": "invalid", "501": "invalid", "x": "invalid", "500": ""} {
		if r := d.call("GET", "/v1/events?limit="+limit, ""); r.problem() != want {
			t.Errorf("limit=%s: %d %s, want %q", limit, r.status, r.body, want)
		}
	}
	if r := d.call("POST", "/v1/events/ack", `{"epoch": 1, "through": 0}`); read[wire.Acked](t, r).Cursor.Seq != 1 {
		t.Errorf("an acknowledgement went backwards: %s", r.body)
	}
	if r := d.call("POST", "/v1/events/ack", `{}`); r.problem() != "invalid" {
		t.Errorf("empty acknowledgement: %s", r.body)
	}
	// Events that are no longer kept: whoever has not read them is told, and not given less.
	d.call("POST", "/v1/orders", order("r2", 1))
	db, err := sql.Open("sqlite", "file:"+filepath.Join(d.shop.Dir, store.FileName)+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for drop, want := range map[string]string{"1": "cursor-expired", "1, 2": "cursor-expired"} {
		if _, err := db.ExecContext(t.Context(), `DELETE FROM log WHERE channel = 'shangou' AND feed IN (`+drop+`)`); err != nil {
			t.Fatal(err)
		}
		if r := d.call("GET", "/v1/events?after=1.0", ""); r.status != 410 || r.problem() != want {
			t.Errorf("without event %s: %d %s", drop, r.status, r.body)
		}
	}
	// A new epoch makes every cursor of before old.
	d.do(shop.NewEpoch{Above: 6, Why: "test"})
	if r := d.call("GET", "/v1/events?after=1.2", ""); r.status != 410 {
		t.Errorf("cursor of epoch 1 in epoch 7: %d %s", r.status, r.body)
	}
}

func TestReconciliation(t *testing.T) {
	d := open(t)
	d.call("POST", "/v1/orders", order("a", 2))
	d.call("POST", "/v1/orders", order("b", 1))
	d.call("POST", "/v1/cancellations", `{"ref": "b"}`)
	d.call("POST", "/v1/orders", order("c", 1), "Authorization: Bearer "+d.key["meituan"])
	d.do(shop.Handover{By: "t", Order: 1, Made: true})
	sum := sha256.Sum256([]byte("a\thanded\t2\nb\tcancelled\t1\n"))
	want := hex.EncodeToString(sum[:])
	today := read[wire.Reconciliation](t, d.call("GET", "/v1/reconciliation", ""))
	named := read[wire.Reconciliation](t, d.call("GET", "/v1/reconciliation?day=2026-02-06", ""))
	if today.Digest != want || named.Digest != want || len(today.Orders) != 2 || today.Closed || today.Orders[0].CupsMade != 2 {
		t.Errorf("got %+v; want a and b with digest %s", today, want)
	}
	empty := read[wire.Reconciliation](t, d.call("GET", "/v1/reconciliation?day=2026-02-05", ""))
	if len(empty.Orders) != 0 || !empty.Closed {
		t.Errorf("yesterday: %+v", empty)
	}
	for _, day := range []string{"yesterday", "2026-02-30", "20260206"} {
		if r := d.call("GET", "/v1/reconciliation?day="+day, ""); r.problem() != "invalid" {
			t.Errorf("day %s: %d %s", day, r.status, r.body)
		}
	}
}
