package shop_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"weir/shop"
	"weir/shop/wire"
)

// changed is the shop with another menu.
func changed(t *testing.T, s shop.State, edit func(*shop.Menu)) shop.Decision {
	t.Helper()
	next := s.Config.Menu.Edit()
	edit(next)
	return must(t, s, shop.ChangeMenu{By: "owner:mei", Base: s.Config.Menu.Rev, Menu: next}, noon)
}

// without takes an item off a menu.
func without(id string) func(*shop.Menu) {
	return func(m *shop.Menu) {
		m.Items = slices.DeleteFunc(m.Items, func(it shop.Item) bool { return it.ID == id })
	}
}

// edited changes one item of a menu that is being made.
func edited(id string, edit func(*shop.Item)) func(*shop.Menu) {
	return func(m *shop.Menu) {
		edit(&m.Items[slices.IndexFunc(m.Items, func(it shop.Item) bool { return it.ID == id })])
	}
}

// cupOf is an order of one cup.
func cupOf(ref, item string, o shop.Options) shop.Place {
	return shop.Place{Channel: "meituan", Draft: shop.Draft{Ref: ref, Fulfilment: shop.Delivery, Totals: &shop.Totals{},
		Lines: []shop.Line{{Item: item, Qty: 1, Options: o}}}}
}

// reloaded is the state as it comes back from its rows.
func reloaded(t *testing.T, s shop.State) shop.State {
	t.Helper()
	rows := map[string][]byte{}
	for _, p := range s.Parts() {
		doc, err := json.Marshal(p.Doc)
		if err != nil {
			t.Fatal(err)
		}
		rows[p.Name] = doc
	}
	again, err := shop.Load(demo(t), noon, func(p shop.Part) error { return json.Unmarshal(rows[p.Name], p.Doc) })
	if err != nil {
		t.Fatal(err)
	}
	for o := range s.Orders.All() {
		again = again.Restore(o)
	}
	for j := range s.Jobs.All() {
		again = again.RestoreJob(j)
	}
	return again
}

// TestAnOrderKeepsTheMenuThatItWasMadeFrom: name, options, work, recipe and route of what was ordered before a change are
// what they were, and what is ordered after it is by the new menu; also after a restart.
func TestAnOrderKeepsTheMenuThatItWasMadeFrom(t *testing.T) {
	s := shop.New(demo(t), noon)
	first := must(t, s, cupOf("before", "grape", shop.Options{Toppings: []string{"pearl"}}), noon)
	s = first.Next
	was, _ := s.Order(first.Order)
	label, uses := wire.NewOrder(was, s.Config.Menu).Cups[0].Label, s.Config.Menu.Uses(&was.Lines[0])
	s = changed(t, s, func(m *shop.Menu) {
		for i := range m.Items {
			if it := &m.Items[i]; it.ID == "grape" {
				it.Name.ZH, it.PriceFen, it.Seconds, it.Uses = "葡萄冰", 1200, map[string]int{"shake": 20}, map[string]int{"grape": 10}
			}
		}
		m.Groups[4].Options = m.Groups[4].Options[1:] // pearls
	}).Next
	second := must(t, s, cupOf("after", "grape", shop.Options{}), noon)
	s = second.Next
	s = changed(t, s, without("grape")).Next
	for name, s := range map[string]shop.State{"in memory": s, "after a restart": reloaded(t, s)} {
		menu := s.Config.Menu
		old, _ := s.Order(first.Order)
		newer, _ := s.Order(second.Order)
		if got := wire.NewOrder(old, menu).Cups[0].Label; got != label || got != "1/1 多肉葡萄 珍珠" {
			t.Errorf("%s: the old order's label is %q, was %q", name, got, label)
		}
		if got := menu.Uses(&old.Lines[0]); gocmp.Diff(uses, got) != "" {
			t.Errorf("%s: the old order takes %v, want %v", name, got, uses)
		}
		if got := s.Config.Route(&old.Lines[0]); len(got) != 3 {
			t.Errorf("%s: the old order goes over %v", name, got)
		}
		if got := wire.NewOrder(newer, menu).Cups[0].Label; got != "1/1 葡萄冰" || newer.Cups[0].Work >= old.Cups[0].Work {
			t.Errorf("%s: the order between the changes is %q with work %d (old %d)", name, got, newer.Cups[0].Work, old.Cups[0].Work)
		}
		if got := s.Config.Route(&newer.Lines[0]); !slices.Equal(got, []string{"shake"}) {
			t.Errorf("%s: the order between the changes goes over %v", name, got)
		}
		if menu.Item("grape") != nil || menu.Ever("grape").Name.ZH != "葡萄冰" || menu.Ever("beer") != nil {
			t.Errorf("%s: the item that is gone is not found by its last name", name)
		}
		if _, err := shop.Decide(s, cupOf("gone", "grape", shop.Options{}), noon); !isProblem(err, shop.ProblemUnknownItem) {
			t.Errorf("%s: what has left the menu is ordered: %v", name, err)
		}
		// The channel asks again for the order that it has: it is the same order.
		again := cupOf("before", "grape", shop.Options{Size: "m", Toppings: []string{"pearl"}})
		if d, err := shop.Decide(s, again, noon); err != nil || !d.Replayed {
			t.Errorf("%s: asked again: %v, %v", name, d.Replayed, err)
		}
	}
	if again := reloaded(t, s); !again.Equal(s) {
		t.Error("a reload is another state")
	}
	// Control: by the menu that counts alone, the old order has no name, no recipe and no route.
	lost, _ := s.Order(first.Order)
	line := lost.Lines[0]
	line.Menu = s.Config.Menu.Edition
	if s.Config.Menu.Of(&line).Item("grape") != nil || len(s.Config.Route(&line)) != 0 {
		t.Error("control: a line that says it is of the menu now is read by an earlier one")
	}
}

