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
		if to := min(s.To, old.From); s.From < to {
			above = append(above, Span{From: s.From, To: to, AtMs: s.AtMs})
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

// mark records the counter that a router told. What the router spent up to there has arrived, is on its way or is lost. So
// a gap ends there, as it would below an order that arrived.
func (a Account) mark(spent Work, now int64) Account {
	if spent <= a.Settled || spent > a.Issued {
		return a
	}
	i := 0
	for i < len(a.Above) && a.Above[i].From < spent {
		if a.Above[i].To >= spent {
			return a
		}
		i++
	}
	a.Above = slices.Insert(slices.Clone(a.Above), i, Span{From: spent, To: spent, AtMs: now})
	return a
}

// settle moves the settled part up: over the orders next to it, and over gaps that no order on its way can fill any more.
// After the channel's router has lost its counter, all that was granted is settled as soon as no lease is live.
func (a Account) settle(now int64, t *LeaseTerms) Account {
	above := 0
	for above < len(a.Above) && a.closed(above, now, t) {
		a.Settled = max(a.Settled, a.Above[above].To)
		above++
	}
	dead := 0
	for dead < len(a.Live) && now >= t.dead(a.Live[dead].ExpiresMs) {
		dead++
	}
	if a.Barred && dead == len(a.Live) {
		a.Settled, a.Barred = max(a.Settled, a.Issued), false
		above = len(a.Above)
	}
	a.Above, a.Live = rest(a.Above, above), rest(a.Live, dead)
	return a
}

// closed is whether span i is next to the settled part, or the gap before it will not be filled any more: whatever was
// sent before this order should have arrived by now. When there are too many spans the first is closed early.
func (a *Account) closed(i int, now int64, t *LeaseTerms) bool {
	s := &a.Above[i]
	return s.From <= a.Settled || s.AtMs+t.Transit.Milliseconds() <= now || len(a.Above)-i > spansMax
}

// unsettled is whether settle would change anything.
func (a *Account) unsettled(now int64, t *LeaseTerms) bool {
	return len(a.Above) > 0 && a.closed(0, now, t) ||
		len(a.Live) > 0 && now >= t.dead(a.Live[0].ExpiresMs)
}

// rest is a copy of s from i on; nil when nothing is left, as after a JSON round trip.
func rest[T any](s []T, i int) []T {
	switch i {
	case len(s):
		return nil
	case 0:
		return s
	}
	return slices.Clone(s[i:])
}

// grant records a published limit. Of the live grants only those matter that no other outlasts with as high a limit.
func (a Account) grant(g Grant) Account {
	a.Issued = max(a.Issued, g.Limit)
	live := make([]Grant, 0, len(a.Live)+1)
	at := 0
	for _, old := range a.Live {
		if old.Limit >= g.Limit && old.ExpiresMs >= g.ExpiresMs {
			return a
		}
		if old.Limit <= g.Limit && old.ExpiresMs <= g.ExpiresMs {
			continue
		}
		live = append(live, old)
		if old.ExpiresMs < g.ExpiresMs {
			at = len(live)
		}
	}
	a.Live = slices.Insert(live, at, g)
	return a
}
