package kds

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"weir/shop"
	"weir/shop/words"
	"weir/templates"
	"weir/templates/page"
)

// counterQtys is up to how many of one drink can be ordered in one tap: as many as have room in a row of a tablet.
const counterQtys = 6

// counterPage is GET /kds/counter?line=…&item=…&size=…: what somebody at the counter orders, drink by drink. It is a form that
// works without script: a drink and its options are chosen on the page, so a finger that bounces chooses the same thing twice.
func (s *Screens) counterPage(c echo.Context) error {
	state, l := s.Kitchen.Snapshot(), page.Lang(c)
	form := c.QueryParams()
	lines, err := counterLines(form)
	if err != nil {
		return s.refuseTo(c, err, s.Base+"/kds/counter")
	}
	if at, err := strconv.Atoi(form.Get("drop")); err == nil && at >= 0 && at < len(lines) {
		lines = slices.Delete(lines, at, at+1)
	}
	p := templates.CounterOrder{Page: s.frame().New(c, l.T("counter.title"), "pages.css"), Tap: newHand(),
		WalkedIn: walkedIn(state, l, s.Now()), Back: page.Back(form.Get("back"), s.Base+"/kds/counter")}
	p.Scripts = []string{"counter.js"}
	for _, line := range lines {
		p.Lines = append(p.Lines, templates.CounterLine{Text: lineText(line), Name: orderedWord(state.Config.Menu, l, line)})
	}
	menu := state.Config.Menu
	for i := range menu.Items {
		p.Items = append(p.Items, s.pickOf(state, l, shop.MenuPart(menu.Items[i].ID), menu.Items[i].ID))
	}
	for _, g := range menu.Groups {
		group := templates.PickGroup{ID: g.ID, Title: l.T("counter." + g.ID), Many: g.ID == shop.GroupTopping}
		for i := range g.Options {
			pick := s.pickOf(state, l, shop.OptionPart(g.ID, g.Options[i].ID), g.Options[i].ID)
			if g.Options[i].ID == menu.Standard(g.ID) {
				pick.Value, pick.Chosen = "", true // as usual, which goes without saying
			}
			group.Picks = append(group.Picks, pick)
		}
		p.Groups = append(p.Groups, group)
	}
	for n := 1; n <= counterQtys; n++ {
		p.Qtys = append(p.Qtys, templates.Pick{Value: strconv.Itoa(n), Name: strconv.Itoa(n), Chosen: n == 1})
	}
	return page.Show(c, http.StatusOK, templates.CounterPage(p))
}

// pickOf is one thing of the menu to choose, with how few of it are left.
func (s *Screens) pickOf(state *shop.State, l words.Lang, part shop.MenuPart, value string) templates.Pick {
	p := templates.Pick{Value: value, Name: templates.PartName(l, state.Config.Menu, part)}
	if _, closed := state.ClosedTo(shop.CounterChannel, part); closed {
		p.Closed, p.Note = true, l.T("shared.sold_out")
	} else if few, counted := state.FewLeft(part); counted {
		p.Note = l.N(few, "counter.left")
	}
	return p
}

// counterLines are the lines of the form: those that were added before, and what is chosen now, if anything is.
func counterLines(form url.Values) (lines []shop.Line, err error) {
	for _, text := range form["line"] {
		line, err := readLine(text)
		if err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
	item := form.Get("item")
	if item == "" {
		return lines, nil
	}
	qty, err := strconv.Atoi(cmp.Or(form.Get("qty"), "1"))
	if err != nil {
		return nil, invalidField("/lines", err)
	}
	return append(lines, shop.Line{Item: item, Qty: qty, Options: shop.Options{
		Size: form.Get(shop.GroupSize), Ice: form.Get(shop.GroupIce), Sugar: form.Get(shop.GroupSugar), Milk: form.Get(shop.GroupMilk),
		Toppings: form[shop.GroupTopping],
	}}), nil
}

// lineText is a line as forms and programs write it, as the shop's lists of names do: "grape*2 size/l topping/pearl".
func lineText(line shop.Line) string {
	return (&shop.MapEntry{Kind: shop.MapName, Parts: []shop.MapPart{{Item: line.Item, Qty: line.Qty, Options: line.Options}}}).Means()
}

func readLine(text string) (shop.Line, error) {
	e, err := shop.ParseMapEntry(string(shop.MapName), text, text)
	if err == nil && len(e.Parts) != 1 {
		err = errors.New("want one drink in a line, as in grape*2 size/l")
	}
	if err != nil {
		return shop.Line{}, invalidField("/lines", err)
	}
	return shop.Line{Item: e.Parts[0].Item, Qty: e.Parts[0].Qty, Options: e.Parts[0].Options}, nil
}

// orderedWord is a line as it is read out to the customer: what is as usual goes without saying.
func orderedWord(menu *shop.Menu, l words.Lang, line shop.Line) string {
	text := lineName(menu, l, &line)
	for group, id := range line.Options.All() {
		if id != menu.Standard(group) {
			text += " · " + optionName(menu, l, group, id)
		}
	}
	return text + " ×" + strconv.Itoa(line.Qty)
}

// walkIn is POST /kds/counter: cups sold at the till, as their number alone {cups} or with what they are {line or item}.
func (s *Screens) walkIn(c echo.Context) error {
	ask, err := readAsk(c)
	if err != nil {
		return s.refuse(c, err)
	}
	return s.carryOut(c, shop.Walkin{By: s.Who(c), Cups: ask.Cups.Count, Lines: ask.Lines, Tap: ask.Tap})
}

// undoWalkIn is POST /kds/counter/undo {order}.
func (s *Screens) undoWalkIn(c echo.Context) error {
	ask, err := readAsk(c)
	if err != nil {
		return s.refuse(c, err)
	}
	return s.carryOut(c, shop.UndoWalkin{By: s.Who(c), Order: ask.Order})
}

// walkedIn is the last tap on the counter strip, while it can be taken back; nil when it cannot.
func walkedIn(state *shop.State, l words.Lang, now time.Time) *templates.WalkedIn {
	var last *shop.Order
	for o := range state.Orders.All() {
		if o.UndoableWalkin(now) && (last == nil || o.ID > last.ID) {
			last = o
		}
	}
	if last == nil {
		return nil
	}
	return &templates.WalkedIn{Order: last.ID.String(), Name: l.T("board.undo_walk_in", len(last.Cups)),
		Say: l.N(len(last.Cups), "counter.ordered", last.PickupNumber())}
}
