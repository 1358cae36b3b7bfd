package shop

import (
	"fmt"
	"maps"
	"slices"
	"time"
	"weir/shop/capacity"
)

// GiveNotice tells of a campaign.
type GiveNotice struct {
	Channel string
	Notice  Notice
}

func (GiveNotice) subject() Subject { return Subject{} }

// ReviseNotice says what a campaign has become.
type ReviseNotice struct {
	Channel  string
	Campaign CampaignID
	Notice   Notice // its Ref may be empty
}

func (ReviseNotice) subject() Subject { return Subject{} }

// CancelNotice says that a campaign will not take place.
type CancelNotice struct {
	Channel  string
	Campaign CampaignID
}

func (CancelNotice) subject() Subject { return Subject{} }

// AcknowledgeNotice is a person's answer to a notice.
type AcknowledgeNotice struct {
	By       string
	Campaign CampaignID
	Revision int    // revision that the person saw
	Limit    *Limit // the cups the shop takes; nil is no limit
}

func (AcknowledgeNotice) subject() Subject { return Subject{} }

// NoticeGiven says that the shop was told of a campaign.
type NoticeGiven struct {
	Campaign Campaign `json:"campaign"`
}

func (NoticeGiven) name() string { return "notice.given" }

// NoticeRevised says what a campaign has become.
type NoticeRevised struct {
	Campaign CampaignID `json:"campaign"`
	Revision int        `json:"revision"`
	Notice   Notice     `json:"notice"`
}

func (NoticeRevised) name() string { return "notice.revised" }

// NoticeCancelled says that a campaign will not take place.
type NoticeCancelled struct {
	Campaign CampaignID `json:"campaign"`
}

func (NoticeCancelled) name() string { return "notice.cancelled" }

// NoticeAcknowledged says how a person answered a notice.
type NoticeAcknowledged struct {
	Campaign        CampaignID      `json:"campaign"`
	Acknowledgement Acknowledgement `json:"acknowledgement"`
}

func (NoticeAcknowledged) name() string { return "notice.acknowledged" }

// NoticesTrimmed names campaigns that are over: of those in Ended the curve is forgotten, of those in Forgotten all.
type NoticesTrimmed struct {
	Ended     []CampaignID `json:"ended,omitempty"`
	Forgotten []CampaignID `json:"forgotten,omitempty"`
}

func (NoticesTrimmed) name() string { return "notices.trimmed" }

// Limits of what a channel can tell a shop about campaigns.
const (
	// campaignsMax is how many campaigns can lie ahead or run at once. It bounds the document they are kept
	// in, which is encoded with each commit; no platform runs so many in one shop.
	campaignsMax = 16
	// campaignsKeptMax is how many are kept in all. Beyond it the oldest that ended is forgotten early.
	campaignsKeptMax = 128
	// windowMax is the longest campaign: a month, and what was widened to a month.
	windowMax = 31 * 24 * time.Hour
	// campaignKept is how long a campaign that is over can be named by orders, statements and questions.
	campaignKept = 60 * 24 * time.Hour
	// limitMax bounds a limit: more cups than a shop makes in a campaign of a month.
	limitMax = 1_000_000
)

// decide takes in a campaign. What has been said about a ref is said again.
func (c GiveNotice) decide(d *decider) error {
	d.by = c.Channel
	if _, ok := d.state.Config.Channel(c.Channel); !ok {
		return notFound("there is no channel %q", c.Channel)
	}
	n := c.Notice.kept()
	if prior, ok := d.state.campaignByRef(c.Channel, n.Ref); ok {
		d.out.Campaign, d.out.Replayed = prior.ID, true
		if !prior.Notice.same(&n) {
			return conflict(ProblemNoticeConflict, "notice %q is campaign %s with other content; revise that, or give the new campaign a ref of "+
				"its own", n.Ref, prior.ID)
		}
		return nil
	}
	if err := d.state.checkNotice(&n, d.now); err != nil {
		return err
	}
	if d.state.campaignsAhead(d.now) >= campaignsMax {
		return conflict(ProblemNoticeConflict, "%d campaigns lie ahead already, and no more are kept; cancel one", campaignsMax)
	}
	if old := d.state.endedCampaign(d.now); len(d.state.Campaigns) >= campaignsKeptMax && old != 0 {
		d.emit(0, NoticesTrimmed{Forgotten: []CampaignID{old}})
	}
	campaign := Campaign{ID: d.state.Counters.Campaign + 1, Channel: c.Channel, Notice: n, Revision: 1, GivenAt: d.now}
	d.out.Campaign = campaign.ID
	d.emit(0, NoticeGiven{Campaign: campaign})
	return nil
}

