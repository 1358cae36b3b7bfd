package kds

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/shop"
)

// TestADrinkIsOrderedInThreeTaps: from the board a walk-in's drink is in the queue after three taps, with its options; more
// drinks are one order, a finger that bounces counts once, and all of it is taken back in one tap.
func TestADrinkIsOrderedInThreeTaps(t *testing.T) {
	k := open(t, options{})
	k.do(shop.SetAvailable{Item: "matcha"}, shop.SetStock{Ingredient: "taro", Amount: 100})
	a := openTablet(t, browser(t), 1280, 800, k.url+"/kds").live()
	order := func(path string) {
		a.tap(path)
		a.until(`document.querySelector(".counter") && document.readyState === "complete"`)
	}
	pick := func(name, value string) string { return `input[name="` + name + `"][value="` + value + `"]` }
	order("#walked-in a")
	a.tap(pick("item", "grape"))
	a.tap(".ticket .go")
	a.until(`window.weir && weir.stats.frames > 0`) // it leads back to the board
	o, _ := k.store.Snapshot().Order(1)
	if o == nil || o.Lines[0].Item != "grape" || len(o.Cups) != 1 {
		t.Fatalf("three taps ordered %+v", o)
	}
	a.until(`document.querySelector(".unwalk")`)

	a.later(time.Minute)
	k.clock.Move(time.Minute)
	a.until(`document.querySelector("#walked-in a")`)
	order("#walked-in a")
	if closed := a.text(`document.querySelector('` + pick("item", "matcha") + `').disabled`); closed != "true" {
		t.Error("what is sold out can be chosen")
	}
	if text := a.text(`document.querySelector('` + pick("topping", "taro") + `').parentElement.innerText`); !strings.Contains(text, "只剩") {
		t.Errorf("nothing says how few are left: %q", text)
	}
	a.tap(pick("item", "green-tea"))
	a.tap(pick("size", "l"))
	twice := `(() => { const t = document.querySelector('` + pick("topping", "pearl") + `'); const click = () => t.dispatchEvent(
		new MouseEvent("click", { bubbles: true, cancelable: true, detail: 1 })); click(); click(); return t.checked })()`
	if a.text(twice) != "true" {
		t.Error("a finger that bounced took the topping off again")
	}
	a.tap(".ticket button:not(.go)")
	a.until(`document.querySelector(".ordered button") && document.readyState === "complete"`)
	a.tap(pick("item", "grape"))
	a.tap(pick("qty", "2"))
	a.tap(".ticket .go")
	a.until(`window.weir && document.querySelector(".unwalk")?.textContent.includes("3")`)
	o, _ = k.store.Snapshot().Order(2)
	want := []shop.Line{{Item: "green-tea", Qty: 1, Options: shop.Options{Size: "l", Toppings: []string{"pearl"}}}, {Item: "grape", Qty: 2}}
	if diff := cmp.Diff(want, o.Lines); diff != "" {
		t.Error(diff)
	}
	a.tap(".unwalk")
	a.until(`!document.querySelector(".unwalk")`)
	if n := k.store.Snapshot().Ledger.Backlog(); n != 1 {
		t.Errorf("%d cups after the undo of three, want the one before", n)
	}

	form := url.Values{"line": {"grape*2 size/l", "green-tea"}, "tap": {"one-page"}}
	for range 2 {
		k.post("/kds/counter", form)
	}
	if n := k.store.Snapshot().Ledger.Backlog(); n != 4 {
		t.Errorf("%d cups after a form that was sent twice, want 4", n)
	}
	if status, _ := k.call("/kds/counter", `{"lines":["matcha"],"tap":"gone"}`); status != 409 {
		t.Errorf("what is sold out: %d, want 409", status)
	}
	for _, bad := range []string{`{"lines":["grape + green-tea"]}`, `{"lines":["grape*99"]}`, `{"lines":["grape shape/round"]}`, `{}`} {
		if status, answer := k.call("/kds/counter", bad); status != 422 && status != 400 {
			t.Errorf("%s: %d %s", bad, status, answer)
		}
	}
}
