package shop

import (
	"maps"
	"slices"
	"time"
)

// campaignByRef returns the campaign that a channel knows by ref.
func (s *State) campaignByRef(channel, ref string) (*Campaign, bool) {
	for _, c := range s.Campaigns {
		if c.Channel == channel && c.Notice.Ref == ref {
			return &c, true
		}
	}
	return nil, false
}

// CampaignNamed returns the live campaign of a channel that a word names: its id, or the channel's own ref.
func (s *State) CampaignNamed(channel, word string) (*Campaign, bool) {
	if word == "" {
		return nil, false
	}
	c, ok := s.campaignByRef(channel, word)
	if id, err := ParseCampaignID(word); err == nil && !ok {
		byID := s.Campaigns[id]
		c, ok = &byID, byID.ID != 0 && byID.Channel == channel
	}
	return c, ok && c.CancelledAt.IsZero()
}

// CampaignsOf lists a channel's campaigns, or ("") all, as they were given.
func (s *State) CampaignsOf(channel string) []Campaign {
	var list []Campaign
	for _, c := range s.Campaigns {
		if channel == "" || c.Channel == channel {
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b Campaign) int { return int(a.ID - b.ID) })
	return list
}

func (s *State) campaignsAhead(now time.Time) (n int) {
	for _, c := range s.Campaigns {
		if !c.ended(now) {
			n++
		}
	}
	return n
}

// endedCampaign is the oldest campaign that has ended, 0 when none has.
func (s *State) endedCampaign(now time.Time) CampaignID {
	for _, c := range s.CampaignsOf("") {
		if c.ended(now) {
			return c.ID
		}
	}
	return 0
}

func (c *Campaign) ended(now time.Time) bool {
	state := c.State(now)
	return state == CampaignCancelled || state == CampaignOver
}

// applyNotice applies what is about campaigns and closed books.
func (s State) applyNotice(e Event) State {
	switch f := e.Fact.(type) {
	case NoticeGiven:
		s.Counters.Campaign = f.Campaign.ID
		s.Campaigns = with(s.Campaigns, f.Campaign.ID, f.Campaign)
	case NoticeRevised:
		return s.campaignChanged(f.Campaign, func(c *Campaign) { c.Notice, c.Revision, c.RevisedAt = f.Notice, f.Revision, e.At })
	case NoticeCancelled:
		return s.campaignChanged(f.Campaign, func(c *Campaign) { c.CancelledAt = e.At })
	case NoticeAcknowledged:
		return s.campaignChanged(f.Campaign, func(c *Campaign) { c.Acknowledged = &f.Acknowledgement })
	case NoticesTrimmed:
		return s.trimmed(f)
	case DayClosed:
		s.Counters.Unclosed = without(s.Counters.Unclosed, f.Day)
	}
	return s
}

// campaignChanged replaces a campaign by a changed copy and lets capacity see its limit.
func (s State) campaignChanged(id CampaignID, change func(*Campaign)) State {
	c := s.Campaigns[id]
	change(&c)
	s.Campaigns = with(s.Campaigns, id, c)
	s.Capacity = s.Capacity.Set(s.capacitySettings())
	return s
}

func (s State) trimmed(f NoticesTrimmed) State {
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
