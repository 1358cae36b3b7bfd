package owner

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"weir/server/access"
	"weir/server/settlement"
	"weir/shop"
	"weir/shop/wire"
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
func settlementWay(l templates.Lang, state *shop.State) templates.Way {
	w := templates.Way{Href: "/owner/settlement", Name: l.T("结算", "Settlement"), For: l.T("平台欠多少，对账", "what platforms owe, and their statements")}
	if n := len(state.Counters.Unclosed); n > 0 {
		w.For = fmt.Sprintf(l.T("▲ %d 天没有结账", "▲ days not closed: %d"), n)
	}
	return w
}

// settlementPage lists the business days, the newest first.
func (p *Pages) settlementPage(c echo.Context) error {
	if day, ok := dayOf(c.QueryParam("day")); ok {
		return c.Redirect(http.StatusSeeOther, "/owner/settlement/"+string(day))
	}
	l, today := page.Lang(c), p.Tally.Snapshot().Counters.Day
	days, err := p.books.Recent(c.Request().Context(), daysShown)
	if err != nil {
		return err
	}
	o := templates.OwnerSettlement{Page: title(c, "结算", "Settlement"), Last: string(today)}
	for _, d := range days {
		row := templates.OwnerRow{
			Href: "/owner/settlement/" + string(d.Day), Name: dayName(l, d.Day), Value: yuan(d.Due),
			Detail: fmt.Sprintf(l.T("已交付 %s", "%s handed over"), orders(l, d.Orders)),
		}
		if d.Unknown > 0 {
			row.Detail += fmt.Sprintf(l.T(" · %d 单金额未知", " · money of %d not known"), d.Unknown)
		}
		row.Word, row.Class = dayWord(l, d.Day < today, d.Closed, d.Changed, d.Open)
		o.Rows = append(o.Rows, row)
	}
	return page.Show(c, http.StatusOK, templates.OwnerSettlementPage(o))
}

// dayWord says how a business day stands.
func dayWord(l templates.Lang, over, closed, changed bool, open int) (word, class string) {
	switch {
	case changed:
		return l.T("▲ 结账后有变化", "▲ changed since it was closed"), "wait"
	case closed:
		return l.T("● 已结账", "● closed"), "done"
	case !over:
		return l.T("营业中", "Under way"), ""
	case open > 0:
		return fmt.Sprintf(l.T("▲ 未结账：%s没结束", "▲ not closed: %s open"), orders(l, open)), "wait"
	}
	return l.T("▲ 未结账", "▲ not closed"), "wait"
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
		Page: title(c, name, name), Wrong: wrong, MayClose: d.Over && !d.Closed && len(d.Open) == 0, Digest: d.Digest,
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
		o.More = fmt.Sprintf(l.T("还有 %d 单", "and %d more"), more)
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
func (p *Pages) dayNote(l templates.Lang, state *shop.State, d *settlement.Day) string {
	closed := ""
	if !d.ClosedAt.IsZero() {
		closed = fmt.Sprintf(l.T("%s 于 %s 结账。", "Closed by %[1]s at %[2]s."), actor(l, state.Config, d.ClosedBy), p.clock(d.ClosedAt))
		if d.ClosedBy == "clock" {
			closed = fmt.Sprintf(l.T("%s 自动结账。", "Closed by itself at %s."), p.clock(d.ClosedAt))
		}
	}
	switch {
	case d.Changed:
		return closed + l.T("之后有订单变了。下面是现在的数字，不同的地方写着结账时是多少。", " Orders have changed since. Below are the figures of now, and where they differ those of the closing.")
	case d.Closed && d.ClosedAt.IsZero() && len(d.Orders) == 0:
		return l.T("这一天没有记录：店没有开机，或还没有装上。", "There is no record of this day: the box was off, or not there yet.")
	case d.Closed:
		return closed
	case !d.Over:
		return fmt.Sprintf(l.T("数字到 %s 为止。%s 换日后，所有单都结束了就自动结账。", "Figures as of %s. The day turns at %s and closes by itself once all its orders have ended."), p.clock(p.Now()), cutoff(state.Config))
	case len(d.Open) > 0:
		return l.T("下面这些单交付、退单或作无人领取后，会自动结账。", "It closes by itself once the orders below are handed over, released or marked as unclaimed.")
	}
	return l.T("没有单挡着，随时会自动结账；一直不结，请在主机上运行 weir check。", "No order keeps it open and it should close by itself any moment; if it does not, run weir check on the box.")
}

// cutoff is when the business day turns, by the shop's clock.
func cutoff(config *shop.Config) string {
	return time.Time{}.Add(config.Cutoff).Format("15:04")
}

// dayDue sums up what all channels owe.
func dayDue(l templates.Lang, channels []shop.Settled) (due, note string) {
	var sum, guess int64
	unknown := 0
	for _, line := range channels {
		sum, unknown, guess = sum+line.Due, unknown+line.Provisional, guess+line.ProvisionalFen
	}
	if unknown > 0 {
		note = fmt.Sprintf(l.T("另有 %s金额未知，暂估 %s，未计入", "and about %[2]s for %[1]s whose money is not known yet, not in the sum"), orders(l, unknown), yuan(guess))
	}
	return yuan(sum), note
}

// openRow is an order that keeps a day open; it leads to where it can be given out.
func (p *Pages) openRow(l templates.Lang, config *shop.Config, o *shop.Order) templates.OwnerRow {
	r := templates.OwnerRow{
		Href: "/handoff?code=" + o.PickupNumber(), Name: o.PickupNumber() + " · " + channelName(l, config, o.Channel),
		Detail: o.Ref + " · " + l.T("接单 ", "taken ") + p.clock(o.AcceptedAt), Value: orderWord(l, o.State()),
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
		return p.showDay(c, http.StatusConflict, l.T("还不能结账：下面的单还没有结束。", "It cannot be closed yet: the orders below have not ended."))
	case day >= p.Tally.Snapshot().Counters.Day:
		return p.showDay(c, http.StatusConflict, l.T("还不能结账：这一天还没有过完。", "It cannot be closed yet: the day is not over."))
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
