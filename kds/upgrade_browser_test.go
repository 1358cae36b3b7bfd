package kds

import (
	"testing"

	"github.com/chromedp/chromedp"

	"weir/shop"
)

// A server of a newer build answers while a tap waits to be sent again, as at every upgrade: the page stays until
// the tap has been taken, and only then loads its successor.
func TestATapThatWaitsOutlivesAnUpgrade(t *testing.T) {
	k := open(t, options{})
	k.order("meituan", "37", cup("matcha", 1))
	a := openTablet(t, browser(t), 1280, 800, k.url+"/kds").live()
	a.do(chromedp.Evaluate[chromedp.Void](`
		document.documentElement.dataset.build = "older";
		window.failed = 0;
		const real = window.fetch;
		window.fetch = (...args) => window.reachable ? real(...args) : Promise.reject(new TypeError(String(window.failed++)));`))
	a.tap("#c1-1 .bump")
	a.until(`window.failed > 0`)
	k.order("meituan", "38", cup("matcha", 1)) // its frame names the newer build
	a.until(`window.failed > 2`)
	if a.text(`document.documentElement.dataset.build`) != "older" {
		t.Fatal("the page went away with a tap that had not been sent")
	}
	a.do(chromedp.Evaluate[chromedp.Void](`window.reachable = true`))
	a.until(`document.documentElement.dataset.build !== "older" && document.getElementById("c2-1")`)
	if state := k.cupState("c1-1"); state != shop.Made {
		t.Errorf("the tap was lost: the cup is %v", state)
	}
}
