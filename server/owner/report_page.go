package owner

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"weir/shop"
	"weir/shop/capacity"
	"weir/shop/words"
	"weir/templates"
	"weir/templates/page"
)

// reportPage is a day or a shift (?day=&from=&to=), made to be printed.
func (p *Pages) reportPage(c echo.Context) error {
	state, l := p.Tally.Snapshot(), page.Lang(c)
	today := state.Counters.Day
	v := templates.OwnerReport{Day: c.QueryParam("day"), From: c.QueryParam("from"), To: c.QueryParam("to"), Today: string(today)}
	if v.Day == "" {
		v.Day = string(today)
	}
	from, to, err := stretchOf(state.Config, shop.Day(v.Day), v.From, v.To)
	status := http.StatusOK
	if err != nil || !from.Before(to) || shop.Day(v.Day) > today {
		v.Wrong, status = l.T("report.wrong_times"), http.StatusUnprocessableEntity
		v.Day, v.From, v.To = string(today), "", ""
		from, to, _ = stretchOf(state.Config, today, "", "")
	}
	r, err := p.reportOf(c.Request().Context(), shop.Day(v.Day), from, to)
	if err != nil {
		return err
	}
	v.Title = dayName(l, shop.Day(v.Day))
	if v.From != "" || v.To != "" {
		v.Title += " " + from.Format("15:04") + "–" + to.Format("15:04")
	}
	v.Sections = reportSections(l, state.Config, r)
	return p.showReport(c, l, status, v)
}

// monthPage is the last thirty days together, and each in a row.
func (p *Pages) monthPage(c echo.Context) error {
	state, l := p.Tally.Snapshot(), page.Lang(c)
	today, sum := state.Counters.Day, newReport()
	v := templates.OwnerReport{Title: l.T("report.last_days", daysBack), Month: true, Today: string(today), Day: string(today)}
	for back := range daysBack {
		day := before(today, back)
		r, err := p.dayReport(c.Request().Context(), state.Config, day, today)
		if err != nil {
			return err
		}
		if r.orders+len(r.refused) == 0 {
			continue
		}
		sum.add(r)
		v.Days = append(v.Days, templates.OwnerReportDay{
			Href: "/owner/report?day=" + string(day), Name: dayName(l, day), Cups: r.cups, Wait: spans(l, r.waits),
			Kept: share(r.kept+r.told, r.kept+r.told+r.late), Late: r.late, Refused: refusedCups(r), Remakes: r.remakes, Wasted: r.wasted,
		})
	}
	v.Sections = reportSections(l, state.Config, sum)
	return p.showReport(c, l, http.StatusOK, v)
}

func (p *Pages) showReport(c echo.Context, l words.Lang, status int, v templates.OwnerReport) error {
	title := v.Title
	v.Page = page.Light.New(c, l.T("report.report")+" · "+title, style)
	v.Title, v.Path = title, "/owner/report"
	v.Scripts = []string{"print.js"}
	v.Made = p.Now().In(p.Tally.Snapshot().Config.Location).Format("2006-01-02 15:04")
	v.Shop = l.Of(p.Tally.Snapshot().Config.Name)
	return page.Show(c, status, templates.OwnerReportPage(v))
}

