package capacity

import (
	"math"
	"time"
)

// promiseMin is the shortest promise: below it a cup is not made, sealed and packed.
const promiseMin = 4

// promiseOver is by how many minutes an order under a lease may be promised past the horizon: it was invited, and the
// rate has wobbled since.
const promiseOver = 15

// Admit decides whether an order is accepted. It changes nothing; after the commit tell [Book.Arrive] and
// [Book.Swap].
func (b Book) Admit(now time.Time, r Request) Answer {
	ms := now.UnixMilli()
	var s slack
	b.slack(ms, &s)
	a := Answer{Why: b.why(ms, &r, &s)}
	switch {
	case !r.ConfirmBy.IsZero() && now.After(r.ConfirmBy):
		return a.refuse(Deadline, RuleConfirmBy)
	case r.WalkIn:
		return b.walkIn(now, &r, &s, a)
	case ms < b.opens && r.Slot.IsZero() || ms >= b.closes:
		return b.closed(ms, a)
	}
	if mode, until := b.intake(ms, r.Channel); mode == IntakePaused || mode == IntakeSlots && r.Slot.IsZero() {
		a.Why.Until = until
		a = a.refuse(Owner, RuleOwner)
		a.RetryAt = until
		return b.alternatives(now, &r, a, mode == IntakeSlots)
	}
	if !r.Slot.IsZero() {
		return b.admitSlot(now, &r, a)
	}
	return b.admitNow(now, &r, &s, a)
}

func (a Answer) refuse(reason Reason, rule Rule) Answer {
	a.Accepted, a.Reason, a.Why.Rule = false, reason, rule
	return a
}

func (a Answer) accept(rule Rule, due time.Time, q Quote) Answer {
	a.Accepted, a.Reason, a.Why.Rule, a.Due, a.Quote = true, None, rule, due, q
	return a
}

func (b *Book) why(now int64, r *Request, s *slack) Why {
	room := b.room(now, r.Channel, s)
	return Why{
		Asked: r.Work, Room: min(room.Amount, room.Reach), Slack: s.left[int(b.set.Horizon.Minutes())], Budget: room.Budget,
		Backlog: room.Backlog, Credit: room.Credit, Rate: b.eff.p50 * b.nominal, Longest: b.set.Horizon,
	}
}

// walkIn accepts: who stands at the counter cannot be refused by a computer. The promise is what it will truly be.
func (b *Book) walkIn(now time.Time, r *Request, s *slack, a Answer) Answer {
	q := b.quote(now, r.Work, s)
	a.Why.Needed = q.Promise
	return a.accept(RuleWalkIn, now.Add(q.Promise), q)
}

func (b *Book) closed(now int64, a Answer) Answer {
	a = a.refuse(Closed, RuleHours)
	if now < b.opens {
		a.RetryAt = time.UnixMilli(b.opens).UTC()
		a.Why.Until = a.RetryAt
	}
	return a
}

// admitNow decides on an order to be made now: the earliest promise that passes P98 and breaks none already given.
func (b *Book) admitNow(now time.Time, r *Request, s *slack, a Answer) Answer {
	c := b.set.channel(r.Channel)
	if b.set.ShelfMax > 0 && c.Delivery && b.load.bags >= b.set.ShelfMax {
		a.Why.Bags, a.Why.BagsMax = b.load.bags, b.set.ShelfMax
		return b.alternatives(now, r, a.refuse(Shelf, RuleShelf), true)
	}
	if b.nominal <= 0 {
		return b.alternatives(now, r, a.refuse(Staff, RuleStaff), true)
	}
	a.Leased = b.mem.Leases.covers(now.UnixMilli(), r.Channel, r.Lease, r.Work, b.set.Lease)
	if r.Held {
		return b.admitHeld(now, r, s, a)
	}
	q := b.quote(now, r.Work, s)
	d := int(q.Promise / time.Minute)
	a.Why.Needed = q.Promise
	h := int(b.set.Horizon.Minutes())
	room := b.room(now.UnixMilli(), r.Channel, s)
	rule := RuleFits
	switch {
	case a.Leased && room.Budget-b.load.online >= r.Work && d <= h+promiseOver:
		rule = RuleLease
	case room.Amount < r.Work:
		return b.noRoom(now, r, a, RuleBudget)
	case d > h:
		return b.noRoom(now, r, a, RulePromise)
	case s.left[d] < r.Work || s.left[h]-room.Credit < r.Work:
		// A later promise meets no fewer deadlines ahead of it, but fewer behind: try on.
		for d < h && s.left[d] < r.Work {
			d++
		}
		if s.left[d] < r.Work || s.left[h]-room.Credit < r.Work {
			return b.noRoom(now, r, a, RuleDeadlines)
		}
		q.Promise = time.Duration(d) * time.Minute
	}
	due := now.Add(q.Promise)
	if due.UnixMilli() > b.closes {
		return b.closed(now.UnixMilli(), a)
	}
	return a.accept(rule, due, q)
}

