package wire

import (
	"time"

	"weir/shop"
	"weir/shop/capacity"
)

// Menu is what the shop sells. Work is a constant of the menu: staffing changes the crew's rate, never
// a weight.
type Menu struct {
	Rev       string              `json:"menu_rev"`
	Reference string              `json:"reference"` // the item whose cup is 100 units of work
	Items     []MenuItem          `json:"items"`
	Options   map[string][]Option `json:"options"` // by group; the first of each but toppings is the standard
}

// MenuItem is something that can be ordered.
type MenuItem struct {
	ID        string        `json:"id"`
	Name      shop.Name     `json:"name"`
	PriceFen  int64         `json:"price_fen"`
	Work      capacity.Work `json:"work"`             // of one cup, hundredths of a standard cup
	Cups      int           `json:"cups"`             // to make for one; 0 for a bag
	Available bool          `json:"available"`        // to the channel that asks
	Marked    bool          `json:"marked,omitempty"` // as sold out by the channel itself
	Until     time.Time     `json:"until,omitzero"`   // when what is sold out is back by itself
	Left      *int          `json:"left,omitempty"`   // cups that can still be made, where that is counted and a small number
}

// Option is one choice.
type Option struct {
	ID       string        `json:"id"`
	Name     shop.Name     `json:"name"`
	PriceFen int64         `json:"price_fen"` // on top of the item's
	Work     capacity.Work `json:"work"`      // on top of the item's

	Available bool      `json:"available"`        // to the channel that asks
	Marked    bool      `json:"marked,omitempty"` // as sold out by the channel itself
	Until     time.Time `json:"until,omitzero"`   // when what is sold out is back by itself
	Left      *int      `json:"left,omitempty"`   // cups that can still be made with it, where that is counted and a small number
}

// NewMenu shows the menu with what a channel can have now.
func NewMenu(state *shop.State, channel string) Menu {
	m := state.Config.Menu
	out := Menu{Rev: m.Rev, Reference: m.Reference, Items: make([]MenuItem, 0, len(m.Items)), Options: map[string][]Option{}}
	for i := range m.Items {
		if m.Items[i].Hidden {
			continue
		}
		out.Items = append(out.Items, NewMenuItem(state, channel, &m.Items[i]))
	}
	for _, g := range m.Groups {
		name := optionNames[g.ID]
		out.Options[name] = make([]Option, 0, len(g.Options))
		for _, o := range g.Options {
			option := Option{ID: o.ID, Name: o.Name, PriceFen: o.PriceFen, Work: o.Work}
			option.Available, option.Marked, option.Until, option.Left = standsOf(state, channel, shop.OptionPart(g.ID, o.ID))
			out.Options[name] = append(out.Options[name], option)
		}
	}
	return out
}

// optionNames are the groups as an order's options name them.
var optionNames = map[string]string{
	shop.GroupSize: "size", shop.GroupIce: "ice", shop.GroupSugar: "sugar", shop.GroupMilk: "milk", shop.GroupTopping: "toppings",
}

// Availability answers POST /v1/availability: how what was marked stands to the channel now, and all that it cannot order.
type Availability struct {
	Item       string     `json:"item,omitempty"`
	Option     string     `json:"option,omitempty"`
	Ingredient string     `json:"ingredient,omitempty"`
	Available  bool       `json:"available"`        // to the channel; false although it said true where somebody else says so
	Marked     bool       `json:"marked,omitempty"` // as sold out by the channel itself
	Until      time.Time  `json:"until,omitzero"`   // when it is back by itself
	Scope      shop.Scope `json:"scope,omitempty"`  // of the channel's own mark
	SoldOut    []string   `json:"sold_out"`         // items that the channel cannot order
	NoOption   []string   `json:"sold_out_options"` // with their groups, as "topping/pearl"
}

// NewAvailability says how what a channel has marked stands.
func NewAvailability(state *shop.State, c shop.SetAvailable) Availability {
	a := Availability{Item: c.Item, Option: c.Option, Ingredient: c.Ingredient}
	part := c.Part()
	why, closed := state.ClosedTo(c.Channel, part)
	own, marked := state.Marks[c.Channel][part]
	a.Available, a.Marked, a.Until, a.Scope = !closed, marked, why.Out.Until, own.Scope
	a.SoldOut, a.NoOption, _ = soldOut(state, c.Channel)
	return a
}

// NewMenuItem shows one item to a channel.
func NewMenuItem(state *shop.State, channel string, it *shop.Item) MenuItem {
	item := MenuItem{ID: it.ID, Name: it.Name, PriceFen: it.PriceFen, Work: it.Work, Cups: it.Cups}
	item.Available, item.Marked, item.Until, item.Left = standsOf(state, channel, shop.MenuPart(it.ID))
	return item
}

// standsOf is how an item or option stands to a channel.
func standsOf(state *shop.State, channel string, part shop.MenuPart) (available, marked bool, until time.Time, left *int) {
	why, closed := state.ClosedTo(channel, part)
	_, marked = state.Marks[channel][part]
	if cups, few := state.FewLeft(part); few {
		left = &cups
	}
	return !closed, marked, why.Out.Until, left
}
