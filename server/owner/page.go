package owner

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"weir/server/access"
	"weir/shop"
	"weir/shop/capacity"
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
		Page: page.New(c, l.Of(state.Config.Name)+" · "+l.T("店主", "Owner"), style), Shop: l.Of(state.Config.Name), Who: caller.Member,
		Live: live, Intake: p.intake(l, state, now), Fors: fors(l), Whys: whys(l), Stations: stations(l, state),
		Nominal: nominal(l, state, now), Terms: terms(l, state, caller.Role >= access.Owner), Sisters: sisters(l, state.Config),
		Links: p.links(l, state, now), Changes: p.changes(l, state.Config, log),
	}
	o.Wrong = templates.OwnerWrong{Part: wrong.part, Text: wrong.text}
	wrong.keep(&o)
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
func (p *Pages) live(ctx context.Context, l templates.Lang, state *shop.State, now time.Time) (templates.OwnerLive, error) {
	d, err := p.today(ctx, state, now)
	if err != nil {
		return templates.OwnerLive{}, err
	}
	r := state.Book.Report(now)
	v := templates.OwnerLive{
		Page: templates.Page{Lang: l}, Clock: now.In(state.Config.Location).Format("15:04"),
		Backlog: l.N(state.Ledger.Backlog(), "%d 杯", "%d cup", "%d cups"), Level: r.Level.Level, LevelWord: l.Level(r.Level.Level),
		Reason: p.levelReason(l, r.Level), Curve: d.view(l, state.Config.Location, now), Alarms: p.alarms(l, state, r, now),
	}
	v.Wait, v.WaitNote = p.wait(l, state, r, now)
	v.Facts = []templates.Fact{
		{Name: l.T("做完要", "To work it off"), Value: workOff(l, r)},
		{Name: l.T("速度", "Rate"), Value: fmt.Sprintf(l.T("%.1f 杯/分", "%.1f cups/min"), r.Rate.P50/float64(capacity.Cup)) + estimated(l, r.Rate)},
		{Name: l.T("已预约未到时", "Booked for later"), Value: l.N(r.LaterCups, "%d 杯", "%d cup", "%d cups")},
		{Name: l.T("货架", "Shelf"), Value: shelf(l, r.ShelfBags, state.Settings.ShelfMax), Bad: state.Settings.ShelfMax > 0 && r.ShelfBags >= state.Settings.ShelfMax},
	}
	return v, nil
}

// wait is what somebody who orders now is told.
func (p *Pages) wait(l templates.Lang, state *shop.State, r capacity.Report, now time.Time) (text, note string) {
	switch {
	case r.Level.Level == capacity.LevelPaused:
		return "–", l.T("现在不接单", "nothing is taken now")
	case r.Rate.P50 <= 0:
		return "–", l.T("无人在岗", "nobody on duty")
	case r.Level.Level == capacity.LevelSlots:
		if slots := state.Book.Slots(now, "", "", capacity.Cup); len(slots) > 0 {
			return p.clock(slots[0].Start), l.T("满了：最早能约的时段", "full: the first slot that can be booked")
		}
		return "–", l.T("满了，今天的时段也约完了", "full, and so is every slot of today")
	}
	text = fmt.Sprintf(l.T("%d–%d 分", "%d–%d min"), minutes(r.Quote.P50), minutes(r.Quote.P90))
	note = fmt.Sprintf(l.T("承诺 %d 分", "promised: %d min"), minutes(r.Quote.Promise))
	if r.Quote.Samples > 0 {
		note += fmt.Sprintf(l.T(" · 近期 %.0f%% 在 %d 分内", " · lately %.0f %% within %d"), 100*r.Quote.Coverage90, minutes(r.Quote.P90))
	}
	return text, note
}

func workOff(l templates.Lang, r capacity.Report) string {
	if r.Minutes == 0 && r.Backlog > 0 {
		return l.T("无人在岗", "nobody on duty")
	}
	return span(l, r.Minutes)
}

func estimated(l templates.Lang, r capacity.Rate) string {
	if r.Estimated {
		return l.T("（估计：没人点屏）", " (estimated: nobody taps)")
	}
	return ""
}

