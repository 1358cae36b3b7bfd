package capacity

import "time"

const (
	coverFor = time.Minute // credit covers recent demand for so long; leases are renewed several times in it
	// Beside that a channel holds a stock. Other channels cannot use it, so it is small when little is left to give: full
	// stocks in the evening of a sold-out day cost one cup in a hundred. It is the larger of these two, up to Stock.
	stockFor    = 5 * time.Minute // recent demand of so long
	stockPart   = 6               // all there is to give, divided by this
	grantChange = 0.25            // a lease is published early when its credit is off by this share
)

// Grant decides which leases to publish now: those that are due for renewal and those whose credit should change. Record
// them with [Book.Issue] in one transaction with whatever else happened, and only then publish.
func (b Book) Grant(now time.Time) []Lease {
	if now.UnixMilli() < b.mem.Leases.QuietMs {
		return nil
	}
	b.mem.Leases = b.mem.Leases.settle(now.UnixMilli(), &b.set.Lease)
	m := moment{Book: &b}
	m.at(now)
	free := m.grantable()
	targets := m.targets(max(0, free+m.credit))
	var leases []Lease
	for i := range b.set.Channels {
		c := &b.set.Channels[i]
		if !c.Leased {
			continue
		}
		a := b.mem.Leases.find(c.ID)
		if a.Barred {
			continue
		}
		level := m.level(c.ID)
		credit := m.cut(targets[i], level, &a, free)
		free -= max(0, credit-a.credit(m.now, &b.set.Lease))
		if l, due := m.lease(&a, credit, level); due {
			l.Seq = b.mem.Leases.Seq + int64(len(leases)) + 1
			leases = append(leases, l)
		}
	}
	return leases
}

// grantable is the credit that may still be added; negative when more is out than the budget now allows.
func (m *moment) grantable() Work {
	r := m.room("")
	return min(r.Amount, r.Reach) - m.set.Lease.Headroom
}

// cut is the credit a channel gets of its target: no more is added to what is out than is free. When nothing is free
// nothing is added, and nothing is taken away but what is above the target: the targets share out what there is.
func (m *moment) cut(target Work, level Level, a *Account, free Work) Work {
	live := a.credit(m.now, &m.set.Lease)
	c := m.set.channel(a.Channel)
	bound, _ := c.left(m.now)
	target = min(target, bound)
	switch {
	case level.Level == LevelPaused, level.Level == LevelSlots && level.Reason != NoRoom:
		return 0
	case level.Level == LevelLimited && level.Reason == Shelf:
		target = Work(float64(target) * max(0, 1-m.shelfFill()) / (1 - m.set.LimitedAt + levelBand))
	}
	return max(0, min(target, live+max(0, free)))
}

// lease is what would be published, and whether it is worth it now.
func (m *moment) lease(a *Account, credit Work, level Level) (l Lease, due bool) {
	t := &m.set.Lease
	ttl, renew := t.TTL, t.Renew
	if a.perMinute(m.now) < t.IdleBelow {
		ttl, renew = t.IdleTTL, t.IdleRenew
	}
	at := time.UnixMilli(m.now).UTC()
	l = Lease{
		Channel: a.Channel, Epoch: m.mem.Leases.Epoch, IssuedAt: at, ExpiresAt: at.Add(ttl),
		Limit: a.used() + credit, Used: a.used(), MaxOrder: min(t.MaxOrder, credit),
		Level: level.Level, Reason: level.Reason, NextS: int(renew / time.Second), Hello: a.Hello,
	}
	s := &a.Sent
	off := max(l.Limit-s.Limit, s.Limit-l.Limit)
	due = s.AtMs == 0 || m.now < s.AtMs || m.now-s.AtMs >= renew.Milliseconds() || s.Level != level.Level || s.Reason != level.Reason ||
		off >= max(Cup, Work(grantChange*float64(credit)))
	return l, due
}