func isProblem(err error, problem string) bool {
	e := (*shop.Error)(nil)
	return errors.As(err, &e) && e.Type == problem
}

// TestAMenuIsTakenWholeOrNotAtAll: what would break a promise or the measure of work is refused in words, and changes nothing.
func TestAMenuIsTakenWholeOrNotAtAll(t *testing.T) {
	s := shop.New(demo(t), noon)
	held := must(t, s, shop.HoldRoom{Channel: "shangou", Lines: []shop.Line{{Item: "matcha", Qty: 1}}}, noon).Next
	noticed := must(t, s, shop.GiveNotice{Channel: "shangou", Notice: shop.Notice{Name: "秋天第一杯", Start: noon.Add(24 * time.Hour),
		End: noon.Add(24*time.Hour + 30*time.Minute), Expected: []int{10, 10}, Items: []shop.ItemShare{{Item: "grape", Share: 1}}}}, noon).Next
	seconds := func(m *shop.Menu) {
		m.Items[0].Seconds = map[string]int{"tea": 18, "shake": 50, "seal": 15}
	}
	for name, tt := range map[string]struct {
		state shop.State
		edit  func(*shop.Menu)
	}{
		"the reference is gone":       {s, without("jasmine-milk-tea")},
		"the reference's seconds":     {s, seconds},
		"room is held for it":         {held, without("matcha")},
		"the held drink takes longer": {held, edited("matcha", func(it *shop.Item) { it.Seconds["shake"] += 60 })},
		"the held drink is more cups": {held, edited("matcha", func(it *shop.Item) { it.Cups = 2 })},
		"too many options":            {s, func(m *shop.Menu) { m.Groups[4].Options = make([]shop.Option, shop.MenuItemsMax+1) }},
		"too many ingredients": {s, func(m *shop.Menu) {
			m.Pantry = map[string]shop.Supply{}
			for n := range shop.MenuItemsMax + 1 {
				m.Pantry[fmt.Sprint("x", n)] = shop.Supply{}
			}
		}},
		"a campaign is announced":       {noticed, without("grape")},
		"a station that is not there":   {s, func(m *shop.Menu) { m.Items[1].Seconds = map[string]int{"oven": 5} }},
		"nothing is on the menu at all": {s, func(m *shop.Menu) { m.Items = nil }},
	} {
		next := tt.state.Config.Menu.Edit()
		tt.edit(next)
		d, err := shop.Decide(tt.state, shop.ChangeMenu{By: "x", Base: tt.state.Config.Menu.Rev, Menu: next}, noon)
		e := (*shop.Error)(nil)
		if !errors.As(err, &e) || len(e.Fields) == 0 || len(d.Events) != 0 {
			t.Errorf("%s: %v, %d events", name, err, len(d.Events))
		}
	}
	// Controls: the same changes where nothing stands against them; and a second change that was looked at with the first menu.
	after := changed(t, s, without("matcha")).Next
	changed(t, s, without("grape"))
	changed(t, held, edited("matcha", func(it *shop.Item) { it.Seconds["shake"] -= 10 }))
	changed(t, held, edited("grape", func(it *shop.Item) { it.Seconds["shake"] += 60 }))
	if _, err := shop.Decide(after, shop.ChangeMenu{By: "x", Base: s.Config.Menu.Rev, Menu: s.Config.Menu.Edit()}, noon); err == nil {
		t.Error("a change that was looked at with an earlier menu is taken")
	}
	if d := changed(t, after, func(*shop.Menu) {}); !d.Replayed || len(d.Events) != 0 {
		t.Errorf("a menu that is the same is taken as a change: %v", d.Events)
	}
}

