package shop_test

import (
	"errors"
	"testing"
	"time"

	"weir/shop"
	"weir/shop/capacity"
)

// placed decides on an order and fails the test unless it is accepted or replayed as wanted.
func placed(t *testing.T, s shop.State, draft shop.Draft, now time.Time, replayed bool) (shop.State, *shop.Order) {
	t.Helper()
	d, err := shop.Decide(s, shop.Place{Channel: "shangou", Draft: draft}, now)
	if err != nil || d.Replayed != replayed {
		t.Fatalf("replayed %v, %v; want replayed %v", d.Replayed, err, replayed)
	}
	o, _ := d.Next.Order(d.Order)
	return d.Next, o
}

func one(ref string) shop.Draft {
	return shop.Draft{Ref: ref, Totals: &shop.Totals{}, Lines: []shop.Line{{Item: "jasmine-milk-tea", Qty: 1}}}
}

// A booked order that the shop moved is asked for again with the slot that the channel knows.
func TestAReplayNamesTheSlotAsItWasAskedFor(t *testing.T) {
	draft := one("booked")
	draft.SlotStart = noon.Add(2 * time.Hour)
	s, o := placed(t, shop.New(demo(t), noon), draft, noon, false)
	moved := shop.Event{Seq: s.Counters.Seq + 1, At: noon, Order: o.ID,
		Fact: shop.SlotMoved{From: draft.SlotStart, To: draft.SlotStart.Add(capacity.SlotLength)}}
	s = shop.Apply(s, moved)
	moved.Seq++
	moved.Fact = shop.SlotMoved{From: draft.SlotStart.Add(capacity.SlotLength), To: draft.SlotStart.Add(2 * capacity.SlotLength)}
	s = shop.Apply(s, moved)
	placed(t, s, draft, noon, true)

	draft.SlotStart = draft.SlotStart.Add(2 * capacity.SlotLength)
	_, err := shop.Decide(s, shop.Place{Channel: "shangou", Draft: draft}, noon)
	if e := (*shop.Error)(nil); !errors.As(err, &e) || e.Type != shop.ProblemOrderConflict {
		t.Errorf("the same ref with another slot: %v, want %s", err, shop.ProblemOrderConflict)
	}
}

// What an order does not say about leaving the shop is the channel's own way, also when it is replayed.
func TestFulfilmentIsTheChannelsUnlessSaid(t *testing.T) {
	s, o := placed(t, shop.New(demo(t), noon), one("a"), noon, false)
	if o.Fulfilment != shop.Delivery {
		t.Errorf("fulfilment %q, want that of shangou, delivery", o.Fulfilment)
	}
	said := one("a")
	said.Fulfilment = shop.Delivery
	placed(t, s, said, noon, true)
}

func TestWeighIsTheWorkOfTheOrder(t *testing.T) {
	draft := one("w")
	draft.Lines = []shop.Line{
		{Item: "grape", Qty: 2, Options: shop.Options{Toppings: []string{"pearl"}}}, {Item: "secret", Name: "暗号", Qty: 1},
	}
	s, o := placed(t, shop.New(demo(t), noon), draft, noon, false)
	if work, err := s.Weigh("shangou", draft.Lines); err != nil || work != o.Work() || work <= 3*capacity.Cup {
		t.Errorf("weighs %d, %v; the order is %d", work, err, o.Work())
	}
	if _, err := s.Weigh("shangou", []shop.Line{{Item: "secret", Qty: 1}}); err == nil {
		t.Error("an unknown item without a name was weighed")
	}
}

// A platform that sends an order again may build it anew: the lines in another order, two lines as one, the standard
// options spelt out. It is the same order. Anything else about what is made is another one.
func TestTheSameOrderSaidInAnotherWay(t *testing.T) {
	tea := shop.Line{Item: "jasmine-milk-tea", Qty: 2, Options: shop.Options{Ice: "less"}}
	grape := shop.Line{Item: "grape", Qty: 1, Options: shop.Options{Toppings: []string{"pearl"}}}
	secret := shop.Line{Item: "secret", Name: "暗号", Qty: 1}
	first := one("again")
	first.Lines = []shop.Line{tea, grape, secret}
	s, _ := placed(t, shop.New(demo(t), noon), first, noon, false)
	one := func(l shop.Line, change func(*shop.Line)) shop.Line { change(&l); return l }
	standard := s.Config.Menu.Standard
	for name, lines := range map[string][]shop.Line{
		"other order": {secret, grape, tea},
		"in portions": {one(tea, func(l *shop.Line) { l.Qty = 1 }), grape, one(tea, func(l *shop.Line) { l.Qty = 1 }), secret},
		"spelt out": {one(tea, func(l *shop.Line) {
			l.Options = shop.Options{Size: standard("size"), Ice: "less", Sugar: standard("sugar"), Milk: standard("milk")}
		}), grape, secret},
	} {
		draft := first
		draft.Lines = lines
		t.Run(name, func(t *testing.T) { placed(t, s, draft, noon, true) })
	}
	for name, lines := range map[string][]shop.Line{
		"a cup more":     {one(tea, func(l *shop.Line) { l.Qty = 3 }), grape, secret},
		"a cup less":     {one(tea, func(l *shop.Line) { l.Qty = 1 }), grape, secret},
		"a line more":    {tea, grape, secret, grape},
		"a line less":    {tea, grape},
		"another ice":    {one(tea, func(l *shop.Line) { l.Options.Ice = standard("ice") }), grape, secret},
		"no pearls":      {tea, one(grape, func(l *shop.Line) { l.Options.Toppings = nil }), secret},
		"another secret": {tea, grape, one(secret, func(l *shop.Line) { l.Name = "口令" })},
	} {
		draft := first
		draft.Lines = lines
		_, err := shop.Decide(s, shop.Place{Channel: "shangou", Draft: draft}, noon)
		if e := (*shop.Error)(nil); !errors.As(err, &e) || e.Type != shop.ProblemOrderConflict {
			t.Errorf("%s: %v, want %s", name, err, shop.ProblemOrderConflict)
		}
	}
}
