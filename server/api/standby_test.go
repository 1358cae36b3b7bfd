package api

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/server/testshop"
	"weir/shop"
	"weir/shop/wire"
)

// cupsOf is an order of so many cups, with more members: "" or ", …".
func cupsOf(ref string, cups int, more string) string {
	return fmt.Sprintf(`{"ref": %q, "items": [{"item": "jasmine-milk-tea", "qty": %d}],
		"totals": {"total_fen": 1500, "paid_fen": 0, "subsidy_fen": 1500}%s}`, ref, cups, more)
}

// fill sends orders until there is no room for a single cup.
func (d *server) fill() {
	d.t.Helper()
	for cups := 3; cups >= 1; cups-- {
		for i := 0; ; i++ {
			if r := d.call("POST", "/v1/orders", cupsOf(fmt.Sprintf("fill-%d-%d", cups, i), cups, "")); r.status == 503 {
				break
			} else if r.status != 201 || i > 100 {
				d.t.Fatalf("%d %s", r.status, r.body)
			}
		}
	}
}

// makes has the crew make the first cups of the queue.
func (d *server) makes(cups int) {
	d.t.Helper()
	for _, q := range d.store.Snapshot().Queue("", time.Time{})[:cups] {
		d.do(shop.Tap{By: "t", Cups: []shop.CupID{q.ID()}, To: shop.Made})
	}
}

// heard is what the channel's feed says of a ref.
func (d *server) heard(ref string) (events []wire.Event) {
	d.t.Helper()
	cursor := ""
	for {
		r := read[wire.Events](d.t, d.call("GET", "/v1/events?limit=500&after="+url.QueryEscape(cursor), ""))
		if len(r.Events) == 0 {
			return events
		}
		for _, e := range r.Events {
			if e.Data.Ref == ref {
				events = append(events, e)
			}
		}
		cursor = r.Cursor.String()
	}
}

func types(events []wire.Event) string {
	var list []string
	for _, e := range events {
		list = append(list, strings.TrimPrefix(e.Type, "order."))
	}
	return strings.Join(list, " ")
}

func TestAnOrderWaitsForRoomOverHTTP(t *testing.T) {
	d := open(t)
	d.fill()
	if r := d.call("POST", "/v1/orders", cupsOf("no", 1, "")); r.problem() != "temporary-reduced-capacity" {
		t.Fatalf("control: %d %s", r.status, r.body)
	}
	first := d.call("POST", "/v1/orders", cupsOf("w1", 2, `, "standby": true`))
	w1 := read[wire.Order](t, first)
	if first.status != 202 || w1.State != "waiting" || !w1.Until.Equal(d.shop.Clock.Now().Add(shop.StandbyFor)) || w1.PositionCups != 0 ||
		w1.Quote != nil || w1.Receipt != "" || first.header.Get("Location") != "/v1/orders/"+w1.ID.String() ||
		first.header.Get("Idempotent-Replayed") != "" {
		t.Fatalf("%d %s", first.status, first.body)
	}
	until := `, "standby": true, "standby_until": "2026-02-06T04:30:00Z"`
	second := read[wire.Order](t, d.call("POST", "/v1/orders", cupsOf("w2", 1, until)))
	if second.State != "waiting" || second.PositionCups != 2 || !second.Until.Equal(d.shop.Clock.Now().Add(30*time.Minute)) {
		t.Errorf("%+v", second)
	}
	d.call("POST", "/v1/orders", cupsOf("w3", 1, `, "standby": true`))
	if r := d.call("POST", "/v1/orders", cupsOf("w1", 2, `, "standby": true`)); r.status != 202 ||
		r.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("sent again: %d %s", r.status, r.body)
	}
	for _, path := range []string{"/v1/orders/" + w1.ID.String(), "/v1/orders?ref=w1"} {
		if o := read[wire.Order](t, d.call("GET", path, "")); o.State != "waiting" || o.Until.IsZero() {
			t.Errorf("%s: %+v", path, o)
		}
	}
	if c := read[wire.Capacity](t, d.call("GET", "/v1/capacity", "")); c.Waiting != 3 || c.WaitingCups != 4 || c.Level != 3 ||
		c.Reason != "room" {
		t.Errorf("the report: %d orders, %d cups, level %d, %s", c.Waiting, c.WaitingCups, c.Level, c.Reason)
	}
	if r := d.call("POST", "/v1/cancellations", `{"ref": "w3"}`); r.status != 200 || read[wire.Order](t, r).State != "cancelled" {
		t.Errorf("cancelled: %d %s", r.status, r.body)
	}
	d.makes(8)
	d.pass(2 * time.Second)
	r := d.call("POST", "/v1/orders", cupsOf("w1", 2, ""))
	if o := read[wire.Order](t, r); r.status != 200 || o.State != "accepted" || o.Receipt == "" {
		t.Errorf("sent again after it was accepted: %d %s", r.status, r.body)
	}
	e := d.heard("w1")
	if types(e) != "waiting accepted" || !e[0].Data.Until.Equal(w1.Until) || e[1].Data.ReadyBy.IsZero() || e[1].Data.PickupNumber == "" {
		t.Errorf("told of the first: %s %+v", types(e), e)
	}
	if got := types(d.heard("w3")); got != "waiting cancelled" {
		t.Errorf("told of the one that was cancelled: %s", got)
	}
}

