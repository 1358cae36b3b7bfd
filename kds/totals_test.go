package kds

import (
	"strings"
	"testing"
	"time"

	"weir/shop"
	"weir/shop/try"
	"weir/templates"
)

// TestTheTotalsSayHowMuchToPrepare: drinks, toppings and ingredients of all cups are added up as people count them, what is booked
// for later apart; and the board says of what only a few are left, and until when something is sold out.
func TestTheTotalsSayHowMuchToPrepare(t *testing.T) {
	k := open(t, options{config: roomy})
	with := func(item string, qty int) shop.Line {
		return shop.Line{Item: item, Qty: qty, Options: shop.Options{Toppings: []string{"pearl"}}}
	}
	k.order("meituan", "a", with("pearl-milk-tea", 30), with("green-tea", 8)) // 30 × (60 + 50) + 8 × 50 of pearl: 3700, of 3000 a pot
	slot := try.Noon.Add(2 * time.Hour)
	k.do(shop.Place{Channel: "meituan", Draft: shop.Draft{Ref: "later", SlotStart: slot, Lines: []shop.Line{with("green-tea", 5)}}})
	k.do(shop.SetStock{Ingredient: "taro", Amount: 500}, shop.SetAvailable{Item: "matcha", Until: try.Noon.Add(90 * time.Minute)})
	_, page := k.get("/kds/totals?lang=zh")
	page = strings.Join(strings.Fields(page), " ")
	row := func(name, soon, later string) string {
		return `<tr><th scope="row">` + name + `</th><td>` + soon + `</td><td>` + later + `</td></tr>`
	}
	for _, want := range []string{
		"现在要做 38 杯，另有预约 5 杯", row("珍珠奶茶", "×30", "–"), row("原叶绿茶", "×8", "×5"), row("珍珠", "×38", "×5"),
		row("珍珠", "1.2 锅", "0.1 锅"), "芋圆</b> <span>只剩 12 份", "抹茶鲜奶</b> <span>售罄，到 13:30",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	state := k.store.Snapshot()
	s := side(state, "zh", state.Queue("", time.Time{}), rowsHere, try.Noon)
	if s.Later != 5 || len(s.Left) != 2 || s.Left[1].Amount != "剩 8 份" && s.Left[1].Amount != "剩 12 份" {
		t.Errorf("a tablet's side says: later %d, left %+v", s.Later, s.Left)
	}
	if len(s.Used) > 0 {
		t.Errorf("a tablet has no room for %v", s.Used)
	}
	s = side(state, "zh", state.Queue("", time.Time{}), rowsMax, try.Noon)
	found := false
	for _, a := range s.Used {
		found = found || a == templates.Amount{Name: "珍珠", Amount: "1.2 锅"}
	}
	if !found {
		t.Errorf("a wall's side does not say how much of pearl: %v", s.Used)
	}
	for i := range state.Stock { // a stock that lasts is not spoken of
		k.do(shop.SetStock{Ingredient: i, Amount: 100_000})
	}
	state = k.store.Snapshot()
	if left := leftNow(state, "zh", try.Noon, false); len(left) != 1 {
		t.Errorf("with plenty of all: %v", left)
	}
}
