package wire

import (
	"math"
	"time"

	"weir/shop"
	"weir/shop/capacity"
)

// Quote is what an order could expect if it were sent now. It holds nothing.
type Quote struct {
	P50          int64           `json:"p50_s"`     // half of such orders are ready after this
	P90          int64           `json:"p90_s"`     // nine of ten
	Promise      int64           `json:"promise_s"` // what the shop would promise
	ReadyBy      time.Time       `json:"ready_by"`
	Samples      int             `json:"samples"`    // orders of this length the figures come from
	Coverage90   float64         `json:"coverage90"` // share of recent orders that were ready within their p90_s
	Calibrated   bool            `json:"calibrated"` // the samples are of orders as long as this one
	Estimated    bool            `json:"estimated"`  // the crew's pace is not observed at present
	PositionCups int             `json:"position_cups"`
	Work         capacity.Work   `json:"work"`
	Level        int             `json:"level"` // of this channel: from 3 on only slots, at 4 nothing would be accepted
	Reason       capacity.Reason `json:"reason"`
	NextSlots    []Slot          `json:"next_slots"`
}

// Slot is a quarter of an hour that can be booked.
type Slot struct {
	Start time.Time     `json:"start"`
	End   time.Time     `json:"end,omitzero"` // ready by then
	Work  capacity.Work `json:"work"`         // it can still take
}

// Slots answers GET /v1/slots.
type Slots struct {
	Work  capacity.Work `json:"work"` // that was asked for
	Slots []Slot        `json:"slots"`
}

// nextSlotsMax is how many slots come with a quote or a refusal: two hours of choice, no page of it.
const nextSlotsMax = 8

// NewQuote answers a question for a quote.
func NewQuote(state *shop.State, channel string, work capacity.Work, now time.Time) Quote {
	q := state.Capacity.Quote(now, work)
	level := state.Capacity.Level(now, channel)
	return Quote{
		P50: seconds(q.P50), P90: seconds(q.P90), Promise: seconds(q.Promise), ReadyBy: now.Add(q.Promise).UTC().Truncate(time.Second),
		Samples: q.Samples, Coverage90: round(q.Coverage90), Calibrated: q.Calibrated, Estimated: q.Estimated,
		PositionCups: q.Ahead, Work: work, Level: level.Level, Reason: level.Reason,
		NextSlots: newSlots(state.Slots(now, channel, "", work), nextSlotsMax),
	}
}

// NewSlots lists the slots until closing that an order of this much work can book. campaign is the campaign it would be
// of, by id or the channel's ref, or empty.
func NewSlots(state *shop.State, channel, campaign string, work capacity.Work, now time.Time) Slots {
	open := state.Slots(now, channel, campaign, work)
	return Slots{Work: work, Slots: newSlots(open, len(open))}
}

func newSlots(open []capacity.Slot, max int) []Slot {
	slots := make([]Slot, 0, min(len(open), max))
	for _, s := range open[:min(len(open), max)] {
		slots = append(slots, Slot{Start: s.Start, End: s.End(), Work: s.Work})
	}
	return slots
}

// round keeps three digits of a share: more would be noise that looks like news.
func round(x float64) float64 { return math.Round(x*1000) / 1000 }
