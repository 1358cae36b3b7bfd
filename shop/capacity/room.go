package capacity

import "time"

// Room is what may still be accepted now and what it follows from.
type Room struct {
	Budget  Work // B: what the crew makes within the horizon, less the counter's reserve
	Backlog Work // W: accepted, due now, not made; the counter's included
	Online  Work // of that, what is not the counter's; never above the budget when an order is accepted
	Credit  Work // granted to other channels and not spent; without a channel, granted to all
	Standby Work // on the waiting list: it comes before whoever asks now
	Amount  Work // B - online work - what the counter has beyond its reserve - credit - standby; may be negative
	Reach   Work // what a promise at the horizon still allows, less credit and standby; may be negative
}

// Work is the room: the smaller of the two, and at least 0.
func (r Room) Work() Work { return max(0, min(r.Amount, r.Reach)) }

// Rate is how fast the crew works now.
func (b Book) Rate(now time.Time) Rate {
	nominal := b.plan.at(now.UnixMilli())
	return Rate{
		P10: b.eff.p10 * nominal, P25: b.eff.p25 * nominal, P50: b.eff.p50 * nominal,
		Slow: b.eff.slow * nominal, SlowP50: b.eff.slow50 * nominal,
		Estimated: b.mem.Pace.estimated(now.UnixMilli()),
	}
}

// Room is what a channel may still have accepted now. With no channel the credit granted to all channels is taken off.
func (b Book) Room(now time.Time, channel string) Room {
	m := moment{Book: &b}
	m.at(now)
	return m.room(channel)
}

func (m *moment) budget() Work {
	return Work(m.eff.p10*m.plan.work(m.now, m.now+m.set.Horizon.Milliseconds())) - m.set.Reserve
}

func (m *moment) room(channel string) Room {
	credit := m.credit
	if channel != "" {
		credit -= m.mem.Leases.creditOf(m.now, channel, &m.set.Lease)
	}
	r := Room{Budget: m.budget(), Backlog: m.backlog(), Online: m.online(), Credit: credit, Standby: m.load.standby}
	r.Amount = r.Budget - r.Online - m.excess() - credit - r.Standby
	r.Reach = m.reach() - credit - r.Standby
	return r
}

// reach is the most work that a promise at the horizon still allows.
func (m *moment) reach() Work {
	h := m.horizon
	s := &m.spreads[band(float64(h))]
	ends := m.now + int64((float64(h)/s.p98-quoteBase)*msPerMinute)
	byQuote := Work(m.eff.p50*m.plan.work(m.now, ends)) - m.before[h]
	return min(byQuote, m.left[h])
}