func TestAnOrderWaitsInVainOverHTTP(t *testing.T) {
	d := open(t)
	d.fill()
	d.call("POST", "/v1/orders", cupsOf("w", 2, `, "standby": true, "standby_until": "2026-02-06T04:00:30Z"`))
	d.pass(29 * time.Second)
	if got := types(d.heard("w")); got != "waiting" {
		t.Fatalf("control: %s", got)
	}
	d.pass(2 * time.Second)
	e := d.heard("w")
	if types(e) != "waiting expired" || e[1].Data.State != "expired" || e[1].Data.Reason != shop.ReasonNoRoom ||
		len(e[1].Data.Alternatives) == 0 {
		t.Fatalf("%s %+v", types(e), e)
	}
	if r := d.call("POST", "/v1/orders", cupsOf("w", 2, `, "standby": true`)); r.status != 200 || read[wire.Order](t, r).State != "expired" {
		t.Errorf("sent again after its end: %d %s", r.status, r.body)
	}
	list := read[wire.Reconciliation](t, d.call("GET", "/v1/reconciliation", ""))
	i := slices.IndexFunc(list.Orders, func(o wire.DayOrder) bool { return o.Ref == "w" })
	if i < 0 || list.Orders[i].State != "expired" || list.Orders[i].Cups != 0 {
		t.Errorf("the day's list: %+v", list.Orders)
	}
}

// TestTheWaitingListIsThereAfterARestart: the row is on disk before the answer, so a start without an orderly end has it.
func TestTheWaitingListIsThereAfterARestart(t *testing.T) {
	d := open(t)
	d.fill()
	d.call("POST", "/v1/orders", cupsOf("w1", 2, `, "standby": true`))
	d.call("POST", "/v1/orders", cupsOf("w2", 2, `, "standby": true`))
	d.shop.Stop()
	again := testshop.Open(t, testshop.Setup{Dir: d.shop.Dir, Clock: d.shop.Clock, Change: testshop.TenToTen})
	state := again.Snapshot()
	if got := state.OnStandby(); len(got) != 2 || got[0].Ref != "w1" || got[1].Ref != "w2" ||
		state.Capacity.Room(d.shop.Clock.Now(), "").Standby != 400 {
		t.Fatalf("after a restart %+v", got)
	}
	for _, q := range state.Queue("", time.Time{})[:8] {
		again.Must(t, shop.Tap{By: "t", Cups: []shop.CupID{q.ID()}, To: shop.Made})
	}
	again.Pass(t, time.Second)
	if o, err := again.OrderByRef(t.Context(), "shangou", "w1"); err != nil || o.State() != shop.OrderAccepted {
		t.Errorf("%v, %v", o, err)
	}
}

