package kds

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"weir/shop"
)

// A person fills in what a platform has left out, from the alarm on the board to the kitchen.
func TestAPersonFillsInAnOrder(t *testing.T) {
	k := open(t, options{})
	k.order("meituan", "a", cup("matcha", 1))
	bare := k.do(shop.Place{Channel: "meituan", Draft: shop.Draft{Ref: "MT-7", DisplayNumber: "#37", Cups: 2}})
	if _, page := k.get("/kds"); strings.Contains(page, "/kds/lines") {
		t.Error("the board asks at once: the platform sends most of them within seconds")
	}
	k.clock.Move(linesAlarm)
	k.do(shop.Tick{})
	_, board := k.get("/kds")
	if !strings.Contains(board, `href="/kds/lines"`) || !strings.Contains(board, "#37") {
		t.Error("the board does not say that an order is without its drinks")
	}
	_, page := k.get("/kds/lines")
	if !strings.Contains(page, "/kds/orders/"+bare.ID.String()+"/lines") || !strings.Contains(page, `name="item-1"`) {
		t.Fatalf("no form for it:\n%s", page)
	}
	path := "/kds/orders/" + bare.ID.String() + "/lines"
	if status, _, _ := k.post(path, url.Values{"qty-0": {"1"}}); status != 422 {
		t.Errorf("nothing chosen: %d", status)
	}
	if status, _, _ := k.post(path, url.Values{"item-0": {"grape"}, "qty-0": {"0"}}); status != 422 {
		t.Errorf("no cup of it: %d", status)
	}
	form := url.Values{"item-0": {"grape"}, "qty-0": {"1"}, "ice-0": {"less"}, "topping-0": {"pearl", "coconut"}, "item-1": {"matcha"},
		"qty-1": {"1"}, "back": {"/kds"}}
	if status, location, _ := k.post(path, form); status != 303 || location != "/kds" {
		t.Errorf("filled in: %d to %s", status, location)
	}
	o, err := k.store.Order(t.Context(), bare.ID)
	if err != nil || o.LinesUnknown || o.State() != shop.OrderAccepted || len(o.Cups) != 2 || o.Lines[0].Options.Ice != "less" ||
		len(o.Lines[0].Options.Toppings) != 2 {
		t.Errorf("%+v, %v", o, err)
	}
	if _, board := k.get("/kds"); strings.Contains(board, `href="/kds/lines"`) || !strings.Contains(board, `id="c2-1"`) {
		t.Error("the board still asks, or does not have the cups")
	}
}

// The alarm is a loud one before the promise is in danger.
func TestAnOrderWithoutDrinksIsLoudInTime(t *testing.T) {
	k := open(t, options{})
	for _, ref := range []string{"a", "b", "c", "d"} {
		k.order("meituan", ref, cup("matcha", 5))
	}
	bare := k.do(shop.Place{Channel: "meituan", Draft: shop.Draft{Ref: "MT-7", Cups: 1}})
	kind := func() string {
		state := k.store.Snapshot()
		for _, a := range k.screens.linesAlarms(state, "zh", k.clock.Now()) {
			return a.Kind
		}
		return ""
	}
	k.clock.Move(linesAlarm)
	if kind() != "ask" {
		t.Errorf("after a minute: %q", kind())
	}
	for _, q := range k.store.Snapshot().Queue("", time.Time{}) { // now its turn comes
		k.do(shop.Tap{By: "tablet", Cups: []shop.CupID{q.ID()}, To: shop.Made})
	}
	if kind() != "stop" || !k.clock.Now().Add(time.Minute).Before(bare.Promise.ReadyBy) {
		t.Errorf("at %v, promised for %v: %q", k.clock.Now(), bare.Promise.ReadyBy, kind())
	}
}
