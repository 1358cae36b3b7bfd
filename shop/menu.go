package shop

import (
	"strings"
	"time"

	"weir/shop/capacity"
)

// Name is what people read, in Simplified Chinese and English.
type Name struct {
	ZH string `json:"zh" yaml:"zh"`
	EN string `json:"en" yaml:"en"`
}

// In returns the name for who reads a language: Chinese for "zh" and "", English for any other, and the other
// where one is missing.
func (n Name) In(lang string) string {
	if n.ZH == "" || (lang != "" && lang != "zh" && n.EN != "") {
		return n.EN
	}
	return n.ZH
}

// Menu is what the shop sells and how much work each cup is.
type Menu struct {
	Rev       string            // changes with the content; capacity reports and clients name it
	Edition   int               `json:",omitempty"` // which one it is of the menus of the shop; see [Menus]
	Reference string            // the item whose cup is 100 units of work
	Groups    []Group           // options, in the fixed order of the board's chips
	Items     []Item            //
	Pantry    map[string]Supply // what is known of ingredients, by id; one that is not in it is known by its id alone
	PutIn     map[string]string `json:",omitempty"` // the station at which an ingredient goes in, where the shop says it
	byItem    map[string]*Item
	byOption  map[string]*Option    // "group/id"
	byName    map[string]string     // items by their names, see [foldName]
	byWord    map[string][]MenuPart // options by their names and ids
	parts     []MenuPart            // items and then options, in their order
	made      map[MenuPart][]use    // what one cup of each takes
	past      []*Menu               // the menus before it, oldest first; see [Menu.Of]
}

// Supply is an ingredient as people handle it. Amounts are in the menu's own units.
type Supply struct {
	Name
	Unit  Name          // what people count it in, as "bag"; empty: in the menu's own units
	Holds int           // amount in one unit; 0 is 1
	Lead  time.Duration // from beginning to prepare it until it can be used; 0: it is there at once
	Batch int           // amount that is prepared at a time; 0 is one unit
	Fixed bool          `json:",omitempty"` // a larger cup takes no more of it
}

// Each is the amount in one unit that people count.
func (p Supply) Each() int { return max(p.Holds, 1) }

// Once is the amount that is prepared at a time.
func (p Supply) Once() int {
	if p.Batch > 0 {
		return p.Batch
	}
	return p.Each()
}

// use is what one cup takes of an ingredient.
type use struct {
	ingredient string
	part       MenuPart // the ingredient as a part
	amount     int
	instead    []MenuPart // options that take another ingredient in its place
}

// Group names of the options, at fixed places on every card and label.
const (
	GroupSize    = "size"
	GroupIce     = "ice"
	GroupSugar   = "sugar"
	GroupMilk    = "milk"
	GroupTopping = "topping"
)

// Group is one kind of option. The first option of every group but toppings is the standard.
type Group struct {
	ID      string
	Options []Option
}

// Option is one choice.
type Option struct {
	ID       string
	Name     Name
	PriceFen int64
	Seconds  map[string]int `json:",omitempty"` // per station, on top of the item's
	Work     capacity.Work  // on top of the item's
	Spare    capacity.Spare `json:"-"` // of that; it follows from the seconds per station
	Uses     map[string]int // ingredients, in the menu's own units, on top of the item's
	// Scale is how much of what the item itself takes goes into a cup with the option, percent; 0 is 100. An ingredient that
	// is [Supply.Fixed] stays as it is.
	Scale int `json:",omitempty"`
	// Swaps are the ingredients of the item in whose place the option takes another, as much of it.
	Swaps map[string]string `json:",omitempty"`
}

// Item is something that can be ordered.
type Item struct {
	ID       string
	Name     Name
	PriceFen int64
	Work     capacity.Work  // of one cup, hundredths of a standard cup
	Spare    capacity.Spare `json:"-"` // of that; it follows from the seconds per station
	Seconds  map[string]int // per station
	Cups     int            // cups to make for one; 0 for a bag
	Uses     map[string]int // ingredients of one, all its cups together
	Hidden   bool           `json:",omitempty"` // off the menu for now: nobody can order it
}

// perCup is what one cup of the item takes, rounded up.
func (i *Item) perCup(amount int) int {
	cups := max(i.Cups, 1)
	return (amount + cups - 1) / cups
}

// Index prepares the look-ups. Call it once, before the menu is shared.
func (m *Menu) Index() {
	m.byItem = make(map[string]*Item, len(m.Items))
	for i := range m.Items {
		m.byItem[m.Items[i].ID] = &m.Items[i]
	}
	m.byOption = map[string]*Option{}
	for _, g := range m.Groups {
		for i := range g.Options {
			m.byOption[g.ID+"/"+g.Options[i].ID] = &g.Options[i]
		}
	}
	m.indexNames()
	m.indexUses()
}

