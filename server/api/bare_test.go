package api

import (
	"testing"
	"time"

	"weir/server/testshop"
	"weir/shop"
	"weir/shop/door"
	"weir/shop/try"
	"weir/shop/wire"
)

// TestAnOrderWithoutItems plays what a platform under load does: it leaves the items out, says them later, and repeats both.
func TestAnOrderWithoutItems(t *testing.T) {
	d := open(t)
	bare := `{"ref": "B-1", "downgraded": true, "items": [], "cups": 2, "totals": null}`
	r := d.call("POST", "/v1/orders", bare)
	o := read[wire.Order](t, r)
	if r.status != 201 || !o.LinesUnknown || !o.Provisional || o.State != shop.OrderBooked || len(o.Cups) != 2 ||
		o.Cups[0].State != shop.Booked || o.Cups[0].Label != "" || o.Quote == nil {
		t.Fatalf("%d %s", r.status, r.body)
	}
	full := `{"ref": "B-1", "items": [{"item": "grape", "qty": 2, "note": "少冰"}], "customer": {"name": "李"},
		"totals": {"total_fen": 4800, "paid_fen": 0, "subsidy_fen": 4800}}`
	r = d.call("POST", "/v1/orders", full)
	o = read[wire.Order](t, r)
	if r.status != 200 || o.LinesUnknown || o.Provisional || o.State != shop.OrderAccepted || len(o.Cups) != 2 ||
		o.Cups[1].Label != "2/2 多肉葡萄" {
		t.Fatalf("%d %s", r.status, r.body)
	}
	for _, late := range []string{bare, full} {
		if r := d.call("POST", "/v1/orders", late); r.status != 200 || read[wire.Order](t, r).LinesUnknown {
			t.Errorf("a late copy: %d %s", r.status, r.body)
		}
	}
	if kept, err := d.store.Order(t.Context(), o.ID); err != nil || len(kept.Customer.Notes) != 1 || kept.Customer.Notes[0] != "少冰" {
		t.Errorf("the note that came with the items: %+v, %v", kept.Customer, err)
	}
	if r := d.call("POST", "/v1/orders", `{"ref": "B-1", "items": [{"item": "green-tea", "qty": 2}]}`); r.problem() != "order-conflict" {
		t.Errorf("other items: %d %s", r.status, r.body)
	}
	events := read[wire.Events](t, d.call("GET", "/v1/events", "")).Events
	if len(events) != 2 || events[0].Type != shop.ToldBooked || events[1].Type != shop.ToldChanged || events[1].Data.Cups != 2 {
		t.Errorf("told %+v", events)
	}
	// Without items and without an end: it is released, once.
	d.call("POST", "/v1/orders", `{"ref": "B-2", "downgraded": true, "totals": {"total_fen": 4800, "paid_fen": null}}`)
	by := read[wire.Order](t, d.call("GET", "/v1/orders?ref=B-2", "")).Quote.ReadyBy
	d.shop.Pass(t, by.Sub(try.Noon)+shop.LinesPatience)
	if o := read[wire.Order](t, d.call("GET", "/v1/orders?ref=B-2", "")); o.State != shop.OrderReleased || o.Reason != shop.ReasonNoLines {
		t.Errorf("%s, %s", o.State, o.Reason)
	}
}

func TestOnlyAProvisionalChannelLeavesItemsOut(t *testing.T) {
	d := open(t, func(c *shop.Config, _ *door.Config) { c.Channels[0].Provisional = false })
	r := d.call("POST", "/v1/orders", `{"ref": "B-1", "downgraded": true, "items": [], "cups": 2}`)
	if r.status != 422 || r.problem() != "invalid-order" {
		t.Errorf("%d %s", r.status, r.body)
	}
}

// TestItemsComeAfterARestart: what is not known of an order survives the end of the program, and so do its notes.
func TestItemsComeAfterARestart(t *testing.T) {
	s := testshop.Open(t, testshop.Setup{})
	place := func(s *testshop.Shop, d shop.Draft) *shop.Order {
		return s.Must(t, shop.Place{Channel: "shangou", Draft: d}).Order
	}
	place(s, shop.Draft{Ref: "a", Lines: []shop.Line{{Item: "grape", Qty: 3}}, Totals: &shop.Totals{}})
	before := place(s, shop.Draft{Ref: "b", Cups: 2})
	s.Stop()
	s = testshop.Open(t, testshop.Setup{Dir: s.Dir, Clock: s.Clock})
	after := place(s, shop.Draft{Ref: "c", Cups: 2})
	if !before.LinesUnknown || before.Work() != after.Work() {
		t.Errorf("what the channel's cups were like was %d before, and is %d", before.Work(), after.Work())
	}
	filled := place(s, shop.Draft{Ref: "b", Lines: []shop.Line{{Item: "grape", Qty: 2}}, Customer: shop.Customer{Notes: []string{"少冰"}}})
	s.Stop()
	s = testshop.Open(t, testshop.Setup{Dir: s.Dir, Clock: s.Clock})
	o, err := s.Order(t.Context(), filled.ID)
	if err != nil || o.LinesUnknown || o.FilledAt.IsZero() || len(o.Customer.Notes) != 1 || s.Snapshot().Lost() != 0 {
		t.Errorf("%+v, %v", o, err)
	}
	s.Pass(t, time.Second)
}
