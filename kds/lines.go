package kds

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"weir/shop"
	"weir/shop/wire"
	"weir/shop/words"
	"weir/templates"
	"weir/templates/page"
)

const (
	// linesRows is how many different drinks a person can enter on the page for an order without lines; more than that
	// is the order of a party, and comes from a program.
	linesRows = 12
	// linesAlarm is how long an order may be without its lines before the board asks a person for them, aloud when its
	// promise is in danger. A platform under load sends them within seconds when it can.
	linesAlarm = time.Minute
)

// linesPage is GET /kds/lines?order=: an order that came without its lines, to be filled in from the platform's own
// screen or paper. Without a name it is the most urgent one.
func (s *Screens) linesPage(c echo.Context) error {
	state, now, l := s.Kitchen.Snapshot(), s.Now(), page.Lang(c)
	p := templates.Lines{Page: s.frame().New(c, l.T("lines.title"), "pages.css")}
	all := state.Unlisted(now)
	at := max(0, slices.IndexFunc(all, func(u shop.Unlisted) bool { return u.Order.ID.String() == c.QueryParam("order") }))
	for i, u := range all {
		id := u.Order.ID.String()
		p.Orders = append(p.Orders, templates.Tab{Name: orderNumber(state, l, u.Order), Href: s.Base + "/kds/lines?order=" + id, Here: i == at})
	}
	if len(all) > 0 {
		u := all[at]
		p.Order, p.Number, p.Cups = u.Order.ID.String(), orderNumber(state, l, u.Order), len(u.Order.Cups)
		p.Due = promiseTime(l, u.Order.Promise.By(), now, state.Config.Location)
		p.Last = u.Last.In(state.Config.Location).Format("15:04")
		p.Back = s.Base + "/kds/lines"
		if len(all) == 1 {
			p.Back = s.Base + "/kds"
		}
	}
	menu := state.Config.Menu
	for i := range menu.Items {
		p.Items = append(p.Items, templates.Choice{Value: menu.Items[i].ID, Name: l.Of(menu.Items[i].Name)})
	}
	for _, g := range menu.Groups {
		group := templates.Group{ID: g.ID}
		for i := range g.Options {
			group.Options = append(group.Options, templates.Choice{Value: g.Options[i].ID, Name: l.Of(g.Options[i].Name)})
		}
		p.Groups = append(p.Groups, group)
	}
	for n := range min(max(p.Cups, 1), linesRows) {
		p.Rows = append(p.Rows, strconv.Itoa(n))
	}
	return page.Show(c, http.StatusOK, templates.LinesPage(p))
}

// orderNumber is how a person finds an order on the platform's own screen.
func orderNumber(state *shop.State, l words.Lang, o *shop.Order) string {
	name := o.DisplayNumber
	if name == "" {
		name = o.Ref
	}
	return fmt.Sprintf("%s · %s %s", o.PickupNumber(), channelName(state.Config, l, o.Channel), name)
}

// fillLines is POST /kds/orders/{id}/lines {items}: what is in an order that came without its lines.
func (s *Screens) fillLines(c echo.Context) error {
	id, err := shop.ParseOrderID(c.Param("id"))
	if err != nil {
		return s.refuse(c, noSuch("order", c.Param("id")))
	}
	var lines []shop.Line
	if strings.HasPrefix(c.Request().Header.Get(echo.HeaderContentType), echo.MIMEApplicationJSON) {
		lines, err = linesOfJSON(c)
	} else {
		lines, err = linesOfForm(c)
	}
	if err != nil {
		return s.refuse(c, err)
	}
	return s.carryOut(c, shop.Fill{By: s.Who(c), Order: id, Lines: lines})
}

func linesOfJSON(c echo.Context) ([]shop.Line, error) {
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), c.Request().Body, wire.BodyMax))
	if err != nil {
		return nil, malformed(err)
	}
	ask, err := wire.DecodeAsk(body)
	return ask.Lines, err
}

// linesOfForm reads the rows that a person filled in; those without a drink were not needed.
func linesOfForm(c echo.Context) (lines []shop.Line, err error) {
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, wire.BodyMax)
	form, err := c.FormParams()
	if err != nil {
		return nil, malformed(err)
	}
	for n := range linesRows {
		l, err := lineOf(form, "-"+strconv.Itoa(n))
		if err != nil {
			return nil, err
		}
		if l.Item != "" {
			lines = append(lines, l)
		}
	}
	if len(lines) == 0 {
		return nil, invalidField("/items", errors.New("choose at least one drink"))
	}
	return lines, nil
}

// lineQtyMax is how many of one drink a person enters at once, as over the wire.
const lineQtyMax = 200

func lineOf(form url.Values, row string) (l shop.Line, err error) {
	typed := func(name string) string { return wire.Typed(form.Get(name + row)) }
	if l.Item = typed("item"); l.Item == "" {
		return l, nil
	}
	if l.Qty, err = strconv.Atoi(typed("qty")); err != nil || l.Qty < 1 || l.Qty > lineQtyMax {
		return l, invalidField("/qty"+row, fmt.Errorf("want a number from 1 to %d", lineQtyMax))
	}
	l.Options = shop.Options{Size: typed("size"), Ice: typed("ice"), Sugar: typed("sugar"), Milk: typed("milk")}
	for _, t := range form["topping"+row] {
		l.Options.Toppings = append(l.Options.Toppings, wire.Typed(t))
	}
	slices.Sort(l.Options.Toppings)
	return l, nil
}

// linesAlarms ask for what nobody but a person can say any more.
func (s *Screens) linesAlarms(state *shop.State, l words.Lang, now time.Time) []templates.Alarm {
	var waiting []shop.Unlisted
	for _, u := range state.Unlisted(now) {
		if now.Sub(u.Order.AcceptedAt) >= linesAlarm {
			waiting = append(waiting, u)
		}
	}
	if len(waiting) == 0 {
		return nil
	}
	a := templates.Alarm{Kind: "ask", Href: s.Base + "/kds/lines", Button: l.T("lines.fill_in"),
		Text: l.N(len(waiting), "lines.not_known", orderNumber(state, l, waiting[0].Order))}
	if waiting[0].Danger(now) {
		a.Kind = "stop"
		a.Text += l.T("lines.needed_now")
	}
	return []templates.Alarm{a}
}
