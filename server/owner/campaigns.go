package owner

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"weir/server/access"
	"weir/shop"
	"weir/templates"
	"weir/templates/page"
)

// waits reports whether a campaign waits for an answer.
func waits(c *shop.Campaign, now time.Time) bool {
	state := c.State(now)
	return state == shop.CampaignNoticed || state == shop.CampaignRevised
}

// campaignAlarms are the campaigns that wait for an answer.
func (p *Pages) campaignAlarms(l templates.Lang, state *shop.State, now time.Time) (list []templates.Alarm) {
	for _, c := range state.CampaignsOf("") {
		if !waits(&c, now) {
			continue
		}
		f := state.Forecast(&c, now)
		list = append(list, templates.Alarm{
			Text: fmt.Sprintf(l.T("活动“%s”等答复：%s，预计 %d 杯，做得完 %d 杯", "Campaign “%s” waits for an answer: %s, %d cups expected, %d can be made"),
				c.Notice.Name, p.window(l, &c.Notice), f.Expected, f.CanTake),
			Href: "/owner/campaigns/" + c.ID.String(), Button: l.T("答复", "Answer"),
		})
	}
	return list
}

// campaignsWay leads to the campaigns.
func campaignsWay(l templates.Lang, state *shop.State, now time.Time) templates.Way {
	waiting := 0
	for _, c := range state.CampaignsOf("") {
		if waits(&c, now) {
			waiting++
		}
	}
	w := templates.Way{Href: "/owner/campaigns", Name: l.T("活动", "Campaigns"), For: l.T("平台预告的，接多少杯", "what platforms announce, and how much of it to take")}
	if waiting > 0 {
		w.For = fmt.Sprintf(l.T("▲ %d 个等您答复", "▲ %d to answer"), waiting)
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
	o := templates.OwnerCampaigns{Page: title(c, "活动", "Campaigns")}
	for _, part := range []templates.OwnerCampaignPart{
		{Name: l.T("等您答复", "Waiting for your answer"), Rows: waiting},
		{Name: l.T("已答复", "Answered"), Rows: ahead},
		{Name: l.T("过去的", "Past"), Rows: past},
	} {
		if len(part.Rows) > 0 {
			o.Parts = append(o.Parts, part)
		}
	}
	return page.Show(c, http.StatusOK, templates.OwnerCampaignsPage(o))
}

func (p *Pages) campaignRow(l templates.Lang, state *shop.State, c *shop.Campaign, now time.Time) templates.OwnerRow {
	r := templates.OwnerRow{
		Href: "/owner/campaigns/" + c.ID.String(), Name: c.Notice.Name,
		Detail: channelName(l, state.Config, c.Channel) + " · " + p.window(l, &c.Notice),
		Value:  fmt.Sprintf(l.T("预计 %d 杯", "%d cups expected"), c.Notice.Cups()),
	}
	r.Word, r.Class = campaignWord(l, c.State(now))
	taken := state.Taken[c.ID]
	switch limit := c.Limit(); {
	case c.State(now) == shop.CampaignCancelled:
		r.Value = ""
	case c.State(now) == shop.CampaignOver:
		r.Value = fmt.Sprintf(l.T("接了 %d 杯", "%d cups taken"), max(taken.Campaign, taken.Channel))
		if taken.Campaign > 0 {
			r.Value = fmt.Sprintf(l.T("接了 %d 杯", "%d cups taken"), taken.Campaign)
		}
	case limit != nil:
		r.Value = fmt.Sprintf(l.T("已接 %d / %d 杯", "%d of %d cups taken"), taken.Of(limit.Of), limit.Cups)
	}
	return r
}

// campaignWord is a campaign's state in words.
func campaignWord(l templates.Lang, s shop.CampaignState) (word, class string) {
	switch s {
	case shop.CampaignNoticed:
		return l.T("▲ 等您答复", "▲ waits for your answer"), "wait"
	case shop.CampaignRevised:
		return l.T("▲ 答复后又改了", "▲ changed since you answered"), "wait"
	case shop.CampaignAcknowledged:
		return l.T("● 已答复", "● answered"), "done"
	case shop.CampaignCancelled:
		return l.T("平台已取消", "Cancelled by the platform"), ""
	}
	return l.T("已结束", "Over"), ""
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
	o := templates.OwnerCampaign{Page: title(c, n.Notice.Name, n.Notice.Name), Wrong: wrong, Facts: p.campaignFacts(l, state, &n)}
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
		if words, ok := state.Config.Menu.Pantry[u.Name]; ok {
			name = l.Of(words)
		}
		o.Uses = append(o.Uses, templates.OwnerUse{Name: name, Expected: thousands(u.Expected), CanTake: thousands(u.CanTake)})
	}
	return page.Show(c, status, templates.OwnerCampaignPage(o))
}

