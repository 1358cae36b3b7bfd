package owner

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"weir/server/access"
	"weir/shop"
	"weir/shop/capacity"
	"weir/shop/words"
	"weir/templates"
	"weir/templates/page"
)

const (
	style = "owner.css"
	// changesShown is how many changes are on the first page.
	changesShown = 5
)

// ownerPage is the first page.
func (p *Pages) ownerPage(c echo.Context) error { return p.show(c, http.StatusOK, mistake{}) }

// mistake is what was wrong with a form of the first page: said beside it, and what was typed is kept.
type mistake struct {
	part string // staff, terms, or the id of a channel
	text string // "" is none
	form url.Values
}

// show is the first page, with what was wrong with the form that was sent.
func (p *Pages) show(c echo.Context, status int, wrong mistake) error {
	state, now, l := p.Tally.Snapshot(), p.Now(), page.Lang(c)
	caller := access.CallerOf(c.Request().Context())
	live, err := p.live(c.Request().Context(), l, state, now)
	if err != nil {
		return err
	}
	log, err := p.Tally.Audit(c.Request().Context(), 0, changesShown)
	if err != nil {
		return err
	}
	o := templates.Owner{
		Page: page.Light.New(c, l.Of(state.Config.Name)+" · "+l.T("shared.owner"), style), Shop: l.Of(state.Config.Name), Who: caller.Member,
		Live: live, Intake: p.intake(l, state, now),
		All: p.allIntake(l, state, now), Fors: fors(l), Whys: whys(l), Stations: stations(l, state, now),
		Homes: p.homes(state, now), Nominal: nominal(l, state, now), Terms: terms(l, state, caller.Role >= access.Owner),
		Sisters: sisters(l, state.Config),
		Links:   p.links(l, state, now), Changes: p.changes(l, state.Config, log),
	}
	if at := state.Counters.ClosesAt; at.After(state.Config.HoursOf(state.Counters.Day).Opens) &&
		at.Before(state.Config.HoursOf(state.Counters.Day).Closes) {
		o.ClosesAt = at.In(state.Config.Location).Format("15:04")
	}
	o.Wrong = templates.OwnerWrong{Part: wrong.part, Text: wrong.text}
	wrong.keep(&o)
	if p.Clock != nil && caller.Role >= access.Owner {
		o.Clock = p.Clock.Status().Words(l)
		o.Time = time.Now().In(state.Config.Location).Format("2006-01-02 15:04")
	}
	o.Path, o.Open = "/owner", caller.Open
	o.Scripts = []string{"vendor/uPlot-1.6.32.iife.min.js", "owner.js"}
	return page.Show(c, status, templates.OwnerPage(o))
}

// keep shows what was typed where it was typed.
func (w mistake) keep(o *templates.Owner) {
	switch w.part {
	case "", "staff": // nothing was typed there
	case "terms":
		o.Terms.Horizon, o.Terms.Reserve, o.Terms.Shelf = w.form.Get("horizon_min"), w.form.Get("reserve_cups"), w.form.Get("shelf_bags")
		choose(o.Terms.Modes, w.form.Get("check_mode"))
		choose(o.Terms.Taps, w.form.Get("station_taps"))
	default:
		choose(o.Fors, w.form.Get("for"))
		choose(o.Whys, w.form.Get("why"))
	}
}

// choose marks a value among those there are; what is none of them leaves the choice as it was.
func choose(list []templates.Choice, value string) {
	if !slices.ContainsFunc(list, func(c templates.Choice) bool { return c.Value == value }) {
		return
	}
	for i := range list {
		list[i].Chosen = list[i].Value == value
	}
}

// livePart is what the page's script asks for now and then.
func (p *Pages) livePart(c echo.Context) error {
	live, err := p.live(c.Request().Context(), page.Lang(c), p.Tally.Snapshot(), p.Now())
	if err != nil {
		return err
	}
	return page.Show(c, http.StatusOK, templates.OwnerLivePart(live))
}

