package kds

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"weir/shop"
)

// idsOn are the places of a board, in order.
func (b *tablet) idsOn() []string {
	b.t.Helper()
	return strings.Split(b.text(`Array.from(document.querySelectorAll("#cards > .card"), (c) => c.id).join()`), ",")
}

// A tap so soon after cards moved that no person can have chosen anew does not finish the neighbour. With the guard off
// it does.
func TestATapAfterAMoveDoesNotFinishTheNeighbour(t *testing.T) {
	k := open(t, options{config: roomy})
	a := openTablet(t, browser(t), 1280, 800, k.url+"/kds").live()
	for i, c := range []struct {
		after time.Duration
		guard string
		took  int // the place, before the move, of the card that the tap takes
	}{{120 * time.Millisecond, "", 1}, {250 * time.Millisecond, "", 1}, {450 * time.Millisecond, "", 1},
		{450 * time.Millisecond, "weir.settle(0)", 2}} {
		o := k.order("meituan", fmt.Sprint(i), cup("matcha", 4))
		id := func(n int) string { return o.CupID(n + 1).String() }
		a.until(`weir.settled() && document.getElementById("` + id(3) + `")`)
		x, y := a.at("#" + id(1) + " .bump")
		// The tablet's time stands still, and goes on by exactly so much after the move.
		a.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`(() => {
			%s;
			const real = performance.now, began = performance.now();
			let now = began;
			performance.now = () => now;
			document.addEventListener("weir:frame", function tap() {
				if (document.getElementById(%q)) return;
				document.removeEventListener("weir:frame", tap);
				now += %d;
				document.elementFromPoint(%f, %f).closest("button").click();
				performance.now = () => real.call(performance);
			});
		})()`, c.guard, id(0), c.after.Milliseconds(), x, y)))
		k.do(tapTo(id(0), shop.Voided))
		a.until(`document.querySelector(".undo[value^='c` + o.ID.String()[1:] + `-']")`)
		if got := a.text(`document.querySelector(".undo").value`); got != id(c.took) {
			t.Errorf("%v after a move, guard %q: the tap took %s, want %s", c.after, c.guard, got, id(c.took))
		}
		k.do(shop.End{Order: o.ID, To: shop.OrderReleased, Reason: "next case"})
		a.until(`!document.getElementById("` + id(3) + `") && !document.querySelector(".undo")`)
	}
}

// While somebody works at a board, a card that is finished leaves a gap, and its neighbours keep their places. At rest the
// gap closes; with no rest asked for it closes at once.
func TestCardsKeepTheirPlacesWhileTheBoardIsTouched(t *testing.T) {
	for name, c := range map[string]struct {
		rest string
		gap  bool
	}{"touched": {"weir.rest(60000)", true}, "no rest": {"weir.rest(-1)", false}} {
		t.Run(name, func(t *testing.T) {
			k := open(t, options{config: roomy})
			k.order("meituan", "37", cup("matcha", 6))
			a := openTablet(t, browser(t), 1280, 800, k.url+"/kds").live()
			a.do(chromedp.Evaluate[chromedp.Void](c.rest))
			before := a.idsOn()
			a.tap("#" + before[0] + " .bump")
			a.until(`document.querySelector(".undo")`)
			k.clock.Move(shop.UndoTime + time.Second)
			a.until(`!document.querySelector(".undo")`)
			after := a.idsOn()
			if c.gap && (len(after) != len(before) || after[0] != "gap-"+before[0] || after[1] != before[1]) {
				t.Errorf("%v became %v: the cards moved under a hand", before, after)
			}
			if !c.gap && after[0] != before[1] {
				t.Errorf("%v became %v: nothing moves without a rest either, this test proves nothing", before, after)
			}
			a.later(time.Minute + time.Second)
			a.until(`!document.querySelector(".gap") && ` + sameAsNew)
		})
	}
}

// A tap on the counter strip can be taken back until somebody begins its cups, and a double tap counts once: with script,
// and as a form that is sent twice.
func TestTheCounterStripForgives(t *testing.T) {
	k := open(t, options{})
	a := openTablet(t, browser(t), 1280, 800, k.url+"/kds").live()
	a.do(chromedp.Evaluate[chromedp.Void](`const place = () => document.querySelector(".walkin button[value='9']").getBoundingClientRect().x;
		window.stood = place(); window.place = place`))
	a.do(chromedp.Evaluate[chromedp.Void](`const nine = document.querySelector(".walkin button[value='9']"); nine.click(); nine.click()`))
	a.until(`document.querySelector(".unwalk")`)
	if a.text("place() === stood") != "true" {
		t.Error("the numbers move when the undo comes: the next tap hits the neighbour")
	}
	if n := k.store.Snapshot().Ledger.Ordered; n != 9 {
		t.Errorf("a double tap on +9 added %d cups", n)
	}
	a.later(time.Second) // no double tap any more
	a.tap(".walkin button[value='2']")
	a.until(`document.querySelector(".unwalk").textContent.includes("2")`)
	a.tap(".unwalk")
	a.until(`document.querySelector(".unwalk").textContent.includes("9")`)
	if n := k.store.Snapshot().Ledger.Backlog(); n != 9 {
		t.Errorf("%d cups after the undo of +2, want 9", n)
	}
	k.do(tapTo("c1-1", shop.Making))
	a.until(`!document.querySelector(".unwalk")`)
	if status, _ := k.call("/kds/counter/undo", `{"order":"o1"}`); status != 409 {
		t.Errorf("undo of cups that somebody has begun: %d, want 409", status)
	}
	for range 2 {
		k.post("/kds/counter", url.Values{"cups": {"5"}, "tap": {"one-page"}})
	}
	k.post("/kds/counter", url.Values{"cups": {"5"}, "tap": {"another-page"}})
	if n := k.store.Snapshot().Ledger.Backlog(); n != 19 {
		t.Errorf("%d cups, want 9 and 5 and 5", n)
	}
}
