package kds

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"weir/shop"
)

// A cup is finished at each of its stations by a tap there; the last tap makes it. Each tablet shows what lies at its
// station, then what will come, and a tap can be taken back where it was made.
func TestStationsPassACupOn(t *testing.T) {
	k := open(t, options{})
	k.order("meituan", "37", cup("matcha", 2))
	tea := openTablet(t, browser(t), 1280, 800, k.url+"/kds/tea").live()
	shake := openTablet(t, browser(t), 1280, 800, k.url+"/kds/shake").live()
	seal := openTablet(t, browser(t), 1280, 800, k.url+"/kds/seal").live()
	if got := shake.text(`document.querySelectorAll(".card.coming").length`); got != "2" {
		t.Fatalf("%s cups are on their way to the second station, want both", got)
	}
	tea.tap("#c1-1 .bump")
	shake.until(`document.querySelector("#c1-1:not(.coming)")`)
	if state := k.cupState("c1-1"); state != shop.Making {
		t.Fatalf("after the first station the cup is %v", state)
	}
	if got := shake.text(`[...document.querySelectorAll(".card")].map((c) => c.id).join()`); got != "c1-1,c1-2" {
		t.Errorf("the second station shows %s: what lies there comes first", got)
	}
	tea.until(`document.querySelector("#u-c1-1")`)
	tea.tap("#u-c1-1 .undo")
	shake.until(`document.querySelector("#c1-1.coming")`)
	tea.do(chromedp.Evaluate[chromedp.Void](`weir.settle(0)`))
	tea.tap("#c1-1 .bump")
	shake.until(`document.querySelector("#c1-1:not(.coming)")`)
	shake.tap("#c1-1 .bump")
	seal.until(`document.querySelector("#c1-1:not(.coming)")`)
	seal.tap("#c1-1 .bump")
	seal.until(`document.querySelector("#u-c1-1")`)
	if state := k.cupState("c1-1"); state != shop.Made {
		t.Errorf("after the last station the cup is %v", state)
	}
	k.clock.Move(time.Minute)
	// What a later station has in hand has left those before it.
	seal.tap("#c1-2 .bump")
	tea.until(`!document.querySelector("#c1-2")`)
	seal.until(`document.querySelector("#c1-2.is-making:not(.coming)")`)
	seal.do(chromedp.Evaluate[chromedp.Void](`weir.settle(0)`))
	seal.tap("#c1-2 .bump")
	seal.until(`document.querySelector("#u-c1-2")`)
	if state := k.cupState("c1-2"); state != shop.Made {
		t.Errorf("the second cup is %v", state)
	}
}

// The whole board says where each cup is, and its one tap makes the cup.
func TestTheWholeBoardSaysWhereACupIs(t *testing.T) {
	k := open(t, options{})
	k.order("meituan", "37", cup("matcha", 3))
	at := func(n int, station string, to shop.CupState) shop.Tap {
		return shop.Tap{Cups: []shop.CupID{{Order: 1, N: n}}, To: to, Station: station}
	}
	k.do(at(1, "tea", shop.Made), at(2, "shake", shop.Making))
	k.clock.Move(time.Second)
	all := openTablet(t, browser(t), 1280, 800, k.url+"/kds").live()
	for card, want := range map[string]string{"c1-1": "等调制", "c1-2": "调制 在做", "c1-3": "开始"} {
		if got := all.text(`document.querySelector("#` + card + ` .tool").textContent`); got != want {
			t.Errorf("%s: %q, want %q", card, got, want)
		}
	}
	all.tap("#c1-1 .bump")
	all.until(`document.querySelector("#u-c1-1")`)
	if state := k.cupState("c1-1"); state != shop.Made {
		t.Errorf("after a tap on the whole board the cup is %v", state)
	}
	all.tap("#u-c1-1 .undo")
	all.until(`document.querySelector("#c1-1 .where")`)
	if got := all.text(`document.querySelector("#c1-1 .where").textContent`); got != "等调制" {
		t.Errorf("taken back, the cup is %q", got)
	}
}

// Many cups that one tap finished stay to be taken back, with one tap, as long as nobody has gone on.
func TestWhatOneTapClearedIsTakenBackAsOne(t *testing.T) {
	k := open(t, options{config: roomy})
	k.order("meituan", "37", cup("matcha", 9))
	k.order("meituan", "38", cup("grape", 9))
	k.do(shop.Tap{Cups: []shop.CupID{{Order: 1, N: 2}}, To: shop.Making})
	k.clock.Move(time.Second)
	if status, _, _ := k.post("/kds/cups/c2-5/before", nil); status != 303 {
		t.Fatal(status)
	}
	k.clock.Move(10 * time.Minute)
	all := openTablet(t, browser(t), 1280, 800, k.url+"/kds").live()
	all.until(`document.querySelector(".card.done")`)
	all.tap(".card.done .undo")
	all.until(`!document.querySelector(".card.done")`)
	if state := k.cupState("c1-2"); state != shop.Making {
		t.Errorf("a cup that had been started is %v", state)
	}
	if state := k.cupState("c2-4"); state != shop.Waiting {
		t.Errorf("a cup that had waited is %v", state)
	}
	k.post("/kds/cups/c2-5/before", nil)
	k.clock.Move(time.Minute)
	k.do(shop.Tap{Cups: []shop.CupID{{Order: 2, N: 5}}, To: shop.Making})
	all.until(`document.querySelector("#c2-5.is-making") && !document.querySelector(".card.done")`)
}
