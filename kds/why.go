package kds

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"weir/shop/capacity"
	"weir/templates"
	"weir/templates/page"
)

// whyPage explains the level: the figures at this moment and the rule.
func (s *Screens) whyPage(c echo.Context) error {
	state, now, l := s.Kitchen.Snapshot(), s.Now(), page.Lang(c)
	r := state.Book.Report(now)
	cups := func(w capacity.Work) string {
		return fmt.Sprintf(l.T("%.1f 标准杯", "%.1f standard cups"), w.Cups())
	}
	f := templates.Facts{Page: s.page(c, fmt.Sprintf("%d %s", r.Level.Level, l.Level(r.Level.Level)), "pages.css"), Lead: leadOf(l, r)}
	f.Sections = []templates.Section{
		{Title: l.T("还能接多少", "Room"), Facts: []templates.Fact{
			{Name: l.T("现在还能接", "May be accepted now"), Value: cups(r.Room.Work())},
			{Name: l.T("预算", "Budget"), Value: fmt.Sprintf(l.T("%s：最长承诺 %s 内能做的，减去柜台预留 %s", "%s: what is made within the longest promise of %s, less %s kept for the counter"),
				cups(r.Room.Budget), span(l, state.Settings.Horizon), cups(state.Settings.Reserve))},
			{Name: l.T("已接未做", "Accepted, not made"), Value: cups(r.Room.Backlog)},
			{Name: l.T("已授给平台", "Granted to platforms"), Value: cups(r.Room.Credit)},
			{Name: l.T("按承诺还容得下", "What the promises given still allow"), Value: cups(r.Room.Reach)},
		}},
		{Title: l.T("速度", "Rate"), Facts: []templates.Fact{
			{Name: l.T("预计", "Expected"), Value: fmt.Sprintf(l.T("%.2f 标准杯/分", "%.2f standard cups/min"), r.Rate.P50/float64(capacity.Cup))},
			{Name: l.T("保守", "To count on"), Value: fmt.Sprintf(l.T("%.2f 标准杯/分", "%.2f standard cups/min"), r.Rate.P10/float64(capacity.Cup))},
			{Name: l.T("依据", "From"), Value: rateFrom(l, r.Rate.Estimated)},
		}},
		{Title: l.T("一杯现在下单", "One cup ordered now"), Facts: []templates.Fact{
			{Name: l.T("一半的单在此之前好", "Half of such orders are ready in"), Value: span(l, r.Quote.P50)},
			{Name: l.T("承诺", "Promised"), Value: span(l, r.Quote.Promise)},
			{Name: l.T("前面还有", "Before it"), Value: l.N(r.Quote.Ahead, "%d 杯", "%d cup", "%d cups")},
		}},
		{Title: l.T("货架", "Shelf"), Facts: []templates.Fact{{Name: l.T("未取走的袋", "Bags waiting"), Value: shelfWord(l, r.ShelfBags, state.Settings.ShelfMax)}}},
	}
	// First what is asked about, then the figures behind it.
	f.Sections = slices.Insert(f.Sections, 1, s.refusalsSection(l, state.Config), s.turnsSection(l, state.Config.Location))
	return page.Show(c, http.StatusOK, templates.FactsPage(f))
}

func leadOf(l templates.Lang, r capacity.Report) string {
	why := map[capacity.Reason]string{
		capacity.NoRoom: l.T("厨房的活已接近这班人在最长承诺内能做完的量，所以先少接。", "The work in hand is close to what this crew makes within the longest promise, so less is taken."),
		capacity.Shelf:  l.T("货架上的袋子太多，骑手没有来取，所以外卖先少接。", "Too many bags wait for riders, so less delivery is taken."),
		capacity.Owner:  l.T("店主关的。", "The owner has switched it off."),
		capacity.Staff:  l.T("有工位没有人在岗。", "A station has nobody on duty."),
		capacity.Closed: l.T("不在营业时间内。", "Outside the opening hours."),
	}[r.Level.Reason]
	if why == "" {
		return l.T("接单正常，没有限制。", "Intake is open; nothing limits it.")
	}
	return why
}

func rateFrom(l templates.Lang, estimated bool) string {
	if estimated {
		return l.T("估计：单子在走，却没有人点按", "a guess: orders leave and nobody taps")
	}
	return l.T("这班人最近的点按", "the taps of this crew lately")
}

func shelfWord(l templates.Lang, bags, max int) string {
	if max == 0 {
		return fmt.Sprintf(l.T("%d（不限）", "%d (no limit)"), bags)
	}
	return fmt.Sprintf(l.T("%d，上限 %d", "%d of %d"), bags, max)
}
