package shopfile

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"weir/shop"
)

var groups = []string{shop.GroupSize, shop.GroupIce, shop.GroupSugar, shop.GroupMilk, shop.GroupTopping}

// menu weighs items and options on the line.
func (f *file) menu(c *shop.Config) (err error) {
	m := &shop.Menu{Reference: f.Reference}
	for group := range f.Options {
		if !slices.Contains(groups, group) {
			return wrong("$.options."+group, "options: unknown group %q; the groups are %v", group, groups)
		}
	}
	if n := len(f.Pantry); n > shop.MenuItemsMax {
		return wrong("$.ingredients", "ingredients: there are %d, want at most %d", n, shop.MenuItemsMax)
	}
	for _, group := range groups {
		if n := len(f.Options[group]); n > shop.MenuItemsMax {
			return wrong("$.options."+group, "options: %s has %d options, want at most %d", group, n, shop.MenuItemsMax)
		}
		g := shop.Group{ID: group}
		for _, o := range f.Options[group] {
			if err := f.seconds(c, "$.options."+group, o.Work); err != nil {
				return err
			}
			if o.ID == "" || slices.ContainsFunc(g.Options, func(other shop.Option) bool { return other.ID == o.ID }) {
				return wrong("$.options."+group, "options: %s option %q: want an id of its own", group, o.ID)
			}
			price, err := fen("$.options."+group, o.ID, o.Price, o.Yuan)
			if err != nil {
				return err
			}
			g.Options = append(g.Options, shop.Option{
				ID: o.ID, Name: shop.Name{ZH: o.ZH, EN: o.EN}, PriceFen: price, Seconds: o.Work, Uses: o.Uses, Scale: o.Scale, Swaps: o.Swaps,
			})
		}
		m.Groups = append(m.Groups, g)
	}
	for i, it := range f.Items {
		at := fmt.Sprintf("$.items[%d]", i)
		if !idForm.MatchString(it.ID) || slices.ContainsFunc(m.Items, func(o shop.Item) bool { return o.ID == it.ID }) {
			return wrong(at, "item %q: want an id of its own, of a-z, 0-9 and -", it.ID)
		}
		price, err := fen(at, it.ID, it.Price, it.Yuan)
		if err != nil {
			return err
		}
		if err := f.seconds(c, at, it.Work); err != nil {
			return err
		}
		cups := 1
		if it.Cups != nil {
			cups = *it.Cups
		}
		m.Items = append(m.Items, shop.Item{
			ID: it.ID, Name: it.Name, PriceFen: price, Seconds: it.Work, Cups: cups, Uses: it.Uses, Hidden: it.Hidden,
		})
	}
	if err = swaps(m); err != nil {
		return err
	}
	if err = f.pantry(c, m); err != nil {
		return err
	}
	m.Index()
	f.recipes(m)
	c.Menu = m
	return m.Weigh(c.Line)
}

// swaps looks for options that take the place of an ingredient that no item has.
func swaps(m *shop.Menu) error {
	for _, g := range m.Groups {
		for _, o := range g.Options {
			for from, to := range o.Swaps {
				used := slices.ContainsFunc(m.Items, func(it shop.Item) bool { return it.Uses[from] > 0 })
				if !used || to == "" || to == from {
					return wrong("$.options."+g.ID, "options: %s swaps %q for %q: want an ingredient of an item, and another in its place",
						o.ID, from, to)
				}
			}
		}
	}
	return nil
}

// pantry reads the ingredients as people handle them, and where they go in. One that nothing uses is a typing error.
func (f *file) pantry(c *shop.Config, m *shop.Menu) error {
	m.Pantry = make(map[string]shop.Supply, len(f.Pantry))
	for id, in := range f.Pantry {
		at := "$.ingredients." + id
		switch {
		case !m.Needs(id):
			return wrong(at, "ingredients: nothing on the menu uses %q", id)
		case in.ZH == "" && in.EN == "":
			return wrong(at, "ingredients: %s needs a name", id)
		case in.Station != "" && !slices.ContainsFunc(c.Stations, func(s shop.Station) bool { return s.ID == in.Station }):
			return wrong(at, "ingredients: %s: there is no station %q", id, in.Station)
		case in.Batch > 0 && in.LeadMin == 0:
			return wrong(at+".batch", "ingredients: %s has a batch and no lead_min: how long does it take to prepare?", id)
		}
		out := shop.Supply{Name: shop.Name{ZH: in.ZH, EN: in.EN}, Lead: time.Duration(in.LeadMin) * time.Minute, Batch: in.Batch, Fixed: in.Fixed}
		if u := in.Unit; u != nil {
			out.Unit, out.Holds = shop.Name{ZH: u.ZH, EN: u.EN}, u.Holds
			if out.Unit == (shop.Name{}) || u.Holds < 1 {
				return wrong(at+".unit", "ingredients: the unit of %s needs a name and how much one holds, as in {zh: 袋, en: bag, holds: 1000}", id)
			}
		}
		m.Pantry[id] = out
		if in.Station == "" {
			continue
		}
		if m.PutIn == nil {
			m.PutIn = map[string]string{}
		}
		m.PutIn[id] = in.Station
	}
	return nil
}

// portion is what people count an ingredient in that was put into the menu by [file.recipes].
var portion = shop.Name{ZH: "份", EN: "portion"}

// recipes gives a menu that names no ingredient at all the recipe that staff have in mind when they say "no more pearls":
// each topping is an ingredient of its own, counted in portions, and a drink that has the topping's name in its own takes a
// portion of it.
func (f *file) recipes(m *shop.Menu) {
	if len(m.Ingredients()) > 0 {
		return
	}
	for _, g := range m.Groups {
		if g.ID != shop.GroupTopping {
			continue
		}
		for i := range g.Options {
			topping := &g.Options[i]
			topping.Uses = map[string]int{topping.ID: 1}
			m.Pantry[topping.ID] = shop.Supply{Name: topping.Name, Unit: portion, Holds: 1}
			for n := range m.Items {
				it := &m.Items[n]
				if topping.Name.ZH != "" && strings.Contains(it.Name.ZH, topping.Name.ZH) {
					if it.Uses = maps.Clone(it.Uses); it.Uses == nil { // it may be another menu's, too
						it.Uses = map[string]int{}
					}
					it.Uses[topping.ID] = max(it.Cups, 1)
				}
			}
		}
	}
}

// fen is the one price that the file has for an item or option: whole fen, or yuan.
func fen(at, id string, whole int64, inYuan *yuan) (int64, error) {
	switch {
	case inYuan == nil:
		return whole, nil
	case whole != 0:
		return 0, wrong(at, "%s has price and price_yuan; write one of them", id)
	}
	return int64(*inYuan), nil
}

// seconds checks that work is at stations that exist.
func (f *file) seconds(c *shop.Config, at string, work map[string]int) error {
	for station := range work {
		if !slices.ContainsFunc(c.Stations, func(st shop.Station) bool { return st.ID == station }) {
			return wrong(at+".work", "work: there is no station %q", station)
		}
	}
	return nil
}
