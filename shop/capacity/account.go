package capacity

import (
	"math"
	"slices"
)

// demand decays the demand to now.
func (a Account) demand(now int64) Account {
	if minutes := float64(now-a.DemandMs) / msPerMinute; minutes > 0 {
		a.Demand *= math.Exp(-minutes / demandMinutes)
		a.DemandMs = now
	}
	return a
}

// perMinute is the channel's recent demand in work per minute.
func (a Account) perMinute(now int64) float64 { return a.demand(now).Demand / demandMinutes }

// spansMax bounds the orders remembered above the settled part. A minute of the fastest channel brings fewer; beyond
// it the oldest gap settles early.
const spansMax = 256

// spend records an order's interval. What lies in the settled part or was recorded before does not count again.
func (a Account) spend(s Span) Account {
	s.From = max(s.From, a.Settled)
	if s.From >= s.To {
		return a
	}
	above := make([]Span, 0, len(a.Above)+2)
	for _, old := range a.Above {
		if s.From < s.To && s.From < old.From {
			if to := min(s.To, old.From); s.From < to {
				above = append(above, Span{From: s.From, To: to, AtMs: s.AtMs})
			}
		}
		above = append(above, old)
		s.From = max(s.From, min(s.To, old.To))
	}
	if s.From < s.To {
		above = append(above, s)
	}
	a.Above = above
	return a
}

// settle moves the settled part up: over what joins it, over gaps that nothing in transit can fill any more, and, when
// no lease is live, over all that was ever granted.
func (a Account) settle(now int64, t Terms) Account {
	above := a.Above
	for len(above) > 0 {
		gapDead := above[0].AtMs+t.Transit.Milliseconds() <= now
		if above[0].From > a.Settled && !gapDead && len(above) <= spansMax {
			break
		}
		a.Settled = max(a.Settled, above[0].To)
		above = above[1:]
	}
	if len(above) != len(a.Above) {
		a.Above = slices.Clone(above)
		if len(above) == 0 {
			a.Above = nil
		}
	}
	live := a.Live
	for len(live) > 0 && now >= t.dead(live[0].ExpiresMs) {
		live = live[1:]
	}
	if len(live) != len(a.Live) {
		a.Live = slices.Clone(live)
		if len(live) == 0 {
			a.Live, a.Above = nil, nil
			a.Settled = max(a.Settled, a.Issued)
			a.Barred = false
		}
	}
	return a
}

func (a *Account) same(b *Account) bool {
	return a.Settled == b.Settled && len(a.Above) == len(b.Above) && len(a.Live) == len(b.Live)
}

// grant records a published limit. Grants that end sooner with no higher limit say nothing any more.
func (a Account) grant(g Grant) Account {
	live := slices.Clone(a.Live)
	for len(live) > 0 && live[len(live)-1].Limit <= g.Limit && live[len(live)-1].ExpiresMs <= g.ExpiresMs {
		live = live[:len(live)-1]
	}
	a.Live = append(live, g)
	a.Issued = max(a.Issued, g.Limit)
	return a
}
