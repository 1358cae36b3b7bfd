package owner

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"weir/server/access"
	"weir/shop"
	"weir/shop/wire"
	"weir/shop/words"
	"weir/templates"
	"weir/templates/page"
)

// waits reports whether a campaign waits for an answer.
func waits(c *shop.Campaign, now time.Time) bool {
	state := c.State(now)
	return state == shop.CampaignNoticed || state == shop.CampaignRevised
}

// campaignAlarms are the campaigns that wait for an answer.
func (p *Pages) campaignAlarms(l words.Lang, state *shop.State, now time.Time) (list []templates.Alarm) {
	for _, c := range state.CampaignsOf("") {
		if !waits(&c, now) {
			continue
		}
		f := state.Forecast(&c, now)
		list = append(list, templates.Alarm{
			Text: l.T("campaigns.campaign_waits_for_an",
				c.Notice.Name, p.window(l, &c.Notice), f.Expected, f.CanTake),
			Href: "/owner/campaigns/" + c.ID.String(), Button: l.T("campaigns.answer"),
		})
	}
	return list
}

// campaignsWay leads to the campaigns.
func campaignsWay(l words.Lang, state *shop.State, now time.Time) templates.Way {
	waiting := 0
	for _, c := range state.CampaignsOf("") {
		if waits(&c, now) {
			waiting++
		}
	}
	w := templates.Way{Href: "/owner/campaigns", Name: l.T("campaigns.campaigns"), For: l.T("campaigns.what_platforms_announce_and")}
	if waiting > 0 {
		w.For = l.T("campaigns.to_answer", waiting)
	}
	return w
}

// campaignsPage lists the campaigns: those that wait for an answer, those to come or under way, those that are past.
func (p *Pages) campaignsPage(c echo.Context) error {
	state, now, l := p.Tally.Snapshot(), p.Now(), page.Lang(c)
	all := state.CampaignsOf("")
	slices.SortStableFunc(all, func(a, b shop.Campaign) int { return a.Notice.Start.Compare(b.Notice.Start) })
	var waiting, ahead, past []templates.OwnerRow
	for i := range all {
		row := p.campaignRow(l, state, &all[i], now)
		switch all[i].State(now) {
		case shop.CampaignNoticed, shop.CampaignRevised:
			waiting = append(waiting, row)
		case shop.CampaignAcknowledged:
			ahead = append(ahead, row)
		default:
			past = slices.Insert(past, 0, row)
		}
	}
	o := templates.OwnerCampaigns{Page: title(c, page.Lang(c).T("campaigns.campaigns"))}
	for _, part := range []templates.OwnerCampaignPart{
		{Name: l.T("campaigns.waiting_for_your_answer"), Rows: waiting},
		{Name: l.T("campaigns.answered"), Rows: ahead},
		{Name: l.T("campaigns.past"), Rows: past},
	} {
		if len(part.Rows) > 0 {
			o.Parts = append(o.Parts, part)
		}
	}
	return page.Show(c, http.StatusOK, templates.OwnerCampaignsPage(o))
}

func (p *Pages) campaignRow(l words.Lang, state *shop.State, c *shop.Campaign, now time.Time) templates.OwnerRow {
	r := templates.OwnerRow{
		Href: "/owner/campaigns/" + c.ID.String(), Name: c.Notice.Name,
		Detail: channelName(l, state.Config, c.Channel) + " · " + p.window(l, &c.Notice),
		Value:  l.N(c.Notice.Cups(), "campaigns.cups_expected"),
	}
	r.Word, r.Class = campaignWord(l, c.State(now))
	taken := state.Taken[c.ID]
	switch limit := c.Limit(); {
	case c.State(now) == shop.CampaignCancelled:
		r.Value = ""
	case c.State(now) == shop.CampaignOver:
		r.Value = l.N(max(taken.Campaign, taken.Channel), "campaigns.cups_taken")
		if taken.Campaign > 0 {
			r.Value = l.N(taken.Campaign, "campaigns.cups_taken")
		}
	case limit != nil:
		r.Value = l.T("campaigns.of_cups_taken", taken.Of(limit.Of), limit.Cups)
	}
	return r
}

// campaignWord is a campaign's state in words.
func campaignWord(l words.Lang, s shop.CampaignState) (word, class string) {
	switch s {
	case shop.CampaignNoticed:
		return l.T("campaigns.waits_for_your_answer"), "wait"
	case shop.CampaignRevised:
		return l.T("campaigns.changed_since_you_answered"), "wait"
	case shop.CampaignAcknowledged:
		return l.T("campaigns.state_answered"), "done"
	case shop.CampaignCancelled:
		return l.T("campaigns.cancelled_by_the_platform"), ""
	}
	return l.T("campaigns.over"), ""
}