// TestWhatNamesSomethingThatIsGone: marks and counts of it end, names of channels sleep until it is back, and channels are told.
func TestWhatNamesSomethingThatIsGone(t *testing.T) {
	s := follow(t, shop.New(demo(t), noon), noon,
		shop.SetAvailable{By: "t", Item: "matcha"}, shop.SetAvailable{By: "shangou", Channel: "shangou", Item: "matcha"},
		shop.SetStock{By: "t", Ingredient: "matcha", Amount: 100},
		shop.MapNames{By: "o", Channel: "meituan", Entries: []shop.MapEntry{{Kind: shop.MapName, Text: "抹茶拿铁",
			Parts: []shop.MapPart{{Item: "matcha", Qty: 1}}}}})
	before := s
	d := changed(t, s, func(m *shop.Menu) {
		without("matcha")(m)
		without("grape")(m)
	})
	s = d.Next
	f, ok := d.Events[0].Fact.(shop.MenuChanged)
	if !ok || gocmp.Diff(shop.MenuEffects{Marks: []shop.MenuPart{"matcha"}, Counts: []string{"matcha"},
		Mappings: []shop.MappedGone{{Channel: "meituan", Text: "抹茶拿铁"}}}, f.MenuEffects) != "" {
		t.Errorf("the fact says %+v", d.Events[0].Fact)
	}
	if len(s.SoldOut) != 0 || len(s.Marks["shangou"]) != 0 || len(s.Stock) != 0 || len(s.StockOff()) != 0 {
		t.Errorf("left: %v, %v, %v", s.SoldOut, s.Marks, s.Stock)
	}
	if got := told(d, "meituan"); !slices.Equal(got, []string{shop.ToldSoldOut + " grape"}) { // matcha was sold out before
		t.Errorf("the channel is told %v", got)
	}
	meituan, _ := s.Config.Channel("meituan")
	if r := s.Read(meituan, shop.Line{Name: "抹茶拿铁", Qty: 1}); r.By != shop.ReadNot {
		t.Errorf("a name of what is gone is read as %+v", r)
	}
	lost := must(t, s, shop.Place{Channel: "meituan", Draft: shop.Draft{Ref: "m", Fulfilment: shop.Delivery,
		Lines: []shop.Line{{Item: "77", Name: "抹茶拿铁", Qty: 1}}}}, noon)
	if len(lost.Next.Unread) != 1 {
		t.Fatalf("nobody is asked what it is: %v", lost.Next.Unread)
	}
	// Back to shop.yaml: the name means something again, the order that waits is made accordingly, the inbox is empty.
	back := must(t, lost.Next, shop.ChangeMenu{By: "o", Base: s.Config.Menu.Rev}, noon)
	o, _ := back.Next.Order(lost.Order)
	if o.Lines[0].Item != "matcha" || o.Lines[0].Unmapped || len(back.Next.Unread) != 0 ||
		back.Next.Config.Menu.Rev != before.Config.Menu.Rev {
		t.Errorf("back: line %+v, unread %v, menu %s", o.Lines[0], back.Next.Unread, back.Next.Config.Menu.Rev)
	}
	if _, _, own := back.Next.OwnMenu(); own || !reloaded(t, back.Next).Equal(back.Next) {
		t.Errorf("shop.yaml's menu does not count again (own %v), or a reload is another state", own)
	}
}

