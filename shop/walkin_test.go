package shop_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"weir/shop"
)

// walkin is a walk-in of any number of cups, or of drinks with their options, by a tap that may come again.
func (m *machine) walkin(t *rapid.T) {
	c := shop.Walkin{By: "tablet", Cups: rapid.IntRange(0, 10).Draw(t, "cups"), Tap: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "tap")}
	for range rapid.IntRange(0, 2).Draw(t, "lines") {
		c.Lines = append(c.Lines, shop.Line{Item: rapid.SampledFrom([]string{"grape", "green-tea", "beer"}).Draw(t, "item"),
			Qty: rapid.IntRange(0, 10).Draw(t, "qty")})
		c.Cups = 0
	}
	m.do(t, c)
	if rapid.Bool().Draw(t, "undo") {
		m.do(t, shop.UndoWalkin{By: "tablet", Order: m.anyOrder(t)})
	}
}

// TestAWalkinHasItsDrinks: what somebody at the counter ordered is made, uses stock and has labels like any other order, counts
// once however often it is tapped, and is taken back as one.
func TestAWalkinHasItsDrinks(t *testing.T) {
	pearl := shop.Options{Size: "l", Toppings: []string{"pearl"}}
	ordered := shop.Walkin{By: "tablet", Tap: "t", Lines: []shop.Line{{Item: "green-tea", Qty: 2, Options: pearl}, {Item: "grape", Qty: 1}}}
	config := *demo(t)
	config.Printers = []shop.Printer{{Name: "label", Kind: "tspl", Labels: true, Address: "virtual:", Prints: []shop.JobKind{shop.JobLabel}}}
	before := follow(t, shop.New(&config, noon), noon, shop.SetStock{Ingredient: "pearl", Amount: 200})
	s := follow(t, before, noon, ordered, ordered)
	o, ok := s.Order(1)
	if !ok || len(o.Cups) != 3 || o.Channel != shop.CounterChannel || o.Fulfilment != shop.Counter {
		t.Fatalf("the order is %+v", o)
	}
	if _, ok := s.Order(2); ok {
		t.Error("a double tap counted twice")
	}
	if diff := cmp.Diff([]shop.Line{{Item: "green-tea", Qty: 2, Options: pearl}, {Item: "grape", Qty: 1}}, o.Lines); diff != "" {
		t.Error(diff)
	}
	if held := s.Held("pearl"); held != 100 {
		t.Errorf("%d of pearl is kept for it, want 100", held)
	}
	labels := 0
	for range s.Jobs.All() {
		labels++
	}
	if labels != 3 {
		t.Errorf("%d labels for 3 cups", labels)
	}
	if !o.UndoableWalkin(noon.Add(shop.WalkinUndoTime-time.Second)) || o.UndoableWalkin(noon.Add(shop.WalkinUndoTime)) {
		t.Error("it can be taken back for 30 s")
	}
	back := follow(t, s, noon, shop.UndoWalkin{Order: 1})
	if back.Held("pearl") != 0 || back.Ledger.Backlog() != 0 {
		t.Errorf("taken back: %d of pearl, %d cups", back.Held("pearl"), back.Ledger.Backlog())
	}
	if got := refusal(t, follow(t, s, noon, shop.Tap{Cups: cupsOf(1, 2), To: shop.Making}), shop.UndoWalkin{Order: 1}); got == "" {
		t.Error("it was taken back although a cup is being made")
	}
	// A till that speaks the API has an undo of its own.
	till := wish("till-1", "green-tea", 1)
	till.Channel, till.Draft.Fulfilment = shop.CounterChannel, shop.Counter
	sold := follow(t, before, noon, till)
	if o, _ := sold.Order(1); o.UndoableWalkin(noon) {
		t.Error("the counter strip takes back what the till has sold")
	}
	for name, c := range map[string]shop.Walkin{
		"cups and lines": {Cups: 1, Lines: ordered.Lines}, "none of a drink": {Lines: []shop.Line{{Item: "grape"}}},
		"ten of a drink":    {Lines: []shop.Line{{Item: "grape", Qty: 10}}},
		"no drink of ours":  {Lines: []shop.Line{{Item: "beer", Qty: 1}}},
		"too many of them":  {Lines: make([]shop.Line, 21)},
		"nothing, no lines": {},
	} {
		if refusal(t, s, c) == "" {
			t.Errorf("%s: accepted", name)
		}
	}
	gone := follow(t, s, noon, shop.SetAvailable{Item: "grape"})
	if got := refusal(t, gone, shop.Walkin{Lines: []shop.Line{{Item: "grape", Qty: 1}}}); got != shop.ProblemSoldOut {
		t.Errorf("what is sold out: %q", got)
	}
}
