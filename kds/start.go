package kds

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"weir/shop"
	"weir/shop/words"
	"weir/templates"
	"weir/templates/page"
)

// startPage says what is running, how it stands, and where everything is.
func (s *Screens) startPage(c echo.Context) error {
	state, now, l := s.Kitchen.Snapshot(), s.Now(), page.Lang(c)
	start := s.Start()
	p := templates.Start{Page: s.frame().New(c, l.Of(state.Config.Name)+" · Weir", "pages.css"), Shop: l.Of(state.Config.Name),
		Ways: s.ways(l)}
	switch {
	case start.Open && start.Demo:
		p.Demo = l.T("start.demo_a_simulated_platform")
	case start.Open:
		p.Demo = l.T("start.open_on_this_machine")
	case start.Demo:
		p.Demo = l.T("start.demo_a_simulated_platform_is")
	}
	r := state.Capacity.Report(now)
	taking := templates.TakingNow(l, state, r.Level, now)
	level := taking.Word
	if taking.Why != "" {
		level += l.T("level.why", taking.Why)
	}
	today := templates.Section{Title: l.T("start.today"), Facts: []templates.Fact{
		{Name: l.T("start.business_day"), Value: string(state.Counters.Day)},
		{Name: l.T("start.orders"), Value: strconv.Itoa(state.Counters.Number)},
		{Name: l.T("shared.to_make"), Value: l.N(state.Ledger.Backlog(), "start.cups_about", l.Span(r.Minutes))},
		{Name: l.T("shared.intake"), Value: level, Href: s.Base + "/kds/why"},
		{Name: l.T("start.cup_ledger"), Value: ledgerWord(l, state), Bad: state.Lost() != 0},
	}}
	running := templates.Section{Title: l.T("start.running")}
	for _, light := range s.lights(l) {
		running.Facts = append(running.Facts, templates.Fact{Name: light.Name, Value: light.Word, Bad: !light.OK})
	}
	if start.Broker != "" {
		running.Facts = append(running.Facts, templates.Fact{Name: "MQTT", Value: start.Broker})
	}
	for _, a := range start.Addresses {
		running.Facts = append(running.Facts, templates.Fact{Name: l.T("start.address"), Value: a, Href: a})
	}
	if start.Version != "" {
		running.Facts = append(running.Facts, templates.Fact{Name: l.T("start.version"), Value: start.Version})
	}
	p.Sections = []templates.Section{today, running}
	return page.Show(c, http.StatusOK, templates.StartPage(p))
}

// ways are the screens, with what each is for.
func (s *Screens) ways(l words.Lang) []templates.Way {
	ways := []templates.Way{
		{Href: "/kds", Name: l.T("shared.kitchen_board"), For: l.T("start.for_the_crew_cups")},
		{Href: "/kds?view=batch", Name: l.T("shared.batches"), For: l.T("start.identical_cups_together_one")},
		{Href: "/handoff", Name: l.T("shared.hand_over"), For: l.T("start.scan_check_hand_over")},
		{Href: "/board", Name: l.T("shared.pick_up_screen"), For: l.T("start.numbers_for_customers_and")},
		{Href: "/printers", Name: l.T("shared.printers"), For: l.T("start.paper_and_print_jobs")},
	}
	for i := range ways {
		ways[i].Href = s.Base + ways[i].Href
	}
	if s.Base == "" {
		ways = append(ways,
			templates.Way{Href: "/practice", Name: l.T("shared.practice"), For: l.T("start.rehearse_the_rush_on")},
			templates.Way{Href: "/owner", Name: l.T("shared.owner"), For: l.T("start.on_a_phone_intake")},
			templates.Way{Href: "/docs", Name: l.T("start.api"), For: l.T("start.for_platforms")})
	}
	return ways
}

func ledgerWord(l words.Lang, state *shop.State) string {
	if off := state.Lost(); off != 0 {
		return l.N(off, "start.off_by_cups")
	}
	return l.N(state.Ledger.Ordered+state.Ledger.Remade, "start.balanced_all_cups_accounted")
}