func shelf(l templates.Lang, bags, most int) string {
	if most == 0 {
		return fmt.Sprintf(l.T("%d 袋（不限）", "%d bags (no limit)"), bags)
	}
	return fmt.Sprintf(l.T("%d / %d 袋", "%d of %d bags"), bags, most)
}

// levelReason is why the level holds and when it should become lower.
func (p *Pages) levelReason(l templates.Lang, v capacity.Level) string {
	text := l.Reason(v.Reason)
	if !v.ResumeAt.IsZero() {
		if text != "" {
			text += " · "
		}
		text += fmt.Sprintf(l.T("约 %s 好转", "better at about %s"), p.clock(v.ResumeAt))
	}
	return text
}

// alarms are what the owner must not miss.
func (p *Pages) alarms(l templates.Lang, state *shop.State, r capacity.Report, now time.Time) []templates.Alarm {
	var list []templates.Alarm
	add := func(text string) { list = append(list, templates.Alarm{Text: text}) }
	if !p.Tally.Healthy() {
		add(l.T("存不下：磁盘满或出错，暂不接单。", "Nothing can be stored: the disk is full or failing, and no order is taken."))
	}
	if off := state.Lost(); off != 0 {
		add(fmt.Sprintf(l.T("杯账差 %d 杯", "The cup ledger is off by %d"), off))
	}
	late := 0
	for o := range state.Orders.All() {
		if o.End == "" && o.State() != shop.OrderReady && o.Standing(now) == shop.Late {
			late++
		}
	}
	if late > 0 {
		add(l.N(late, "%d 单已过承诺时间", "%d order is past its promise", "%d orders are past their promise"))
	}
	if r.Rate.P50 <= 0 && r.Level.Reason != capacity.Closed {
		add(l.T("无人在岗：没有速度，什么都接不了。", "Nobody is on duty: without a rate nothing can be taken."))
	}
	for _, light := range p.Lights() {
		if !light.OK {
			word := light.Word
			if word == "" {
				word = l.Of(light.Words)
			}
			add(light.Name + l.T("：", ": ") + word)
		}
	}
	return append(list, p.campaignAlarms(l, state, now)...)
}

// intake is what every channel may order. Walk-ins are always taken, so the counter has no switch.
func (p *Pages) intake(l templates.Lang, state *shop.State, now time.Time) []templates.OwnerIntake {
	var list []templates.OwnerIntake
	for _, ch := range state.Config.Channels {
		if ch.ID == shop.CounterChannel {
			continue
		}
		in, level := state.Intake(ch.ID, now), state.Book.Level(now, ch.ID)
		meets := state.TakenNow(ch.ID, now)
		v := templates.OwnerIntake{ID: ch.ID, Name: l.Of(ch.Name), Mode: string(in.Mode), Meets: string(meets), Word: intakeWord(l, meets)}
		if in.Mode != capacity.IntakeOpen {
			v.Detail = p.until(l, in.Until) + " · " + why(l, in.Reason) + " · " + actor(l, state.Config, in.By)
		} else if meets != in.Mode {
			v.Level = p.levelReason(l, level)
		} else if level.Level > capacity.LevelOpen {
			v.Level = l.Level(level.Level)
		}
		list = append(list, v)
	}
	return list
}

func (p *Pages) until(l templates.Lang, at time.Time) string {
	if at.IsZero() {
		return l.T("直到有人打开", "until somebody opens it")
	}
	return fmt.Sprintf(l.T("到 %s 自动恢复", "opens by itself at %s"), p.clock(at))
}

// stations are who is on duty, and where the line is narrowest.
func stations(l templates.Lang, state *shop.State) []templates.OwnerStation {
	var list []templates.OwnerStation
	for _, s := range state.Config.Stations {
		staff := state.Settings.Staff[s.ID]
		list = append(list, templates.OwnerStation{
			ID: s.ID, Name: l.Of(s.Name), Staff: staff, Usual: s.Staff, Less: max(staff-1, 0), More: min(staff+1, shop.StaffMax),
			Narrowest: narrowest(state, s.ID),
		})
	}
	return list
}

