package kds

import (
	"slices"
	"strings"
	"time"

	"weir/shop"
	"weir/shop/words"
	"weir/templates"
)

// How the rows of the list at the side are shared. A heading is a row, and so is each line of a shortage.
const (
	shortagesMax  = 4   // ingredients; each takes two rows
	leftMax       = 3   // what is sold out or nearly so
	drinksMin     = 3   // rows that shortages and toppings leave to the drinks
	rowsOfATablet = 20  // with so many rows or fewer there is never room for ingredients
	longName      = 6.0 // a wider name, in widths of a Chinese character, needs a smaller type
)

// side is how many of each drink and topping are to be made, the most first, what does not last for them and what can hardly
// be ordered any more. It is as many rows as the tablet has room for; what has no row of its own is summed up, and the page of
// totals has all of it.
func side(state *shop.State, l words.Lang, queue []shop.Queued, rows int, now time.Time) templates.Side {
	menu := state.Config.Menu
	waiting, cups := linesOfQueue(queue)
	n := needOf(menu, l, cups, rows > rowsOfATablet)
	s := templates.Side{Total: len(waiting)}
	for _, k := range bookedLines(state) {
		s.Later += k
	}
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
	if s.Later > 0 {
		if rows -= 1; rows < drinksMin {
			rows, s.Later = rows+1, 0
		}
	}
	if room := min(leftMax, rows-drinksMin-1); room > 0 && (len(state.Stock) > 0 || len(state.SoldOut) > 0 || len(state.Marks) > 0) {
		s.Left = leftNow(state, l, now, true)
		if s.Left = s.Left[:min(len(s.Left), room)]; len(s.Left) > 0 {
			rows -= 1 + len(s.Left)
		}
	}
	// Toppings get what the drinks do not need, and two fifths at least.
	if forExtras := max(rows-len(n.drinks), rows*2/5) - 1; forExtras > 0 && rows-forExtras-1 >= min(drinksMin, len(n.drinks)) {
		if s.Extras = mostFirst(n.extras, l, forExtras); len(s.Extras) > 0 {
			rows -= 1 + len(s.Extras)
		}
	}
	s.Drinks = mostFirst(n.drinks, l, max(rows, 1))
	ids := mostFirstOf(n.ingredients, nil)
	for _, id := range ids[:max(0, min(len(ids), rows-len(s.Drinks)-1))] {
		a := templates.Amount{Name: ingredientName(menu, l, id), Amount: templates.AmountWord(l, menu, id, n.ingredients[id])}
		a.Long = width(a.Name)*22+width(a.Amount)*18 > 160
		s.Used = append(s.Used, a)
	}
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