// campaignNote says what a campaign's state means for the owner.
func (p *Pages) campaignNote(l templates.Lang, config *shop.Config, c *shop.Campaign, now time.Time) string {
	answered := ""
	if a := c.Acknowledged; a != nil {
		answered = fmt.Sprintf(l.T("%s 于 %s 答复：%s。", "%s answered at %s: %s."), actor(l, config, a.By), p.clock(a.At), limitWord(l, config, c.Channel, a.Limit))
	}
	switch c.State(now) {
	case shop.CampaignNoticed:
		return l.T("没有答复之前不设上限：做得完就接。", "Until you answer there is no limit: what can be made is taken.")
	case shop.CampaignRevised:
		return answered + l.T("这个答复在您重新答复之前仍然有效。", " That holds until you answer anew.")
	case shop.CampaignCancelled:
		return l.T("取消于 ", "Cancelled at ") + p.clock(c.CancelledAt) + l.T("。已接的单照做。", ". Orders that were taken stay.")
	}
	return answered
}

// limitWord says what a limit lets in.
func limitWord(l templates.Lang, config *shop.Config, channel string, limit *shop.Limit) string {
	switch {
	case limit == nil:
		return l.T("不设上限", "no limit")
	case limit.Of == shop.LimitOfChannel:
		return fmt.Sprintf(l.T("%[2]s这段时间全部订单最多 %[1]d 杯", "at most %[1]d cups of everything %[2]s sends for this time"), limit.Cups, channelName(l, config, channel))
	}
	return fmt.Sprintf(l.T("本活动的订单最多 %d 杯", "at most %d cups of orders that name it"), limit.Cups)
}

// campaignFacts is what the channel said, and what has been taken so far.
func (p *Pages) campaignFacts(l templates.Lang, state *shop.State, c *shop.Campaign) []templates.Fact {
	channel, taken := channelName(l, state.Config, c.Channel), state.Taken[c.ID]
	items := make([]string, 0, len(c.Notice.Items))
	for _, it := range c.Notice.Items {
		name := it.Item
		if item := state.Config.Menu.Item(it.Item); item != nil {
			name = l.Of(item.Name)
		}
		items = append(items, name)
	}
	if len(items) == 0 {
		items = []string{l.T("整张菜单", "anything on the menu")}
	}
	subsidy := l.T("没有说", "not said")
	switch s := c.Notice.Subsidy; s.Per {
	case shop.SubsidyPerCup:
		subsidy = fmt.Sprintf(l.T("每杯 %s", "%s a cup"), yuan(s.Fen))
	case shop.SubsidyPerOrder:
		subsidy = fmt.Sprintf(l.T("每单 %s", "%s an order"), yuan(s.Fen))
	}
	return []templates.Fact{
		{Name: l.T("渠道", "Channel"), Value: channel},
		{Name: l.T("时间", "When"), Value: p.window(l, &c.Notice)},
		{Name: l.T("饮品", "Drinks"), Value: strings.Join(items, l.T("、", ", "))},
		{Name: l.T("补贴", "Subsidy"), Value: subsidy},
		{Name: l.T("已接", "Taken so far"), Value: fmt.Sprintf(l.T("标明本活动的 %d 杯；%s这段时间共 %d 杯", "%d cups that name it; %s sent %d for this time in all"), taken.Campaign, channel, taken.Channel)},
	}
}

