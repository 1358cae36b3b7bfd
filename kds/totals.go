package kds

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"weir/shop"
	"weir/shop/words"
	"weir/templates"
	"weir/templates/page"
)

// need is what cups are made of: how many of each drink, with each option, and how much of each ingredient.
type need struct {
	cups        int
	drinks      map[string]int // by the name that people read
	extras      map[string]int // toppings, and milk that is not the usual one; likewise
	ingredients map[string]int // by id, in the menu's own units
}

// needOf adds up cups. Ingredients are reckoned only where they are asked for: that takes longer than to count.
func needOf(menu *shop.Menu, l words.Lang, cups map[*shop.Line]int, ingredients bool) need {
	n := need{drinks: map[string]int{}, extras: map[string]int{}, ingredients: map[string]int{}}
	for line, k := range cups {
		menu := menu.Of(line)
		n.cups += k
		n.drinks[lineName(menu, l, line)] += k
		for _, id := range line.Options.Toppings {
			n.extras[optionName(menu, l, shop.GroupTopping, id)] += k
		}
		if milk := line.Options.Milk; milk != "" && milk != menu.Standard(shop.GroupMilk) {
			n.extras[optionName(menu, l, shop.GroupMilk, milk)] += k
		}
		if ingredients {
			for id, amount := range menu.Uses(line) {
				n.ingredients[id] += amount * k
			}
		}
	}
	return n
}

// linesOfQueue counts the cups of a queue that are to be made, by their lines.
func linesOfQueue(queue []shop.Queued) (unmade []shop.Queued, cups map[*shop.Line]int) {
	cups = map[*shop.Line]int{}
	for _, q := range queue {
		if q.Cup.State.Unmade() {
			unmade = append(unmade, q)
			cups[q.Line()]++
		}
	}
	return unmade, cups
}

// bookedLines counts the cups that are booked for later, or wait for somebody to come.
func bookedLines(state *shop.State) map[*shop.Line]int {
	cups := map[*shop.Line]int{}
	for o := range state.Orders.All() {
		for i := range o.Cups {
			if c := &o.Cups[i]; c.State == shop.Booked && o.End == "" && !o.OnStandby() {
				cups[&o.Lines[c.Line]]++
			}
		}
	}
	return cups
}

// leftNow lists what is sold out or nearly so, as the crew counts it: ingredients and what somebody has marked. It says until
// when; in the few letters of a row on the board it says so of what is sold out alone.
func leftNow(state *shop.State, l words.Lang, now time.Time, brief bool) (list []templates.Amount) {
	menu, zone := state.Config.Menu, state.Config.Location
	add := func(name, amount string) {
		list = append(list, templates.Amount{Name: name, Amount: amount, Long: brief && width(name)*22+width(amount)*18 > 160})
	}
	for _, part := range state.Gone() {
		word := l.T("shared.sold_out")
		if out, said := state.SoldOut[part]; said && !out.Until.IsZero() && brief {
			word = l.T("board.out_until_brief", clockWord(out.Until, now, zone))
		} else if said && !out.Until.IsZero() {
			word = l.T("board.out_until", clockWord(out.Until, now, zone))
		}
		add(templates.PartName(l, menu, part), word)
	}
	for _, id := range slices.Sorted(maps.Keys(state.Stock)) {
		least := menu.Least(id)
		free, _ := state.Free(id)
		if _, said := state.SoldOut[shop.IngredientPart(id)]; said || least == 0 || free < least || free/least > shop.FewCups {
			continue
		}
		word := l.N(free/least, "counter.left")
		if brief {
			word = l.T("board.left_brief", free/least)
		} else if at := state.LastsUntil(id, now); !at.IsZero() {
			word += l.T("board.until_about", clockWord(at, now, zone))
		}
		add(ingredientName(menu, l, id), word)
	}
	return list
}

// totalsPage is GET /kds/totals: all that is to be made now and that is booked for later, drink by drink, topping by topping and
// ingredient by ingredient, and what of it is short.
func (s *Screens) totalsPage(c echo.Context) error {
	state, now, l := s.Kitchen.Snapshot(), s.Now(), page.Lang(c)
	menu := state.Config.Menu
	_, queued := linesOfQueue(state.Queue("", time.Time{}))
	soon, later := needOf(menu, l, queued, true), needOf(menu, l, bookedLines(state), true)
	p := templates.Totals{Page: s.frame().New(c, l.T("totals_page.title"), "pages.css"), Left: leftNow(state, l, now, false),
		Lead: l.T("totals_page.lead", soon.cups, later.cups)}
	table := func(title string, soon, later map[string]int, name func(string) string, word func(string, int) string) {
		t := templates.TotalsTable{Title: title}
		for _, id := range mostFirstOf(soon, later) {
			t.Rows = append(t.Rows, templates.TotalsRow{Name: name(id), Soon: word(id, soon[id]), Later: word(id, later[id])})
		}
		p.Tables = append(p.Tables, t)
	}
	same := func(id string) string { return id }
	times := func(_ string, n int) string {
		if n == 0 {
			return "–"
		}
		return l.T("totals_page.times", n)
	}
	amount := func(id string, n int) string {
		if n == 0 {
			return "–"
		}
		return templates.AmountWord(l, menu, id, n)
	}
	table(l.T("counter.item"), soon.drinks, later.drinks, same, times)
	table(l.T("board.toppings"), soon.extras, later.extras, same, times)
	table(l.T("sold_out.ingredients_short"), soon.ingredients, later.ingredients,
		func(id string) string { return ingredientName(menu, l, id) }, amount)
	return page.Show(c, http.StatusOK, templates.TotalsPage(p))
}

// mostFirstOf are the names in either of two counts, those of which there is most in the first before the others.
func mostFirstOf(first, second map[string]int) []string {
	names := slices.Collect(maps.Keys(first))
	for name := range second {
		if _, known := first[name]; !known {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		if first[a] != first[b] {
			return first[b] - first[a]
		}
		if second[a] != second[b] {
			return second[b] - second[a]
		}
		return strings.Compare(a, b)
	})
	return names
}