// narrowest reports whether a station is what holds up the line with the staff on duty: with help everywhere
// else the line would be no faster.
func narrowest(state *shop.State, station string) bool {
	helped := map[string]int{}
	for _, s := range state.Config.Stations {
		helped[s.ID] = shop.StaffMax * len(state.Config.Stations)
	}
	helped[station] = state.Settings.Staff[station]
	return state.Config.Line.Prior(helped) <= state.Config.Line.Prior(state.Settings.Staff)
}

// nominal is what the crew on duty should make, against what it was seen to make.
func nominal(l templates.Lang, state *shop.State, now time.Time) string {
	return fmt.Sprintf(l.T("按菜单工时应做 %.1f 杯/分，实际约 %.1f。改人数立刻生效。", "By the menu's times this crew makes %.1f cups/min; seen: about %.1f. A change counts at once."),
		state.Config.Line.Prior(state.Settings.Staff)/float64(capacity.Cup), state.Book.Rate(now).P50/float64(capacity.Cup))
}

// terms are the owner's terms, and where they differ from shop.yaml.
func terms(l templates.Lang, state *shop.State, may bool) templates.OwnerTerms {
	is, file := state.Settings.Terms(), state.Config.Settings.Terms()
	v := templates.OwnerTerms{
		May: may, Differs: is != file, Horizon: strconv.Itoa(minutes(is.Horizon)), Reserve: cups(is.Reserve), Shelf: strconv.Itoa(is.ShelfMax),
		HorizonMin: strconv.Itoa(minutes(capacity.HorizonMin)), HorizonMax: strconv.Itoa(minutes(capacity.HorizonMax)),
		FileHorizonV: strconv.Itoa(minutes(file.Horizon)), FileReserveV: cups(file.Reserve), FileShelfV: strconv.Itoa(file.ShelfMax), FileModeV: file.CheckMode,
	}
	for _, m := range []string{shop.CheckTap, shop.CheckBag, shop.CheckCup} {
		v.Modes = append(v.Modes, templates.Choice{Value: m, Name: modeWord(l, m), Chosen: m == is.CheckMode})
	}
	for _, d := range []struct {
		differs bool
		to      *string
		value   string
	}{
		{is.Horizon != file.Horizon, &v.FileHorizon, v.FileHorizonV}, {is.Reserve != file.Reserve, &v.FileReserve, v.FileReserveV},
		{is.ShelfMax != file.ShelfMax, &v.FileShelf, v.FileShelfV}, {is.CheckMode != file.CheckMode, &v.FileMode, modeWord(l, file.CheckMode)},
	} {
		if d.differs {
			*d.to = d.value
		}
	}
	return v
}

func sisters(l templates.Lang, config *shop.Config) []templates.Fact {
	list := slices.Clone(config.Sisters)
	slices.SortStableFunc(list, func(a, b shop.Sister) int { return a.DistanceM - b.DistanceM })
	var facts []templates.Fact
	for _, s := range list {
		facts = append(facts, templates.Fact{Name: l.Of(s.Name), Value: fmt.Sprintf(l.T("%d 米", "%d m"), s.DistanceM)})
	}
	return facts
}

// links are the other pages of the owner.
func (p *Pages) links(l templates.Lang, state *shop.State, now time.Time) []templates.Way {
	return append([]templates.Way{campaignsWay(l, state, now), settlementWay(l, state)},
		templates.Way{Href: "/owner/devices", Name: l.T("设备", "Devices"), For: l.T("配对与移除平板、手机", "pair and remove tablets and phones")},
		templates.Way{Href: "/owner/people", Name: l.T("人员", "People"), For: l.T("谁有 PIN", "who has a PIN")},
		templates.Way{Href: "/owner/keys", Name: l.T("渠道密钥", "Channel keys"), For: l.T("平台凭它下单", "what platforms order with")},
		templates.Way{Href: "/owner/password", Name: l.T("店主密码", "Password"), For: l.T("更换", "change it")},
		templates.Way{Href: "/kds", Name: l.T("出杯屏", "Kitchen board"), For: l.T("后厨现在看到的", "what the crew sees")},
	)
}