// admitHeld decides on an order that waits for its customer: its work is due some time before closing.
func (b *Book) admitHeld(now time.Time, r *Request, s *slack, a Answer) Answer {
	if s.left[int(b.set.Horizon.Minutes())] < r.Work {
		return b.noRoom(now, r, a, RuleDeadlines)
	}
	return a.accept(RuleFits, time.UnixMilli(b.closes).UTC(), b.quote(now, r.Work, s))
}

// noRoom refuses for lack of room and says when there will be some.
func (b *Book) noRoom(now time.Time, r *Request, a Answer, rule Rule) Answer {
	a = a.refuse(NoRoom, rule)
	if rate := b.eff.p50 * b.nominal; rate > 0 {
		minutes := math.Ceil(max(1, float64(r.Work-a.Why.Room)/rate))
		retry := now.Add(time.Duration(minutes) * time.Minute)
		if retry.Add(b.set.Horizon).UnixMilli() <= b.closes {
			a.RetryAt, a.Earliest = retry, retry.Add(b.set.Horizon)
		}
	}
	return b.alternatives(now, r, a, true)
}

// alternatives adds the open slots to a refusal.
func (b *Book) alternatives(now time.Time, r *Request, a Answer, slots bool) Answer {
	if !slots {
		return a
	}
	a.Slots = b.Slots(now, r.Channel, r.Campaign, r.Work)
	if len(a.Slots) > 0 && (a.Earliest.IsZero() || a.Slots[0].End().Before(a.Earliest)) {
		a.Earliest = a.Slots[0].End()
	}
	return a
}

func (b *Book) intake(now int64, channel string) (IntakeMode, time.Time) {
	in := b.set.channel(channel).Intake
	if in.Mode == "" || !in.Until.IsZero() && now >= in.Until.UnixMilli() {
		return IntakeOpen, time.Time{}
	}
	return in.Mode, in.Until
}

// Quote is what an order of this much work could expect now. It holds nothing.
func (b Book) Quote(now time.Time, work Work) Quote {
	var s slack
	b.slack(now.UnixMilli(), &s)
	return b.quote(now, work, &s)
}

// quote finds the earliest whole minute that the P98 of the predicted time keeps.
func (b *Book) quote(now time.Time, work Work, s *slack) Quote {
	h := int(b.set.Horizon.Minutes())
	rate := b.eff.p50 * b.nominal
	q := Quote{Coverage90: b.coverage, Crew: b.mem.Pace.Crew, Estimated: b.mem.Pace.estimated(now.UnixMilli())}
	if rate <= 0 {
		return q
	}
	fill := func(minutes float64, ahead int, sp *spread) Quote {
		q.Predicted = minutesOf(minutes)
		q.P50, q.P90 = minutesOf(minutes*sp.p50), minutesOf(minutes*sp.p90)
		q.Samples, q.Calibrated, q.Ahead = sp.samples, sp.own, ahead
		q.Promise = time.Duration(math.Ceil(max(promiseMin, minutes*sp.p98))) * time.Minute
		return q
	}
	for d := promiseMin; d <= h; d++ {
		minutes := quoteBase + float64(s.before[d]+work)/rate
		sp := &b.spreads[band(minutesOf(minutes))]
		if minutes*sp.p98 <= float64(d) {
			q = fill(minutes, s.cups[d], sp)
			q.Promise = time.Duration(d) * time.Minute
			return q
		}
	}
	minutes := quoteBase + float64(b.load.online+b.load.walkIn+work)/rate
	q = fill(minutes, b.load.cups, &b.spreads[band(minutesOf(minutes))])
	q.Promise = max(q.Promise, b.set.Horizon+time.Minute)
	return q
}

func minutesOf(m float64) time.Duration { return time.Duration(m * float64(time.Minute)) }
