package shop

import (
	"maps"
	"slices"
)

// Need is how much of an ingredient goes into a cup, in the menu's own units, and at which station.
type Need struct {
	Ingredient string
	Amount     int
	Station    string // "" where the shop does not say
}

// Needs lists what goes into a cup of a line: what the item uses and what its options add, by ingredient. Of a drink that
// the menu does not know it is empty.
func (c *Config) Needs(l *Line) []Need {
	menu := c.Menu.Of(l)
	if menu.Item(l.Item) == nil {
		return nil
	}
	amounts := menu.Uses(l)
	route := c.Route(l)
	var needs []Need
	for _, ingredient := range slices.Sorted(maps.Keys(amounts)) {
		n := Need{Ingredient: ingredient, Amount: amounts[ingredient], Station: menu.PutIn[ingredient]}
		if !slices.Contains(route, n.Station) {
			n.Station = "" // it does not come there
			if len(route) == 1 {
				n.Station = route[0]
			}
		}
		needs = append(needs, n)
	}
	return needs
}
