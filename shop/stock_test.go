package shop_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"weir/shop"
)

// pearls is an order of so many milk teas with pearls, 50 each.
func pearls(ref string, cups int) shop.Place {
	return shop.Place{Channel: "meituan", Draft: shop.Draft{Ref: ref, Fulfilment: shop.Delivery, Totals: &shop.Totals{},
		Lines: []shop.Line{{Item: "jasmine-milk-tea", Qty: cups, Options: shop.Options{Toppings: []string{"pearl"}}}}}}
}

func unsold(t *testing.T, s shop.State, ingredient string) int {
	t.Helper()
	n, counted := s.Free(ingredient)
	if !counted {
		t.Fatalf("%s is not counted", ingredient)
	}
	return n
}

// told are the types of what a decision tells a channel, with what they are about.
func told(d shop.Decision, channel string) (list []string) {
	for _, e := range d.Events {
		if e.Told != nil && e.Told.Channel == channel {
			list = append(list, e.Told.Type+" "+e.Told.Item+e.Told.Option)
		}
	}
	return list
}

// TestTheMenuClosesBeforeTheOrderThatCannotBeMade: what the queue will take is off the count when an order is accepted.
func TestTheMenuClosesBeforeTheOrderThatCannotBeMade(t *testing.T) {
	s := follow(t, shop.New(demo(t), noon), noon, shop.SetStock{By: "t", Ingredient: "pearl", Amount: 170})
	sold := 0
	for n := range 6 {
		d, err := shop.Decide(s, pearls(fmt.Sprint(n), 1), noon)
		if err == nil {
			sold, s = sold+1, d.Next
		} else if e := (*shop.Error)(nil); !errors.As(err, &e) || e.Type != shop.ProblemSoldOut || e.Sold == nil || e.Sold.Ingredient != "pearl" {
			t.Fatalf("refused with %v", err)
		}
	}
	if sold != 3 || unsold(t, s, "pearl") != 20 || s.AvailableTo("", "topping/pearl") {
		t.Errorf("%d cups sold of 170 g at 50 g each, %d g free, open %v", sold, unsold(t, s, "pearl"), s.AvailableTo("", "topping/pearl"))
	}
	if s.Available("pearl-milk-tea") || !s.Available("jasmine-milk-tea") {
		t.Error("20 g do not make a pearl milk tea of 60 g; a jasmine milk tea has none")
	}
	control := s.Unheld()
	for n := range 6 {
		if d, err := shop.Decide(control, pearls(fmt.Sprint("c", n), 1), noon); err == nil {
			sold, control = sold+1, d.Next.Unheld()
		}
	}
	if sold <= 3 {
		t.Error("control: a shop that forgets its queue sells what it does not have, and this one does not")
	}
	// A cancellation gives back what was not begun, and opens the menu again.
	d := must(t, s, shop.Cancel{Channel: "meituan", Ref: "0"}, noon)
	if unsold(t, d.Next, "pearl") != 70 || !d.Next.AvailableTo("", "topping/pearl") || !d.Next.Available("pearl-milk-tea") {
		t.Errorf("%d g free after one of 50 was cancelled", unsold(t, d.Next, "pearl"))
	}
	want := []string{"order.cancelled ", "item.available pearl-milk-tea", "item.available three-brothers", "option.available topping/pearl"}
	if diff := cmp.Diff(want, told(d, "meituan")); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	// A cup in hand has its pearls in it.
	d = must(t, must(t, s, shop.Tap{Cups: cupsOf(1, 1), To: shop.Making}, noon).Next, shop.Cancel{Channel: "meituan", Ref: "0"}, noon)
	if unsold(t, d.Next, "pearl") != 20 || d.Next.Stock["pearl"].Today.Waste != 50 {
		t.Errorf("%d g free after a cup in hand was cancelled: %+v", unsold(t, d.Next, "pearl"), d.Next.Stock["pearl"])
	}
}

func TestABookedOrderHoldsWhatItWillTake(t *testing.T) {
	s := follow(t, shop.New(demo(t), noon), noon, shop.SetStock{Ingredient: "pearl", Amount: 100})
	booked := pearls("a", 2)
	booked.Draft.SlotStart = noon.Add(3 * time.Hour)
	s = follow(t, s, noon, booked)
	if unsold(t, s, "pearl") != 0 || s.Stock["pearl"].Left != 100 {
		t.Errorf("%d free of %d", unsold(t, s, "pearl"), s.Stock["pearl"].Left)
	}
	refused(t, s, pearls("b", 1), noon, shop.ProblemSoldOut)
}

