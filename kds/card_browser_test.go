package kds

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"weir/shop"
)

// cutOff lists what is not wholly inside the card it is about.
const cutOff = `(() => {
	const out = [];
	for (const bump of document.querySelectorAll(".bump")) {
		const box = bump.getBoundingClientRect();
		for (const e of bump.querySelectorAll(".what > *, .name, .from > *, .number, .of, .promise")) {
			const r = e.getBoundingClientRect();
			const outside = r.right > box.right + 1 || r.bottom > box.bottom + 1;
			if (outside || e.scrollWidth > e.clientWidth + 1 && e.clientWidth) out.push(bump.parentNode.id + ": " + e.textContent);
		}
	}
	return out.join("; ");
})()`

// Whatever a customer has asked for is on the card, or the card says that there is more: an allergy in a note that is
// cut off unseen is a promise broken.
func TestNothingAboutACupIsCutOffUnseen(t *testing.T) {
	k := open(t, options{config: roomy})
	everything := shop.Options{Size: "l", Ice: "none", Sugar: "zero", Milk: "oat", Toppings: []string{"pearl", "coconut", "taro"}}
	const long = "不要牛奶，孩子过敏，请一定注意，谢谢老板"
	for i, wish := range []struct {
		note    string
		options shop.Options
	}{
		{long, everything}, {"", everything}, {"少放一点茶，谢谢！", shop.Options{Toppings: []string{"pearl"}}},
		{"不要牛奶", shop.Options{Milk: "oat", Toppings: []string{"pearl"}}}, {"不要牛奶，孩子过敏，谢谢老板", shop.Options{}}, {"别放冰", shop.Options{}},
		{"No milk please, the child is allergic to it", shop.Options{Size: "l"}},
		{"", shop.Options{Size: "l", Ice: "none", Sugar: "zero"}},
	} {
		k.do(shop.Place{Channel: "meituan", Draft: shop.Draft{
			Ref: fmt.Sprint(i), DisplayNumber: fmt.Sprint(i), Fulfilment: shop.Delivery, Customer: shop.Customer{Notes: []string{wish.note}},
			Lines: []shop.Line{{Item: "jasmine-milk-tea", Name: "jasmine", Qty: 1, Options: wish.options}},
		}})
	}
	b := openTablet(t, browser(t), 1280, 800, k.url+"/kds").live()
	for _, size := range [][2]int64{{1280, 800}, {1920, 1080}} {
		for _, at := range []string{"/kds", "/kds?lang=en", "/kds?view=batch", "/kds?view=batch&lang=en"} {
			b.do(chromedp.EmulateViewport(size[0], size[1]), chromedp.Navigate(k.url+at))
			if cut := b.live().text(cutOff); cut != "" {
				t.Errorf("%s at %d×%d cuts off %s", at, size[0], size[1], cut)
			}
			if loud := b.text(`document.querySelector(".bump .allergy").innerText`); !strings.HasPrefix(loud, "⚠") {
				t.Errorf("%s at %d×%d shows %q of a cup with an allergy", at, size[0], size[1], loud)
			}
		}
	}
	if _, page := k.get("/kds/cups/c1-1"); !strings.Contains(page, long) {
		t.Error("the cup's page does not have the whole note")
	}
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector(".what > *").style.lineHeight = "900px"`))
	if b.text(cutOff) == "" {
		t.Error("a line of 900 px is not noticed: this test proves nothing")
	}
}
