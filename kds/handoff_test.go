package kds

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/shop"
)

// counter is a kitchen in a check mode with two orders of two cups; the first is made.
func counter(t *testing.T, mode string) *kitchen {
	k := open(t, options{config: func(c *shop.Config) { c.Settings.CheckMode = mode }})
	k.order("meituan", "37", cup("pearl-milk-tea", 1), cup("matcha", 1))
	k.order("shangou", "A-5", cup("grape", 2))
	k.do(tapTo("c1-1", shop.Made), tapTo("c1-2", shop.Made))
	return k
}

func TestNumbersFindOrders(t *testing.T) {
	k := counter(t, shop.CheckTap)
	k.order("shangou", "1", cup("matcha", 1))
	k.order("meituan", "38", cup("matcha", 1))
	k.do(shop.Cancel{Channel: "meituan", Ref: "38"})
	cases := map[string][]string{
		"37": {"o1"}, "美团 37": {"o1"}, "meituan37": {"o1"}, "美团#37": {"o1"}, "Meituan 37": {"o1"}, "闪购 37": nil,
		"1": {"o1", "o3"}, "001": {"o1", "o3"}, "002": {"o2"}, "a-5": {"o2"}, "闪购1": {"o3"}, "38": nil, "999": nil, "": nil,
		"０３７": {"o1"}, "美团　３７": {"o1"}, "美团：37": {"o1"}, "ＭＥＩＴＵＡＮ37\r\n": {"o1"}, "ａ—5": {"o2"}, "\t002\t": {"o2"}, "\u200b002": {"o2"},
		"９９９": nil,
		"美团":  nil,
	}
	for code, want := range cases {
		var got []string
		for _, o := range found(k.store.Snapshot(), code) {
			got = append(got, o.ID.String())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", code, diff)
		}
	}
}

// TestWhoWaitsIsShownWithMinutes: the rider who stands there, since when, before one who has just come; and where to bring it.
func TestWhoWaitsIsShownWithMinutes(t *testing.T) {
	k := counter(t, shop.CheckTap)
	k.do(shop.Progress{Channel: "meituan", Order: 1, Step: shop.CourierAssigned, Eta: k.clock.Now().Add(20 * time.Minute)})
	if _, page := k.get("/handoff"); !strings.Contains(page, "骑手 12:20 到") {
		t.Error("it is not said when the rider comes")
	}
	k.do(shop.Progress{Channel: "shangou", Order: 2, Step: shop.CourierArrived})
	k.clock.Move(5 * time.Minute)
	k.do(shop.Progress{Channel: "meituan", Order: 1, Step: shop.CourierArrived})
	_, page := k.get("/handoff")
	if !strings.Contains(page, "人到了 5分钟") || !strings.Contains(page, "人到了 0分钟") {
		t.Errorf("the minutes are not shown: %s", page)
	}
	if _, page = k.get("/kds"); strings.Count(page, "骑手等了5分钟") != 2 {
		t.Error("the board does not say on both cups that their rider waits")
	}
}

// scanned is the answer to a scan.
type scanned struct{ To, Type, Say string }

func (k *kitchen) scan(code, order string) (int, scanned) {
	k.t.Helper()
	body, err := json.Marshal(map[string]string{"code": code})
	if err != nil {
		k.t.Fatal(err)
	}
	if order != "" {
		body, err = json.Marshal(map[string]string{"code": code, "order": order})
	}
	if err != nil {
		k.t.Fatal(err)
	}
	status, answer := k.call("/handoff/scan", string(body))
	var s scanned
	if err := json.Unmarshal([]byte(answer), &s); err != nil {
		k.t.Fatalf("%v in %s", err, answer)
	}
	return status, s
}

func TestScanLeadsToTheOrder(t *testing.T) {
	k := counter(t, shop.CheckTap)
	for code, want := range map[string]string{
		"37": "/handoff?order=o1", "c1-1": "/handoff?order=o1", "C1-2": "/handoff?order=o1", " o1 ": "/handoff?bag=1&order=o1",
		"O1":   "/handoff?bag=1&order=o1",
		"ｃ１－２": "/handoff?order=o1", "c1－1\r\n": "/handoff?order=o1", "Ｃ1—1\t": "/handoff?order=o1", "\u3000ｏ１\n": "/handoff?bag=1&order=o1",
		"０３７": "/handoff?order=o1",
		"A-5": "/handoff?order=o2", "ｎｏｂｏｄｙ": "/handoff?code=nobody", "nobody": "/handoff?code=nobody",
	} {
		if status, s := k.scan(code, ""); status != 200 || s.To != want {
			t.Errorf("%q: %d %s, want %s", code, status, s.To, want)
		}
	}
	if status, to, _ := k.post("/handoff/scan", url.Values{"code": {"37"}, "order": {""}}); status != 303 || to != "/handoff?order=o1" {
		t.Errorf("without script: %d to %s", status, to)
	}
}