func TestTheDaysBookAddsUp(t *testing.T) {
	s := follow(t, shop.New(demo(t), noon), noon, shop.SetStock{By: "t", Ingredient: "pearl", Amount: 1000}, pearls("a", 3),
		shop.Tap{Cups: cupsOf(1, 1, 2), To: shop.Made}, shop.Remake{Cup: cupsOf(1, 2)[0]}, shop.Tap{Cups: cupsOf(1, 4), To: shop.Made},
		shop.Tap{Cups: cupsOf(1, 3), To: shop.Voided, Reason: "x"},
		shop.WasteStock{Ingredient: "pearl", Amount: 100, Tap: "1"}, shop.WasteStock{Ingredient: "pearl", Amount: 100, Tap: "1"},
		shop.ReceiveStock{Ingredient: "pearl", Amount: 500, Tap: "2"}, shop.ReceiveStock{Ingredient: "pearl", Amount: 500, Tap: "2"})
	want := shop.StockDay{Day: "2026-02-06", Began: 1000, In: 500, Made: 100, Remade: 50, Waste: 100, Counts: 1}
	if diff := cmp.Diff(want, s.Stock["pearl"].Today); diff != "" || s.Stock["pearl"].Left != 1250 {
		t.Errorf("%d left (-want +got):\n%s", s.Stock["pearl"].Left, diff)
	}
	s = follow(t, s, noon, shop.SetStock{By: "t", Ingredient: "pearl", Amount: 1200})
	if day := s.Stock["pearl"].Today; day.Corrected != -50 || len(s.StockOff()) != 0 {
		t.Errorf("%+v: want 50 missing", day)
	}
	tomorrow := noon.Add(24 * time.Hour)
	s = follow(t, s, tomorrow, shop.Tick{})
	if got := s.Stock["pearl"]; got.Before.Corrected != -50 || got.Before.Day != "2026-02-06" ||
		got.Today != (shop.StockDay{Day: "2026-02-07", Began: 1200}) {
		t.Errorf("the next day: %+v", got)
	}
	for name, c := range map[string]struct {
		command shop.Command
		want    string
	}{
		"waste of nothing":              {shop.WasteStock{Ingredient: "pearl"}, shop.ProblemInvalid},
		"less than nothing":             {shop.ReceiveStock{Ingredient: "pearl", Amount: -5}, shop.ProblemInvalid},
		"what nobody counts":            {shop.WasteStock{Ingredient: "milk", Amount: 5}, shop.ProblemInvalidTransition},
		"what nothing uses":             {shop.ReceiveStock{Ingredient: "gold", Amount: 5}, shop.ProblemNotFound},
		"what takes no time to prepare": {shop.Cook{Ingredient: "milk", Step: shop.CookBegin}, shop.ProblemInvalidTransition},
		"a step that there is not":      {shop.Cook{Ingredient: "pearl", Step: "burn"}, shop.ProblemInvalid},
		"a million tonnes":              {shop.SetStock{Ingredient: "pearl", Amount: 1e9}, shop.ProblemInvalid},
	} {
		if got := refusal(t, s, c.command); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// book is the stock as somebody would reckon it who sees the shop from outside: what was counted, what came in and went
// out, and the cups that were made since.
type book struct {
	counted bool
	here    int                 // counted, with what came in less what was thrown away, and what cups had taken of it already
	seen    map[shop.CupID]bool // cups that had taken theirs before the count
}

// spent reports whether a cup has taken its ingredients.
func spent(c *shop.Cup) bool {
	return c.State >= shop.Made && c.State != shop.Voided || c.State == shop.Voided && !c.Started.IsZero()
}

func (b *book) count(m *machine, t *rapid.T, ingredient string, amount int) {
	*b = book{counted: true, here: amount, seen: map[shop.CupID]bool{}}
	m.eachCup(t, func(o *shop.Order, c *shop.Cup) {
		if !spent(c) {
			return
		}
		if c.At.Before(m.now) {
			b.seen[o.CupID(c.N)] = true
		} else {
			b.here += m.state.Config.Menu.Uses(&o.Lines[c.Line])[ingredient]
		}
	})
}

// left is what must be left, and held what the open orders will take.
func (b *book) left(m *machine, t *rapid.T, ingredient string) (left, held int) {
	left = b.here
	m.eachCup(t, func(o *shop.Order, c *shop.Cup) {
		amount := m.state.Config.Menu.Uses(&o.Lines[c.Line])[ingredient]
		switch id := o.CupID(c.N); {
		case !spent(c):
			delete(b.seen, id)
			if c.State != shop.Voided {
				held += amount
			}
		case !b.seen[id]:
			left -= amount
		}
	})
	return left, held
}

func (m *machine) eachCup(t *rapid.T, f func(*shop.Order, *shop.Cup)) {
	for id := range m.rows.orders {
		o := m.rows.order(t, id)
		for i := range o.Cups {
			f(o, &o.Cups[i])
		}
	}
}

// TestTheStockBalances: after any commands, what is left is what was counted and came in, less what was made, made again
// and wasted; and what is free is that less what the accepted orders will take. No order is accepted that takes more.
func TestTheStockBalances(t *testing.T) {
	config := demo(t)
	ingredients := []string{"pearl", "jasmine", "grape"}
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(config)
		books := map[string]*book{}
		for _, ingredient := range ingredients {
			books[ingredient] = &book{}
			m.do(t, shop.SetStock{Ingredient: ingredient, Amount: 600})
			books[ingredient].count(m, t, ingredient, 600)
		}
		ingredient := rapid.SampledFrom(ingredients)
		wrong := func() string {
			for of, b := range books {
				left, held := b.left(m, t, of)
				if free, counted := m.state.Free(of); counted != b.counted || counted && (m.state.Stock[of].Left != left || free != left-held) {
					return fmt.Sprintf("%s: %+v and %d free; want %d left and %d held", of, m.state.Stock[of], free, left, held)
				}
			}
			return ""
		}
		t.Repeat(map[string]func(*rapid.T){
			"place":    m.place,
			"again":    m.placeAgain,
			"cancel":   m.cancel,
			"tap":      m.tap,
			"remake":   func(t *rapid.T) { m.do(t, shop.Remake{By: "tablet", Cup: m.anyCup(t)}) },
			"back":     func(t *rapid.T) { m.do(t, shop.BringBack{By: "tablet", Cup: m.anyCup(t)}) },
			"handover": m.handover,
			"end":      m.end,
			"progress": m.progress,
			"time": func(t *rapid.T) {
				m.now = m.now.Add(time.Duration(rapid.IntRange(0, 3600).Draw(t, "seconds")) * time.Second)
				m.do(t, shop.Tick{})
			},
			"count": func(t *rapid.T) {
				of, amount := ingredient.Draw(t, "of"), rapid.IntRange(0, 900).Draw(t, "amount")
				m.do(t, shop.SetStock{Ingredient: of, Amount: amount})
				books[of].count(m, t, of, amount)
			},
			"waste": func(t *rapid.T) {
				of, amount := ingredient.Draw(t, "of"), rapid.IntRange(1, 90).Draw(t, "amount")
				m.do(t, shop.WasteStock{Ingredient: of, Amount: amount})
				books[of].here -= amount
			},
			"receive": func(t *rapid.T) {
				of, amount := ingredient.Draw(t, "of"), rapid.IntRange(1, 900).Draw(t, "amount")
				m.do(t, shop.ReceiveStock{Ingredient: of, Amount: amount})
				books[of].here += amount
			},
			"cook": func(t *rapid.T) {
				if m.state.Stock["pearl"].Cooking != nil {
					m.do(t, shop.Cook{Ingredient: "pearl", Step: shop.CookDone})
					books["pearl"].here += config.Menu.Pantry["pearl"].Once()
					return
				}
				m.do(t, shop.Cook{Ingredient: "pearl", Step: shop.CookBegin})
			},
			"restart": func(t *rapid.T) {
				receipts := m.state.Receipts
				m.state = m.rows.reload(t, config, m.now)
				m.state.Receipts = receipts
			},
			"": func(t *rapid.T) {
				if w := wrong(); w != "" {
					t.Fatal(w)
				}
			},
		})
		// Control: a bag that vanishes from the book is seen.
		state := m.state
		m.state = shop.Apply(state, shop.Event{Seq: state.Counters.Seq + 1, At: m.now, Fact: shop.StockWasted{Ingredient: "pearl", Amount: 1}})
		if wrong() == "" {
			t.Fatal("control: 1 g too few is not seen")
		}
	})
}