// decide takes in what a campaign has become. A person's limit holds until it is answered anew.
func (c ReviseNotice) decide(d *decider) error {
	d.by = c.Channel
	campaign, err := d.campaign(c.Channel, c.Campaign)
	if err != nil {
		return err
	}
	n := c.Notice.kept()
	if n.Ref == "" {
		n.Ref = campaign.Notice.Ref
	}
	switch {
	case n.Ref != campaign.Notice.Ref:
		return conflict(ProblemNoticeConflict, "campaign %s has the ref %q and keeps it", campaign.ID, campaign.Notice.Ref)
	case !campaign.CancelledAt.IsZero():
		return conflict(ProblemNoticeConflict, "campaign %s is cancelled; give a new notice", campaign.ID)
	case campaign.Notice.same(&n):
		d.out.Replayed = true
		return nil
	}
	if err := d.state.checkNotice(&n, d.now); err != nil {
		return err
	}
	d.emit(0, NoticeRevised{Campaign: campaign.ID, Revision: campaign.Revision + 1, Notice: n})
	return nil
}

// decide cancels a campaign. Its limit ends with it; its orders stay as they are.
func (c CancelNotice) decide(d *decider) error {
	d.by = c.Channel
	campaign, err := d.campaign(c.Channel, c.Campaign)
	if err != nil {
		return err
	}
	if !campaign.CancelledAt.IsZero() {
		d.out.Replayed = true
		return nil
	}
	d.emit(0, NoticeCancelled{Campaign: campaign.ID})
	return nil
}

// decide takes a person's answer, and tells the channel. It can be given again with another limit.
func (c AcknowledgeNotice) decide(d *decider) error {
	d.by = c.By
	campaign, ok := d.state.Campaigns[c.Campaign]
	if !ok {
		return notFound("there is no campaign %s", c.Campaign)
	}
	d.out.Campaign = campaign.ID
	if campaign.ended(d.now) {
		return conflict(ProblemNoticeConflict, "campaign %s is %s", campaign.ID, campaign.State(d.now))
	}
	if c.Revision != campaign.Revision {
		return conflict(ProblemNoticeConflict, "campaign %s has been revised since: look at revision %d", campaign.ID, campaign.Revision)
	}
	if l := c.Limit; l != nil {
		if l.Cups < 0 || l.Cups > limitMax {
			return invalid(ProblemInvalid, fmt.Sprintf("a limit is 0 to %d cups", limitMax), FieldError{"/limit/cups", fmt.Sprint(l.Cups)})
		}
		if l.Of != LimitOfCampaign && l.Of != LimitOfChannel {
			return invalid(ProblemInvalid, "a limit is of the campaign or of the channel", FieldError{"/limit/of", string(l.Of)})
		}
	}
	ack := Acknowledgement{Revision: campaign.Revision, By: c.By, At: d.now, Limit: c.Limit}
	forecast := d.state.Forecast(&campaign, d.now)
	d.emitTold(0, NoticeAcknowledged{Campaign: campaign.ID, Acknowledgement: ack}, &Told{
		Channel: campaign.Channel, Type: ToldCampaign, Ref: campaign.Notice.Ref,
		Campaign: &ToldOfCampaign{ID: campaign.ID, Revision: campaign.Revision, Limit: c.Limit, Expected: forecast.Expected,
			CanTake: forecast.CanTake},
	})
	return nil
}

// campaign returns a campaign of a channel.
func (d *decider) campaign(channel string, id CampaignID) (*Campaign, error) {
	campaign, ok := d.state.Campaigns[id]
	if !ok || campaign.Channel != channel {
		return nil, notFound("there is no campaign %s", id)
	}
	d.out.Campaign = id
	return &campaign, nil
}

