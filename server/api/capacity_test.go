package api

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"weir/shop"
	"weir/shop/capacity"
	"weir/shop/try"
	"weir/shop/wire"
)

func TestCapacity(t *testing.T) {
	d := open(t)
	public := d.call("GET", "/v1/capacity", "", "Authorization:")
	report := read[wire.Capacity](t, public)
	if report.V != 1 || report.Shop != "demo" || report.Epoch != 1 || report.Level != capacity.LevelOpen || report.Reason != capacity.None ||
		report.Lease != nil || len(report.Slots) == 0 || !report.ExpiresAt.After(report.At) || report.Rate.P50 < 1 {
		t.Errorf("an empty open shop: %s", public.body)
	}
	if h := public.header; !strings.HasPrefix(h.Get("Cache-Control"), "public, max-age=") || h.Get("Vary") != "Authorization" ||
		h.Get("ETag") == "" {
		t.Errorf("headers %v", h)
	}
	same := d.call("GET", "/v1/capacity", "", "Authorization:", "If-None-Match: "+public.header.Get("ETag"))
	if same.status != 304 || len(same.body) != 0 || same.header.Get("ETag") != public.header.Get("ETag") {
		t.Errorf("nothing changed, yet %d %s", same.status, same.body)
	}

	d.pass(2 * time.Second) // leases are granted
	keyed := d.call("GET", "/v1/capacity", "")
	lease := read[wire.Capacity](t, keyed).Lease
	if lease == nil || lease.Channel != "shangou" || lease.Limit <= 0 || lease.V != 1 || lease.Shop != "demo" {
		t.Fatalf("with a key: %s", keyed.body)
	}
	if h := keyed.header; !strings.HasPrefix(h.Get("Cache-Control"), "private") || h.Get("Vary") != "Authorization" ||
		h.Get("ETag") == public.header.Get("ETag") {
		t.Errorf("headers with a key %v", h)
	}
	if other := read[wire.Capacity](t, d.call("GET", "/v1/capacity", "", "Authorization: Bearer "+d.key["meituan"])).Lease; other == nil ||
		other.Channel != "meituan" {
		t.Errorf("another channel was shown %+v", other)
	}
	counter := d.call("GET", "/v1/capacity", "", "Authorization: Bearer "+d.key["counter"])
	if strings.Contains(string(counter.body), `"lease"`) {
		t.Errorf("the counter has a lease: %s", counter.body)
	}

	d.call("POST", "/v1/orders", order("r", 3))
	d.do(shop.SetAvailable{By: "t", Item: "grape"})
	busy := read[wire.Capacity](t, d.call("GET", "/v1/capacity", "", "Authorization:", "If-None-Match: "+public.header.Get("ETag")))
	if busy.BacklogCups != 3 || busy.BacklogWork != 300 || busy.Seq <= report.Seq || len(busy.SoldOut) != 1 || busy.SoldOut[0] != "grape" {
		t.Errorf("after an order of three: %+v", busy)
	}
	d.do(shop.Tap{By: "t", Cups: []shop.CupID{{Order: 1, N: 1}}, To: shop.Making})
	if making := read[wire.Capacity](t, d.call("GET", "/v1/capacity", "")); making.InProgress != 1 || making.BacklogCups != 3 {
		t.Errorf("with one cup in making: %+v", making)
	}
	// A heartbeat is a new report that says the same: the tag stays.
	before := d.call("GET", "/v1/capacity", "", "Authorization:")
	d.shop.Clock.Move(wire.ReportEvery + time.Second)
	after := d.call("GET", "/v1/capacity", "", "Authorization:")
	if a, b := read[wire.Capacity](t, before), read[wire.Capacity](t, after); b.Seq <= a.Seq || !b.ExpiresAt.After(a.ExpiresAt) {
		t.Errorf("no heartbeat: %d then %d", a.Seq, b.Seq)
	}
}

