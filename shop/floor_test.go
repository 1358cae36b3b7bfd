package shop_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/shop"
)

func cupsOf(order shop.OrderID, ns ...int) (ids []shop.CupID) {
	for _, n := range ns {
		ids = append(ids, shop.CupID{Order: order, N: n})
	}
	return ids
}

// refusal is the problem type of a command's refusal, "" when it is granted.
func refusal(t *testing.T, s shop.State, c shop.Command) string {
	t.Helper()
	_, err := shop.Decide(s, c, noon)
	var e *shop.Error
	if err != nil && !errors.As(err, &e) {
		t.Fatal(err)
	}
	if err == nil {
		return ""
	}
	return e.Type
}

func TestACancelledCupInHandIsAStop(t *testing.T) {
	s := follow(t, shop.New(demo(t), noon), noon, wish("a", "matcha", 3), shop.Tap{Cups: cupsOf(1, 2), To: shop.Making},
		shop.Cancel{Channel: "meituan", Ref: "a"})
	want := []shop.Stop{{Cup: cupsOf(1, 2)[0], Number: 1, Of: 3, Line: shop.Line{Item: "matcha", Name: "matcha", Qty: 3}, At: noon,
		End: shop.OrderCancelled}}
	if diff := cmp.Diff(want, s.Stops); diff != "" {
		t.Error(diff)
	}
	s = follow(t, s, noon, shop.DismissStop{Cup: cupsOf(1, 2)[0]}, shop.DismissStop{Cup: cupsOf(1, 2)[0]})
	if len(s.Stops) != 0 {
		t.Error("a dismissed stop still stands")
	}
	s = follow(t, s, noon, wish("b", "matcha", 1), shop.Cancel{Channel: "meituan", Ref: "b"})
	if len(s.Stops) != 0 {
		t.Error("a cup that nobody had in hand was stopped")
	}
}

func TestCheckModes(t *testing.T) {
	one := cupsOf(1, 1)[0]
	cases := []struct {
		mode string
		give shop.Handover
		pack bool
		want string
	}{
		{shop.CheckTap, shop.Handover{}, false, ""},
		{shop.CheckBag, shop.Handover{}, false, shop.ProblemIncomplete},
		{shop.CheckBag, shop.Handover{Bag: true}, false, ""},
		{shop.CheckBag, shop.Handover{Scanned: cupsOf(1, 1)}, false, ""},
		{shop.CheckCup, shop.Handover{Bag: true}, false, shop.ProblemIncomplete},
		{shop.CheckCup, shop.Handover{Scanned: cupsOf(1, 1)}, false, shop.ProblemIncomplete},
		{shop.CheckCup, shop.Handover{Scanned: cupsOf(1, 1, 2)}, false, ""},
		{shop.CheckCup, shop.Handover{Scanned: cupsOf(1, 2)}, true, ""},
		{shop.CheckCup, shop.Handover{Made: true}, false, shop.ProblemIncomplete},
		{shop.CheckCup, shop.Handover{Made: true, Reason: "label unreadable"}, false, ""},
		{shop.CheckTap, shop.Handover{Scanned: cupsOf(2, 1)}, false, shop.ProblemWrongCup},
	}
	for _, c := range cases {
		config := demo(t)
		config.Settings.CheckMode = c.mode
		s := follow(t, shop.New(config, noon), noon, wish("a", "matcha", 2), wish("b", "matcha", 1),
			shop.Tap{Cups: cupsOf(1, 1, 2), To: shop.Made})
		if c.pack {
			s = follow(t, s, noon, shop.Pack{Cup: one})
		}
		c.give.Order = 1
		if got := refusal(t, s, c.give); got != c.want {
			t.Errorf("mode %s, %+v: %q, want %q", c.mode, c.give, got, c.want)
		}
	}
}

func TestPackingStopsTheWrongCupAndCallsOnlyTheComplete(t *testing.T) {
	config := demo(t)
	config.Settings.CheckMode = shop.CheckCup
	s := follow(t, shop.New(config, noon), noon, wish("a", "matcha", 2), wish("b", "matcha", 1))
	if got := refusal(t, s, shop.Pack{Order: 1, Cup: cupsOf(2, 1)[0]}); got != shop.ProblemWrongCup {
		t.Errorf("a cup of another order: %q", got)
	}
	told := func() bool { o, _ := s.Order(1); return o.ReadyTold }
	s = follow(t, s, noon, shop.Pack{Order: 1, Cup: cupsOf(1, 1)[0]}) // nobody had tapped it as made
	if o, _ := s.Order(1); o.Cups[0].State != shop.Made {
		t.Errorf("a packed cup is %v", o.Cups[0].State)
	}
	s = follow(t, s, noon, shop.Tap{Cups: cupsOf(1, 2), To: shop.Made})
	s = follow(t, s, noon.Add(time.Minute), shop.Tick{})
	if told() {
		t.Error("an order was called although a cup of it was not in the bag")
	}
	s = follow(t, s, noon.Add(time.Minute), shop.Pack{Cup: cupsOf(1, 2)[0]}, shop.Pack{Cup: cupsOf(1, 2)[0]}, shop.Tick{})
	if !told() {
		t.Error("a complete order was not called")
	}
	s = follow(t, s, noon.Add(time.Minute), shop.Tap{Cups: cupsOf(1, 2), To: shop.Waiting}, shop.Tap{Cups: cupsOf(1, 2), To: shop.Made})
	if o, _ := s.Order(1); !o.Cups[1].PackedAt.IsZero() {
		t.Error("a recalled cup counts as packed")
	}
}

func TestStockFollowsTheCups(t *testing.T) {
	s := follow(t, shop.New(demo(t), noon), noon, wish("a", "matcha", 4), wish("b", "grape", 1),
		shop.SetStock{Ingredient: "matcha", Amount: 14})
	short := s.Shortages(s.Queue("", time.Time{}))
	if len(short) != 1 || short[0].Ingredient != "matcha" || short[0].Cups != 2 {
		t.Fatalf("shortages %+v, want matcha for two cups", short)
	}
	s = follow(t, s, noon, shop.Tap{Cups: cupsOf(1, 1), To: shop.Made})
	if s.Stock["matcha"].Left != 8 {
		t.Errorf("%d left after a cup of 6, want 8", s.Stock["matcha"].Left)
	}
	s = follow(t, s, noon, shop.Tap{Cups: cupsOf(1, 1), To: shop.Making})
	if s.Stock["matcha"].Left != 14 {
		t.Errorf("%d left after an undo, want 14", s.Stock["matcha"].Left)
	}
	s = follow(t, s, noon, shop.SetStock{Ingredient: "matcha", Amount: -1})
	if _, counted := s.Stock["matcha"]; counted || len(s.Shortages(s.Queue("", time.Time{}))) != 0 {
		t.Error("an ingredient that is not counted any more runs out")
	}
	if got := refusal(t, s, shop.SetStock{Ingredient: "gold", Amount: 1}); got != shop.ProblemNotFound {
		t.Errorf("what nothing uses: %q", got)
	}
}