// TestPearlsAreCookedInTime: at a steady pace somebody is asked to cook so early that the new batch is there before the
// last of the old one is ordered; and not for what lasts until closing.
func TestPearlsAreCookedInTime(t *testing.T) {
	config := demo(t)
	s := follow(t, shop.New(config, noon), noon, shop.SetStock{Ingredient: "pearl", Amount: 3000},
		shop.SetStock{Ingredient: "coconut", Amount: 100})
	refusedOrders, asked, minute := 0, 0, time.Duration(0)
	outWithout := time.Time{}
	day := func(cook bool) {
		s := s
		for n := range 240 {
			now := noon.Add(time.Duration(n) * time.Minute)
			s = follow(t, s, now, shop.Tick{})
			for _, o := range s.Bumped("", 50) {
				s = follow(t, s, now, shop.Handover{Order: o.Order.ID, Made: true})
			}
			d, err := shop.Decide(s, pearls(fmt.Sprint("p", n), 1), now) // 50 g a minute: 3000 g last an hour
			if err == nil {
				s = d.Next
			} else {
				refusedOrders++
				if outWithout.IsZero() {
					outWithout = now
				}
			}
			for _, q := range s.Queue("", time.Time{}) {
				s = follow(t, s, now, shop.Tap{Cups: []shop.CupID{q.ID()}, To: shop.Made})
			}
			for _, a := range s.CookAdvice(now) {
				if a.Ingredient != "pearl" {
					t.Fatalf("asked to cook %s", a.Ingredient)
				}
				switch {
				case !cook:
				case a.Cooking == nil:
					asked, minute = asked+1, now.Sub(noon)
					s = follow(t, s, now, shop.Cook{Ingredient: "pearl", Step: shop.CookBegin}, shop.Cook{Ingredient: "pearl", Step: shop.CookBegin})
				case !now.Before(a.Cooking.ReadyAt):
					s = follow(t, s, now, shop.Cook{Ingredient: "pearl", Step: shop.CookDone}, shop.Cook{Ingredient: "pearl", Step: shop.CookDone})
				}
			}
		}
	}
	day(true)
	if refusedOrders != 0 || asked < 2 {
		t.Errorf("%d orders refused, asked to cook %d times, last after %v", refusedOrders, asked, minute)
	}
	day(false)
	if refusedOrders < 100 || outWithout.Sub(noon) > 61*time.Minute {
		t.Errorf("control: without cooking %d orders are refused, the first at %v", refusedOrders, outWithout)
	}
	closing := shop.New(config, noon)
	closing = follow(t, closing, noon, shop.CloseEarly{At: noon.Add(20 * time.Minute)}, shop.SetStock{Ingredient: "pearl", Amount: 2000},
		pearls("a", 8))
	if a := closing.CookAdvice(noon); len(a) != 0 {
		t.Errorf("asked to cook for what lasts until closing: %+v", a)
	}
}

