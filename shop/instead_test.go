package shop_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"weir/shop"
)

// with is an order of a milk tea with toppings, and what is to be taken instead.
func agreed(ref string, instead shop.Instead, toppings ...string) shop.Place {
	c := pearls(ref, 1)
	c.Draft.Lines[0].Options.Toppings, c.Draft.Lines[0].Instead = toppings, instead
	return c
}

// TestWhatWasAgreedIsTakenInstead: the first of the choices that there is; the order says what was swapped, and a replay
// and a receipt know it as it was ordered.
func TestWhatWasAgreedIsTakenInstead(t *testing.T) {
	noPearls := follow(t, signing(t), noon, shop.SetAvailable{By: "t", Ingredient: "pearl"})
	noOat := follow(t, noPearls, noon, shop.SetAvailable{By: "t", Option: "size/m"}, shop.SetAvailable{By: "t", Option: "topping/coconut"})
	for name, c := range map[string]struct {
		s       shop.State
		place   shop.Place
		want    shop.Options
		item    string
		swaps   []shop.Swap
		refused bool
	}{
		"another topping": {s: noPearls, place: agreed("a", shop.Instead{"topping/pearl": {"topping/coconut", ""}}, "pearl"),
			want: shop.Options{Toppings: []string{"coconut"}}, swaps: []shop.Swap{{From: "topping/pearl", To: "topping/coconut"}}},
		"left out when that is gone too": {s: noOat, place: agreed("a",
			shop.Instead{"topping/pearl": {"topping/coconut", ""}, "size/m": {"size/l"}}, "pearl"),
			want: shop.Options{Size: "l"}, swaps: []shop.Swap{{From: "size/m", To: "size/l", Unsaid: true}, {From: "topping/pearl"}}},
		"both of two": {s: noPearls, place: agreed("a", shop.Instead{"topping/pearl": {""}}, "pearl", "pearl"),
			swaps: []shop.Swap{{From: "topping/pearl"}, {From: "topping/pearl"}}},
		"another drink": {s: noPearls, place: shop.Place{Channel: "meituan",
			Draft: shop.Draft{Ref: "a", Fulfilment: shop.Delivery, Totals: &shop.Totals{},
				Lines: []shop.Line{{Item: "pearl-milk-tea", Qty: 2, Instead: shop.Instead{"pearl-milk-tea": {"brown-sugar", "grape"}}}}}},
			item: "grape", swaps: []shop.Swap{{From: "pearl-milk-tea", To: "grape"}}},
		"not agreed": {s: noPearls, place: agreed("a", nil, "pearl"), refused: true},
		"what is of another group": {s: noPearls, place: agreed("a", shop.Instead{"topping/pearl": {"size/l", "grape", "topping/gold"}},
			"pearl"), refused: true},
		"one for the other, for ever": {s: noOat, refused: true,
			place: agreed("a", shop.Instead{"topping/pearl": {"topping/coconut"}, "topping/coconut": {"topping/pearl"}}, "pearl")},
		"not needed": {s: shop.New(demo(t), noon), place: agreed("a", shop.Instead{"topping/pearl": {""}}, "pearl"),
			want: shop.Options{Toppings: []string{"pearl"}}},
	} {
		if c.refused {
			refused(t, c.s, c.place, noon, shop.ProblemSoldOut)
			continue
		}
		d := must(t, c.s, c.place, noon)
		o, _ := d.Next.Order(d.Order)
		line := o.Lines[0]
		if line.Item != c.item && c.item != "" || !line.Options.Equal(c.want) {
			t.Errorf("%s: %+v", name, line)
		}
		if diff := cmp.Diff(c.swaps, line.Swaps); diff != "" {
			t.Errorf("%s: swaps (-want +got):\n%s", name, diff)
		}
		if again := must(t, d.Next, c.place, noon); !again.Replayed {
			t.Errorf("%s: the same order again is another one", name)
		}
		// A shop that was restored from a copy knows the order by the receipt, as it was ordered.
		c.place.Draft.Receipt = d.Next.Receipts.Of(o)
		if again, err := shop.Decide(noPearls, c.place, noon); c.place.Draft.Receipt != "" && (err != nil || again.Order == 0) {
			t.Errorf("%s: with its receipt: %v", name, err)
		}
	}
}