// reportSections are the figures in the order in which an owner asks for them.
func reportSections(l words.Lang, config *shop.Config, r *report) []templates.Section {
	number := func(n int) string { return fmt.Sprint(n) }
	judged := r.kept + r.told + r.late
	list := []templates.Section{
		{Title: l.T("report.cups"), Facts: []templates.Fact{
			{Name: l.T("report.orders"), Value: number(r.orders)},
			{Name: l.T("report.ordered"), Value: cupCount(l, r.cups)},
			{Name: l.T("report.made"), Value: cupCount(l, r.made)},
			{Name: l.T("report.wait"), Value: spans(l, r.waits)},
		}},
		{Title: l.T("report.promises"), Facts: []templates.Fact{
			{Name: l.T("report.kept"), Value: orders(l, r.kept) + " " + share(r.kept, judged)},
			{Name: l.T("report.told"), Value: orders(l, r.told)},
			{Name: l.T("report.late"), Value: orders(l, r.late) + " " + share(r.late, judged), Bad: r.late > 0},
			{Name: l.T("report.released"), Value: orders(l, r.released), Bad: r.released > 0},
			{Name: l.T("report.cancelled"), Value: orders(l, r.cancelled)},
			{Name: l.T("report.unclaimed"), Value: orders(l, r.never)},
		}},
	}
	add := func(title string, facts []templates.Fact) {
		if len(facts) > 0 {
			list = append(list, templates.Section{Title: title, Facts: facts})
		}
	}
	counts := func(of map[string]int, word func(string) string, text func(int) string) (facts []templates.Fact) {
		for _, key := range byCount(of) {
			facts = append(facts, templates.Fact{Name: word(key), Value: text(of[key])})
		}
		return facts
	}
	why := func(reason string) string { return cmp.Or(templates.EndWord(l, reason), l.T("report.no_reason")) }
	cupsWord := func(n int) string { return cupCount(l, n) }
	add(l.T("report.why_released"), counts(r.ends, why, func(n int) string { return orders(l, n) }))
	refused := map[string]int{}
	for reason, c := range r.refused {
		refused[reason] = c.cups
	}
	reason := func(id string) string { return templates.ReasonWord(l, capacity.Reason(id)) }
	add(l.T("report.refused", refusedCups(r)), counts(refused, reason, cupsWord))
	add(l.T("report.remakes", r.remakes), counts(r.remadeWhy, why, cupsWord))
	add(l.T("report.waste", r.wasted), counts(r.wastedWhy, why, cupsWord))
	var facts []templates.Fact
	for _, st := range config.Stations {
		if w := r.stations[st.ID]; w != nil {
			facts = append(facts, templates.Fact{Name: l.Of(st.Name), Value: cupCount(l, w.cups) + pace(l, w)})
		}
	}
	add(l.T("report.stations"), facts)
	facts = nil
	items := map[string]int{}
	for id, w := range r.items {
		items[id] = w.cups
	}
	for _, id := range byCount(items) {
		name := id
		if item := config.Menu.Ever(id); item != nil {
			name = l.Of(item.Name)
		} else if id == shop.WalkinItem {
			name = l.T("board.walk_in")
		}
		text := cupCount(l, items[id])
		if median := quantile(r.items[id].spans, .5); median > 0 {
			text += l.T("report.each_takes", median.Minutes())
		}
		facts = append(facts, templates.Fact{Name: cmp.Or(name, l.T("lines.unknown")), Value: text})
	}
	add(l.T("report.items"), facts)
	add(l.T("report.people"), counts(r.people, func(by string) string { return actor(l, config, by) }, cupsWord))
	return list
}

func pace(l words.Lang, w *worked) string {
	if w.perMinute() == 0 {
		return ""
	}
	return l.T("report.pace", w.perMinute())
}

// byCount is the keys of a map, the largest count first.
func byCount(m map[string]int) []string {
	keys := slices.Sorted(maps.Keys(m))
	slices.SortStableFunc(keys, func(a, b string) int { return m[b] - m[a] })
	return keys
}

func refusedCups(r *report) (n int) {
	for _, c := range r.refused {
		n += c.cups
	}
	return n
}

// spans is the median of waits and what nine of ten do not exceed.
func spans(l words.Lang, waits []time.Duration) string {
	if len(waits) == 0 {
		return "–"
	}
	return l.T("report.half_and_most", minutes(quantile(waits, .5)), minutes(quantile(waits, .9)))
}

func share(part, whole int) string {
	if whole == 0 {
		return ""
	}
	return fmt.Sprintf("%.0f%%", 100*float64(part)/float64(whole))
}
