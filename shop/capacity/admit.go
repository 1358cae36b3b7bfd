package capacity

import (
	"math"
	"time"
)

// promiseOver is by how much the promise of an order under a lease may be longer than the horizon: the rate may have fallen
// since the lease was granted.
const promiseOver = 15 * time.Minute

// Admit decides whether an order is accepted. It changes nothing; after the commit tell [Book.Arrive] and
// [Book.Swap].
func (b Book) Admit(now time.Time, r Request) Answer {
	m := moment{Book: &b}
	m.at(now)
	return m.admit(now, &r)
}

func (m *moment) admit(now time.Time, r *Request) Answer {
	room := m.room(m.creditor(r))
	if r.Standby {
		room.Amount, room.Reach, room.Standby = room.Amount+room.Standby, room.Reach+room.Standby, 0
	}
	a := Answer{Why: m.why(r, &room)}
	switch {
	case !r.ConfirmBy.IsZero() && now.After(r.ConfirmBy):
		return a.refuse(Deadline, RuleConfirmBy)
	case r.WalkIn:
		// Who stands at the counter cannot be refused by a computer. The promise is the time it will really take.
		q, _ := m.quote(r.Work, r.Cups)
		return a.accept(RuleWalkIn, now, q)
	case r.Again:
		return m.admitAgain(now, r, a)
	case m.now >= m.closes || m.now < m.opens && r.Slot.IsZero():
		return m.closed(a)
	}
	mode, until := m.intake(m.now, r.Channel)
	if mode == IntakePaused || mode == IntakeSlots && r.Slot.IsZero() {
		a = a.refuse(Owner, RuleOwner)
		a.Why.Until, a.RetryAt = until, until
		if mode == IntakeSlots {
			a = m.alternatives(r, a)
		}
		return a
	}
	if m.nobody {
		return a.refuse(Staff, RuleStaff)
	}
	if !r.Slot.IsZero() {
		return m.admitSlot(now, r, a)
	}
	return m.admitNow(now, r, a, &room)
}

// admitAgain takes an order that had been accepted before. Its promise is what can be kept.
func (m *moment) admitAgain(now time.Time, r *Request, a Answer) Answer {
	q, _ := m.quote(r.Work, r.Cups)
	until := r.Slot.Add(SlotLength)
	if r.Held {
		until = time.UnixMilli(m.closes)
	}
	if wait := until.Sub(now); wait > q.Promise {
		q = Quote{P50: wait, P90: wait, Promise: wait, Crew: m.mem.Pace.Crew}
	}
	return a.accept(RuleAgain, now, q)
}

// creditor is the channel whose own credit an order may use up: only one that was sent under a lease. What comes
// without one must not take the room of orders of the same channel that are on their way.
func (m *moment) creditor(r *Request) string {
	if r.Lease == nil && m.set.channel(r.Channel).Leased {
		return ""
	}
	return r.Channel
}

func (a Answer) refuse(reason Reason, rule Rule) Answer {
	a.Accepted, a.Reason, a.Why.Rule = false, reason, rule
	return a
}

func (a Answer) accept(rule Rule, now time.Time, q Quote) Answer {
	a.Accepted, a.Reason, a.Why.Rule, a.Why.Needed = true, None, rule, q.Promise
	a.Due, a.Quote = now.Add(q.Promise).UTC(), q
	return a
}

func (m *moment) why(r *Request, room *Room) Why {
	return Why{
		Asked: r.Work, Cups: r.Cups, Room: min(room.Amount, room.Reach), Slack: m.left[m.horizon], Budget: room.Budget,
		Backlog: room.Backlog, Credit: room.Credit, Rate: m.rate, Longest: time.Duration(m.horizon) * time.Minute,
	}
}

func (m *moment) closed(a Answer) Answer {
	a = a.refuse(Closed, RuleHours)
	if m.now < m.opens {
		a.RetryAt = time.UnixMilli(m.opens).UTC()
		a.Why.Until = a.RetryAt
	}
	return a
}

// admitNow decides on an order to be made now.
func (m *moment) admitNow(now time.Time, r *Request, a Answer, room *Room) Answer {
	if c := m.set.channel(r.Channel); m.set.ShelfMax > 0 && c.Delivery && m.load.bags >= m.set.ShelfMax {
		a.Why.Bags, a.Why.BagsMax = m.load.bags, m.set.ShelfMax
		return m.alternatives(r, a.refuse(Shelf, RuleShelf))
	}
	if r.Held {
		return m.admitHeld(now, r, a, room)
	}
	q, rule := m.quote(r.Work, r.Cups)
	a.Why.Needed, a.Quote = q.Promise, q
	a.Leased = m.mem.Leases.covers(m.now, r.Channel, r.Lease, r.Work, &m.set.Lease)
	switch {
	case m.now+q.Promise.Milliseconds() > m.closes:
		return m.closed(a)
	case a.Leased && room.Online+r.Work <= room.Budget && q.Promise <= m.set.Horizon+promiseOver:
		return a.accept(RuleLease, now, q)
	case room.Standby > 0 && r.Work > 0:
		return m.noRoom(now, r, a, RuleStandby)
	case room.Amount < r.Work:
		return m.noRoom(now, r, a, RuleBudget)
	case rule != RuleFits:
		return m.noRoom(now, r, a, rule)
	case m.left[m.horizon]-room.Credit < r.Work:
		return m.noRoom(now, r, a, RuleDeadlines)
	}
	return a.accept(RuleFits, now, q)
}

// admitHeld decides on an order that waits for its customer: its work is due some time before closing.
func (m *moment) admitHeld(now time.Time, r *Request, a Answer, room *Room) Answer {
	switch {
	case room.Standby > 0 && r.Work > 0:
		return m.noRoom(now, r, a, RuleStandby)
	case m.left[m.horizon] < r.Work:
		return m.noRoom(now, r, a, RuleDeadlines)
	}
	wait := time.UnixMilli(m.closes).Sub(now)
	return a.accept(RuleFits, now, Quote{P50: wait, P90: wait, Promise: wait, Crew: m.mem.Pace.Crew})
}

// noRoom refuses for lack of room and says when there may be some.
func (m *moment) noRoom(now time.Time, r *Request, a Answer, rule Rule) Answer {
	a = a.refuse(NoRoom, rule)
	minutes := math.Ceil(max(1, m.takes(r.Work-a.Why.Room)))
	if retry := now.Add(minutesOf(minutes)); retry.Add(m.set.Horizon).UnixMilli() <= m.closes {
		a.RetryAt, a.Earliest = retry.UTC(), retry.Add(m.set.Horizon).UTC()
	}
	return m.alternatives(r, a)
}

// alternatives adds the open slots to a refusal.
func (m *moment) alternatives(r *Request, a Answer) Answer {
	a.Slots = m.open(r.Channel, r.Campaign, r.Work)
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