// campaignPage is one campaign.
func (p *Pages) campaignPage(c echo.Context) error {
	return p.showCampaign(c, http.StatusOK, "", nil)
}

// showCampaign is one campaign as it is now, with what was wrong with the answer that was sent.
func (p *Pages) showCampaign(c echo.Context, status int, wrong string, form url.Values) error {
	state, now, l := p.Tally.Snapshot(), p.Now(), page.Lang(c)
	id, err := shop.ParseCampaignID(c.Param("id"))
	n, ok := state.Campaigns[id]
	if err != nil || !ok {
		return echo.ErrNotFound
	}
	o := templates.OwnerCampaign{Page: title(c, n.Notice.Name), Wrong: wrong, Facts: p.campaignFacts(l, state, &n)}
	o.Path = "/owner/campaigns/" + id.String()
	o.Word, o.Class = campaignWord(l, n.State(now))
	o.Note = p.campaignNote(l, state.Config, &n, now)
	if s := n.State(now); s == shop.CampaignCancelled || s == shop.CampaignOver {
		return page.Show(c, status, templates.OwnerCampaignPage(o))
	}
	f := state.Forecast(&n, now)
	o.Expected, o.CanTake = thousands(int64(f.Expected)), thousands(int64(f.CanTake))
	o.Answer = answer(l, state, &n, f.CanTake, form)
	o.Bars = bars(l, state.Config, f.Quarters)
	for _, s := range f.Staff {
		o.Staff = append(o.Staff, templates.OwnerNeed{Name: l.Of(s.Station.Name), Ordinary: s.Ordinary, Needed: s.Needed})
	}
	for _, u := range f.Uses {
		name := u.Name
		if named, ok := state.Config.Menu.Pantry[u.Name]; ok {
			name = l.Of(named)
		}
		o.Uses = append(o.Uses, templates.OwnerUse{Name: name, Expected: thousands(u.Expected), CanTake: thousands(u.CanTake)})
	}
	return page.Show(c, status, templates.OwnerCampaignPage(o))
}

// campaignNote says what a campaign's state means for the owner.
func (p *Pages) campaignNote(l words.Lang, config *shop.Config, c *shop.Campaign, now time.Time) string {
	answered := ""
	if a := c.Acknowledged; a != nil {
		answered = l.T("campaigns.answered_at", actor(l, config, a.By), p.clock(a.At), limitWord(l, config, c.Channel, a.Limit))
	}
	switch c.State(now) {
	case shop.CampaignNoticed:
		return l.T("campaigns.until_you_answer_there")
	case shop.CampaignRevised:
		return answered + l.T("campaigns.that_holds_until_you")
	case shop.CampaignCancelled:
		return l.T("campaigns.cancelled_at") + p.clock(c.CancelledAt) + l.T("campaigns.orders_that_were_taken")
	}
	return answered
}

// limitWord says what a limit lets in.
func limitWord(l words.Lang, config *shop.Config, channel string, limit *shop.Limit) string {
	switch {
	case limit == nil:
		return l.T("campaigns.no_limit")
	case limit.Of == shop.LimitOfChannel:
		return l.T("campaigns.at_most_cups_of", limit.Cups, channelName(l, config, channel))
	}
	return l.N(limit.Cups, "campaigns.at_most_cups_of_orders")
}

// campaignFacts is what the channel said, and what has been taken so far.
func (p *Pages) campaignFacts(l words.Lang, state *shop.State, c *shop.Campaign) []templates.Fact {
	channel, taken := channelName(l, state.Config, c.Channel), state.Taken[c.ID]
	items := make([]string, 0, len(c.Notice.Items))
	for _, it := range c.Notice.Items {
		name := it.Item
		if item := state.Config.Menu.Ever(it.Item); item != nil {
			name = l.Of(item.Name)
		}
		items = append(items, name)
	}
	if len(items) == 0 {
		items = []string{l.T("campaigns.anything_on_the_menu")}
	}
	subsidy := l.T("campaigns.not_said")
	switch s := c.Notice.Subsidy; s.Per {
	case shop.SubsidyPerCup:
		subsidy = l.T("campaigns.a_cup", yuan(s.Fen))
	case shop.SubsidyPerOrder:
		subsidy = l.T("campaigns.an_order", yuan(s.Fen))
	}
	return []templates.Fact{
		{Name: l.T("shared.channel"), Value: channel},
		{Name: l.T("campaigns.when"), Value: p.window(l, &c.Notice)},
		{Name: l.T("campaigns.drinks"), Value: strings.Join(items, l.T("campaigns.between_drinks"))},
		{Name: l.T("campaigns.subsidy"), Value: subsidy},
		{Name: l.T("campaigns.taken_so_far"), Value: l.N(taken.Campaign, "campaigns.cups_that_name_it", channel, taken.Channel)},
	}
}