// Cooking reckons with campaigns that are announced and not cancelled, and with what the smallest cup takes.
func TestCookingReckonsWithCampaigns(t *testing.T) {
	config := demo(t)
	if n := config.Menu.Least("pearl"); n != 40 {
		t.Errorf("the smallest cup with pearls takes %d, want 40", n)
	}
	if n := config.Menu.Least("gold"); n != 0 {
		t.Errorf("no cup takes gold, and the smallest takes %d", n)
	}
	out := func(s shop.State) time.Time {
		for _, a := range s.CookAdvice(noon) {
			if a.Ingredient == "pearl" {
				return a.OutAt
			}
		}
		return time.Time{}
	}
	pot := func(grams int) shop.State {
		return follow(t, shop.New(config, noon), noon, shop.SetStock{By: "t", Ingredient: "pearl", Amount: grams})
	}
	if at := out(pot(40)); !at.IsZero() {
		t.Errorf("there is enough for one cup, and it is out at %v", at)
	}
	if at := out(pot(39)); !at.Equal(noon) {
		t.Errorf("there is not enough for a cup, and it is out at %v", at)
	}
	n := free(120, 120) // 60 g each: 480 g a minute
	n.Items = []shop.ItemShare{{Item: "pearl-milk-tea", Share: 1}}
	s := follow(t, pot(3000), noon, shop.GiveNotice{Channel: "shangou", Notice: n})
	if at := out(s); !at.Equal(noon.Add(7 * time.Minute)) {
		t.Errorf("3000 g are out at %v, want seven minutes after noon", at)
	}
	limit := shop.Limit{Cups: 60, Of: shop.LimitOfCampaign}
	half := follow(t, s, noon, shop.AcknowledgeNotice{By: "owner", Campaign: 1, Revision: 1, Limit: &limit})
	if at := out(half); !at.Equal(noon.Add(13 * time.Minute)) {
		t.Errorf("limited to half they are out at %v, want thirteen minutes after noon", at)
	}
	if at := out(follow(t, s, noon, shop.CancelNotice{Channel: "shangou", Campaign: 1})); !at.IsZero() {
		t.Errorf("the campaign is cancelled, and they are out at %v", at)
	}
}

// The most that a stock can be, and a queue that takes exactly what is left.
func TestTheEdgesOfAStock(t *testing.T) {
	s := shop.New(demo(t), noon)
	for amount, want := range map[int]string{10_000_000: "", 10_000_001: shop.ProblemInvalid} {
		if got := refusal(t, s, shop.SetStock{Ingredient: "pearl", Amount: amount}); got != want {
			t.Errorf("%d: %q, want %q", amount, got, want)
		}
	}
	s = follow(t, s, noon, shop.SetStock{Ingredient: "pearl", Amount: 100}, pearls("a", 2))
	if short := s.Shortages(s.Queue("", time.Time{})); len(short) != 0 {
		t.Errorf("two cups of 50 of 100: %+v", short)
	}
	s = follow(t, s, noon, shop.SetStock{Ingredient: "pearl", Amount: 99})
	if short := s.Shortages(s.Queue("", time.Time{})); len(short) != 1 {
		t.Errorf("two cups of 50 of 99: %+v", short)
	}
}
