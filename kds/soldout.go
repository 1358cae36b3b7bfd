package kds

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"weir/shop"
	"weir/shop/words"
	"weir/templates"
	"weir/templates/page"
)

// untilClosing is the choice of a thing that is sold out for the rest of the day.
const untilClosing = "close"

// outMinutes are the spans that a person can choose for what is sold out, minutes: a batch that is on, a delivery that comes.
var outMinutes = []int{30, 60, 120}

// setSoldOut is POST /kds/sold-out {part, for} and POST /kds/sold-out/{item}: an item, an option or an ingredient is sold out, or
// back with available=true.
func (s *Screens) setSoldOut(c echo.Context) error {
	ask, err := readAsk(c)
	if err != nil {
		return s.refuse(c, err)
	}
	if item := c.Param("item"); item != "" {
		ask.Part = shop.MenuPart(item)
	}
	set := shop.SetAvailable{By: s.Who(c), Available: ask.Available}
	set.Item, set.Option, set.Ingredient = ask.Part.Names()
	if !ask.Available {
		if set.Until, err = s.outUntil(ask); err != nil {
			return s.refuse(c, invalidField("/until", err))
		}
		set.Closing = ask.At == "" && ask.For == untilClosing
	}
	return s.carryOut(c, set)
}

// outUntil is until when something is sold out; zero is until somebody says so, or until closing.
func (s *Screens) outUntil(ask ask) (time.Time, error) {
	now := s.Now()
	switch {
	case ask.At != "":
		clock, err := time.Parse("15:04", strings.ReplaceAll(ask.At, "：", ":"))
		if err != nil {
			return time.Time{}, fmt.Errorf("%q is not a time such as 15:30", ask.At)
		}
		local := now.In(s.Kitchen.Snapshot().Config.Location)
		at := time.Date(local.Year(), local.Month(), local.Day(), clock.Hour(), clock.Minute(), 0, 0, local.Location())
		if !at.After(local) {
			at = at.AddDate(0, 0, 1) // one in the morning is tonight
		}
		return at, nil
	case ask.For == "" || ask.For == untilClosing:
		return time.Time{}, nil
	}
	minutes, err := strconv.Atoi(ask.For)
	if err != nil || !slices.Contains(outMinutes, minutes) {
		return time.Time{}, fmt.Errorf("%q is not among the choices", ask.For)
	}
	return now.Add(time.Duration(minutes) * time.Minute), nil
}

// soldOutPage is what cannot be ordered, and the whole menu, to mark it as sold out or back.
func (s *Screens) soldOutPage(c echo.Context) error {
	state, now, l := s.Kitchen.Snapshot(), s.Now(), page.Lang(c)
	p := templates.SoldOut{Page: s.frame().New(c, l.T("shared.heading_sold_out"), "pages.css"), Gone: s.goneNow(state, l, now)}
	clock := func(at time.Time) string { return clockWord(at, now, state.Config.Location) }
	p.Fors = append(p.Fors, templates.Choice{Value: untilClosing, Name: l.T("sold_out.until_closing", clock(state.ClosesNext(now))),
		Chosen: true})
	for i, word := range []string{l.T("owner_page.w_30_minutes"), l.T("owner_page.w_1_hour"), l.T("owner_page.w_2_hours")} {
		m := outMinutes[i]
		p.Fors = append(p.Fors, templates.Choice{Value: strconv.Itoa(m),
			Name: l.T("sold_out.for_span", word, clock(now.Add(time.Duration(m)*time.Minute)))})
	}
	p.Fors = append(p.Fors, templates.Choice{Name: l.T("sold_out.until_said")})
	menu := state.Config.Menu
	items := templates.MenuKind{ID: "items", Title: l.T("sold_out.items")}
	for i := range menu.Items {
		if menu.Items[i].Hidden {
			continue // the owner's word, which a tap here cannot take back
		}
		items.Parts = append(items.Parts, partOf(state, l, shop.MenuPart(menu.Items[i].ID)))
	}
	options := templates.MenuKind{ID: "options", Title: l.T("sold_out.options")}
	for _, g := range slices.Backward(menu.Groups) { // toppings are what runs out
		for i := range g.Options {
			options.Parts = append(options.Parts, partOf(state, l, shop.OptionPart(g.ID, g.Options[i].ID)))
		}
	}
	ingredients := templates.MenuKind{ID: "ingredients", Title: l.T("sold_out.ingredients")}
	for _, id := range menu.Ingredients() {
		ingredients.Parts = append(ingredients.Parts, partOf(state, l, shop.IngredientPart(id)))
	}
	p.Kinds = []templates.MenuKind{items, options, ingredients}
	return page.Show(c, http.StatusOK, templates.SoldOutPage(p))
}

