package capacity

import (
	"math"
	"slices"
	"time"
)

// Campaign is the reason of a channel that has all it was allowed of a campaign.
const Campaign Reason = "campaign"

// Bound is how much more work a channel may send between two times, as the owner agreed for a campaign. The channel may
// not send more even when the kitchen has room.
type Bound struct {
	From, Until time.Time
	Left        Work
}

// left is the least that the channel's bounds of now leave it, and until when: of bounds that leave as much, the last
// to end.
func (c *Channel) left(now int64) (left Work, until time.Time) {
	left = math.MaxInt64
	for _, b := range c.Bounds {
		if now < b.From.UnixMilli() || now >= b.Until.UnixMilli() {
			continue
		}
		if b.Left < left || b.Left == left && b.Until.After(until) {
			left, until = b.Left, b.Until
		}
	}
	return left, until
}

// bounded is the level of a channel that has no standard cup left; it may still book slots outside the bound's time.
func (m *moment) bounded(channel string, l Level) Level {
	c := m.set.channel(channel)
	if left, until := c.left(m.now); left < Cup && l.Level < LevelSlots {
		return Level{Level: LevelSlots, Reason: Campaign, ResumeAt: until}
	}
	return l
}

// kept is a copy that later changes of the caller's do not reach, with times that compare.
func (c Channel) kept() Channel {
	c.Intake.Until = c.Intake.Until.Round(0).UTC()
	c.Bounds = slices.Clone(c.Bounds)
	for i := range c.Bounds {
		b := &c.Bounds[i]
		b.From, b.Until = b.From.Round(0).UTC(), b.Until.Round(0).UTC()
	}
	return c
}