// TestLongPoll: a waiting call comes back soon after the change and not before.
func TestLongPoll(t *testing.T) {
	d := open(t)
	waits := func(path string, headers ...string) (answered chan reply) {
		answered = make(chan reply, 1)
		go func() {
			r, err := d.try("GET", path, "", append(headers, "Prefer: wait=25")...)
			if err != nil {
				t.Error(err)
			}
			answered <- r
		}()
		waiting := time.Now().Add(5 * time.Second)
		for d.waiting() == 0 { // until the call is in its place
			runtime.Gosched()
			if time.Now().After(waiting) {
				t.Fatal("the call does not wait")
			}
		}
		return answered
	}
	got := func(answered chan reply) reply {
		t.Helper()
		select {
		case r := <-answered:
			return r
		case <-time.After(10 * time.Second):
			t.Fatal("the change did not wake the call")
			return reply{}
		}
	}
	tag := d.call("GET", "/v1/capacity", "", "Authorization:").header.Get("ETag")
	for i, headers := range [][]string{{"Authorization:", "If-None-Match: " + tag}, {"Authorization:"}} {
		answered := waits("/v1/capacity", headers...)
		select {
		case r := <-answered:
			t.Fatalf("answered before the change: %d %s", r.status, r.body)
		default:
		}
		item := []string{"grape", "green-tea"}[i]
		d.do(shop.SetAvailable{By: "t", Item: item})
		if r := got(answered); r.status != 200 || !strings.Contains(string(r.body), item) || r.header.Get("Preference-Applied") != "wait=25" {
			t.Errorf("%v: %d %s", headers, r.status, r.body)
		}
	}
	events := waits("/v1/events?after=1." + fmt.Sprint(d.store.Snapshot().Counters.Feeds["shangou"]))
	d.call("POST", "/v1/orders", order("other", 1), "Authorization: Bearer "+d.key["meituan"]) // no news for shangou
	d.call("POST", "/v1/orders", order("mine", 1))
	if r := read[wire.Events](t, got(events)); len(r.Events) != 1 || r.Events[0].Data.Ref != "mine" {
		t.Errorf("woken with %+v", r.Events)
	}
	tag = d.call("GET", "/v1/capacity", "", "Authorization:").header.Get("ETag")
	start := time.Now()
	if r := d.call("GET", "/v1/capacity", "", "Authorization:", "If-None-Match: "+tag, "Prefer: wait=1"); r.status != 304 ||
		time.Since(start) < 900*time.Millisecond {
		t.Errorf("no change: %d after %v, want 304 after a second", r.status, time.Since(start))
	}
	idle := waits("/v1/events?after=1." + fmt.Sprint(d.store.Snapshot().Counters.Feeds["shangou"]))
	d.api.Stop() // the server ends: nobody is kept waiting
	if r := read[wire.Events](t, got(idle)); len(r.Events) != 0 {
		t.Errorf("stopped with %+v", r.Events)
	}
	if n := d.waiting(); n != 0 {
		t.Errorf("%d places are still taken", n)
	}
}

func TestQuotesAndSlots(t *testing.T) {
	d := open(t)
	before := d.sum()
	ask := func(body string) wire.Quote {
		t.Helper()
		r := d.call("POST", "/v1/quotes", body)
		if r.status != 200 {
			t.Fatalf("%s: %d %s", body, r.status, r.body)
		}
		return read[wire.Quote](t, r)
	}
	three := ask(`{"cups": 3}`)
	items := ask(`{"items": [{"item": "jasmine-milk-tea", "qty": 3}]}`)
	if three.Work != 300 || items.Work != 300 || three.P50 != items.P50 || three.P90 < three.P50 || !three.ReadyBy.After(try.Noon) ||
		len(three.NextSlots) == 0 {
		t.Errorf("three cups %+v, three items %+v", three, items)
	}
	if more := ask(`{"items": [{"item": "grape", "qty": 3, "options": {"toppings": ["pearl"]}}]}`); more.Work <= 300 {
		t.Errorf("three grapes with pearls weigh %d", more.Work)
	}
	if d.sum() != before {
		t.Error("a quote left something behind")
	}
	d.do(shop.SetAvailable{By: "t", Item: "green-tea"})
	for body, want := range map[string]string{
		`{}`: "invalid-order", `{"cups": 0}`: "invalid-order", `{"cups": 1.5}`: "invalid-order", `{"items": []}`: "invalid-order",
		`{"items": [{"item": "X1", "qty": 1}]}`: "unknown-item", `{"items": [{"item": "green-tea", "qty": 1}]}`: "sold-out", `[`: "malformed",
	} {
		if r := d.call("POST", "/v1/quotes", body); r.problem() != want {
			t.Errorf("%s: %d %s, want %s", body, r.status, r.body, want)
		}
	}

	all := read[wire.Slots](t, d.call("GET", "/v1/slots?cups=2", ""))
	if len(all.Slots) < 20 || all.Work != 200 || all.Slots[0].End.Sub(all.Slots[0].Start) != capacity.SlotLength {
		t.Errorf("slots until closing: %+v", all)
	}
	start := all.Slots[0].Start.Format(time.RFC3339)
	r := d.call("POST", "/v1/orders", order("booked", 2, `"slot_start": "`+start+`"`))
	if o := read[wire.Order](t, r); r.status != 201 || o.State != shop.OrderBooked || o.Slot == nil ||
		!o.Slot.Start.Equal(all.Slots[0].Start) || !o.Quote.ReadyBy.Equal(o.Slot.End) {
		t.Errorf("booked: %d %s", r.status, r.body)
	}
	for cups, want := range map[string]string{"0": "invalid", "-1": "invalid", "x": "invalid", "501": "invalid", "500": ""} {
		if r := d.call("GET", "/v1/slots?cups="+cups, ""); r.problem() != want {
			t.Errorf("cups=%s: %d %s, want %q", cups, r.status, r.body, want)
		}
	}
}
