package kds

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"weir/shop"
)

// TestNothingOfACardIsCut: of every drink with every topping nothing reaches beyond its card, in both languages.
func TestNothingOfACardIsCut(t *testing.T) {
	k := open(t, options{config: roomy})
	menu, cups := k.store.Snapshot().Config.Menu, 0
	for i, item := range menu.Items {
		if item.Cups == 0 {
			continue
		}
		for _, g := range menu.Groups {
			if g.ID != shop.GroupTopping {
				continue
			}
			for _, topping := range g.Options[:2] {
				o := shop.Options{Toppings: []string{topping.ID}}
				if cups%2 == 1 {
					o.Size, o.Ice, o.Milk = "l", "none", "oat"
				}
				cups++
				k.order("meituan", fmt.Sprint(i, topping.ID), shop.Line{Item: item.ID, Name: item.ID, Qty: 1, Options: o})
			}
		}
	}
	b := openTablet(t, browser(t), 1280, 800, k.url+"/kds")
	for _, lang := range []string{"zh", "en"} {
		seen := 0
		for page := 1; seen < cups; page++ {
			b.do(chromedp.Navigate(fmt.Sprintf("%s/kds?lang=%s&page=%d", k.url, lang, page)))
			b.until("window.weir && weir.stats.frames > 0 && weir.fits()")
			if cut := b.text(`[...document.querySelectorAll("#cards .card")].filter((c) => {
				const room = c.querySelector(".bump").getBoundingClientRect();
				return [...c.querySelectorAll(".name, .what > *")].some((e) => e.getBoundingClientRect().bottom > room.bottom + 2);
			}).map((c) => c.innerText.replaceAll("\n", " ")).join("\n")`); cut != "" {
				t.Errorf("%s, page %d: cut:\n%s", lang, page, cut)
			}
			n := 0
			if _, err := fmt.Sscan(b.text(`String(document.querySelectorAll("#cards .card").length)`), &n); err != nil || n == 0 {
				t.Fatalf("page %d has %d cards: %v", page, n, err)
			}
			seen += n
		}
	}
}
