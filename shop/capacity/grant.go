package capacity

import (
	"time"
)

// How credit is shared out.
const (
	stockCups   = 6.0              // credit a channel holds even if it sends nothing: one large order
	coverFor    = 60 * time.Second // credit covers recent demand for so long: renewals come several times in it
	askFor      = 60 * time.Second // a channel's request for credit lapses after this
	grantChange = 0.25             // a lease is published early when its credit is off by this share
	idleDemand  = 10.0             // work per minute below which a channel counts as idle
)

// Grant decides which leases to publish now: those that are due for renewal or whose credit should change. Record
// them with [Book.Issue] in one transaction with whatever else happened, and only then publish.
func (b Book) Grant(now time.Time) []Lease {
	ms := now.UnixMilli()
	if ms < b.mem.Leases.QuietMs {
		return nil
	}
	var s slack
	b.slack(ms, &s)
	t := b.set.Lease
	leases := b.mem.Leases.settle(ms, t)
	free := b.grantable(ms, &s, &leases)
	targets := b.targets(ms, free, &leases)
	var out []Lease
	seq := leases.Seq
	for i := range b.set.Channels {
		c := &b.set.Channels[i]
		if !c.Leased {
			continue
		}
		a := Account{Channel: c.ID}
		if j, found := leases.account(c.ID); found {
			a = leases.Accounts[j]
		}
		if a.Barred {
			continue
		}
		level := b.Level(now, c.ID)
		credit := targets[i]
		live := a.credit(ms, t)
		switch {
		case level.Level >= LevelPaused || level.Level == LevelSlots && level.Reason != NoRoom:
			credit = 0
		case credit > live:
			credit = live + max(0, min(credit-live, free))
		case free < 0:
			credit = max(0, min(credit, live+free))
		}
		free -= max(0, credit-live)
		limit := a.used() + credit
		ttl, renew := t.TTL, t.Renew
		if a.perMinute(ms) < idleDemand {
			ttl, renew = t.IdleTTL, t.IdleRenew
		}
		if !a.due(ms, limit, credit, level, renew) {
			continue
		}
		seq++
		out = append(out, Lease{
			Channel: c.ID, Epoch: leases.Epoch, Seq: seq, IssuedAt: now.UTC().Truncate(time.Millisecond),
			ExpiresAt: now.UTC().Truncate(time.Millisecond).Add(ttl), Limit: limit, Used: a.used(),
			MaxOrder: min(t.MaxOrder, credit), Level: level.Level, Reason: level.Reason, NextS: int(renew.Seconds()),
		})
	}
	return out
}

// due is whether a lease should be published.
func (a *Account) due(now int64, limit, credit Work, level Level, renew time.Duration) bool {
	if a.Sent.AtMs == 0 || now-a.Sent.AtMs >= renew.Milliseconds() || a.Sent.Level != level.Level || a.Sent.Reason != level.Reason {
		return true
	}
	off := limit - a.Sent.Limit
	if off < 0 {
		off = -off
	}
	return off >= max(Cup, Work(grantChange*float64(credit)))
}

// grantable is the credit that may still be added; negative when more is out than the budget now allows.
func (b *Book) grantable(now int64, s *slack, l *Leases) Work {
	live := l.credit(now, "", b.set.Lease)
	return min(b.budget()-b.load.online-b.excess(), b.reach(s)) - b.set.Lease.Headroom - live
}

// targets is the credit each channel should hold: enough for its recent demand and a small stock, cut to its share when
// that is more than there is. Small shops give only to channels that ask.
func (b *Book) targets(now int64, free Work, l *Leases) []Work {
	targets := make([]Work, len(b.set.Channels))
	onRequest := b.budget() < b.set.Lease.OnRequest
	total := max(0, free+l.credit(now, "", b.set.Lease))
	var weights float64
	var wanted Work
	needs := make([]Work, len(targets))
	for i := range b.set.Channels {
		c := &b.set.Channels[i]
		if !c.Leased {
			continue
		}
		a := Account{Channel: c.ID}
		if j, found := l.account(c.ID); found {
			a = l.Accounts[j]
		}
		if now < a.AskedMs {
			needs[i] = a.Asked
		}
		if !onRequest {
			needs[i] = max(needs[i], Work(stockCups*float64(Cup)+a.perMinute(now)*coverFor.Minutes()))
		}
		wanted += needs[i]
		if needs[i] > 0 {
			weights += c.pull(float64(needs[i]))
		}
	}
	for i := range targets {
		if wanted <= total || weights == 0 {
			targets[i] = needs[i]
			continue
		}
		c := &b.set.Channels[i]
		if needs[i] > 0 {
			share := c.MinShare + (1-b.minShares())*c.pull(float64(needs[i]))/weights
			targets[i] = min(needs[i], Work(share*float64(total)))
		}
	}
	return targets
}

// pull is how strongly a channel draws on the credit.
func (c *Channel) pull(need float64) float64 {
	if c.Weight > 0 {
		return c.Weight * need
	}
	return need
}

func (b *Book) minShares() (sum float64) {
	for i := range b.set.Channels {
		if b.set.Channels[i].Leased {
			sum += b.set.Channels[i].MinShare
		}
	}
	return min(sum, 1)
}

// Issue records leases that are about to be published.
func (b Book) Issue(leases []Lease) Book {
	for _, l := range leases {
		b.mem.Leases.Seq = max(b.mem.Leases.Seq, l.Seq)
		b.mem.Leases = b.mem.Leases.with(l.Channel, func(a Account) Account {
			a = a.settle(l.IssuedAt.UnixMilli(), b.set.Lease)
			a = a.grant(Grant{Limit: l.Limit, ExpiresMs: l.ExpiresAt.UnixMilli()})
			a.Sent = Sent{AtMs: l.IssuedAt.UnixMilli(), Limit: l.Limit, Level: l.Level, Reason: l.Reason}
			return a
		})
	}
	return b
}

// Ask tells that a channel wants credit for so much work. Small shops grant only then.
func (b Book) Ask(now time.Time, channel string, work Work) Book {
	b.mem.Leases = b.mem.Leases.with(channel, func(a Account) Account {
		a.Asked, a.AskedMs = work, now.Add(askFor).UnixMilli()
		return a
	})
	return b
}

// Forgot tells that a channel's router has lost its counter. It gets nothing until every lease it may hold is dead.
func (b Book) Forgot(now time.Time, channel string) Book {
	b.mem.Leases = b.mem.Leases.with(channel, func(a Account) Account {
		a = a.settle(now.UnixMilli(), b.set.Lease)
		a.Barred = len(a.Live) > 0
		return a
	})
	return b
}

// Republish makes [Book.Grant] renew every lease at once: after a reconnect, or when a channel asked for a resync.
func (b Book) Republish() Book {
	for i := range b.mem.Leases.Accounts {
		b.mem.Leases = b.mem.Leases.with(b.mem.Leases.Accounts[i].Channel, func(a Account) Account {
			a.Sent = Sent{}
			return a
		})
	}
	return b
}

// NewEpoch tells that the lease book was lost or restored from a copy: nothing is granted until every lease that may
// have been published is dead. epoch must be higher than any that was.
func (b Book) NewEpoch(now time.Time, epoch int64) Book {
	t := b.set.Lease
	b.mem.Leases = Leases{Epoch: epoch, QuietMs: t.dead(now.Add(max(t.TTL, t.IdleTTL)).UnixMilli())}
	return b
}
