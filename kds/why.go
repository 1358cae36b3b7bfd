package kds

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"weir/shop/capacity"
	"weir/shop/words"
	"weir/templates"
	"weir/templates/page"
)

// whyPage explains the level: the figures at this moment and the rule.
func (s *Screens) whyPage(c echo.Context) error {
	state, now, l := s.Kitchen.Snapshot(), s.Now(), page.Lang(c)
	r := state.Capacity.Report(now)
	cups := func(w capacity.Work) string {
		return l.T("why.standard_cups", w.Cups())
	}
	taking := templates.TakingNow(l, state, r.Level, now)
	f := templates.Facts{Page: s.frame().New(c, taking.Word, "pages.css"), Lead: leadOf(l, r, taking)}
	f.Sections = []templates.Section{
		{Title: l.T("why.room"), Facts: []templates.Fact{
			{Name: l.T("why.may_be_accepted_now"), Value: cups(r.Room.Work())},
			{Name: l.T("why.budget", l.Span(state.Settings.Horizon)), Value: l.T("why.what_is_made_within",
				cups(r.Room.Budget), cups(state.Settings.Reserve))},
			{Name: l.T("why.accepted_not_made"), Value: cups(r.Room.Backlog)},
			{Name: l.T("why.granted_to_platforms"), Value: cups(r.Room.Credit)},
			{Name: l.T("why.what_the_promises_given"), Value: cups(r.Room.Reach)},
		}},
		{Title: l.T("shared.rate"), Facts: []templates.Fact{
			{Name: l.T("shared.expected"), Value: l.T("why.standard_cups_min", r.Rate.P50/float64(capacity.Cup))},
			{Name: l.T("why.to_count_on"), Value: l.T("why.standard_cups_min", r.Rate.P10/float64(capacity.Cup))},
			{Name: l.T("why.from"), Value: rateFrom(l, r.Rate.Estimated)},
		}},
		{Title: l.T("why.one_cup_ordered_now"), Facts: []templates.Fact{
			{Name: l.T("why.half_of_such_orders"), Value: l.Span(r.Quote.P50)},
			{Name: l.T("shared.promised"), Value: l.Span(r.Quote.Promise)},
			{Name: l.T("why.before_it"), Value: l.N(r.Quote.Ahead, "shared.cups_counted")},
		}},
		{Title: l.T("shared.shelf"), Facts: []templates.Fact{{Name: l.T("why.bags_waiting"),
			Value: shelfWord(l, r.ShelfBags, state.Settings.ShelfMax)}}},
	}
	// First what is asked about, then the figures behind it.
	f.Sections = slices.Insert(f.Sections, 1, s.refusalsSection(l, state.Config), s.levelSection(l, state.Config.Location))
	return page.Show(c, http.StatusOK, templates.FactsPage(f))
}

// leadOf says why the level is what it is, in a sentence.
func leadOf(l words.Lang, r capacity.Report, taking templates.Taking) string {
	why := map[capacity.Reason]string{
		capacity.NoRoom: l.T("why.the_work_in_hand"),
		capacity.Shelf:  l.T("why.too_many_bags_wait"),
		capacity.Owner:  l.T("why.the_owner_has_switched_it"),
		capacity.Staff:  l.T("shared.nobody_on_duty"),
		capacity.Closed: l.T("why.outside_the_opening_hours"),
	}[r.Level.Reason]
	if why == "" && taking.Why != "" {
		return taking.Why
	}
	if why == "" {
		return l.T("why.intake_is_open_nothing")
	}
	return why
}

func rateFrom(l words.Lang, estimated bool) string {
	if estimated {
		return l.T("why.a_guess_orders_leave")
	}
	return l.T("why.the_taps_of_this")
}

func shelfWord(l words.Lang, bags, max int) string {
	if max == 0 {
		return l.T("why.no_limit", bags)
	}
	return l.T("why.of", bags, max)
}