// TestAHiddenItem: it cannot be ordered, is not in the menu that channels read, and is told as sold out; then it is back.
func TestAHiddenItem(t *testing.T) {
	s := shop.New(demo(t), noon)
	hide := func(hidden bool) func(*shop.Menu) {
		return func(m *shop.Menu) { m.Items[2].Hidden = hidden }
	}
	id := s.Config.Menu.Items[2].ID
	d := changed(t, s, hide(true))
	if _, err := shop.Decide(d.Next, cupOf("h", id, shop.Options{}), noon); !isProblem(err, shop.ProblemSoldOut) {
		t.Errorf("a hidden item is ordered: %v", err)
	}
	if got := told(d, "meituan"); !slices.Equal(got, []string{shop.ToldSoldOut + " " + id}) {
		t.Errorf("the channel is told %v", got)
	}
	menu := wire.NewMenu(&d.Next, "meituan")
	if slices.ContainsFunc(menu.Items, func(it wire.MenuItem) bool { return it.ID == id }) || len(menu.Items) != len(s.Config.Menu.Items)-1 {
		t.Error("a hidden item is in the menu that channels read")
	}
	back := changed(t, d.Next, hide(false))
	must(t, back.Next, cupOf("b", id, shop.Options{}), noon)
	if got := told(back, "meituan"); !slices.Equal(got, []string{shop.ToldAvailable + " " + id}) {
		t.Errorf("the channel is told %v", got)
	}
}

// TestEarlierMenusAreBounded: a menu from which nothing was ordered is not kept, one that an open order needs is kept for ever.
func TestEarlierMenusAreBounded(t *testing.T) {
	s := must(t, shop.New(demo(t), noon), cupOf("first", "grape", shop.Options{}), noon).Next
	price := func(m *shop.Menu) { m.Items[1].PriceFen++ }
	for range 10 {
		s = changed(t, s, price).Next
	}
	if n := len(s.Menus.Past); n != 1 {
		t.Errorf("%d earlier menus are kept, of which orders were made from 1", n)
	}
	for i := range 60 {
		d := must(t, s, cupOf(string(rune('a'+i%26))+string(rune('a'+i/26)), "green-tea", shop.Options{}), noon)
		o, _ := d.Next.Order(d.Order)
		s = changed(t, must(t, d.Next, shop.Cancel{Channel: "meituan", Ref: o.Ref}, noon).Next.Forget(o.ID), price).Next
	}
	if n := len(s.Menus.Past); n != 41 || s.Menus.Past[0].Edition != 0 {
		t.Errorf("%d earlier menus are kept, the oldest edition %d", n, s.Menus.Past[0].Edition)
	}
}