// answer is the form of an answer: as it was typed, or as it was given before, or for what can be made.
func answer(l words.Lang, state *shop.State, c *shop.Campaign, canTake int, form url.Values) *templates.OwnerAnswer {
	taken := state.Taken[c.ID]
	of := shop.LimitOfCampaign
	if taken.Campaign == 0 && taken.Channel > 0 {
		of = shop.LimitOfChannel // this platform does not seem to mark its orders
	}
	count := taken.Of(of) + canTake
	if limit := c.Limit(); limit != nil {
		of, count = limit.Of, limit.Cups
	}
	a := &templates.OwnerAnswer{Revision: strconv.Itoa(c.Revision), Cups: strconv.Itoa(count)}
	if form != nil {
		a.Cups = form.Get("cups")
		of = shop.LimitOf(form.Get("of"))
	}
	channel := channelName(l, state.Config, c.Channel)
	a.Ofs = []templates.Choice{
		{Value: string(shop.LimitOfCampaign), Chosen: of != shop.LimitOfChannel, Name: l.T("campaigns.only_orders_that_name")},
		{Value: string(shop.LimitOfChannel), Chosen: of == shop.LimitOfChannel,
			Name: l.T("campaigns.everything_sends_for_this", channel)},
	}
	return a
}

// answerCampaign takes the owner's answer. What has changed since the page was opened is shown, and nothing sent.
func (p *Pages) answerCampaign(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	l := page.Lang(c)
	id, err := shop.ParseCampaignID(c.Param("id"))
	if err != nil {
		return echo.ErrNotFound
	}
	revision, err := strconv.Atoi(form.Get("revision"))
	if err != nil {
		return p.showCampaign(c, http.StatusUnprocessableEntity, l.T("campaigns.open_this_page_anew"), nil)
	}
	command := shop.AcknowledgeNotice{By: access.Who(c), Campaign: id, Revision: revision}
	if form.Get("answer") != "open" {
		count, err := strconv.Atoi(wire.Typed(form.Get("cups")))
		if err != nil {
			return p.showCampaign(c, http.StatusUnprocessableEntity, l.T("campaigns.how_many_cups_is"), form)
		}
		command.Limit = &shop.Limit{Cups: count, Of: shop.LimitOf(form.Get("of"))}
	}
	_, err = p.Tally.Do(c.Request().Context(), command)
	refusal := (*shop.Error)(nil)
	switch {
	case err == nil:
		return c.Redirect(http.StatusSeeOther, "/owner/campaigns/"+id.String())
	case !errors.As(err, &refusal):
		return err
	case refusal.Type == shop.ProblemNotFound:
		return echo.ErrNotFound
	case refusal.Type == shop.ProblemNoticeConflict:
		return p.showCampaign(c, http.StatusConflict, l.T("campaigns.nothing_was_sent_the"), nil)
	case refusal.Kind == shop.Invalid:
		return p.showCampaign(c, http.StatusUnprocessableEntity, l.T("campaigns.cups_are_0_to"), form)
	}
	return err
}

// campaignWord names a campaign in a line of the log; by its id when it is forgotten.
func (p *Pages) campaignWord(l words.Lang, id shop.CampaignID) string {
	if c, ok := p.Tally.Snapshot().Campaigns[id]; ok {
		return l.T("campaigns.log_campaign", c.Notice.Name)
	}
	return l.T("campaigns.campaign") + id.String()
}

// window is when a campaign is.
func (p *Pages) window(l words.Lang, n *shop.Notice) string {
	zone := p.Tally.Snapshot().Config.Location
	start, end, now := n.Start.In(zone), n.End.In(zone), p.Now().In(zone)
	day := func(at time.Time) string {
		switch {
		case at.Format(time.DateOnly) == now.Format(time.DateOnly):
			return l.T("campaigns.today")
		case at.Year() != now.Year():
			return at.Format(time.DateOnly)
		}
		return at.Format("01-02") + " " + l.Weekday(at.Weekday())
	}
	text := day(start) + " " + start.Format("15:04")
	if start.Format(time.DateOnly) == end.Format(time.DateOnly) {
		return text + "–" + end.Format("15:04")
	}
	return text + " – " + day(end) + " " + end.Format("15:04")
}
