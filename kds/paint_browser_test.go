package kds

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"weir/shop"
)

// TestNothingIsCutBeforeTheTabletHasMeasured: what a tablet paints first, before it has told the server its size, has every word of
// every card, at all sizes and in both views; without script it stays so. So does a page that was made for another size.
func TestNothingIsCutBeforeTheTabletHasMeasured(t *testing.T) {
	k := open(t, options{config: roomy})
	k.rush(20)
	everything := shop.Options{Size: "l", Ice: "none", Sugar: "zero", Milk: "oat", Toppings: []string{"pearl", "coconut", "taro", "pudding"}}
	k.do(shop.Place{Channel: "meituan", Draft: shop.Draft{
		Ref: "full", DisplayNumber: "12345", Customer: shop.Customer{Notes: []string{"花生过敏，请不要放花生碎，谢谢老板"}},
		Lines: []shop.Line{{Item: "brown-sugar", Name: "x", Qty: 1, Options: everything}},
	}})
	b := openTablet(t, browser(t), 1280, 800, k.url+"/manifest.webmanifest")
	script := func(on bool) {
		t.Helper()
		off := emulation.SetScriptExecutionDisabledParams{Value: !on}
		if _, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, off); err != nil {
			t.Fatal(err)
		}
	}
	script(false)
	for _, size := range [][2]int64{{360, 740}, {390, 844}, {800, 1280}, {1024, 768}, {1280, 800}, {1366, 768}, {1920, 1080}} {
		for i, path := range []string{"/kds?lang=en", "/kds?lang=zh", "/kds?lang=en&view=batch", "/kds?lang=en&wide=560&high=300&fit=4"} {
			b.do(chromedp.EmulateViewport(size[0], size[1]), chromedp.Navigate(k.url+path))
			if cut := b.text(cutOff); cut != "" {
				t.Errorf("%s at %d×%d: cut off %s", path, size[0], size[1], cut)
			}
			over := b.text(`[...document.querySelectorAll("#cards > .card")].map((c) => c.getBoundingClientRect()).some((r, i, all) =>
				all.some((o, j) => j > i && r.left < o.right - 1 && o.left < r.right - 1 && r.top < o.bottom - 1 && o.top < r.bottom - 1))`)
			if over != "false" {
				t.Errorf("%s at %d×%d: cards lie over one another", path, size[0], size[1])
			}
			if n := b.text(`document.querySelectorAll("#cards > .card").length`); i < 2 && n != fmt.Sprint(min(cardsMax, 21)) {
				t.Errorf("%s at %d×%d: %s cards", path, size[0], size[1], n)
			}
		}
	}
	// The control: cards of a fitted board, which this page was not made for.
	b.do(chromedp.EmulateViewport(360, 740), chromedp.Navigate(k.url+"/kds?lang=en&wide=560&high=300&fit=4"),
		chromedp.Evaluate[chromedp.Void](`document.documentElement.dataset.fitted = ""`))
	if b.text(cutOff) == "" {
		t.Error("cards that were made for another size are not cut: this test proves nothing")
	}
	script(true)
	b.do(chromedp.Navigate(k.url + "/kds?lang=en"))
	b.live()
	b.until(`"fitted" in document.documentElement.dataset && weir.fits()`)
	if cut := b.text(cutOff); cut != "" {
		t.Errorf("a fitted board cuts off %s", cut)
	}
}
