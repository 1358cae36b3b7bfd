package capacity

import (
	"cmp"
	"slices"
	"time"
)

// Lease is credit granted to one channel, as its router reads it. Limit and Used are absolute and cumulative within
// the epoch: a message that is lost, late, doubled or out of order can never add credit.
type Lease struct {
	Channel   string    `json:"channel"`
	Epoch     int64     `json:"epoch"`
	Seq       int64     `json:"seq"`
	IssuedAt  time.Time `json:"issued_at"`
	ExpiresAt time.Time `json:"expires_at"`
	Limit     Work      `json:"limit_work"`
	Used      Work      `json:"used_work"`
	MaxOrder  Work      `json:"max_order_work"`
	Level     int       `json:"level"`
	Reason    Reason    `json:"reason"`
	NextS     int       `json:"next_report_s"`   // seconds until the next one, if nothing changes
	Hello     string    `json:"hello,omitempty"` // of the router that last lost its counter; leases from before are dead
}

// Stamp is what a router writes on an order sent under a lease: its counter including this order. Together with the
// order's work it is the order's interval on the channel's cumulative axis.
type Stamp struct {
	Epoch int64 `json:"epoch"`
	Spent Work  `json:"spent_work"`
}

// Leases is the lease book: what was granted and what of it was used.
type Leases struct {
	Epoch    int64     `json:"epoch"`
	Seq      int64     `json:"seq"`
	QuietMs  int64     `json:"quiet_ms,omitempty"` // no grants before: leases of a lost book may still live
	Accounts []Account `json:"accounts,omitempty"` // by channel
}

// Account is one channel's part of the lease book.
type Account struct {
	Channel  string  `json:"channel"`
	Settled  Work    `json:"settled"`            // all credit up to here is used or written off
	Above    []Span  `json:"above,omitempty"`    // orders that arrived above that, in order; none overlaps another
	Live     []Grant `json:"live,omitempty"`     // grants that may still be obeyed: expiries rise, limits fall
	Issued   Work    `json:"issued"`             // highest limit of the epoch
	Demand   float64 `json:"demand"`             // work that came in; older work counts less
	DemandMs int64   `json:"demand_ms"`          // the time that Demand is of
	Asked    Work    `json:"asked,omitempty"`    // credit that the channel asked for
	AskedMs  int64   `json:"asked_ms,omitempty"` // when its asking lapses
	Hello    string  `json:"hello,omitempty"`    // sent by a router that lost its counter
	Barred   bool    `json:"barred,omitempty"`   // a router lost its counter: no grant until all live ones are dead
	Sent     Sent    `json:"sent"`               // the lease published last
}

func (l *Leases) equal(o *Leases) bool {
	return l.Epoch == o.Epoch && l.Seq == o.Seq && l.QuietMs == o.QuietMs && slices.EqualFunc(l.Accounts, o.Accounts, Account.equal)
}

func (a Account) equal(o Account) bool {
	return a.Channel == o.Channel && a.Settled == o.Settled && a.Issued == o.Issued && a.Demand == o.Demand && a.DemandMs == o.DemandMs &&
		a.Asked == o.Asked && a.AskedMs == o.AskedMs && a.Hello == o.Hello && a.Barred == o.Barred && a.Sent == o.Sent &&
		slices.Equal(a.Above, o.Above) && slices.Equal(a.Live, o.Live)
}

// Span is an interval of a channel's counter, above From and up to To, whose order arrived at AtMs. An empty one marks a
// counter that the router told.
type Span struct {
	From Work  `json:"from"`
	To   Work  `json:"to"`
	AtMs int64 `json:"at_ms"`
}

// Grant is a limit that was published and may be obeyed until it is dead.
type Grant struct {
	Limit     Work  `json:"limit"`
	ExpiresMs int64 `json:"expires_ms"`
}

// Sent is the latest lease published.
type Sent struct {
	AtMs   int64  `json:"at_ms,omitempty"`
	Limit  Work   `json:"limit,omitempty"`
	Level  int    `json:"level,omitempty"`
	Reason Reason `json:"reason,omitempty"`
}

// dead is when no order can come under a grant any more: its expiry, twice the skew of clocks, and the transit time.
func (t *LeaseTerms) dead(expires int64) int64 {
	return expires + 2*t.Skew.Milliseconds() + t.Transit.Milliseconds()
}

func (l *Leases) account(channel string) (int, bool) {
	return slices.BinarySearchFunc(l.Accounts, channel, func(a Account, c string) int { return cmp.Compare(a.Channel, c) })
}

// find is a channel's account; an empty one if it has none.
func (l *Leases) find(channel string) Account {
	if i, found := l.account(channel); found {
		return l.Accounts[i]
	}
	return Account{Channel: channel}
}

// with is the lease book with a changed account.
func (l Leases) with(channel string, change func(Account) Account) Leases {
	i, found := l.account(channel)
	l.Accounts = slices.Clone(l.Accounts)
	if !found {
		l.Accounts = slices.Insert(l.Accounts, i, Account{Channel: channel})
	}
	l.Accounts[i] = change(l.Accounts[i])
	return l
}

// used is what the channel has used for sure.
func (a *Account) used() Work {
	used := a.Settled
	for _, s := range a.Above {
		used += s.To - s.From
	}
	return used
}

// limit is the highest limit that may still be obeyed.
func (a *Account) limit(now int64, t *LeaseTerms) Work {
	for _, g := range a.Live {
		if now < t.dead(g.ExpiresMs) {
			return g.Limit
		}
	}
	return 0
}

// credit is what may still arrive under live leases.
func (a *Account) credit(now int64, t *LeaseTerms) Work { return max(0, a.limit(now, t)-a.used()) }

// credit is the live credit of all channels.
func (l *Leases) credit(now int64, t *LeaseTerms) (sum Work) {
	for i := range l.Accounts {
		sum += l.Accounts[i].credit(now, t)
	}
	return sum
}

// creditOf is the live credit of one channel.
func (l *Leases) creditOf(now int64, channel string, t *LeaseTerms) Work {
	if i, found := l.account(channel); found {
		return l.Accounts[i].credit(now, t)
	}
	return 0
}

// covers is whether an order came under a live lease, is not late, and did not come before.
func (l *Leases) covers(now int64, channel string, s *Stamp, work Work, t *LeaseTerms) bool {
	if s == nil || s.Epoch != l.Epoch {
		return false
	}
	i, found := l.account(channel)
	if !found {
		return false
	}
	a := &l.Accounts[i]
	for _, old := range a.Above {
		if s.Spent > old.From && s.Spent-work < old.To {
			return false
		}
	}
	return s.Spent-work >= a.Settled && s.Spent <= a.limit(now, t)
}

// demandMinutes is the memory of a channel's demand.
const demandMinutes = 10.0

func (l Leases) arrive(now int64, channel string, work Work, s *Stamp, t *LeaseTerms) Leases {
	return l.with(channel, func(a Account) Account {
		a = a.demand(now)
		a.Demand += float64(work)
		if s != nil && s.Epoch == l.Epoch && s.Spent <= a.Issued {
			a = a.spend(Span{From: s.Spent - work, To: s.Spent, AtMs: now})
		}
		return a.settle(now, t)
	})
}

func (l Leases) settle(now int64, t *LeaseTerms) Leases {
	for i := range l.Accounts {
		if l.Accounts[i].unsettled(now, t) {
			l = l.with(l.Accounts[i].Channel, func(a Account) Account { return a.settle(now, t) })
		}
	}
	return l
}
