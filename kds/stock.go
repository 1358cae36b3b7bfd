package kds

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"weir/shop"
	"weir/shop/words"
	"weir/templates"
	"weir/templates/page"
)

// What one tap can say, in what people count an ingredient in. More, or a part, is typed.
var (
	countTaps   = []float64{0, 0.5, 1, 1.5, 2, 3, 4, 5, 6, 8, 10}
	receiveTaps = []float64{1, 2, 3, 4, 5, 6, 10, 12}
	wasteTaps   = []float64{0.5, 1, 2, 3}
)

// setStock is POST /kds/stock/{ingredient} {amount or units}: a person has counted. Without either the counting ends.
func (s *Screens) setStock(c echo.Context) error {
	ask, err := readAsk(c)
	if err != nil {
		return s.refuse(c, err)
	}
	amount := -1
	if ask.Amount != nil || ask.Units != nil {
		amount = s.amountOf(ask, c.Param("ingredient"))
	}
	return s.carryOut(c, shop.SetStock{By: s.Who(c), Ingredient: c.Param("ingredient"), Amount: amount})
}

// receiveStock is POST /kds/stock/{ingredient}/received {amount or units, tap}: so much came in.
func (s *Screens) receiveStock(c echo.Context) error {
	return s.addStock(c, func(by, ingredient string, amount int, tap string) shop.Command {
		return shop.ReceiveStock{By: by, Ingredient: ingredient, Amount: amount, Tap: tap}
	})
}

// wasteStock is POST /kds/stock/{ingredient}/wasted {amount or units, tap}: so much was thrown away.
func (s *Screens) wasteStock(c echo.Context) error {
	return s.addStock(c, func(by, ingredient string, amount int, tap string) shop.Command {
		return shop.WasteStock{By: by, Ingredient: ingredient, Amount: amount, Tap: tap}
	})
}

func (s *Screens) addStock(c echo.Context, command func(by, ingredient string, amount int, tap string) shop.Command) error {
	ask, err := readAsk(c)
	if err != nil {
		return s.refuse(c, err)
	}
	if ask.Amount == nil && ask.Units == nil {
		return s.refuse(c, invalidField("/amount", errors.New("say how much")))
	}
	ingredient := c.Param("ingredient")
	return s.carryOut(c, command(s.Who(c), ingredient, s.amountOf(ask, ingredient), ask.Tap))
}

// amountOf is what a person said, in the menu's own units.
func (s *Screens) amountOf(ask ask, ingredient string) int {
	if ask.Units == nil {
		return *ask.Amount
	}
	return int(min(math.Round(*ask.Units*float64(s.Kitchen.Snapshot().Config.Menu.Pantry[ingredient].Each())), math.MaxInt32))
}

// stockPage is all ingredients with what is left of each.
func (s *Screens) stockPage(c echo.Context) error {
	state, now, l := s.Kitchen.Snapshot(), s.Now(), page.Lang(c)
	menu := state.Config.Menu
	p := templates.Pantry{Page: s.frame().New(c, l.T("stock_page.title"), "pages.css")}
	for _, id := range menu.Ingredients() {
		in := templates.Ingredient{ID: id, Name: ingredientName(menu, l, id)}
		stock, counted := state.Stock[id]
		if free, _ := state.Free(id); counted {
			in.Left = templates.AmountWord(l, menu, id, stock.Left)
			switch cups := free / max(1, menu.Least(id)); {
			case free < menu.Least(id):
				in.Short, in.Note = true, l.T("sold_out.used_up")
			case cups <= shop.FewCups:
				in.Short, in.Note = true, l.N(cups, "sold_out.left")
			}
			if c := stock.Cooking; c != nil {
				in.Note = l.T("cook_page.ready_at", clockWord(c.ReadyAt, now, state.Config.Location))
			}
		} else {
			in.Note = l.T("stock_page.not_counted")
		}
		p.Ingredients = append(p.Ingredients, in)
	}
	return page.Show(c, http.StatusOK, templates.StockPage(p))
}

// stockedPage is one ingredient: how much is here, and the taps that change it.
func (s *Screens) stockedPage(c echo.Context) error {
	state, now, l, id := s.Kitchen.Snapshot(), s.Now(), page.Lang(c), c.Param("ingredient")
	menu, zone := state.Config.Menu, state.Config.Location
	if !menu.Needs(id) {
		return s.refuseTo(c, noSuch("ingredient", id), s.Base+"/kds/stock")
	}
	supply := menu.Pantry[id]
	name := ingredientName(menu, l, id)
	p := templates.Stocked{Page: s.frame().New(c, name, "pages.css"), ID: id, Name: name, Unit: l.Of(supply.Unit), Tap: newHand()}
	stock, counted := state.Stock[id]
	p.Counted = counted
	word := func(amount int) string { return templates.AmountWord(l, menu, id, amount) }
	if counted {
		free, _ := state.Free(id)
		by := templates.ActorWord(l, state.Config, stock.By)
		if !stock.At.IsZero() {
			by += " " + clockWord(stock.At, now, zone)
		}
		p.Facts = []templates.Fact{
			{Name: l.T("stock_page.here"), Value: word(stock.Left), Bad: stock.Left < 0},
			{Name: l.T("stock_page.for_open_orders"), Value: word(state.Held(id))},
			{Name: l.T("stock_page.can_be_ordered"), Value: word(max(0, free)), Bad: free < menu.Least(id)},
			{Name: l.T("stock_page.last_count"), Value: by},
		}
	} else {
		p.Facts = []templates.Fact{{Name: l.T("stock_page.here"), Value: l.T("stock_page.not_counted")}}
	}
	if supply.Unit != (shop.Name{}) && supply.Holds > 1 {
		p.Facts = append(p.Facts, templates.Fact{Name: l.T("stock_page.unit_holds", l.Of(supply.Unit)), Value: strconv.Itoa(supply.Holds)})
	}
	if used := closes(state, l, shop.IngredientPart(id)); used != "" {
		p.Facts = append(p.Facts, templates.Fact{Name: l.T("stock_page.goes_into"), Value: used})
	}
	p.Counts, p.Received, p.Wasted = taps("", countTaps), taps("+", receiveTaps), taps("−", wasteTaps)
	if supply.Lead > 0 && counted {
		p.Cook = &templates.CookStand{Say: l.T("cook_page.takes", l.Span(supply.Lead)), Batch: word(supply.Once())}
		if b := stock.Cooking; b != nil {
			p.Cook.Running, p.Cook.Batch = true, word(b.Amount)
			p.Cook.Say = l.T("cook_page.ready_at", clockWord(b.ReadyAt, now, zone))
		}
	}
	return page.Show(c, http.StatusOK, templates.StockedPage(p))
}