// indexUses says of each item and option what one cup takes of an ingredient, at least: the amount below which it cannot
// be made. What an option takes in the place of another ingredient is as much as the drink that takes the least.
func (m *Menu) indexUses() {
	m.parts, m.made = nil, map[MenuPart][]use{}
	instead, least := map[string][]MenuPart{}, map[string]int{}
	takes := func(part MenuPart, ingredient string, amount int) {
		m.made[part] = append(m.made[part], use{ingredient, IngredientPart(ingredient), amount, nil})
	}
	for i := range m.Items {
		item := &m.Items[i]
		m.parts = append(m.parts, MenuPart(item.ID))
		for _, ingredient := range sortedKeys(item.Uses) {
			amount := m.scaled(ingredient, item.perCup(item.Uses[ingredient]), m.smallest())
			takes(MenuPart(item.ID), ingredient, amount)
			if was, known := least[ingredient]; !known || amount < was {
				least[ingredient] = amount
			}
		}
	}
	for _, g := range m.Groups {
		swapped := map[string]bool{}
		for i := range g.Options {
			o := &g.Options[i]
			part := OptionPart(g.ID, o.ID)
			m.parts = append(m.parts, part)
			for _, ingredient := range sortedKeys(o.Uses) {
				takes(part, ingredient, o.Uses[ingredient])
			}
			for _, from := range sortedKeys(o.Swaps) {
				takes(part, o.Swaps[from], least[from])
				instead[from], swapped[from] = append(instead[from], part), true
			}
		}
		if standard := m.Standard(g.ID); standard != "" {
			for _, from := range sortedKeys(swapped) {
				takes(OptionPart(g.ID, standard), from, least[from]) // the standard is what the others take something in the place of
			}
		}
	}
	for i := range m.Items {
		uses := m.made[MenuPart(m.Items[i].ID)]
		for n := range uses {
			uses[n].instead = instead[uses[n].ingredient]
		}
	}
}

// scaled is an amount of an ingredient in a cup of another size, percent, rounded up.
func (m *Menu) scaled(ingredient string, amount, percent int) int {
	if m.Pantry[ingredient].Fixed {
		return amount
	}
	return (amount*percent + 99) / 100
}

// smallest is the smallest share of an item's ingredients that a cup can have, percent.
func (m *Menu) smallest() int {
	percent := 100
	for _, g := range m.Groups {
		least := 100
		for i := range g.Options {
			if s := g.Options[i].Scale; s > 0 {
				least = min(least, s)
			}
		}
		percent = percent * least / 100
	}
	return max(percent, 1)
}

// cutPart takes the name of an option or an ingredient apart; grouped is false for an item.
func cutPart(p MenuPart) (group, id string, grouped bool) { return strings.Cut(string(p), "/") }

// Ingredients are what the menu is made of, in order.
func (m *Menu) Ingredients() []string {
	all := map[string]bool{}
	for _, uses := range m.made {
		for _, u := range uses {
			all[u.ingredient] = true
		}
	}
	return sortedKeys(all)
}

// MadeOf are the items and options that take an ingredient, in the order of the menu.
func (m *Menu) MadeOf(ingredient string) (parts []MenuPart) {
	for _, part := range m.parts {
		for _, u := range m.made[part] {
			if u.ingredient == ingredient {
				parts = append(parts, part)
			}
		}
	}
	return parts
}

// has reports whether an item or option is on the menu.
func (m *Menu) has(part MenuPart) bool {
	return m.byItem[string(part)] != nil || m.byOption[string(part)] != nil
}

// without are the items and options that another menu does not have.
func (m *Menu) without(other *Menu) (parts []MenuPart) {
	for _, part := range m.parts {
		if !other.has(part) {
			parts = append(parts, part)
		}
	}
	return parts
}

// Item returns the item, or nil when the menu has none of that id.
func (m *Menu) Item(id string) *Item { return m.byItem[id] }

// Option returns the option of a group, or nil when the menu has none of that id.
func (m *Menu) Option(group, id string) *Option { return m.byOption[group+"/"+id] }

// Standard returns the id of the group's standard option, "" where it has none.
func (m *Menu) Standard(group string) string {
	for _, g := range m.Groups {
		if g.ID == group && group != GroupTopping && len(g.Options) > 0 {
			return g.Options[0].ID
		}
	}
	return ""
}

// plain is a choice of options without those that are the standard anyway.
func (m *Menu) plain(o Options) Options {
	for _, choice := range []struct {
		group string
		id    *string
	}{{GroupSize, &o.Size}, {GroupIce, &o.Ice}, {GroupSugar, &o.Sugar}, {GroupMilk, &o.Milk}} {
		if *choice.id == m.Standard(choice.group) {
			*choice.id = ""
		}
	}
	return o
}

// standardCup is the work of a cup whose item the menu does not know.
const standardCup capacity.Work = 100

// maxWorkPerCup bounds what a menu can claim for one cup: 50 standard cups, twenty minutes of the
// whole line. Anything more is a typing error in shop.yaml.
const maxWorkPerCup capacity.Work = 5000

// Work is the work of an order's lines and whether the menu knew everything on them.
func (m *Menu) Work(lines []Line) (sum capacity.Work, known bool) {
	known = true
	for i := range lines {
		work, cups, ok := m.lineWork(&lines[i])
		sum, known = sum+work*capacity.Work(cups*lines[i].Qty), known && ok
	}
	return sum, known
}

// lineSpare is by how much one cup of the line is lighter at each station than its work says. What the menu does not know
// is like the reference item.
func (m *Menu) lineSpare(l *Line) (spare capacity.Spare) {
	m = m.Of(l)
	item := m.Item(l.Item)
	if item == nil {
		item = m.Item(m.Reference)
	}
	if item == nil {
		return spare
	}
	work := item.Work
	spare = item.Spare
	for group, id := range l.Options.All() {
		if option := m.Option(group, id); option != nil {
			spare = spare.Plus(option.Spare)
			work += option.Work
		}
	}
	if work > maxWorkPerCup {
		return capacity.Spare{} // a typing error: it is that heavy everywhere
	}
	return spare
}

// lineWork is the work of one cup of the line and whether the menu that it was ordered from knew everything on it.
func (m *Menu) lineWork(l *Line) (work capacity.Work, cups int, known bool) {
	m = m.Of(l)
	item := m.Item(l.Item)
	if item == nil {
		return standardCup, 1, false
	}
	work, cups, known = item.Work, item.Cups, true
	for group, id := range l.Options.All() {
		if option := m.Option(group, id); option != nil {
			work += option.Work
		} else {
			known = false
		}
	}
	return min(work, maxWorkPerCup), cups, known
}