// A wrong cup is stopped, and the right order named.
func TestAWrongCupIsStopped(t *testing.T) {
	k := counter(t, shop.CheckCup)
	status, s := k.scan("c2-1", "o1")
	if status != 409 || s.Type != "/problems/wrong-cup" || !strings.Contains(s.Say, "002") {
		t.Errorf("%d %+v, want wrong-cup naming 002", status, s)
	}
	if k.cupState("c2-1") != shop.Waiting {
		t.Error("a wrong cup counts as made")
	}
	if status, s := k.scan("o2", "o1"); status != 409 || s.Type != "/problems/wrong-cup" {
		t.Errorf("a wrong bag: %d %+v", status, s)
	}
	status, _, page := k.post("/handoff/scan", url.Values{"code": {"c2-1"}, "order": {"o1"}})
	if status != 409 || !strings.Contains(page, "拿错了") {
		t.Errorf("without script: %d\n%s", status, page)
	}
}

func TestCheckModesAtTheCounter(t *testing.T) {
	t.Run("tap", func(t *testing.T) {
		k := counter(t, shop.CheckTap)
		if _, page := k.get("/handoff?order=o1"); !strings.Contains(page, "齐了") {
			t.Error("a made order is not complete")
		}
		if status, answer := k.call("/kds/orders/o1/handover", `{}`); status != 200 {
			t.Errorf("%d %s", status, answer)
		}
	})
	t.Run("bag", func(t *testing.T) {
		k := counter(t, shop.CheckBag)
		if _, page := k.get("/handoff?order=o1"); strings.Contains(page, "齐了") {
			t.Error("an order whose bag was not scanned is complete")
		}
		if status, _ := k.call("/kds/orders/o1/handover", `{}`); status != 409 {
			t.Errorf("without a scan: %d", status)
		}
		_, s := k.scan("o1", "")
		if _, page := k.get(s.To); !strings.Contains(page, "齐了") || !strings.Contains(page, `name="bag" value="true"`) {
			t.Error("after the scan of the bag the order is not complete")
		}
		if status, answer := k.call("/kds/orders/o1/handover", `{"bag":true}`); status != 200 {
			t.Errorf("%d %s", status, answer)
		}
	})
	t.Run("cup", func(t *testing.T) {
		k := counter(t, shop.CheckCup)
		k.scan("c1-1", "")
		if _, page := k.get("/handoff?order=o1"); strings.Contains(page, "齐了") || !strings.Contains(page, "1 / 2") {
			t.Error("one of two cups scanned: the page does not say so")
		}
		if status, _ := k.call("/kds/orders/o1/handover", `{}`); status != 409 {
			t.Errorf("one of two cups scanned: %d", status)
		}
		k.scan("c1-2", "o1")
		if status, answer := k.call("/kds/orders/o1/handover", `{}`); status != 200 {
			t.Errorf("both scanned: %d %s", status, answer)
		}
	})
}

func TestPartOfAnOrderLeavesWithAReason(t *testing.T) {
	k := counter(t, shop.CheckTap)
	status, _, _ := k.post("/kds/orders/o2/handover", url.Values{"made": {"true"}, "cups": {"c2-1"}, "reason": {"rider does not wait"},
		"back": {"/handoff?order=o2"}})
	if status != 303 || k.cupState("c2-1") != shop.Handed || k.cupState("c2-2") != shop.Waiting {
		t.Errorf("%d, cups %v and %v", status, k.cupState("c2-1"), k.cupState("c2-2"))
	}
}

// A form on which cups are ticked never means all of them when none is: a stray tap would give out what is not made.
func TestNoTickIsNotEveryCup(t *testing.T) {
	k := counter(t, shop.CheckCup)
	_, page := k.get("/handoff?order=o2")
	if !strings.Contains(page, `name="ticked" value="true"`) {
		t.Error("the form for a part of an order does not say that its cups are ticked")
	}
	form := url.Values{"made": {"true"}, "ticked": {"true"}, "reason": {"骑手不等"}, "back": {"/handoff?order=o2"}}
	status, _, body := k.post("/kds/orders/o2/handover", form)
	if status != 422 || !strings.Contains(body, "先勾选要交的杯") || k.cupState("c2-1") == shop.Handed {
		t.Errorf("without a tick: %d, the cup is %v\n%s", status, k.cupState("c2-1"), body)
	}
	form.Set("cups", "c2-1")
	if status, _, _ = k.post("/kds/orders/o2/handover", form); status != 303 || k.cupState("c2-1") != shop.Handed ||
		k.cupState("c2-2") == shop.Handed {
		t.Errorf("with one tick: %d, cups %v and %v", status, k.cupState("c2-1"), k.cupState("c2-2"))
	}
}

