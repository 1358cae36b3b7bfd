package kds

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"weir/shop"
)

// scan types into whatever has the focus, as a scanner does, and ends with enter.
func (b *tablet) scan(code string) {
	b.t.Helper()
	b.do(chromedp.KeyEvent(code), chromedp.KeyEvent(kb.Enter))
}

// A tablet in the kitchen, a tablet at the counter and a customer's phone follow one order from new to
// handed over; none of them loads its page again.
func TestTwoTabletsAndAPhoneFollowOneOrder(t *testing.T) {
	k := open(t, options{})
	browser := browser(t)
	kitchen := openTablet(t, browser, 1280, 800, k.url+"/kds").live()
	desk := openTablet(t, browser, 1280, 800, k.url+"/handoff").live()
	phone := openTablet(t, browser, 390, 844, k.url+"/board").live()
	all := []*tablet{kitchen, desk, phone}
	for _, b := range all {
		b.do(chromedp.Evaluate[chromedp.Void](`window.sameLoad = true`))
	}
	k.order("meituan", "37", cup("pearl-milk-tea", 2))
	kitchen.until(`document.querySelectorAll("[data-cup]").length === 2`)
	phone.until(`document.getElementById("m-o1")`)

	kitchen.tap("#c1-1 .tools button") // start
	kitchen.until(`document.querySelector("#c1-1.is-making")`)
	kitchen.tap("#c1-1 .bump")
	kitchen.until(`document.querySelector(".undo[value=c1-1]")`)
	kitchen.tap("#c1-2 .bump")
	kitchen.until(`document.querySelectorAll("[data-cup]").length === 0`)
	if phone.text(`!!document.querySelector(".ready li")`) != "false" {
		t.Error("the order was called while its bump could still be undone")
	}
	k.clock.Move(shop.UndoTime)
	k.do(shop.Tick{})
	phone.until(`document.querySelector("[data-called^='o1@']") && !document.getElementById("m-o1")`)

	desk.scan("美团 37")
	desk.until(`document.querySelector(".in-hand.ready")`)
	desk.tap(".give .all")
	phone.until(`!document.getElementById("r-o1")`)
	desk.until(`!document.querySelector(".in-hand") && document.querySelector(".lists .empty")`)
	for _, b := range all {
		if b.text("window.sameLoad") != "true" {
			t.Error("a page was loaded again")
		}
	}
	if got := k.cupState("c1-1"); got != shop.Handed {
		t.Errorf("the cup is %v", got)
	}
}

// A wrong cup covers the screen in red and sounds until somebody has understood it. The scanner types
// wherever the focus is.
func TestAWrongCupCoversTheScreen(t *testing.T) {
	k := counter(t, shop.CheckCup)
	b := openTablet(t, browser(t), 1280, 800, k.url+"/handoff").live()
	b.scan("c1-1")
	b.until(`document.querySelectorAll(".in-hand .packed").length === 1`)
	b.do(chromedp.Evaluate[chromedp.Void](`document.activeElement.blur()`))
	b.scan("c2-1")
	b.until(`!document.getElementById("wrong").hidden && document.documentElement.dataset.sound === "wrong"`)
	if say := b.text(`document.getElementById("wrong-say").textContent`); !strings.Contains(say, "002") {
		t.Errorf("it says %q and does not name the right order", say)
	}
	full := b.text(`(() => {
		const r = document.getElementById("wrong").getBoundingClientRect();
		return r.width >= innerWidth && r.height >= innerHeight;
	})()`)
	if full != "true" {
		t.Error("the warning does not cover the screen")
	}
	b.tap("#wrong-seen")
	b.until(`document.getElementById("wrong").hidden`)
	b.scan("c1-2")
	b.until(`document.querySelector(".in-hand.ready")`)
	if k.cupState("c2-1") != shop.Waiting {
		t.Errorf("the wrong cup is %v", k.cupState("c2-1"))
	}
}

// Ticks that a person has set are not lost when the frame is renewed.
func TestTicksOutliveAFrame(t *testing.T) {
	k := counter(t, shop.CheckTap)
	b := openTablet(t, browser(t), 1280, 800, k.url+"/handoff?order=o2").live()
	b.tap(".give li input[value='c2-1']")
	k.do(tapTo("c2-2", shop.Making))
	b.until(`document.querySelectorAll(".give .state")[1].textContent.includes("在做")`)
	if b.text(`document.querySelector(".give li input").checked`) != "true" {
		t.Error("the tick is lost")
	}
}
