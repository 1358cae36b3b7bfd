package shop

import (
	"slices"
	"time"

	"weir/shop/capacity"
)

// ReasonCampaign is why a channel or campaign that has its cups gets no more of them.
const ReasonCampaign = capacity.Campaign

// RuleCampaign is the rule by which a person's limit refuses.
const RuleCampaign capacity.Rule = "campaign"

// when is the moment by which an order belongs to a window: its slot as the channel asked for it, or its acceptance.
// It never changes, so that what is counted can be taken back.
func (o *Order) when() time.Time {
	if slot := o.Promise.asked(); !slot.IsZero() {
		return slot
	}
	return o.AcceptedAt
}

// counted is the state with the cups of an order counted to its channel's campaigns; less than 0 takes them back.
func (s State) counted(o *Order, cups int) State {
	if o.Channel == CounterChannel || cups == 0 {
		return s
	}
	bounded := false
	for id, c := range s.Campaigns {
		if c.Channel != o.Channel || !c.CancelledAt.IsZero() {
			continue
		}
		t := s.Taken[id]
		if o.Campaign == id {
			t.Campaign = max(0, t.Campaign+cups)
		}
		if c.Notice.Covers(o.when()) {
			t.Channel = max(0, t.Channel+cups)
		}
		if t != s.Taken[id] {
			s.Taken = with(s.Taken, id, t)
			bounded = bounded || c.bounds()
		}
	}
	if bounded {
		s.Capacity = s.Capacity.Set(s.capacitySettings())
	}
	return s
}

// takes is the cups by which an order counts to a campaign: those ordered, or of one that was taken back those made.
func (o *Order) takes() int {
	ordered, made := o.MadeOf()
	if o.End == OrderCancelled || o.End == OrderReleased {
		return made
	}
	return ordered
}

// MadeOf counts the cups that were ordered and how many of them were made, whatever became of them then. A cup that
// was made again counts once.
func (o *Order) MadeOf() (ordered, made int) {
	once := make([]bool, len(o.Cups)) // by index: made, in itself or in a cup that stands for it
	for i := len(o.Cups) - 1; i >= 0; i-- {
		c := &o.Cups[i]
		once[i] = once[i] || c.State == Made || c.State == Handed || c.State == Discarded
		if c.Replaces > 0 && once[i] {
			once[c.Replaces-1] = true
		}
		if c.Replaces == 0 && !c.NoWork {
			ordered++
			if once[i] {
				made++
			}
		}
	}
	return ordered, made
}

// full returns the campaign whose limit keeps an order of so many cups out at a moment, nil when none does.
func (s *State) full(o *Order, when time.Time, cups int) *Campaign {
	if o.Channel == CounterChannel {
		return nil // who stands at the counter cannot be refused by a computer
	}
	for _, c := range s.CampaignsOf(o.Channel) {
		l := c.Limit()
		if l == nil || s.Taken[c.ID].Of(l.Of)+cups <= l.Cups {
			continue
		}
		if l.Of == LimitOfCampaign && o.Campaign == c.ID || l.Of == LimitOfChannel && c.Notice.Covers(when) {
			return &c
		}
	}
	return nil
}

// refuseFull is the refusal of an order that a person's limit keeps out.
func (d *decider) refuseFull(o *Order, c *Campaign) *Error {
	l := c.Limit()
	a := capacity.Answer{Reason: ReasonCampaign, Why: capacity.Why{
		Rule: RuleCampaign, Asked: o.Work(), Room: capacity.Work(max(0, l.Cups-d.state.Taken[c.ID].Of(l.Of))) * capacity.Cup,
	}}
	if l.Of == LimitOfChannel && o.Promise.SlotStart.IsZero() {
		a.RetryAt, a.Why.Until = c.Notice.End, c.Notice.End
	}
	a.Slots = d.state.Capacity.Slots(d.now, o.Channel, o.campaign(), o.Work())
	return d.refuse(o, a)
}

// bookable leaves of the open slots those that no limit closes to so many cups of the order's channel and campaign.
func (s *State) bookable(o *Order, cups int, slots []capacity.Slot) []capacity.Slot {
	if len(s.Campaigns) == 0 {
		return slots
	}
	return slices.DeleteFunc(slots, func(slot capacity.Slot) bool { return s.full(o, slot.Start, cups) != nil })
}

// Slots are the slots until closing that a channel can book for so much work, earliest first: those with room that no
// limit on a campaign closes, with a standard cup taken as one. campaign may be empty.
func (s *State) Slots(now time.Time, channel, campaign string, work capacity.Work) []capacity.Slot {
	if s.Intake(channel, now).Mode == capacity.IntakePaused {
		return nil // none of them could be booked now
	}
	o := &Order{Channel: channel}
	if c, ok := s.CampaignNamed(channel, campaign); ok {
		o.Campaign = c.ID
	}
	cups := int((work + capacity.Cup - 1) / capacity.Cup)
	return s.bookable(o, max(1, cups), s.Capacity.Slots(now, channel, o.campaign(), work))
}

// campaign is the order's campaign as capacity knows it.
func (o *Order) campaign() string {
	if o.Campaign == 0 {
		return ""
	}
	return o.Campaign.String()
}

// bounds reports whether the campaign bounds what its channel is granted.
func (c *Campaign) bounds() bool {
	l := c.Limit()
	return l != nil && l.Of == LimitOfChannel && c.Notice.Expected != nil
}

// bounds are the limits on a channel as capacity obeys them: it grants no more credit than is left and says why.
func (s *State) bounds(channel string) []capacity.Bound {
	if channel == CounterChannel || len(s.Campaigns) == 0 {
		return nil
	}
	var bounds []capacity.Bound
	for _, c := range s.CampaignsOf(channel) {
		if c.bounds() {
			left := c.Limit().Cups - s.Taken[c.ID].Channel
			bounds = append(bounds, capacity.Bound{From: c.Notice.Start, Until: c.Notice.End, Left: capacity.Work(max(0, left)) * capacity.Cup})
		}
	}
	return bounds
}
