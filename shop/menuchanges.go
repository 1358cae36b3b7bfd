package shop

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// MenuChange is one thing that is different between two menus.
type MenuChange struct {
	Part    MenuPart  `json:"part"` // "grape", "topping/pearl", "ingredient/pearl"; "" is the menu as a whole
	Name    Name      `json:"name"` // what people call it, as it is then, or was
	What    MenuField `json:"what"`
	Station string    `json:"station,omitempty"` // of seconds
	Was     string    `json:"was,omitempty"`     // prices in fen, seconds and numbers in digits
	Is      string    `json:"is,omitempty"`
}

// MenuField is what of a menu is different.
type MenuField string

// What can be different.
const (
	MenuAdded   MenuField = "added"
	MenuRemoved MenuField = "removed"
	MenuZH      MenuField = "zh"
	MenuEN      MenuField = "en"
	MenuPrice   MenuField = "price"
	MenuSeconds MenuField = "seconds"
	MenuCups    MenuField = "cups"
	MenuUses    MenuField = "uses"
	MenuScale   MenuField = "scale"
	MenuSwaps   MenuField = "swaps"
	MenuHidden  MenuField = "hidden"
	MenuShown   MenuField = "shown"
	MenuUsual   MenuField = "usual"  // of an option: it is the standard of its group now
	MenuSupply  MenuField = "supply" // of an ingredient: unit, time, batch, station
	MenuOrder   MenuField = "order"  // the same items and options in another order
)

// Amounts writes ingredients and amounts as a spreadsheet has them: "jasmine=200 milk=150".
func Amounts(uses map[string]int) string {
	var said []string
	for _, id := range sortedKeys(uses) {
		said = append(said, id+"="+strconv.Itoa(uses[id]))
	}
	return strings.Join(said, " ")
}

// Exchanges writes what is taken in whose place as a spreadsheet has it: "milk=oatmilk".
func Exchanges(swaps map[string]string) string {
	var said []string
	for _, id := range sortedKeys(swaps) {
		said = append(said, id+"="+swaps[id])
	}
	return strings.Join(said, " ")
}

// differences gathers what is different.
type differences struct {
	list []MenuChange
	part MenuPart
	name Name
}

func (d *differences) add(what MenuField, was, is string) {
	d.list = append(d.list, MenuChange{Part: d.part, Name: d.name, What: what, Was: was, Is: is})
}

func (d *differences) text(what MenuField, was, is string) {
	if was != is {
		d.add(what, was, is)
	}
}

func (d *differences) number(what MenuField, was, is int64) {
	d.text(what, strconv.FormatInt(was, 10), strconv.FormatInt(is, 10))
}

func (d *differences) seconds(was, is map[string]int) {
	stations := maps.Clone(was)
	if stations == nil {
		stations = map[string]int{}
	}
	maps.Copy(stations, is)
	for _, station := range sortedKeys(stations) {
		if was[station] != is[station] {
			d.number(MenuSeconds, int64(was[station]), int64(is[station]))
			d.list[len(d.list)-1].Station = station
		}
	}
}

// changes are what is different in another menu: items, options, ingredients, in the order of the menus.
func (m *Menu) changes(next *Menu) []MenuChange {
	d := &differences{}
	for i := range next.Items {
		d.item(m.Item(next.Items[i].ID), &next.Items[i])
	}
	for i := range m.Items {
		if it := &m.Items[i]; next.Item(it.ID) == nil {
			d.part, d.name = MenuPart(it.ID), it.Name
			d.add(MenuRemoved, strconv.FormatInt(it.PriceFen, 10), "")
		}
	}
	for _, g := range next.Groups {
		for i := range g.Options {
			o := &g.Options[i]
			d.part, d.name = OptionPart(g.ID, o.ID), o.Name
			d.option(m.Option(g.ID, o.ID), o)
			if was := m.Standard(g.ID); next.Standard(g.ID) == o.ID && was != o.ID && was != "" {
				d.add(MenuUsual, was, o.ID)
			}
		}
	}
	for _, g := range m.Groups {
		for i := range g.Options {
			if o := &g.Options[i]; next.Option(g.ID, o.ID) == nil {
				d.part, d.name = OptionPart(g.ID, o.ID), o.Name
				d.add(MenuRemoved, strconv.FormatInt(o.PriceFen, 10), "")
			}
		}
	}
	d.pantry(m, next)
	if d.part, d.name = "", (Name{}); len(d.list) == 0 && m.Rev != next.Rev {
		d.add(MenuOrder, "", "")
	}
	return d.list
}

func (d *differences) item(was, is *Item) {
	d.part, d.name = MenuPart(is.ID), is.Name
	if was == nil {
		d.add(MenuAdded, "", strconv.FormatInt(is.PriceFen, 10))
		was = &Item{Name: is.Name, PriceFen: is.PriceFen, Cups: is.Cups, Uses: is.Uses}
	}
	d.text(MenuZH, was.Name.ZH, is.Name.ZH)
	d.text(MenuEN, was.Name.EN, is.Name.EN)
	d.number(MenuPrice, was.PriceFen, is.PriceFen)
	d.seconds(was.Seconds, is.Seconds)
	d.number(MenuCups, int64(was.Cups), int64(is.Cups))
	d.text(MenuUses, Amounts(was.Uses), Amounts(is.Uses))
	switch {
	case is.Hidden && !was.Hidden:
		d.add(MenuHidden, "", "")
	case was.Hidden && !is.Hidden:
		d.add(MenuShown, "", "")
	}
}

func (d *differences) option(was, is *Option) {
	if was == nil {
		d.add(MenuAdded, "", strconv.FormatInt(is.PriceFen, 10))
		was = &Option{Name: is.Name, PriceFen: is.PriceFen, Uses: is.Uses, Scale: is.Scale, Swaps: is.Swaps}
	}
	d.text(MenuZH, was.Name.ZH, is.Name.ZH)
	d.text(MenuEN, was.Name.EN, is.Name.EN)
	d.number(MenuPrice, was.PriceFen, is.PriceFen)
	d.seconds(was.Seconds, is.Seconds)
	d.text(MenuUses, Amounts(was.Uses), Amounts(is.Uses))
	d.number(MenuScale, int64(was.Scale), int64(is.Scale))
	d.text(MenuSwaps, Exchanges(was.Swaps), Exchanges(is.Swaps))
}

func (d *differences) pantry(m, next *Menu) {
	ids := slices.Concat(sortedKeys(m.Pantry), sortedKeys(next.Pantry))
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		was, had := m.Pantry[id]
		is, has := next.Pantry[id]
		d.part, d.name = IngredientPart(id), is.Name
		switch {
		case !has:
			d.name = was.Name
			d.add(MenuRemoved, "", "")
		case !had:
			d.add(MenuAdded, "", "")
		default:
			d.text(MenuZH, was.ZH, is.ZH)
			d.text(MenuEN, was.EN, is.EN)
			d.text(MenuSupply, was.words(m.PutIn[id]), is.words(next.PutIn[id]))
		}
	}
}

// words are how an ingredient is handled, in short.
func (p Supply) words(station string) string {
	said := fmt.Sprintf("%s %d %d %s", p.Unit.In("zh"), p.Holds, p.Batch, p.Lead)
	if p.Fixed {
		said += " fixed"
	}
	return strings.TrimSpace(said + " " + station)
}