// live is how the shop stands.
func (p *Pages) live(ctx context.Context, l words.Lang, state *shop.State, now time.Time) (templates.OwnerLive, error) {
	d, err := p.today(ctx, state, now)
	if err != nil {
		return templates.OwnerLive{}, err
	}
	r := state.Capacity.Report(now)
	taking := templates.TakingNow(l, state, r.Level, now)
	v := templates.OwnerLive{
		Page: templates.Page{Lang: l}, Clock: now.In(state.Config.Location).Format("15:04"),
		Backlog: l.N(state.Ledger.Backlog(), "shared.cups_counted"), Level: taking.Level, LevelWord: taking.Word,
		Reason: p.levelReason(l, r.Level, taking.Why), Curve: d.view(l, state.Config.Location, now), Alarms: p.alarms(l, state, r, now),
	}
	v.Wait, v.WaitNote = p.wait(l, state, r, now)
	v.Facts = []templates.Fact{
		{Name: l.T("owner_page.to_work_it_off"), Value: workOff(l, r)},
		{Name: l.T("shared.rate"), Value: l.T("owner_page.cups_min", r.Rate.P50/float64(capacity.Cup)) + estimated(l, r.Rate)},
		{Name: l.T("owner_page.booked_for_later"), Value: l.N(r.LaterCups, "shared.cups_counted")},
		{Name: l.T("shared.shelf"), Value: shelf(l, r.ShelfBags, state.Settings.ShelfMax),
			Bad: state.Settings.ShelfMax > 0 && r.ShelfBags >= state.Settings.ShelfMax},
	}
	if f, ok := p.waiting(l, state); ok {
		v.Facts = append(v.Facts, f)
	}
	if until, ok := p.Copied(l); ok {
		v.Facts = append(v.Facts, templates.Fact{Name: l.T("lights.copy"), Value: until})
	}
	return v, nil
}

// wait is what somebody who orders now is told.
func (p *Pages) wait(l words.Lang, state *shop.State, r capacity.Report, now time.Time) (text, note string) {
	switch {
	case r.Level.Level == capacity.LevelPaused:
		return "–", l.T("owner_page.nothing_is_taken_now")
	case r.Rate.P50 <= 0:
		return "–", l.T("shared.nobody_on_duty")
	case r.Level.Level == capacity.LevelSlots:
		if slots := state.Capacity.Slots(now, "", "", capacity.Cup); len(slots) > 0 {
			return p.clock(slots[0].Start), l.T("owner_page.full_the_first_slot")
		}
		return "–", l.T("owner_page.full_and_so_is")
	}
	text = l.T("owner_page.min", minutes(r.Quote.P50), minutes(r.Quote.P90))
	note = l.T("owner_page.promised_min", minutes(r.Quote.Promise))
	if r.Quote.Samples > 0 {
		note += l.T("owner_page.lately_within", 100*r.Quote.Coverage90, minutes(r.Quote.P90))
	}
	return text, note
}

func workOff(l words.Lang, r capacity.Report) string {
	if r.Minutes == 0 && r.Backlog > 0 {
		return "–" // nobody is on duty, as an alarm says
	}
	return l.Span(r.Minutes)
}

func estimated(l words.Lang, r capacity.Rate) string {
	if r.Estimated {
		return l.T("owner_page.estimated_nobody_taps")
	}
	return ""
}

func shelf(l words.Lang, bags, most int) string {
	if most == 0 {
		return l.N(bags, "owner_page.bags_no_limit")
	}
	return l.T("owner_page.of_bags", bags, most)
}

// levelReason is why the level holds, in text, and when it should become lower.
func (p *Pages) levelReason(l words.Lang, v capacity.Level, text string) string {
	if !v.ResumeAt.IsZero() {
		if text != "" {
			text += " · "
		}
		text += l.T("owner_page.better_at_about", p.clock(v.ResumeAt))
	}
	return text
}

// alarms are what the owner must not miss.
func (p *Pages) alarms(l words.Lang, state *shop.State, r capacity.Report, now time.Time) []templates.Alarm {
	var list []templates.Alarm
	add := func(text string) { list = append(list, templates.Alarm{Text: text}) }
	if !p.Tally.Healthy() {
		add(l.T("owner_page.nothing_can_be_stored"))
	}
	if off := state.Lost(); off != 0 {
		add(l.T("owner_page.the_cup_ledger_is", off))
	}
	late := 0
	for o := range state.Orders.All() {
		if o.End == "" && o.State() != shop.OrderReady && o.Standing(now) == shop.Late {
			late++
		}
	}
	if late > 0 {
		add(l.N(late, "owner_page.orders_are_past_their"))
	}
	if r.Rate.P50 <= 0 && r.Level.Reason != capacity.Closed {
		add(l.T("shared.nobody_on_duty"))
	}
	for _, light := range p.Lights(l) {
		if !light.OK {
			add(light.Name + l.T("shared.colon") + light.Word)
		}
	}
	return append(list, p.campaignAlarms(l, state, now)...)
}