// targets is the credit each channel should hold, of what there is: enough for its recent demand and a small stock, cut
// to its share when that is more than there is. A small shop gives only to channels that ask, because standing credit
// for several would leave too little for each.
func (m *moment) targets(total Work) []Work {
	t := &m.set.Lease
	small := m.budget() < t.OnRequest
	needs := make([]Work, len(m.set.Channels))
	for i := range needs {
		c := &m.set.Channels[i]
		if !c.Leased {
			continue
		}
		a := m.mem.Leases.find(c.ID)
		if !small {
			recent := a.perMinute(m.now)
			needs[i] = min(t.Stock, max(total/stockPart, Work(recent*stockFor.Minutes()))) + Work(recent*coverFor.Minutes())
		}
		if m.now < a.AskedMs {
			needs[i] = max(needs[i], a.Asked)
		}
	}
	return share(needs, m.set.Channels, total)
}

// share divides a total among needs. Each channel first gets its minimum share; the rest goes by weight and need, and
// what one does not need goes to the others.
func share(needs []Work, channels []Channel, total Work) []Work {
	given := make([]Work, len(needs))
	left := total
	for i := range needs {
		given[i] = min(needs[i], Work(channels[i].MinShare*float64(total)), left)
		left -= given[i]
	}
	for range needs {
		var pull float64
		for i := range needs {
			pull += channels[i].weight() * float64(needs[i]-given[i])
		}
		if pull <= 0 || left <= 0 {
			break
		}
		pot := left
		for i := range needs {
			part := channels[i].weight() * float64(needs[i]-given[i]) / pull
			more := min(needs[i]-given[i], Work(part*float64(pot)))
			given[i] += more
			left -= more
		}
	}
	return given
}

func (c *Channel) weight() float64 {
	if c.Weight > 0 {
		return c.Weight
	}
	return 1
}

// Issue records leases that are about to be published.
func (b Book) Issue(leases []Lease) Book {
	for _, l := range leases {
		at := l.IssuedAt.UnixMilli()
		b.mem.Leases.Seq = max(b.mem.Leases.Seq, l.Seq)
		b.mem.Leases = b.mem.Leases.with(l.Channel, func(a Account) Account {
			a = a.settle(at, &b.set.Lease)
			a = a.grant(Grant{Limit: l.Limit, ExpiresMs: l.ExpiresAt.UnixMilli()})
			a.Sent = Sent{AtMs: at, Limit: l.Limit, Level: l.Level, Reason: l.Reason}
			return a
		})
	}
	return b
}

// askFor is how long a channel's request for credit stands.
const askFor = time.Minute

// Ask tells that a channel wants credit for so much work. Small shops grant only then.
func (b Book) Ask(now time.Time, channel string, work Work) Book {
	b.mem.Leases = b.mem.Leases.with(channel, func(a Account) Account {
		a.Asked, a.AskedMs = work, now.Add(askFor).UnixMilli()
		return a
	})
	return b
}

// Resync tells that a channel wants its lease again. counter is the counter of its router, if it sent one: what was spent
// up to there in this epoch and has not arrived is written off after the transit time.
func (b Book) Resync(now time.Time, channel string, counter *Stamp) Book {
	b.mem.Leases = b.mem.Leases.with(channel, func(a Account) Account {
		if counter != nil && counter.Epoch == b.mem.Leases.Epoch {
			a = a.mark(counter.Spent, now.UnixMilli())
		}
		a.Sent = Sent{}
		return a
	})
	return b
}

// Forgot tells that a channel's router has lost its counter. The channel gets nothing until every lease that the router
// may have obeyed is dead. Leases from then on carry its hello. Telling the same hello again does nothing.
func (b Book) Forgot(now time.Time, channel, hello string) Book {
	b.mem.Leases = b.mem.Leases.with(channel, func(a Account) Account {
		if a.Hello == hello {
			return a
		}
		a.Hello, a.Barred, a.Sent = hello, true, Sent{}
		return a.settle(now.UnixMilli(), &b.set.Lease)
	})
	return b
}

// NewEpoch tells that the lease book was lost or restored from a copy: nothing is granted until every lease that may
// have been published is dead. epoch must be higher than any that was.
func (b Book) NewEpoch(now time.Time, epoch int64) Book {
	t := &b.set.Lease
	b.mem.Leases = Leases{Epoch: epoch, QuietMs: t.dead(now.Add(max(t.TTL, t.IdleTTL)).UnixMilli())}
	return b
}