// Bags of an earlier day are discarded with one tap; today's stay.
func TestUnclaimedBagsAreDiscarded(t *testing.T) {
	k := counter(t, shop.CheckTap)
	k.clock.Move(24 * time.Hour)
	k.do(shop.Tick{})
	k.order("meituan", "9", cup("matcha", 1))
	k.do(tapTo("c3-1", shop.Made))
	_, page := k.get("/handoff")
	if !strings.Contains(page, `name="orders" value="o1"`) {
		t.Fatal("the bag of yesterday is not offered for discarding")
	}
	if status, _, _ := k.post("/handoff/unclaimed", url.Values{"orders": {"o1"}, "sure": {"true"}}); status != 303 {
		t.Error(status)
	}
	if k.cupState("c1-1") != shop.Discarded || k.cupState("c3-1") != shop.Made {
		t.Errorf("yesterday's cup is %v, today's %v", k.cupState("c1-1"), k.cupState("c3-1"))
	}
}

func TestHeldOrdersAreMadeOnArrival(t *testing.T) {
	k := open(t, options{config: func(c *shop.Config) { c.Channels[1].HoldUntilArrival = true }})
	k.order("meituan", "37", cup("matcha", 1))
	if _, page := k.get("/handoff"); !strings.Contains(page, "/handoff/orders/o1/arrived") {
		t.Fatal("a held order is not shown")
	}
	if status, _, _ := k.post("/handoff/orders/o1/arrived", url.Values{}); status != 303 || k.cupState("c1-1") != shop.Waiting {
		t.Errorf("%d, the cup is %v", status, k.cupState("c1-1"))
	}
}

// The pick-up screen calls an order when its bump can no longer be undone and, in mode cup, when every cup
// is in the bag; it shows no names.
func TestPickupCallsOnlyWhatIsComplete(t *testing.T) {
	k := open(t, options{config: func(c *shop.Config) { c.Settings.CheckMode = shop.CheckCup }})
	k.do(shop.Place{Channel: "meituan", Draft: shop.Draft{
		Ref: "x", DisplayNumber: "37", Fulfilment: shop.Delivery, Lines: []shop.Line{cup("matcha", 1)},
		Customer: shop.Customer{Name: "王小明", PhoneTail: "1234", Notes: []string{"快点"}},
	}})
	called := func() bool {
		k.clock.Move(shop.UndoTime)
		k.do(shop.Tick{})
		_, page := k.get("/board")
		if strings.Contains(page, "王小明") || strings.Contains(page, "1234") || strings.Contains(page, "快点") {
			t.Error("the pick-up screen shows who ordered")
		}
		if !strings.Contains(page, "001") {
			t.Error("the order is on neither side")
		}
		return strings.Contains(page, `data-called="o1@`)
	}
	if called() {
		t.Error("an order that waits was called")
	}
	k.do(tapTo("c1-1", shop.Made))
	if called() {
		t.Error("an order was called although its cup is not in the bag")
	}
	k.scan("c1-1", "")
	if !called() {
		t.Error("a complete order was not called")
	}
}

// unreadable is a shop whose disk fails when an order is read.
type unreadable struct{ Kitchen }

func (unreadable) Order(context.Context, shop.OrderID) (*shop.Order, error) {
	return nil, errors.New("disk I/O error")
}

// TestAReadErrorIsNotAMissingOrder: who is told that there is no such order gives the bag away as a stranger's.
func TestAReadErrorIsNotAMissingOrder(t *testing.T) {
	for _, broken := range []bool{true, false} {
		k := open(t, options{screen: func(c *Config) {
			if broken {
				c.Kitchen = unreadable{c.Kitchen}
			}
		}})
		want := http.StatusNotFound // the control: the order is not there
		if broken {
			want = http.StatusInternalServerError
		}
		for path, body := range map[string]string{"/handoff/scan": `{"code":"o77"}`, "/kds/cups/c77-1/before": `{}`} {
			if status, answer := k.call(path, body); status != want {
				t.Errorf("%s with broken %v: %d, want %d\n%s", path, broken, status, want, answer)
			}
		}
	}
}