// allIntake is what can be set for all platforms at once.
func (p *Pages) allIntake(l words.Lang, state *shop.State, now time.Time) templates.OwnerIntakes {
	v := templates.OwnerIntakes{Part: everyPlatform}
	for _, ch := range state.Config.Channels {
		in := state.Intake(ch.ID, now)
		if ch.ID != shop.CounterChannel {
			v.Platforms++
		} else if v.Counter = true; in.Mode == capacity.IntakePaused {
			v.CounterPaused = l.T("owner_page.counter_is_paused", p.until(l, in.Until))
		}
		v.Restricted = v.Restricted || in.Mode != capacity.IntakeOpen
	}
	return v
}

// intake is what every channel may order. Walk-ins are always taken, so the counter has no switch.
func (p *Pages) intake(l words.Lang, state *shop.State, now time.Time) []templates.OwnerIntake {
	var list []templates.OwnerIntake
	for _, ch := range state.Config.Channels {
		if ch.ID == shop.CounterChannel {
			continue
		}
		in, level := state.Intake(ch.ID, now), state.Capacity.Level(now, ch.ID)
		meets := state.TakenNow(ch.ID, now)
		v := templates.OwnerIntake{ID: ch.ID, Name: l.Of(ch.Name), Mode: string(in.Mode), Meets: string(meets),
			Word: intakeSign(meets) + " " + templates.IntakeWord(l, meets)}
		if in.Mode != capacity.IntakeOpen {
			v.Detail = p.until(l, in.Until) + " · " + pauseWord(l, in.Reason) + " · " + actor(l, state.Config, in.By)
		} else if meets != in.Mode {
			v.Level = p.levelReason(l, level, templates.ReasonWord(l, level.Reason))
		} else if level.Level > capacity.LevelOpen {
			v.Level = templates.LevelWord(l, level.Level)
		}
		list = append(list, v)
	}
	return list
}

func (p *Pages) until(l words.Lang, at time.Time) string {
	if at.IsZero() {
		return l.T("owner_page.until_somebody_opens_it")
	}
	return l.T("owner_page.opens_by_itself_at", p.clock(at))
}

// stations are who is on duty, and where the line is narrowest.
func stations(l words.Lang, state *shop.State, now time.Time) []templates.OwnerStation {
	var list []templates.OwnerStation
	onDuty := state.OnDuty(now)
	for _, s := range state.Config.Stations {
		staff := onDuty[s.ID]
		list = append(list, templates.OwnerStation{
			ID: s.ID, Name: l.Of(s.Name), Staff: staff, Usual: s.Staff, Less: max(staff-1, 0), More: min(staff+1, shop.StaffMax),
			Narrowest: narrowest(state, onDuty, s.ID),
		})
	}
	return list
}

// narrowest reports whether a station is what holds up the line with the staff on duty: with help everywhere
// else the line would be no faster.
func narrowest(state *shop.State, onDuty map[string]int, station string) bool {
	helped := map[string]int{}
	for _, s := range state.Config.Stations {
		helped[s.ID] = shop.StaffMax * len(state.Config.Stations)
	}
	helped[station] = onDuty[station]
	return state.Config.Line.Prior(helped) <= state.Config.Line.Prior(onDuty)
}

// nominal is what the crew on duty should make, against what it was seen to make.
func nominal(l words.Lang, state *shop.State, now time.Time) string {
	return l.T("owner_page.by_the_menus_times",
		state.Config.Line.Prior(state.OnDuty(now))/float64(capacity.Cup), state.Capacity.Rate(now).P50/float64(capacity.Cup))
}