// TestNewsBeforeAPromiseBreaks: what a channel hears of orders in the queue, each beside one that hears nothing.
func TestNewsBeforeAPromiseBreaks(t *testing.T) {
	t.Run("delayed", func(t *testing.T) {
		d := open(t)
		late := read[wire.Order](t, d.call("POST", "/v1/orders", cupsOf("late", 3, "")))
		d.call("POST", "/v1/orders", cupsOf("made", 1, ""))
		d.do(shop.Tap{By: "t", Cups: []shop.CupID{{Order: late.ID + 1, N: 1}}, To: shop.Made})
		for range 20 { // nobody makes the first
			d.pass(30 * time.Second)
		}
		e := d.heard("late")
		at := slices.IndexFunc(e, func(e wire.Event) bool { return e.Type == shop.ToldDelayed })
		if at < 0 || !e[at].Data.ReadyBy.After(late.Quote.ReadyBy) || !e[at].Data.ExpectedAt.Equal(e[at].Data.ReadyBy) ||
			e[at].Data.ReadyBy.Sub(late.Quote.ReadyBy) < shop.RequoteLeast {
			t.Fatalf("promised by %v; %s", late.Quote.ReadyBy, types(e))
		}
		if strings.Contains(types(d.heard("made")), "delayed") {
			t.Errorf("control: %s", types(d.heard("made")))
		}
		if o := read[wire.Order](t, d.call("GET", "/v1/orders?ref=late", "")); !o.Quote.Promised.Equal(late.Quote.ReadyBy) ||
			o.ExpectedAt.IsZero() {
			t.Errorf("read later: %+v", o)
		}
	})
	t.Run("early", func(t *testing.T) {
		d := open(t)
		for i := range 10 {
			d.call("POST", "/v1/orders", cupsOf(fmt.Sprint("before-", i), 3, ""))
		}
		r := d.call("POST", "/v1/orders", cupsOf("mine", 1, ""))
		mine := read[wire.Order](t, r)
		if r.status != 201 {
			t.Fatalf("%d %s", r.status, r.body)
		}
		d.pass(shop.RequoteGap)
		if strings.Contains(types(d.heard("mine")), "early") {
			t.Fatalf("control: nothing before it has gone, and it hears %s", types(d.heard("mine")))
		}
		for i := range 10 {
			d.call("POST", "/v1/cancellations", fmt.Sprintf(`{"ref": "before-%d"}`, i))
		}
		d.pass(time.Minute)
		e := d.heard("mine")
		at := slices.IndexFunc(e, func(e wire.Event) bool { return e.Type == shop.ToldEarly })
		if at < 0 || !e[at].Data.ReadyBy.Equal(mine.Quote.ReadyBy) || !e[at].Data.ExpectedAt.Before(mine.Quote.ReadyBy) {
			t.Fatalf("promised by %v; %s", mine.Quote.ReadyBy, types(e))
		}
	})
	t.Run("passed", func(t *testing.T) {
		d := open(t)
		var ids []shop.OrderID
		for _, ref := range []string{"a", "b", "c"} {
			ids = append(ids, read[wire.Order](t, d.call("POST", "/v1/orders", cupsOf(ref, 2, ""))).ID)
		}
		d.do(shop.PutFirst{By: "tablet 1", Order: ids[1], Reason: "the customer is ill"})
		if a, b, c := types(d.heard("a")), types(d.heard("b")), types(d.heard("c")); a != "accepted passed" || b != "accepted" ||
			c != "accepted" {
			t.Errorf("told a %q, b %q, c %q", a, b, c)
		}
		if e := d.heard("a"); e[1].Data.Reason != shop.ReasonPutFirst || !e[1].Data.ReadyBy.Equal(e[0].Data.ReadyBy) {
			t.Errorf("%+v", e[1].Data)
		}
	})
	t.Run("reminded", func(t *testing.T) {
		d := open(t)
		d.call("POST", "/v1/orders", cupsOf("before", 3, ""))
		mine := read[wire.Order](t, d.call("POST", "/v1/orders", cupsOf("mine", 1, "")))
		path := "/v1/orders/" + mine.ID.String() + "/progress"
		r := read[wire.Order](t, d.call("POST", path, `{"reminded": true}`))
		if r.PositionCups != 3 || !r.ExpectedAt.After(d.shop.Clock.Now()) {
			t.Errorf("three cups are before it: %+v", r)
		}
		d.makes(2)
		if r := read[wire.Order](t, d.call("POST", path, `{"reminded": true}`)); r.PositionCups != 1 {
			t.Errorf("one is before it: %+v", r)
		}
		if o, _ := d.store.Snapshot().Order(mine.ID); o.RemindedAt.IsZero() {
			t.Error("the crew does not learn of it")
		}
		if r := read[wire.Order](t, d.call("POST", path, `{"arrived": true}`)); r.PositionCups != mine.PositionCups || !r.ExpectedAt.IsZero() {
			t.Errorf("control: another step says how it stood: %+v", r)
		}
	})
}

// TestWhoTakesAnyTimeMovesFirst: any_time comes in by the front door. When the crew is halved, those whose customers said so
// move, and of the others, which are as large, only those for whom that was not enough.
func TestWhoTakesAnyTimeMovesFirst(t *testing.T) {
	d := open(t)
	start := time.Date(2026, 2, 6, 4, 30, 0, 0, time.UTC)
	taken := 0
	for slot := range 8 {
		at := start.Add(time.Duration(slot) * 15 * time.Minute).Format(time.RFC3339)
		for i := range 8 {
			more := fmt.Sprintf(`, "slot_start": %q, "any_time": %v`, at, i < 2)
			r := d.call("POST", "/v1/orders", cupsOf(fmt.Sprintf("%d-%d", slot, i), 4, more),
				"Authorization: Bearer "+d.key[[]string{"shangou", "meituan"}[i%2]])
			if r.status == 201 {
				taken++
			}
		}
	}
	d.do(shop.SetStaff{By: "owner", Station: "shake", Staff: 1})
	moved := map[bool]int{}
	first := true
	log, err := d.store.Log(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for i := len(log) - 1; i >= 0; i-- { // oldest first
		if log[i].Name != "slot.moved" {
			continue
		}
		o, err := d.store.Order(t.Context(), log[i].Order)
		if err != nil {
			t.Fatal(err)
		}
		if first && !o.AnyTime {
			t.Errorf("%s was the first to move, and its customer had not said that any time will do", o.Ref)
		}
		first = false
		moved[o.AnyTime]++
	}
	if moved[true] == 0 {
		t.Errorf("of %d orders %d moved of those who take any time, and %d others", taken, moved[true], moved[false])
	}
	t.Logf("of %d orders %d moved of those who take any time, and %d others", taken, moved[true], moved[false])
}