// answer is the form of an answer: as it was typed, or as it was given before, or for what can be made.
func answer(l templates.Lang, state *shop.State, c *shop.Campaign, canTake int, form url.Values) *templates.OwnerAnswer {
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
		{Value: string(shop.LimitOfCampaign), Chosen: of != shop.LimitOfChannel, Name: l.T("只算标明本活动的单", "Only orders that name this campaign")},
		{Value: string(shop.LimitOfChannel), Chosen: of == shop.LimitOfChannel,
			Name: fmt.Sprintf(l.T("%s这段时间的单全算（平台不标明活动时选这个）", "Everything %s sends for this time (if it does not mark the campaign's orders)"), channel)},
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
		return p.showCampaign(c, http.StatusUnprocessableEntity, l.T("请重新打开这一页再答复。", "Open this page anew and answer then."), nil)
	}
	command := shop.AcknowledgeNotice{By: access.Who(c), Campaign: id, Revision: revision}
	if form.Get("answer") != "open" {
		count, err := strconv.Atoi(strings.TrimSpace(form.Get("cups")))
		if err != nil {
			return p.showCampaign(c, http.StatusUnprocessableEntity, l.T("接多少杯要填整数。", "How many cups is a whole number."), form)
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
		return p.showCampaign(c, http.StatusConflict, l.T("没有发出：您看的时候活动变了。下面是现在的样子，请重新看过再答复。",
			"Nothing was sent: the campaign changed while you were looking. This is how it is now; look again and answer."), nil)
	case refusal.Kind == shop.Invalid:
		return p.showCampaign(c, http.StatusUnprocessableEntity, l.T("杯数要在 0 到 1000000 之间，并选好哪些单算在内。", "Cups are 0 to 1000000, and choose which orders count."), form)
	}
	return err
}

// noticeChange says in words what a line of the log says about a campaign.
func (p *Pages) noticeChange(l templates.Lang, config *shop.Config, name string, b body) string {
	campaign := l.T("活动 ", "Campaign ") + shop.CampaignID(b.Campaign).String()
	if n, ok := p.Tally.Snapshot().Campaigns[shop.CampaignID(b.Campaign)]; ok {
		campaign = fmt.Sprintf(l.T("活动“%s”", "Campaign “%s”"), n.Notice.Name)
	}
	switch name {
	case "notice.given":
		return campaign + l.T(" 预告", " announced")
	case "notice.revised":
		return campaign + l.T(" 有改动", " changed")
	case "notice.cancelled":
		return campaign + l.T(" 平台取消", " cancelled by the platform")
	case "notices.trimmed":
		return l.T("清理过去的活动", "Past campaigns cleared away")
	}
	channel := p.Tally.Snapshot().Campaigns[shop.CampaignID(b.Campaign)].Channel // "" of one that is forgotten
	return campaign + l.T(" 答复：", " answered: ") + limitWord(l, config, channel, b.Acknowledgement.Limit)
}

// campaignRef is the id of a campaign in a fact that has the id, or the campaign.
type campaignRef shop.CampaignID

// UnmarshalJSON implements [json.Unmarshaler].
func (r *campaignRef) UnmarshalJSON(text []byte) error {
	var whole struct {
		ID shop.CampaignID `json:"id"`
	}
	to := any(&whole.ID)
	if bytes.HasPrefix(text, []byte("{")) {
		to = &whole
	}
	err := json.Unmarshal(text, to)
	*r = campaignRef(whole.ID)
	return err
}

// window is when a campaign is.
func (p *Pages) window(l templates.Lang, n *shop.Notice) string {
	zone := p.Tally.Snapshot().Config.Location
	start, end, now := n.Start.In(zone), n.End.In(zone), p.Now().In(zone)
	day := func(at time.Time) string {
		switch {
		case at.Format(time.DateOnly) == now.Format(time.DateOnly):
			return l.T("今天", "today")
		case at.Year() != now.Year():
			return at.Format(time.DateOnly)
		}
		return at.Format("01-02") + " " + weekday(l, at)
	}
	text := day(start) + " " + start.Format("15:04")
	if start.Format(time.DateOnly) == end.Format(time.DateOnly) {
		return text + "–" + end.Format("15:04")
	}
	return text + " – " + day(end) + " " + end.Format("15:04")
}