// partOf is one thing that can be marked, with why it cannot be ordered, or what goes with it.
func partOf(state *shop.State, l words.Lang, part shop.MenuPart) templates.MenuPart {
	menu := state.Config.Menu
	p := templates.MenuPart{Part: string(part), Name: templates.PartName(l, menu, part)}
	_, p.Marked = state.SoldOut[part]
	p.Closed = p.Marked
	_, _, ingredient := part.Names()
	if ingredient != "" {
		if n := len(menu.MadeOf(ingredient)); n > 0 {
			p.Note = l.N(n, "sold_out.needed_by")
		}
		return p
	}
	why, closed := state.ClosedTo("", part)
	switch few, counted := state.FewLeft(part); {
	case p.Marked:
	case closed && why.Ingredient != "":
		p.Closed, p.Note = true, l.T("sold_out.for_want_of", ingredientName(menu, l, why.Ingredient))
	case closed: // a channel says so for the whole shop
		p.Closed, p.Note = true, "✗ "+l.T("shared.sold_out")
	case counted:
		p.Note = l.N(few, "sold_out.left")
	}
	return p
}

// goneNow lists what somebody has marked, and what the count has used up.
func (s *Screens) goneNow(state *shop.State, l words.Lang, now time.Time) (list []templates.Gone) {
	menu, zone := state.Config.Menu, state.Config.Location
	gone := func(part shop.MenuPart, out shop.Out, who string) {
		g := templates.Gone{Part: string(part), Name: templates.PartName(l, menu, part), Until: l.T("sold_out.until_said"), Who: who,
			Closes: closes(state, l, part)}
		if !out.Until.IsZero() {
			g.Until = l.T("sold_out.until", clockWord(out.Until, now, zone))
		}
		if !out.At.IsZero() {
			g.Who += " " + clockWord(out.At, now, zone)
		}
		list = append(list, g)
	}
	for _, part := range state.Gone() {
		out, said := state.SoldOut[part]
		if said {
			gone(part, out, templates.ActorWord(l, state.Config, out.By))
		}
		marked := state.MarkedBy(part)
		for _, ch := range marked {
			word := "sold_out.for_itself"
			if out := state.Marks[ch.ID][part]; ch.SaysForAll && out.Scope != shop.ScopeChannel {
				word = "sold_out.for_all"
			}
			gone(part, state.Marks[ch.ID][part], l.T(word, l.Of(ch.Name)))
		}
		if _, _, id := part.Names(); !said && len(marked) == 0 {
			list = append(list, templates.Gone{Name: ingredientName(menu, l, id), Until: l.T("sold_out.used_up"), Stock: s.Base + "/kds/stock/" + id,
				Who: l.T("stock_page.is_left", templates.AmountWord(l, menu, id, state.Stock[id].Left)), Closes: closes(state, l, part)})
		}
	}
	return list
}

// closes is what cannot be ordered for want of an ingredient, in words; "" for an item or an option.
func closes(state *shop.State, l words.Lang, part shop.MenuPart) string {
	_, _, ingredient := part.Names()
	if ingredient == "" {
		return ""
	}
	var names []string
	for _, made := range state.Config.Menu.MadeOf(ingredient) {
		names = append(names, templates.PartName(l, state.Config.Menu, made))
	}
	return strings.Join(names, l.T("sold_out.comma"))
}

// clockWord is a moment of today, or of another day with its date.
func clockWord(at, now time.Time, zone *time.Location) string {
	at, now = at.In(zone), now.In(zone)
	if at.YearDay() != now.YearDay() || at.Year() != now.Year() {
		return at.Format("01-02 15:04")
	}
	return at.Format("15:04")
}
