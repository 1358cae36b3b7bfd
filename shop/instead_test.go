package shop_test

import (
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
