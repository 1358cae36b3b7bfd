package owner

import (
	"bytes"
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"weir/server/access"
	"weir/server/settlement"
	"weir/shop"
	"weir/shop/wire"
	"weir/shop/words"
	"weir/templates"
	"weir/templates/page"
)

const (
	// daysShown is how many days are on the list: the month that statements are about.
	daysShown = 31
	// openShown is how many open orders are on a day's page; with more, their number is what matters.
	openShown = 30
)

// settlementWay leads to the settlement.
func settlementWay(l words.Lang, state *shop.State) templates.Way {
	w := templates.Way{Href: "/owner/settlement", Name: l.T("settlement.settlement"), For: l.T("settlement.what_platforms_owe_and")}
	if n := len(state.Counters.Unclosed); n > 0 {
		w.For = l.T("settlement.days_not_closed", n)
	}
	return w
}

// settlementPage lists the business days, the newest first.
func (p *Pages) settlementPage(c echo.Context) error {
	if day, ok := dayOf(wire.Typed(c.QueryParam("day"))); ok {
		return c.Redirect(http.StatusSeeOther, "/owner/settlement/"+string(day))
	}
	l, today := page.Lang(c), p.Tally.Snapshot().Counters.Day
	days, err := p.books.Recent(c.Request().Context(), daysShown)
	if err != nil {
		return err
	}
	o := templates.OwnerSettlement{Page: title(c, page.Lang(c).T("settlement.settlement")), Last: string(today)}
	for _, d := range days {
		row := templates.OwnerRow{
			Href: "/owner/settlement/" + string(d.Day), Name: dayName(l, d.Day), Value: yuan(d.Due),
			Detail: l.T("settlement.day_handed_over", orders(l, d.Orders)),
		}
		if d.Unknown > 0 {
			row.Detail += l.T("settlement.money_of_not_known", d.Unknown)
		}
		row.Word, row.Class = dayWord(l, d.Day < today, d.Closed, d.Changed, d.Open)
		o.Rows = append(o.Rows, row)
	}
	o.Rules = compensationRules(l, p.Tally.Snapshot().Config)
	return page.Show(c, http.StatusOK, templates.OwnerSettlementPage(o))
}

// dayWord says how a business day stands.
func dayWord(l words.Lang, over, closed, changed bool, open int) (word, class string) {
	switch {
	case changed:
		return l.T("settlement.changed_since_it_was"), "wait"
	case closed:
		return l.T("settlement.closed"), "done"
	case !over:
		return l.T("settlement.under_way"), ""
	case open > 0:
		return l.T("settlement.not_closed_open", orders(l, open)), "wait"
	}
	return l.T("settlement.not_closed"), "wait"
}

// dayPage is one business day.
func (p *Pages) dayPage(c echo.Context) error { return p.showDay(c, http.StatusOK, "") }

// showDay is one business day as it is now, with why it could not be closed.
func (p *Pages) showDay(c echo.Context, status int, wrong string) error {
	day, ok := dayOf(c.Param("day"))
	if !ok {
		return echo.ErrNotFound
	}
	l, state := page.Lang(c), p.Tally.Snapshot()
	d, err := p.books.Day(c.Request().Context(), day)
	if err != nil {
		return err
	}
	name := dayName(l, day)
	o := templates.OwnerDay{
		Page: title(c, name), Wrong: wrong, MayClose: d.Over && !d.Closed && len(d.Open) == 0, Digest: d.Digest,
		CSV: "/owner/settlement/" + string(day) + "/orders.csv",
	}
	o.Path = "/owner/settlement/" + string(day)
	o.Word, o.Class = dayWord(l, d.Over, d.Closed, d.Changed, len(d.Open))
	o.Note = p.dayNote(l, state, &d)
	o.Due, o.DueNote = dayDue(l, d.Channels)
	for _, open := range d.Open[:min(len(d.Open), openShown)] {
		o.Open = append(o.Open, p.openRow(l, state.Config, open))
	}
	if more := len(d.Open) - openShown; more > 0 {
		o.More = l.T("settlement.and_more", more)
	}
	for _, line := range d.Channels {
		s, err := p.settled(c, &d, line)
		if err != nil {
			return err
		}
		o.Channels = append(o.Channels, s)
	}
	return page.Show(c, status, templates.OwnerDayPage(o))
}