// TestTheLastPearlsGoToTheFirstLine: lines of one order share what is left.
func TestTheLastPearlsGoToTheFirstLine(t *testing.T) {
	s := follow(t, shop.New(demo(t), noon), noon, shop.SetStock{Ingredient: "pearl", Amount: 120})
	c := agreed("a", shop.Instead{"topping/pearl": {"topping/coconut"}}, "pearl")
	c.Draft.Lines = append(c.Draft.Lines, c.Draft.Lines[0])
	c.Draft.Lines[0].Qty, c.Draft.Lines[1].Qty = 2, 2
	d := must(t, s, c, noon)
	o, _ := d.Next.Order(d.Order)
	if o.Lines[0].Swaps != nil || len(o.Lines[1].Swaps) != 1 || unsold(t, d.Next, "pearl") != 20 {
		t.Errorf("%+v, %d left", o.Lines, unsold(t, d.Next, "pearl"))
	}
	c.Draft.Ref, c.Draft.Lines = "b", c.Draft.Lines[:1]
	c.Draft.Lines[0].Qty, c.Draft.Lines[0].Instead = 3, nil
	e := refused(t, s, c, noon, shop.ProblemSoldOut)
	if len(e.Sold.Offers) == 0 || e.Sold.Offers[0] != (shop.Offer{Kind: shop.OfferFewer, Part: "topping/pearl", Cups: 2}) {
		t.Errorf("offered %+v, want 2 of the 3", e.Sold.Offers)
	}
}

// What is offered instead of an item begins with what is most like it: most ingredients in common, then the nearest price.
func TestWhatIsMostAlikeIsOfferedFirst(t *testing.T) {
	menu := demo(t).Menu
	alike := func(id string, other shop.MenuPart) (shared int, apart int64) {
		a, b := menu.Item(id), menu.Item(string(other))
		for ingredient := range a.Uses {
			if b.Uses[ingredient] > 0 {
				shared++
			}
		}
		return shared, max(a.PriceFen-b.PriceFen, b.PriceFen-a.PriceFen)
	}
	for i := range menu.Items {
		id := menu.Items[i].ID
		s := follow(t, shop.New(demo(t), noon), noon, shop.SetAvailable{By: "t", Item: id})
		e := refused(t, s, wish("a", id, 1), noon, shop.ProblemSoldOut)
		if menu.Items[i].Cups == 0 {
			continue // nothing is like a bag
		}
		if len(e.Sold.Offers) != 6 {
			t.Errorf("%s: %d offers, want 6", id, len(e.Sold.Offers))
		}
		for n, o := range e.Sold.Offers {
			shared, apart := alike(id, o.Part)
			if o.Kind != shop.OfferItem || string(o.Part) == id || menu.Item(string(o.Part)).Cups == 0 {
				t.Errorf("%s: offered %+v", id, o)
			}
			if n == 0 {
				continue
			}
			if before, far := alike(id, e.Sold.Offers[n-1].Part); before < shared || before == shared && far > apart {
				t.Errorf("%s: %s before %s", id, e.Sold.Offers[n-1].Part, o.Part)
			}
		}
	}
}

// A refusal names the part that takes what there is too little of.
func TestWhatTakesTooMuchIsNamed(t *testing.T) {
	milkTea := func(o shop.Options) shop.Place {
		c := wish("a", "jasmine-milk-tea", 1)
		c.Draft.Lines[0].Options = o
		return c
	}
	large := milkTea(shop.Options{Size: "l"})
	s := must(t, shop.New(demo(t), noon), large, noon).Next
	o, _ := s.Order(1)
	needs := s.Config.Menu.Uses(&o.Lines[0])["milk"]
	for name, c := range map[string]struct {
		stock shop.SetStock
		place shop.Place
		part  shop.MenuPart
	}{
		"the item":     {shop.SetStock{Ingredient: "milk", Amount: 149}, milkTea(shop.Options{}), "jasmine-milk-tea"},
		"the size":     {shop.SetStock{Ingredient: "milk", Amount: needs - 1}, large, "size/l"},
		"the topping":  {shop.SetStock{Ingredient: "pearl", Amount: 10}, milkTea(shop.Options{Toppings: []string{"pearl"}}), "topping/pearl"},
		"the oat milk": {shop.SetStock{Ingredient: "oatmilk", Amount: 10}, milkTea(shop.Options{Milk: "oat"}), "milk/oat"},
		"another item": {shop.SetStock{Ingredient: "pearl", Amount: 10}, wish("a", "pearl-milk-tea", 1), "pearl-milk-tea"},
	} {
		e := refused(t, follow(t, shop.New(demo(t), noon), noon, c.stock), c.place, noon, shop.ProblemSoldOut)
		if e.Sold.Part != c.part || e.Sold.Ingredient != c.stock.Ingredient || !strings.Contains(e.Detail, "not enough "+c.stock.Ingredient) {
			t.Errorf("%s: %+v, %q; want %s", name, e.Sold.Closed, e.Detail, c.part)
		}
	}
	out := follow(t, shop.New(demo(t), noon), noon, shop.SetAvailable{By: "t", Ingredient: "pearl"})
	if e := refused(t, out, wish("a", "pearl-milk-tea", 1), noon, shop.ProblemSoldOut); !strings.Contains(e.Detail, "there is no pearl") {
		t.Errorf("%q", e.Detail)
	}
}