func taps(sign string, units []float64) (list []templates.Choice) {
	for _, u := range units {
		value := strconv.FormatFloat(u, 'f', -1, 64)
		list = append(list, templates.Choice{Value: value, Name: sign + value})
	}
	return list
}

// stockDayPage is what became of each counted ingredient today, or on the business day before, for the books. It is light,
// to be printed.
func (s *Screens) stockDayPage(c echo.Context) error {
	state, now, l := s.Kitchen.Snapshot(), s.Now(), page.Lang(c)
	menu := state.Config.Menu
	before := c.QueryParam("day") == "before"
	frame := page.Frame{Base: s.Base}
	p := templates.StockDay{Page: frame.New(c, l.T("stock_page.day"), "pages.css")}
	day := state.Counters.Day
	for _, id := range menu.Ingredients() {
		stock, counted := state.Stock[id]
		d := stock.Today
		if before {
			d = stock.Before
		}
		if !counted || before && d.Day == "" {
			continue
		}
		if before {
			day = d.Day
		}
		p.Rows = append(p.Rows, stockRow(l, menu, id, d))
	}
	p.Lead = l.T("stock_page.day_lead", string(day), now.In(state.Config.Location).Format("2006-01-02 15:04"))
	at := s.Base + "/kds/stock-day"
	p.Days = []templates.Tab{
		{Name: l.T("stock_page.today"), Href: at, Here: !before}, {Name: l.T("stock_page.day_before"), Href: at + "?day=before", Here: before},
	}
	return page.Show(c, http.StatusOK, templates.StockDayPage(p))
}

// stockRow is one ingredient's day, in what people count it in.
func stockRow(l words.Lang, menu *shop.Menu, id string, d shop.StockDay) templates.StockRow {
	units := func(amount int) string {
		if amount == 0 {
			return "0"
		}
		return strconv.FormatFloat(math.Round(float64(amount)*100/float64(menu.Pantry[id].Each()))/100, 'f', -1, 64)
	}
	r := templates.StockRow{
		Name: ingredientName(menu, l, id), Unit: l.Of(menu.Pantry[id].Unit), Began: units(d.Began), In: units(d.In), Made: units(d.Made),
		Remade: units(d.Remade), Waste: units(d.Waste), Expected: units(d.Left() - d.Corrected), Counted: "–",
		OffWord: l.T("stock_page.not_counted_day"),
	}
	if d.Counts > 0 {
		r.Counted, r.OffWord, r.Bad = units(d.Left()), units(d.Corrected), d.Corrected < 0
		if d.Corrected > 0 {
			r.OffWord = "+" + r.OffWord
		}
	}
	return r
}

// cookNowMax is how many ingredients the board asks for at once: more would leave no room for the drinks.
const cookNowMax = 2

// cookNow is what has to be begun now so that it is there in time, and what is being prepared, the most urgent first.
func (s *Screens) cookNow(state *shop.State, l words.Lang, now time.Time) (list []templates.CookNow) {
	menu, zone := state.Config.Menu, state.Config.Location
	for _, a := range state.CookAdvice(now) {
		name := ingredientName(menu, l, a.Ingredient)
		c := templates.CookNow{Href: s.Base + "/kds/cook/" + a.Ingredient + "/begin", Say: l.T("cook_page.now", name)}
		out := ""
		if a.OutAt.After(now) {
			out = l.T("cook_page.out_at", clockWord(a.OutAt, now, zone))
		} else if !a.OutAt.IsZero() {
			out = l.T("sold_out.used_up")
		}
		c.Why = out
		if a.Cooking != nil {
			c.Running, c.Href = true, s.Base+"/kds/cook/"+a.Ingredient+"/done"
			c.Say, c.Why = l.T("cook_page.is_done", name), l.T("cook_page.ready_at", clockWord(a.Cooking.ReadyAt, now, zone))
			if !now.Before(a.Cooking.ReadyAt) {
				c.Why = l.T("cook_page.should_be_ready")
			}
		}
		if list = append(list, c); len(list) == cookNowMax {
			break
		}
	}
	return list
}

// cook is POST /kds/cook/{ingredient}/{begin,done,stop}.
func (s *Screens) cook(c echo.Context) error {
	switch step := shop.CookStep(c.Param("step")); step {
	case shop.CookBegin, shop.CookDone, shop.CookStop:
		return s.carryOut(c, shop.Cook{By: s.Who(c), Ingredient: c.Param("ingredient"), Step: step})
	default:
		return s.refuse(c, noSuch("step", fmt.Sprint(step)))
	}
}