// checkNotice judges what only the shop can: times against its clock, items against its menu.
func (s *State) checkNotice(n *Notice, now time.Time) error {
	var fields []FieldError
	wrong := func(pointer, format string, args ...any) {
		fields = append(fields, FieldError{pointer, fmt.Sprintf(format, args...)})
	}
	quarter := func(pointer string, at time.Time) {
		if !at.Equal(at.Truncate(capacity.SlotLength)) {
			wrong(pointer, "want a full quarter of an hour, as 12:00 or 12:15")
		}
	}
	quarter("/window/start", n.Start)
	quarter("/window/end", n.End)
	switch length := n.End.Sub(n.Start); {
	case length <= 0:
		wrong("/window/end", "want it after the start")
	case length > windowMax:
		wrong("/window/end", "want it at most %d days after the start", windowMax/(24*time.Hour))
	case !n.End.After(now):
		wrong("/window/end", "is past")
	case len(fields) == 0 && len(n.Expected) != n.quarters():
		wrong("/expected", "%d numbers for a window of %d quarters of an hour", len(n.Expected), n.quarters())
	}
	for i, it := range n.Items {
		if item := s.Config.Menu.Item(it.Item); item == nil || item.Cups == 0 {
			wrong(fmt.Sprintf("/items/%d/item", i), "%.64q is no drink on the menu", it.Item)
		}
	}
	if len(fields) > 0 {
		return invalid(ProblemInvalid, "the notice was not taken; errors says what to mend", fields...)
	}
	return nil
}

// kept is the notice as it will come back from the rows.
func (n Notice) kept() Notice {
	n.Start, n.End = n.Start.UTC().Truncate(time.Millisecond), n.End.UTC().Truncate(time.Millisecond)
	return n
}

// same reports whether two notices say the same.
func (n *Notice) same(other *Notice) bool {
	return n.Name == other.Name && n.Start.Equal(other.Start) && n.End.Equal(other.End) && n.Subsidy == other.Subsidy &&
		slices.Equal(n.Expected, other.Expected) && slices.Equal(n.Items, other.Items)
}

// trimCampaigns forgets the curves of campaigns that are over, and after a time the campaigns.
func (d *decider) trimCampaigns() {
	var trim NoticesTrimmed
	for _, c := range d.state.CampaignsOf("") {
		ended := c.Notice.End
		if !c.CancelledAt.IsZero() {
			ended = c.CancelledAt
		}
		switch age := d.now.Sub(ended); {
		case age >= campaignKept:
			trim.Forgotten = append(trim.Forgotten, c.ID)
		case age >= 0 && c.Notice.Expected != nil:
			trim.Ended = append(trim.Ended, c.ID)
		}
	}
	if trim.Forgotten != nil || trim.Ended != nil {
		d.emit(0, trim)
	}
}

// Drill is what the shop would say to a notice. It records nothing: no person is asked, and no campaign is kept.
func (s *State) Drill(channel string, n Notice, now time.Time) (*Campaign, error) {
	if _, ok := s.Config.Channel(channel); !ok {
		return nil, notFound("there is no channel %q", channel)
	}
	n = n.kept()
	if err := s.checkNotice(&n, now); err != nil {
		return nil, err
	}
	return &Campaign{Channel: channel, Notice: n, GivenAt: now}, nil
}

// campaignChanged replaces a campaign by a changed copy and lets capacity see its limit.
func (s State) campaignChanged(id CampaignID, change func(*Campaign)) State {
	c := s.Campaigns[id]
	change(&c)
	s.Campaigns = with(s.Campaigns, id, c)
	s.Capacity = s.Capacity.Set(s.capacitySettings())
	return s
}

func (f NoticesTrimmed) apply(s State, _ Event) State {
	s.Campaigns, s.Taken = maps.Clone(s.Campaigns), maps.Clone(s.Taken)
	for _, id := range f.Ended {
		c := s.Campaigns[id]
		c.Notice.Expected = nil
		s.Campaigns[id] = c
	}
	for _, id := range f.Forgotten {
		delete(s.Campaigns, id)
		delete(s.Taken, id)
	}
	s.Capacity = s.Capacity.Set(s.capacitySettings())
	return s
}

func (f NoticeGiven) apply(s State, _ Event) State {
	s.Counters.Campaign = f.Campaign.ID
	s.Campaigns = with(s.Campaigns, f.Campaign.ID, f.Campaign)
	return s
}

func (f NoticeRevised) apply(s State, e Event) State {
	return s.campaignChanged(f.Campaign, func(c *Campaign) { c.Notice, c.Revision, c.RevisedAt = f.Notice, f.Revision, e.At })
}

func (f NoticeCancelled) apply(s State, e Event) State {
	return s.campaignChanged(f.Campaign, func(c *Campaign) { c.CancelledAt = e.At })
}

func (f NoticeAcknowledged) apply(s State, _ Event) State {
	return s.campaignChanged(f.Campaign, func(c *Campaign) { c.Acknowledged = &f.Acknowledgement })
}
