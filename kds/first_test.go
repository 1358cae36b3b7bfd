package kds

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"weir/shop"
)

// An order is put first from the page of its cup, for a reason, and not in one tap. Then it is the first on the board.
func TestAnOrderIsPutFirstForAReason(t *testing.T) {
	k := open(t, options{})
	k.order("meituan", "a", cup("matcha", 2))
	last := k.order("meituan", "b", cup("grape", 1))
	_, page := k.get("/kds/cups/c2-1")
	before, fold, _ := strings.Cut(page, `<details class="panel" id="first"`)
	if strings.Contains(before, "/first") || !strings.Contains(fold, "/kds/orders/o2/first") {
		t.Error("one tap puts the order first, or nothing does")
	}
	if status, _, _ := k.post("/kds/orders/o2/first", url.Values{}); status != 422 {
		t.Errorf("without a reason: %d, want 422", status)
	}
	bare, err := http.NewRequest(http.MethodPost, k.url+"/kds/orders/o2/first", nil)
	if err != nil {
		t.Fatal(err)
	}
	if status, _, _ := k.send(bare); status != 422 {
		t.Errorf("a bare POST: %d, want 422 as for any that gives no reason", status)
	}
	if o, err := k.store.Order(t.Context(), last.ID); err != nil || !o.Promise.First.IsZero() {
		t.Errorf("without a reason the order is first: %v", err)
	}
	_, location, _ := k.post("/kds/orders/o2/first", url.Values{"other": {"骑手等了很久"}, "back": {"/kds/cups/c2-1"}})
	_, page = k.get(location)
	if o, err := k.store.Order(t.Context(), last.ID); err != nil || o.Promise.First.IsZero() {
		t.Fatalf("the order is not first: %v", err)
	}
	if !strings.Contains(page, "已提前") || strings.Contains(page, `id="first"`) {
		t.Error("the page does not say that the order is first, or offers it again")
	}
	_, screen := k.get("/board")
	if first, other := strings.Index(screen, "002"), strings.Index(screen, "001"); first < 0 || other < 0 || first > other {
		t.Errorf("on the pick-up screen 002 stands at %d, 001 at %d", first, other)
	}
	_, board := k.get("/kds")
	if at, other := strings.Index(board, `id="c2-1"`), strings.Index(board, `id="c1-1"`); at < 0 || other < 0 || at > other {
		t.Errorf("on the board the cup stands at %d, the other at %d", at, other)
	}
	if mark := `<span class="mark">先做</span>`; strings.Count(board, mark) != 1 ||
		strings.Index(board, mark) < strings.Index(board, `id="c2-1"`) || strings.Index(board, mark) > strings.Index(board, `id="c1-1"`) {
		t.Error("the card of the order that is first does not say so, or another does")
	}
}

// A customer's reminder shows on the cards of the order, and on no other.
func TestAReminderShowsOnTheCard(t *testing.T) {
	k := open(t, options{})
	k.order("meituan", "a", cup("matcha", 1))
	reminded := k.order("meituan", "b", cup("grape", 1))
	if _, board := k.get("/kds"); strings.Contains(board, "催单") {
		t.Fatal("control: a reminder shows before there was one")
	}
	k.do(shop.Progress{Channel: "meituan", Order: reminded.ID, Step: shop.Reminded})
	_, board := k.get("/kds")
	if at := strings.Index(board, "催单"); strings.Count(board, "催单") != 1 || at < strings.Index(board, `id="c2-1"`) {
		t.Errorf("the reminder shows %d times, at %d", strings.Count(board, "催单"), at)
	}
}

// TestAReminderShowsBesideAnotherMark: on the board, in a browser, an order that was put first and is asked for says both, in both
// views; a batch says which of its orders is asked for; on a small card that is full it still says so.
func TestAReminderShowsBesideAnotherMark(t *testing.T) {
	k := open(t, options{})
	k.order("meituan", "a", cup("matcha", 1))
	first := k.order("meituan", "b", cup("grape", 1))
	other := k.order("shangou", "c", cup("matcha", 1))
	b := openTablet(t, browser(t), 1280, 800, k.url+"/kds").live()
	marks := func(card string) string {
		all := "[...document.querySelectorAll('#" + card + " .mark')]"
		return b.text(all + `.filter((e) => e.checkVisibility()).map((e) => e.textContent).join("|")`)
	}
	if got := marks("c2-1"); got != "" {
		t.Fatalf("control: before anything happened the card says %q", got)
	}
	k.do(shop.PutFirst{By: "tablet", Order: first.ID, Reason: "等了很久"}, shop.Progress{Channel: "meituan", Order: first.ID, Step: shop.Reminded},
		shop.Progress{Channel: "shangou", Order: other.ID, Step: shop.Reminded})
	b.until(`document.querySelectorAll("#c2-1 .mark").length === 2`)
	if got := marks("c2-1"); got != "先做|刚催单" {
		t.Errorf("the card says %q, want both", got)
	}
	if at := b.text(`document.querySelector("#cards > .card").id`); at != "c2-1" {
		t.Errorf("the first card is %s", at)
	}
	if got := marks("c1-1"); got != "" {
		t.Errorf("a card that nobody asks for says %q", got)
	}
	b.do(chromedp.Navigate(k.url + "/kds?view=batch"))
	b.live()
	if got := marks("b-c1-1"); got != "003 刚催单" {
		t.Errorf("the batch says %q", got)
	}
	everything := shop.Options{Size: "l", Ice: "none", Sugar: "zero", Milk: "oat", Toppings: []string{"pearl", "coconut", "taro", "pudding"}}
	full := k.order("meituan", "d", shop.Line{Item: "jasmine-milk-tea", Name: "jasmine", Qty: 1, Options: everything})
	k.do(shop.PutFirst{By: "tablet", Order: full.ID, Reason: "等了很久"}, shop.Progress{Channel: "meituan", Order: full.ID, Step: shop.Reminded})
	for _, size := range [][2]int64{{360, 740}, {1280, 800}} {
		b.do(chromedp.EmulateViewport(size[0], size[1]), chromedp.Navigate(k.url+"/kds"))
		b.live()
		if got := marks("c4-1"); !strings.Contains(got, "先做") || !strings.Contains(got, "催") {
			t.Errorf("at %d wide a full card says %q", size[0], got)
		}
		if cut := b.text(cutOff); cut != "" {
			t.Errorf("at %d wide: cut off %s", size[0], cut)
		}
	}
}
