package wire

import (
	"time"

	"weir/shop"
)

// Settlement is what is owed for a business day.
type Settlement struct {
	Shop     string         `json:"store"`
	Day      shop.Day       `json:"day"`
	Over     bool           `json:"over"`                    // a later business day has begun
	Closed   bool           `json:"closed"`                  // every order of it has ended and its books are closed
	ClosedAt time.Time      `json:"closed_at,omitzero"`      //
	Changed  bool           `json:"changed"`                 // since it was closed; closed_digest then differs
	Then     string         `json:"closed_digest,omitempty"` // the channel's digest when the books were closed
	Channels []shop.Settled `json:"channels"`                // the key's own
}

// NewSettlement shows a channel its part of a day. then is the part as the books were closed, nil while they are open.
func NewSettlement(state *shop.State, day shop.Day, line shop.Settled, then *shop.Settled, closedAt time.Time) Settlement {
	s := Settlement{
		Shop: state.Config.ID, Day: day, Over: day < state.Counters.Day, Closed: state.DayClosed(day), ClosedAt: closedAt,
		Channels: []shop.Settled{line},
	}
	if then != nil {
		s.Then, s.Changed = then.Digest, then.Digest != line.Digest
	}
	return s
}
