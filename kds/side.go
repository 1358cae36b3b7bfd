package kds

import (
	"slices"
	"strings"

	"weir/shop"
	"weir/shop/words"
	"weir/templates"
)

// How the rows of the list at the side are shared. A heading is a row, and so is each line of a shortage.
const (
	shortagesMax = 4   // ingredients; each takes two rows
	drinksMin    = 3   // rows that shortages and toppings leave to the drinks
	longName     = 6.0 // a wider name, in widths of a Chinese character, needs a smaller type
)

// side is how many of each drink and topping are to be made, the most first, and what does not last for them. It is as
// many rows as the tablet has room for; what has no row of its own is summed up.
func side(state *shop.State, l words.Lang, queue []shop.Queued, rows int) templates.Side {
	menu := state.Config.Menu
	var waiting []shop.Queued
	drinks, extras := map[string]int{}, map[string]int{}
	for _, q := range queue {
		if !q.Cup.State.Unmade() {
			continue
		}
		waiting = append(waiting, q)
		line := q.Line()
		menu := menu.Of(line)
		drinks[lineName(menu, l, line)]++
		for _, id := range line.Options.Toppings {
			extras[optionName(menu, l, shop.GroupTopping, id)]++
		}
		if milk := line.Options.Milk; milk != "" && milk != menu.Standard(shop.GroupMilk) {
			extras[optionName(menu, l, shop.GroupMilk, milk)]++
		}
	}
	s := templates.Side{Total: len(waiting)}
	for _, short := range state.Shortages(waiting) {
		s.RunsOut = append(s.RunsOut, templates.RunOut{Name: ingredientName(menu, l, short.Ingredient), At: short.First.Order.PickupNumber(),
			Cups: short.Cups})
	}
	slices.SortFunc(s.RunsOut, func(a, b templates.RunOut) int { return b.Cups - a.Cups })
	s.RunsOut = s.RunsOut[:min(len(s.RunsOut), shortagesMax, max(0, (rows-drinksMin-2)/2))]
	rows-- // the drinks' heading
	if n := len(s.RunsOut); n > 0 {
		rows -= 1 + 2*n
	}
	// Toppings get what the drinks do not need, and two fifths at least.
	if forExtras := max(rows-len(drinks), rows*2/5) - 1; forExtras > 0 && rows-forExtras-1 >= min(drinksMin, len(drinks)) {
		if s.Extras = mostFirst(extras, l, forExtras); len(s.Extras) > 0 {
			rows -= 1 + len(s.Extras)
		}
	}
	s.Drinks = mostFirst(drinks, l, max(rows, 1))
	return s
}

// mostFirst lists counts in so many rows; the last sums up what has no room.
func mostFirst(counts map[string]int, l words.Lang, rows int) []templates.Count {
	list := make([]templates.Count, 0, len(counts))
	for name, n := range counts {
		list = append(list, templates.Count{Name: name, Cups: n, Long: width(name) > longName})
	}
	slices.SortFunc(list, func(a, b templates.Count) int {
		if a.Cups != b.Cups {
			return b.Cups - a.Cups
		}
		return strings.Compare(a.Name, b.Name)
	})
	if len(list) <= rows {
		return list
	}
	rest := templates.Count{Name: l.T("board.others")}
	for _, c := range list[rows-1:] {
		rest.Cups += c.Cups
	}
	return append(list[:rows-1], rest)
}