// dayNote says what a day's state means.
func (p *Pages) dayNote(l words.Lang, state *shop.State, d *settlement.Day) string {
	closed := ""
	if !d.ClosedAt.IsZero() {
		closed = l.T("settlement.closed_by_at", actor(l, state.Config, d.ClosedBy), p.clock(d.ClosedAt))
		if d.ClosedBy == "clock" {
			closed = l.T("settlement.closed_by_itself_at", p.clock(d.ClosedAt))
		}
	}
	switch {
	case d.Changed:
		return closed + l.T("settlement.orders_have_changed_since")
	case d.Closed && d.ClosedAt.IsZero() && len(d.Orders) == 0:
		return l.T("settlement.there_is_no_record")
	case d.Closed:
		return closed
	case !d.Over:
		return l.T("settlement.figures_as_of_the", p.clock(p.Now()), cutoff(state.Config))
	case len(d.Open) > 0:
		return l.T("settlement.it_closes_by_itself")
	}
	return l.T("settlement.no_order_keeps_it")
}

// cutoff is when the business day turns, by the shop's clock.
func cutoff(config *shop.Config) string {
	return time.Time{}.Add(config.Cutoff).Format("15:04")
}

// dayDue sums up what all channels owe.
func dayDue(l words.Lang, channels []shop.Settled) (due, note string) {
	var sum, guess int64
	unknown := 0
	for _, line := range channels {
		sum, unknown, guess = sum+line.Due, unknown+line.Provisional, guess+line.ProvisionalFen
	}
	if unknown > 0 {
		note = l.T("settlement.and_about_for_whose", orders(l, unknown), yuan(guess))
	}
	return yuan(sum), note
}

// openRow is an order that keeps a day open; it leads to where it can be given out.
func (p *Pages) openRow(l words.Lang, config *shop.Config, o *shop.Order) templates.OwnerRow {
	r := templates.OwnerRow{
		Href: "/handoff?code=" + o.PickupNumber(), Name: o.PickupNumber() + " · " + channelName(l, config, o.Channel),
		Detail: o.Ref + " · " + l.T("settlement.taken") + p.clock(o.AcceptedAt), Value: templates.OrderWord(l, o.State()),
	}
	if ordered, _ := o.MadeOf(); ordered > 0 {
		r.Value += " · " + cupCount(l, ordered)
	}
	return r
}

// closeDay closes a day's books now.
func (p *Pages) closeDay(c echo.Context) error {
	day, ok := dayOf(c.Param("day"))
	if !ok {
		return echo.ErrNotFound
	}
	l := page.Lang(c)
	err := p.books.Close(c.Request().Context(), access.Who(c), day)
	refusal := (*shop.Error)(nil)
	switch {
	case err == nil:
		return c.Redirect(http.StatusSeeOther, "/owner/settlement/"+string(day))
	case !errors.As(err, &refusal):
		return err
	case len(refusal.Fields) > 0:
		return p.showDay(c, http.StatusConflict, l.T("settlement.it_cannot_be_closed"))
	case day >= p.Tally.Snapshot().Counters.Day:
		return p.showDay(c, http.StatusConflict, l.T("settlement.it_cannot_be_closed_yet"))
	}
	return p.showDay(c, wire.NewProblem(err, nil).Status, explain(l, refusal))
}

// downloadOrders is a day's orders as a file, of one channel or all.
func (p *Pages) downloadOrders(c echo.Context) error {
	day, ok := dayOf(c.Param("day"))
	channel := c.QueryParam("channel")
	name := "settlement-" + string(day)
	if channel != "" {
		_, known := p.Tally.Snapshot().Config.Channel(channel)
		name, ok = name+"-"+channel, ok && known
	}
	if !ok {
		return echo.ErrNotFound
	}
	var file bytes.Buffer
	if err := p.books.WriteCSV(c.Request().Context(), &file, day, channel, string(page.Lang(c))); err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="`+name+`.csv"`)
	return c.Blob(http.StatusOK, "text/csv; charset=utf-8", file.Bytes())
}

// dayOf reads a business day.
func dayOf(text string) (shop.Day, bool) {
	at, err := time.Parse(time.DateOnly, text)
	return shop.Day(text), err == nil && at.Format(time.DateOnly) == text
}
