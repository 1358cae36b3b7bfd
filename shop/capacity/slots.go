package capacity

import (
	"math"
	"time"
)

// Slots are the slots until closing that an order of this much work can still book, earliest first.
func (b Book) Slots(now time.Time, channel, campaign string, work Work) []Slot {
	var open []Slot
	ms := now.UnixMilli()
	p := b.pooled(ms)
	for i := range p.slots {
		start := p.slots[i].start
		if room, _ := b.slotRoom(ms, start, channel, campaign, p, i); room >= max(work, 1) {
			open = append(open, Slot{Start: time.UnixMilli(start).UTC(), Work: room})
		}
	}
	return open
}

// admitSlot decides on an order for a slot. Its promise is the slot's end.
func (b *Book) admitSlot(now time.Time, r *Request, a Answer) Answer {
	ms, start := now.UnixMilli(), r.Slot.UnixMilli()
	if b.nominal <= 0 {
		return a.refuse(Staff, RuleStaff)
	}
	p := b.pooled(ms)
	i := p.index(start)
	if i < 0 {
		return b.alternatives(now, r, a.refuse(SlotPast, RuleSlotTime), true)
	}
	room, rule := b.slotRoom(ms, start, r.Channel, r.Campaign, p, i)
	a.Why.Booked, a.Why.SlotMax = p.slots[i].booked, p.slots[i].booked+max(0, room)
	if room < r.Work {
		return b.alternatives(now, r, a.refuse(SlotFull, rule), true)
	}
	due := time.UnixMilli(start).UTC().Add(SlotLength)
	wait := due.Sub(now)
	return a.accept(RuleFits, due, Quote{P50: wait, P90: wait, Promise: wait, Crew: b.mem.Pace.Crew})
}

// pool is the bookable slots with what is booked, and what the sums of all work leave from each of them on.
type pool struct {
	slots []pooledSlot
}

type pooledSlot struct {
	start  int64
	booked Work
	left   Work // least over this and all later slots
	slot   *slot
}

func (p *pool) index(start int64) int {
	if len(p.slots) == 0 {
		return -1
	}
	i := int((start - p.slots[0].start) / SlotLength.Milliseconds())
	if i < 0 || i >= len(p.slots) || p.slots[i].start != start {
		return -1
	}
	return i
}

// pooled sums for each bookable slot: its own bookings, and how far the work due by its end is from what the slow
// rate makes until then. A slot is bookable until its cups go to the kitchen.
func (b *Book) pooled(now int64) *pool {
	length := SlotLength.Milliseconds()
	first := floorDiv(max(now+MakeAhead.Milliseconds(), b.opens-1), length) + 1
	last := floorDiv(b.closes, length) // exclusive: a slot must end by closing
	if b.nominal <= 0 || last <= first {
		return &pool{}
	}
	p := &pool{slots: make([]pooledSlot, 0, last-first)}
	slow, walkIns := b.eff.slow*b.nominal, b.mem.WalkIns.perMinute(now, b.set.WalkIns)
	from := max(now, b.opens)
	sum := b.mem.Leases.credit(now, "", b.set.Lease)
	i := 0
	for n := first; n < last; n++ {
		start := n * length
		end := start + length
		for ; i < len(b.load.buckets) && b.load.buckets[i].minute*msPerMinute <= end; i++ {
			sum += b.load.buckets[i].now + b.load.buckets[i].later
		}
		minutes := float64(end-from) / msPerMinute
		margin := min(b.set.Margin.Minutes(), minutes*marginShare)
		s := pooledSlot{start: start, left: Work((slow*(minutes-margin))/(1-b.set.NoShow)-walkIns*minutes) - sum}
		if j, found := b.load.slot(start); found {
			s.slot, s.booked = b.load.slots[j], b.load.slots[j].work
		}
		p.slots = append(p.slots, s)
	}
	for j := len(p.slots) - 2; j >= 0; j-- {
		p.slots[j].left = min(p.slots[j].left, p.slots[j+1].left)
	}
	return p
}

// slotRoom is what a channel (within a campaign) may still book into a slot, and the rule that sets the limit.
func (b *Book) slotRoom(now, start int64, channel, campaign string, p *pool, i int) (Work, Rule) {
	s := &p.slots[i]
	limit := b.slotMax(now)
	room, rule := limit-s.booked, RuleSlotFull
	if s.left < room {
		room, rule = s.left, RuleLater
	}
	if start-now <= FreeShare.Milliseconds() || s.slot == nil && channel == "" {
		return room, rule
	}
	share := Work(math.Floor(b.set.slotShare(channel) * float64(limit)))
	own, camp := s.slot.shares(channel, campaign)
	if left := share - max(own, camp); left < room {
		room, rule = left, RuleSlotShare
	}
	return room, rule
}

// slotMax is the most work a slot may hold.
func (b *Book) slotMax(now int64) Work {
	minutes := SlotLength.Minutes()
	walkIns := b.mem.WalkIns.perMinute(now, b.set.WalkIns)
	return Work(b.set.SlotSafety*b.eff.slow*b.nominal*minutes/(1-b.set.NoShow) - walkIns*minutes)
}

// shares is what a channel and a campaign have booked.
func (s *slot) shares(channel, campaign string) (own, camp Work) {
	if s == nil {
		return 0, 0
	}
	for i := range s.waiting {
		w := &s.waiting[i]
		if w.channel == channel {
			own += w.work
		}
		if campaign != "" && w.campaign == campaign {
			camp += w.work
		}
	}
	return own, camp
}

// Due are the booked orders whose time has come: give their cups to the kitchen, then tell [Book.Swap].
func (b Book) Due(now time.Time) []int64 {
	var ids []int64
	for _, s := range b.load.slots {
		if s.start-MakeAhead.Milliseconds() > now.UnixMilli() {
			break
		}
		for _, w := range s.waiting {
			ids = append(ids, w.id)
		}
	}
	return ids
}
