package mcp

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"weir/fleet/route"
	"weir/fleet/table"
	"weir/shop"
	"weir/shop/words"
)

// Drink is one line of what a customer wants, in their own words.
type Drink struct {
	Drink   string   `json:"drink" jsonschema:"the drink's name in Chinese or English, or its id"`
	Options []string `json:"options,omitempty" jsonschema:"size, ice, sugar, milk and toppings by name or id, such as 去冰"`
	Qty     int      `json:"qty,omitempty" jsonschema:"how many; 1 when left out"`
}

const (
	// drinksMax bounds an order of an agent, and optionsMax one drink of it: more than somebody says in a sentence. A larger
	// order goes through the platform's door.
	drinksMax, optionsMax = 30, 12
	// qtyMax is the most of one drink: a figure that was misheard is asked back.
	qtyMax = 50
	// likeMax is how many drinks are named in place of one that is not known: nobody listens to more.
	likeMax = 5
)

// plain is a name as it is compared.
func plain(name string) string { return strings.ToLower(strings.Join(strings.Fields(name), " ")) }

// called reports whether a name is the one that somebody said.
func called(id string, n words.Named, said string) bool {
	return said == plain(id) || said == plain(n.In("zh")) || said == plain(n.In("en"))
}

// menusNear are the menus of the shops that an order could go to, nearest first. Where none of them has a menu that the
// fleet knows, all menus are read: no shop is a better answer then than no such drink.
func menusNear(r *route.Router, o route.Order, now time.Time) (menus []*shop.Menu) {
	open, shut := r.Table.Find(table.Want{Channel: o.Channel, At: o.Near, RadiusM: o.RadiusM, Anyway: o.Stores}, now)
	list := append(open, shut...)
	slices.SortStableFunc(list, func(a, b table.Near) int { return cmp.Compare(a.Metres, b.Metres) })
	for _, n := range list {
		if menu := r.Menus[n.Report.MenuRev]; menu != nil && !slices.Contains(menus, menu) {
			menus = append(menus, menu)
		}
	}
	if len(menus) > 0 {
		return menus
	}
	for _, rev := range slices.Sorted(maps.Keys(r.Menus)) {
		menus = append(menus, r.Menus[rev])
	}
	return menus
}

// understand finds drinks and options on menus. Why not, if not, is a question for the customer.
func understand(menus []*shop.Menu, l words.Lang, list []Drink) (lines []shop.Line, fen int64, why string) {
	if len(list) == 0 || len(list) > drinksMax {
		return nil, 0, l.T("agent.how_many", drinksMax)
	}
	for _, d := range list {
		said, qty := plain(d.Drink), max(d.Qty, 1)
		if d.Qty < 0 || qty > qtyMax || len(d.Options) > optionsMax {
			return nil, 0, l.T("agent.how_many", qtyMax)
		}
		menu, item, like := find(menus, l, said)
		if item == nil {
			return nil, 0, l.T("agent.no_such_drink", d.Drink, strings.Join(like, l.T("agent.comma")))
		}
		line, price := shop.Line{Item: item.ID, Qty: qty}, item.PriceFen
		chosen := map[string]*shop.Option{} // by group
		for _, name := range d.Options {
			option, group := optionOf(menu, plain(name))
			if option == nil {
				return nil, 0, l.T("agent.no_such_option", name, l.Of(item.Name))
			}
			if was := chosen[group]; was != nil && group != shop.GroupTopping {
				if was.ID == option.ID {
					continue // said twice
				}
				return nil, 0, l.T("agent.one_option", l.Of(was.Name), l.Of(option.Name))
			}
			chosen[group] = option
			put(&line.Options, group, option.ID)
			price += option.PriceFen
		}
		fen += price * int64(qty)
		lines = append(lines, line)
	}
	return lines, fen, ""
}

// find is the drink that was said, by its whole name, or by a part of it that only one has.
func find(menus []*shop.Menu, l words.Lang, said string) (menu *shop.Menu, item *shop.Item, like []string) {
	for _, menu := range menus {
		for i := range menu.Items {
			if it := &menu.Items[i]; it.Cups > 0 && called(it.ID, it.Name, said) {
				return menu, it, nil
			}
		}
	}
	var found *shop.Item
	for _, m := range menus {
		for i := range m.Items {
			it := &m.Items[i]
			part := said != "" && (strings.Contains(plain(it.Name.In("zh")), said) || strings.Contains(plain(it.Name.In("en")), said))
			if name := l.Of(it.Name); part && !slices.Contains(like, name) {
				menu, found, like = m, it, append(like, name)
			}
		}
	}
	if len(like) == 1 && found.Cups > 0 {
		return menu, found, nil
	}
	if len(like) == 0 && len(menus) > 0 { // nothing is like it: what there is
		for i := range menus[0].Items {
			like = append(like, l.Of(menus[0].Items[i].Name))
		}
	}
	return nil, nil, like[:min(likeMax, len(like))]
}

func optionOf(menu *shop.Menu, said string) (*shop.Option, string) {
	for _, group := range menu.Groups {
		for i := range group.Options {
			if o := &group.Options[i]; called(o.ID, o.Name, said) {
				return o, group.ID
			}
		}
	}
	return nil, ""
}

func put(o *shop.Options, group, id string) {
	switch group {
	case shop.GroupSize:
		o.Size = id
	case shop.GroupIce:
		o.Ice = id
	case shop.GroupSugar:
		o.Sugar = id
	case shop.GroupMilk:
		o.Milk = id
	case shop.GroupTopping:
		o.Toppings = append(o.Toppings, id)
	}
}
