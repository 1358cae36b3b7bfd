package shop

import (
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
