package connector

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"weir/server/testshop"
	"weir/shop"
)

// TestAPlatformThatRetriesDoublesAndReorders: each order is there once, ends truthfully, and the platform hears of it.
func TestAPlatformThatRetriesDoublesAndReorders(t *testing.T) {
	h := open(t)
	p := h.by["shangou"]
	p.says = []string{"502", "UNAUTHORIZED", "502"} // its own end is down at first: nothing is lost
	for range 3 {                                   // doubled
		status, body := h.ele(10, eleOrder("e1", "1", 1))
		ok(t, status, body)
	}
	p.until("eleme.order.confirmOrderLite e1")
	o, err := h.OrderByRef(t.Context(), "shangou", "e1")
	if err != nil || len(o.Cups) != 1 || o.Lines[0].Item != "green-tea" || o.Lines[0].Options.Ice != "less" || o.Totals == nil ||
		o.Totals.SubsidyFen != 750 {
		t.Fatalf("%+v, %v", o, err)
	}
	ok2 := func(status int, body string) { t.Helper(); ok(t, status, body) }
	ok2(h.ele(14, `{"orderId":"e2","state":"invalid"}`)) // its cancellation comes first
	ok2(h.ele(10, eleOrder("e2", "1", 1)))
	ok2(h.ele(12, `{"orderId":"e1","state":"valid"}`)) // says nothing new
	ok2(h.ele(10, eleOrder("e3", "1", 200)))           // there is no room: refused, and told
	ok2(h.ele(10, eleOrder("e3", "1", 200)))
	p.until("eleme.order.confirmOrderLite e1", "eleme.order.cancelOrderLite e3restaurantTooBusy")
	ok2(h.ele(20, `{"orderId":"e1"}`)) // its customer asks, and no cup is made
	p.until("eleme.order.confirmOrderLite e1", "eleme.order.cancelOrderLite e3restaurantTooBusy",
		"eleme.order.agreeRefundLite e1")
	for ref, want := range map[string]shop.OrderState{"e1": shop.OrderCancelled, "e2": shop.OrderCancelled, "e3": shop.OrderCancelled} {
		if got := h.state("shangou", ref); got != want {
			t.Errorf("%s is %s, want %s", ref, got, want)
		}
	}
	if lost := h.Snapshot().Lost(); lost != 0 {
		t.Errorf("%d cups are lost", lost)
	}
}

// TestWhatBecomesOfAnOrderIsTold: ready, released with a reason, and too late to cancel; and what is sold out, by the ids that
// the owner has mapped.
func TestWhatBecomesOfAnOrderIsTold(t *testing.T) {
	h := open(t)
	p := h.by["shangou"]
	h.Must(t, shop.MapNames{By: "owner", Channel: "shangou", Entries: []shop.MapEntry{
		{Kind: shop.MapSKU, Text: "200006", Parts: []shop.MapPart{{Item: "grape", Qty: 1}}}}})
	status, body := h.ele(10, eleOrder("e1", "1", 1))
	ok(t, status, body)
	o, err := h.OrderByRef(t.Context(), "shangou", "e1")
	if err != nil {
		t.Fatal(err)
	}
	cup := o.CupID(1)
	h.Must(t, shop.Tap{By: "staff", Cups: []shop.CupID{cup}, To: shop.Made})
	h.Pass(t, 10*time.Second)
	p.until("eleme.order.confirmOrderLite e1", "eleme.order.setOrderPrepared e1")
	status, body = h.ele(20, `{"orderId":"e1"}`)
	ok(t, status, body)
	p.until("eleme.order.confirmOrderLite e1", "eleme.order.setOrderPrepared e1", "eleme.order.disagreeRefundLite e1")
	h.Must(t, shop.SetAvailable{By: "staff", Item: "grape"}, shop.SetAvailable{By: "staff", Item: "grape", Available: true})
	p.until("eleme.order.confirmOrderLite e1", "eleme.order.setOrderPrepared e1", "eleme.order.disagreeRefundLite e1",
		`eleme.product.item.batchUpdateStock {"200006":0}`, `eleme.product.item.batchUpdateStock {"200006":999}`)
}

// TestASecondMapAlone: Meituan's forms go through the same program; what differs is in its map.
func TestASecondMapAlone(t *testing.T) {
	h := open(t)
	p := h.by["meituan"]
	ok2 := func(status int, body string) { t.Helper(); ok(t, status, body) }
	for range 2 {
		ok2(h.mt("order", mtOrder("25217", 1)))
	}
	ok2(h.mt("order", mtOrder("25218", 200)))
	p.until("order/confirm 25217", "order/cancel 252182008")
	ok2(h.mt("cancel", url.Values{"order_id": {"25217"}, "reason_code": {"1101"}, "reason": {"x"}}))
	if got := h.state("meituan", "25217"); got != shop.OrderCancelled {
		t.Errorf("cancelled at the platform: %s", got)
	}
	ok2(h.mt("refund", url.Values{"order_id": {"25217"}, "notify_type": {"agree"}})) // says nothing new
	ok2(h.mt("refund", url.Values{"order_id": {"25219"}, "notify_type": {"apply"}}))
	p.until("order/confirm 25217", "order/cancel 252182008", "order/refund/agree 25219")
}

// TestAConnectorBeginsNow: a platform that is connected later does not hear what happened before.
func TestAConnectorBeginsNow(t *testing.T) {
	h := openAfter(t, func(s *testshop.Shop) {
		s.Must(t, shop.MapNames{By: "owner", Channel: "shangou", Entries: []shop.MapEntry{
			{Kind: shop.MapSKU, Text: "200006", Parts: []shop.MapPart{{Item: "grape", Qty: 1}}}}})
		s.Must(t, shop.SetAvailable{By: "staff", Item: "grape"})
		if s.Snapshot().Counters.Feeds["shangou"] == 0 {
			t.Fatal("control: nothing has happened")
		}
	})
	status, body := h.ele(10, eleOrder("e1", "1", 1))
	ok(t, status, body)
	h.by["shangou"].until("eleme.order.confirmOrderLite e1")
}

// TestACallThatMeituanFailsIsMadeAgain: none of its codes is known to be final.
func TestACallThatMeituanFailsIsMadeAgain(t *testing.T) {
	h := open(t)
	p := h.by["meituan"]
	p.says = []string{"703", "700", "1"}
	status, body := h.mt("order", mtOrder("25217", 1))
	ok(t, status, body)
	p.until("order/confirm 25217")
}

// TestAShopThatCannotWriteIsPushedAgain: what is not stored is not answered as taken.
func TestAShopThatCannotWriteIsPushedAgain(t *testing.T) {
	h := open(t)
	h.Stop()
	if status, body := h.ele(10, eleOrder("e1", "1", 1)); status != http.StatusServiceUnavailable || body != "" {
		t.Errorf("answered %d %q", status, body)
	}
}