// terms are the owner's terms, and where they differ from shop.yaml.
func terms(l words.Lang, state *shop.State, may bool) templates.OwnerTerms {
	is, file := state.Settings.Terms(), state.Config.Settings.Terms()
	v := templates.OwnerTerms{
		May: may, Differs: is != file, Horizon: strconv.Itoa(minutes(is.Horizon)), Reserve: cups(is.Reserve), Shelf: strconv.Itoa(is.ShelfMax),
		HorizonMin: strconv.Itoa(minutes(capacity.HorizonMin)), HorizonMax: strconv.Itoa(minutes(capacity.HorizonMax)),
		FileHorizonV: strconv.Itoa(minutes(file.Horizon)), FileReserveV: cups(file.Reserve), FileShelfV: strconv.Itoa(file.ShelfMax),
		FileModeV: file.CheckMode,
	}
	for _, m := range []string{shop.CheckTap, shop.CheckBag, shop.CheckCup} {
		v.Modes = append(v.Modes, templates.Choice{Value: m, Name: templates.CheckWord(l, m), Chosen: m == is.CheckMode})
	}
	if len(state.Config.Stations) > 1 {
		for _, once := range []bool{false, true} {
			v.Taps = append(v.Taps, templates.Choice{Value: tapsValue(once), Name: templates.TapsWord(l, once), Chosen: once == is.OneTap})
		}
		v.FileTapsV = tapsValue(file.OneTap)
	}
	for _, d := range []struct {
		differs bool
		to      *string
		value   string
	}{
		{is.Horizon != file.Horizon, &v.FileHorizon, v.FileHorizonV}, {is.Reserve != file.Reserve, &v.FileReserve, v.FileReserveV},
		{is.ShelfMax != file.ShelfMax, &v.FileShelf, v.FileShelfV},
		{is.CheckMode != file.CheckMode, &v.FileMode, templates.CheckWord(l, file.CheckMode)},
		{is.OneTap != file.OneTap, &v.FileTaps, templates.TapsWord(l, file.OneTap)},
	} {
		if d.differs {
			*d.to = d.value
		}
	}
	return v
}

// tapsValue is the form's word for whether one tap at a station is the whole cup.
func tapsValue(once bool) string {
	if once {
		return "once"
	}
	return "each"
}

func sisters(l words.Lang, config *shop.Config) []templates.Fact {
	list := slices.Clone(config.Sisters)
	slices.SortStableFunc(list, func(a, b shop.Sister) int { return a.DistanceM - b.DistanceM })
	var facts []templates.Fact
	for _, s := range list {
		facts = append(facts, templates.Fact{Name: l.Of(s.Name), Value: l.T("owner_page.metres", s.DistanceM)})
	}
	return facts
}

// links are the other pages of the owner.
func (p *Pages) links(l words.Lang, state *shop.State, now time.Time) []templates.Way {
	ways := []templates.Way{campaignsWay(l, state, now), settlementWay(l, state), namesWay(l, state), menuWay(l)}
	if way, ok := p.outboxWay(l); ok {
		ways = append(ways, way)
	}
	return append(ways, outsideWay(l, state),
		templates.Way{Href: "/owner/report", Name: l.T("report.report"), For: l.T("report.what_is_in_it")},
		templates.Way{Href: "/owner/rota", Name: l.T("rota_page.rota"), For: l.T("rota_page.who_is_there_when")},
		soldOutWay(l, state),
		templates.Way{Href: "/kds/stock", Name: l.T("stock_page.title"), For: l.T("owner_page.what_is_here")},
		templates.Way{Href: "/owner/devices", Name: l.T("owner_page.devices"), For: l.T("owner_page.pair_and_remove_tablets")},
		templates.Way{Href: "/owner/people", Name: l.T("owner_page.people"), For: l.T("owner_page.who_has_a_pin")},
		templates.Way{Href: "/owner/keys", Name: l.T("owner_page.channel_keys"), For: l.T("owner_page.what_platforms_order_with")},
		templates.Way{Href: "/owner/password", Name: l.T("owner_page.password"), For: l.T("owner_page.password_change")},
		templates.Way{Href: "/owner/left", Name: l.T("setup.left.title"), For: l.T("setup.left.for")},
		templates.Way{Href: "/kds", Name: l.T("shared.kitchen_board"), For: l.T("owner_page.what_the_crew_sees")},
	)
}

// soldOutWay leads to what is sold out, and says how much that is. The owner has the crew's own page for it: two pages would
// sooner or later differ.
func soldOutWay(l words.Lang, state *shop.State) templates.Way {
	text := l.T("owner_page.everything_on_sale")
	if n := len(state.Gone()); n > 0 {
		text = l.N(n, "sold_out.now")
	}
	return templates.Way{Href: "/kds/sold-out", Name: l.T("shared.heading_sold_out"), For: text}
}

// trustClock says that the box's clock is right: somebody has compared it with a watch.
func (p *Pages) trustClock(c echo.Context) error {
	if p.Clock == nil {
		return echo.ErrNotFound
	}
	p.Clock.Trust()
	now := time.Now().In(p.Tally.Snapshot().Config.Location).Format("2006-01-02 15:04")
	if _, err := p.Tally.Do(c.Request().Context(), shop.Audit{By: access.Who(c), What: shop.AuditClockTrusted, About: now}); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/owner")
}
