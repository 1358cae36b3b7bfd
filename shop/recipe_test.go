package shop_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"weir/shop"
)

// drink is an order of a drink with options.
func drink(ref, item string, o shop.Options) shop.Place {
	return shop.Place{Channel: "meituan", Draft: shop.Draft{Ref: ref, Fulfilment: shop.Delivery, Totals: &shop.Totals{},
		Lines: []shop.Line{{Item: item, Qty: 1, Options: o}}}}
}

// TestACupTakesWhatItsSizeAndMilkSay: a larger cup takes more of what the drink is made of, but not of what is one scoop, and
// oat milk takes the place of milk.
func TestACupTakesWhatItsSizeAndMilkSay(t *testing.T) {
	menu := demo(t).Menu
	for name, tt := range map[string]struct {
		item string
		o    shop.Options
		want map[string]int
	}{
		"standard":       {"pearl-milk-tea", shop.Options{}, map[string]int{"assam": 200, "milk": 150, "pearl": 60}},
		"large":          {"pearl-milk-tea", shop.Options{Size: "l"}, map[string]int{"assam": 280, "milk": 210, "pearl": 60}},
		"large with oat": {"jasmine-milk-tea", shop.Options{Size: "l", Milk: "oat"}, map[string]int{"jasmine": 280, "oatmilk": 210}},
		"with a topping": {"jasmine-milk-tea", shop.Options{Size: "l", Toppings: []string{"pearl"}},
			map[string]int{"jasmine": 280, "milk": 210, "pearl": 50}},
		"no milk in it":   {"lemon-tea", shop.Options{Milk: "oat"}, map[string]int{"jasmine": 250, "lemon": 1}},
		"not on the menu": {"gold", shop.Options{Size: "l"}, map[string]int{}},
	} {
		if got := menu.Uses(&shop.Line{Item: tt.item, Qty: 1, Options: tt.o}); cmp.Diff(tt.want, got) != "" {
			t.Errorf("%s: %s", name, cmp.Diff(tt.want, got))
		}
	}
}

// TestOatMilkGoesOnWhenMilkIsOut: a drink is closed when neither can be had; a drink without milk is not touched.
func TestOatMilkGoesOnWhenMilkIsOut(t *testing.T) {
	s := follow(t, shop.New(demo(t), noon), noon, shop.SetAvailable{By: "t", Ingredient: "milk"})
	if !s.Available("jasmine-milk-tea") || s.AvailableTo("", "milk/fresh") || !s.AvailableTo("", "milk/oat") {
		t.Error("without milk the drink can be had with oat milk, and not with fresh")
	}
	_, err := shop.Decide(s, drink("a", "jasmine-milk-tea", shop.Options{}), noon)
	e := (*shop.Error)(nil)
	if !errors.As(err, &e) || e.Sold == nil || e.Sold.Part != "milk/fresh" || len(e.Sold.Offers) != 1 || e.Sold.Offers[0].Part != "milk/oat" {
		t.Errorf("the usual milk: %v %+v, want an offer of oat milk", err, e)
	}
	for name, c := range map[string]shop.Place{
		"oat": drink("b", "jasmine-milk-tea", shop.Options{Milk: "oat"}), "none in it": drink("c", "lemon-tea", shop.Options{Milk: "fresh"}),
	} {
		if _, err := shop.Decide(s, c, noon); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	s = follow(t, s, noon, shop.SetAvailable{By: "t", Ingredient: "oatmilk"})
	if s.Available("jasmine-milk-tea") || s.AvailableTo("", "milk/oat") || !s.Available("lemon-tea") {
		t.Error("without either the drink is closed, and lemon tea is not")
	}
}

// TestALargeCupIsTheFirstThatCannotBeMade: what is left is enough for the usual size, and that is what is offered.
func TestALargeCupIsTheFirstThatCannotBeMade(t *testing.T) {
	s := follow(t, shop.New(demo(t), noon), noon, shop.SetStock{By: "t", Ingredient: "jasmine", Amount: 220})
	_, err := shop.Decide(s, drink("a", "jasmine-milk-tea", shop.Options{Size: "l"}), noon)
	e := (*shop.Error)(nil)
	if !errors.As(err, &e) || e.Sold == nil || e.Sold.Part != "size/l" || len(e.Sold.Offers) != 1 || e.Sold.Offers[0].Part != "size/m" {
		t.Fatalf("%v %+v, want an offer of the usual size", err, e)
	}
	d := must(t, s, drink("b", "jasmine-milk-tea", shop.Options{}), noon)
	if unsold(t, d.Next, "jasmine") != 20 || len(d.Next.StockOff()) != 0 {
		t.Errorf("%d left, off %v", unsold(t, d.Next, "jasmine"), d.Next.StockOff())
	}
}