// TestAWaitingOrderIsKnownWithTheMenu: a line of an order on the waiting list whose item comes onto the menu is that item.
// Another change says nothing of it, and the channel that asks again has the same order.
func TestAWaitingOrderIsKnownWithTheMenu(t *testing.T) {
	ask := standby("meituan", "w", 1)
	ask.Draft.Lines = []shop.Line{{Item: "grape", Qty: 1}, {Item: "new-tea", Name: "神秘茶", Qty: 2}}
	d := must(t, packed(t), ask, noon)
	if o, _ := d.Next.Order(d.Order); o.Standby == nil || !o.Lines[1].Unmapped {
		t.Fatalf("%+v", o)
	}
	if other := changed(t, d.Next, func(m *shop.Menu) { m.Items[1].PriceFen++ }); len(other.Events) != 1 {
		t.Errorf("a change of something else: %+v", other.Events)
	}
	s := changed(t, d.Next, func(m *shop.Menu) {
		tea := *m.Item("grape")
		tea.ID, tea.Name, tea.Seconds = "new-tea", shop.Name{ZH: "新茶"}, map[string]int{"shake": 20}
		m.Items = append(m.Items, tea)
	}).Next
	o, _ := s.Order(d.Order)
	if work, known := s.Config.Menu.Work(o.Lines); o.Lines[1].Unmapped || !known || o.Standby.Work != work || o.Standby.Cups != 3 ||
		len(o.SentLines()) != 2 || o.SentLine(1) != 1 || len(s.Unread) != 0 {
		t.Errorf("%+v, %+v, unread %v", o, o.Standby, s.Unread)
	}
	if again := must(t, s, ask, noon); !again.Replayed || again.Order != o.ID {
		t.Errorf("asked again: %+v", again.Outcome)
	}
	if again := reloaded(t, s); !again.Equal(s) {
		t.Error("a reload is another state")
	}
}

// TestAnOptionsSecondsAreAChange: also where they are not at the slowest station, which the menu's revision does not show.
func TestAnOptionsSecondsAreAChange(t *testing.T) {
	pearl := func(seal int) func(*shop.Menu) {
		return func(m *shop.Menu) {
			options := m.Groups[4].Options
			at := slices.IndexFunc(options, func(o shop.Option) bool { return o.ID == "pearl" })
			options[at].Seconds = map[string]int{"tea": 10, "seal": seal}
		}
	}
	s := changed(t, shop.New(demo(t), noon), pearl(0)).Next
	d := changed(t, s, pearl(6))
	if got := d.Next.Config.Menu.Option("topping", "pearl").Seconds["seal"]; d.Replayed || len(d.Events) != 1 || got != 6 {
		t.Errorf("replayed %v, %d events, %d seconds", d.Replayed, len(d.Events), got)
	}
	if again := changed(t, d.Next, pearl(6)); !again.Replayed {
		t.Error("the same seconds are a change")
	}
}

// TestWhatWasSentKeepsItsMenu: an order was sent from an earlier menu than the one that its line was made known by.
func TestWhatWasSentKeepsItsMenu(t *testing.T) {
	ask := cupOf("first", "77", shop.Options{})
	ask.Draft.Lines[0].Name = "神秘茶"
	d := must(t, shop.New(demo(t), noon), ask, noon)
	price := func(m *shop.Menu) { m.Items[1].PriceFen++ }
	s := must(t, changed(t, d.Next, price).Next, shop.MapNames{By: "o", Channel: "meituan", Entries: []shop.MapEntry{{Kind: shop.MapName,
		Text: "神秘茶", Parts: []shop.MapPart{{Item: "grape", Qty: 1}}}}}, noon).Next
	if o, _ := s.Order(d.Order); o.Lines[0].Menu != 1 || o.Sent[0].Menu != 0 {
		t.Fatalf("made %+v, sent %+v", o.Lines, o.Sent)
	}
	for i := range 45 {
		d := must(t, s, cupOf(fmt.Sprint("n", i), "green-tea", shop.Options{}), noon)
		o, _ := d.Next.Order(d.Order)
		s = changed(t, must(t, d.Next, shop.Cancel{Channel: "meituan", Ref: o.Ref}, noon).Next.Forget(o.ID), price).Next
	}
	if past := s.Menus.Past; past[0].Edition != 0 || past[1].Edition != 1 || past[2].Edition == 2 {
		t.Errorf("the oldest menus that are kept are %d, %d and %d", past[0].Edition, past[1].Edition, past[2].Edition)
	}
}
