package capacity

import (
	"math"
	"time"
)

// Slots are the slots until closing that an order of this much work can still book, earliest first.
func (b Book) Slots(now time.Time, channel, campaign string, work Work) []Slot {
	m := moment{Book: &b}
	m.at(now)
	return m.open(channel, campaign, work)
}

// Due are the booked orders whose time has come: give their cups to the kitchen, then tell [Book.Swap].
func (b Book) Due(now time.Time) []int64 {
	var ids []int64
	length := SlotLength.Milliseconds()
	for _, s := range b.load.slots {
		wait := s.start - MakeAhead.Milliseconds() - now.UnixMilli()
		if wait > (spanMax-1)*length {
			break
		}
		for i := range s.waiting {
			if wait <= int64(s.waiting[i].span-1)*length {
				ids = append(ids, s.waiting[i].id)
			}
		}
	}
	return ids
}

// Early are booked orders of the next slot that the kitchen should begin already: it would stand idle otherwise, and what is
// promised for later does not fit into the time until then. Idle minutes now would be missed there, and promises broken for
// them. No order is begun by more than the length of a slot before its time. Those that may says no to are passed over.
func (b Book) Early(now time.Time, may func(id int64) bool) []int64 {
	if b.load.cups >= busyCups || now.UnixMilli() < b.opens {
		return nil
	}
	var ids []int64
	cups := b.load.cups
	for _, s := range b.load.slots {
		if s.start-now.UnixMilli() > (MakeAhead + SlotLength).Milliseconds() {
			break
		}
		for i := 0; i < len(s.waiting) && cups < busyCups; i++ {
			if w := &s.waiting[i]; may(w.id) {
				ids, cups = append(ids, w.id), cups+w.cups
			}
		}
	}
	if ids == nil {
		return nil
	}
	m := moment{Book: &b}
	if m.at(now); m.nobody || m.left[m.horizon] >= 0 {
		return nil
	}
	return ids
}

func (m *moment) open(channel, campaign string, work Work) []Slot {
	var p pool
	m.pool(&p)
	p.shared = m.others(channel)
	var open []Slot
	for i := range p.size {
		if room, span, _ := m.slotsRoom(&p, i, channel, campaign, work); room >= max(work, 1) {
			if open == nil {
				open = make([]Slot, 0, p.size-i)
			}
			open = append(open, Slot{Start: time.UnixMilli(p.slots[i].start).UTC(), Work: room, span: span})
		}
	}
	return open
}

// admitSlot decides on an order for a slot. Its promise is the slot's end.
func (m *moment) admitSlot(now time.Time, r *Request, a Answer) Answer {
	var p pool
	m.pool(&p)
	p.shared = m.others(r.Channel)
	i := p.index(r.Slot.UnixMilli())
	if i < 0 {
		return m.alternatives(r, a.refuse(SlotPast, RuleSlotTime))
	}
	room, span, rule := m.slotsRoom(&p, i, r.Channel, r.Campaign, r.Work)
	booked := p.slots[i].limit - p.slots[i].room
	a.Why.Booked, a.Why.SlotMax = booked, booked+max(0, room)
	if room < r.Work {
		return m.alternatives(r, a.refuse(SlotFull, rule))
	}
	a.Span = span
	wait := r.Slot.Add(SlotLength).Sub(now)
	return a.accept(RuleFits, now, Quote{P50: wait, P90: wait, Promise: wait, Crew: m.mem.Pace.Crew})
}

// pool is the slots that can be booked, with what is booked in each and what the sum of all work leaves from each on.
type pool struct {
	slots  [slotsMax]pooledSlot
	size   int
	shared bool // there is somebody to keep a part of them for
}

// slotsMax is the slots of the longest day, which runs to the next cut-off.
const slotsMax = 24 * int(time.Hour/SlotLength)

type pooledSlot struct {
	start int64 // ms
	room  Work  // what it may still take, whatever the later ones leave
	limit Work  // what it may hold
	left  Work  // least over this and all later slots
	slot  *slot
}

func (p *pool) index(start int64) int {
	i := int((start - p.slots[0].start) / SlotLength.Milliseconds())
	if i < 0 || i >= p.size || p.slots[i].start != start {
		return -1
	}
	return i
}

// pool sums for each slot how far the work due by its end, and the credit that is out, are from what the slow rate
// makes until then. A slot can be booked until its cups go to the kitchen.
func (m *moment) pool(p *pool) {
	length := SlotLength.Milliseconds()
	first := floorDiv(max(m.now+MakeAhead.Milliseconds(), m.opens-1), length) + 1
	size := min(floorDiv(m.closes, length)-first, int64(slotsMax))
	if m.nobody || size <= 0 {
		return
	}
	p.size = int(size)
	from := max(m.now, m.opens)
	due := Demand{Work: m.credit}
	made := m.plan.reachFrom(from, m.stations)
	bucket, at := 0, 0
	for i := range p.size {
		s := &p.slots[i]
		s.start = (first + int64(i)) * length
		end := s.start + length
		for ; bucket < len(m.load.buckets) && m.load.buckets[bucket].minute*msPerMinute <= end; bucket++ {
			due = due.Plus(m.load.buckets[bucket].all())
		}
		for ; at < len(m.load.slots) && m.load.slots[at].start <= s.start; at++ {
			if m.load.slots[at].start == s.start {
				s.slot = m.load.slots[at]
			}
		}
		minutes := float64(end-from) / msPerMinute
		s.room, s.limit = m.slotMax(s.start, s.slot)
		_, each := made.to(end)
		if i == p.size-1 {
			due = due.Plus(Demand{m.load.held, m.load.spares.held})
		}
		s.left = math.MaxInt64
		share := m.eff.slow * (1 - m.margin(minutes)) / (1 - m.set.NoShow)
		for k := range m.stations {
			can := Work(share*m.drag[k]*each[k] - m.walkInsAt[k]*minutes)
			s.left = min(s.left, can-due.Work+Work(due.Spare[k]))
		}
	}
	for i := p.size - 2; i >= 0; i-- {
		p.slots[i].left = min(p.slots[i].left, p.slots[i+1].left)
	}
}

// PerSlot is the most work that a slot with this start may hold, whatever is booked in it.
func (b Book) PerSlot(now, start time.Time) Work {
	m := moment{Book: &b}
	m.at(now)
	_, limit := m.slotMax(start.UnixMilli(), nil)
	return limit
}

// SlotRoom is what a slot with this start may still take, whoever asks and whatever the later ones leave; negative when
// more is booked than it may hold.
func (b Book) SlotRoom(now, start time.Time) Work {
	m := moment{Book: &b}
	m.at(now)
	i, found := find(b.load.slots, start.UnixMilli())
	if !found {
		room, _ := m.slotMax(start.UnixMilli(), nil)
		return room
	}
	room, _ := m.slotMax(start.UnixMilli(), b.load.slots[i])
	return room
}

// slotMax is what a slot may hold with no work in it, and what it may still take with what is booked in it.
func (m *moment) slotMax(start int64, booked *slot) (room, limit Work) {
	if booked == nil {
		booked = &slot{}
	}
	made := m.plan.reachFrom(start, m.stations)
	_, each := made.to(start + SlotLength.Milliseconds())
	room, limit = math.MaxInt64, math.MaxInt64
	for i := range m.stations {
		can := m.set.SlotSafety*(m.eff.slow*m.drag[i]*each[i])/(1-m.set.NoShow) - m.walkInsAt[i]*SlotLength.Minutes()
		most := max(0, Work(can))
		room, limit = min(room, most-booked.work+Work(booked.spare[i])), min(limit, most)
	}
	return room, limit
}

// slotRoom is what a channel, or a campaign within it, may still book into a slot, and the rule that sets the limit.
func (m *moment) slotRoom(p *pool, i int, channel, campaign string) (Work, Rule) {
	s := &p.slots[i]
	room, rule := s.room, RuleSlotFull
	if s.left < room {
		room, rule = s.left, RuleLater
	}
	if channel == "" || s.start-m.now <= FreeShare.Milliseconds() || !p.shared {
		return room, rule
	}
	part := m.set.slotShare(channel)
	if early := FullShare.Milliseconds() - (s.start - m.now); early > 0 { // what others have not booked by now they book less and less
		part += (1 - part) * float64(early) / float64((FullShare - FreeShare).Milliseconds())
	}
	share := Work(part * float64(s.limit))
	if left := share - s.slot.share(channel, campaign); left < room {
		room, rule = left, RuleSlotShare
	}
	return room, rule
}

// shareWait is how long after opening a share is kept for channels that have sent nothing yet.
const shareWait = 20 * time.Minute

// others is whether there is another channel to keep a part of the slots for: one that has booked, or has sent orders of
// late. The counter is not one; its forecast is taken off before.
func (m *moment) others(channel string) bool {
	if m.now < m.opens+shareWait.Milliseconds() {
		return true
	}
	for _, a := range m.mem.Leases.Accounts {
		if a.Channel != channel && a.perMinute(m.now) > silentBelow {
			return true
		}
	}
	for _, s := range m.load.slots {
		for i := range s.waiting {
			if s.waiting[i].channel != channel {
				return true
			}
		}
	}
	return false
}

// silentBelow is the work per minute of recent demand below which a channel has sent nothing of late: a cup in two hours.
const silentBelow = float64(Cup) / 120

// spanMax is the most slots that one order may take, an hour and a half: a drink that was made earlier is not fresh.
const spanMax = 6

// spanLeast is the share of what a slot holds from which an order may take several: some seven cups of an ordinary crew.
const spanLeast = 0.25

// slotsRoom is what an order may book that is wanted by the end of a slot, how many slots it takes, and the rule that sets
// the limit. An order that is too large for one slot may take those before it as well, alike in each. A small one may not:
// it would be made an hour before it is fetched although the next slot has room for it.
func (m *moment) slotsRoom(p *pool, i int, channel, campaign string, work Work) (room Work, span int, rule Rule) {
	room, rule = m.slotRoom(p, i, channel, campaign)
	if room >= work || rule == RuleLater || float64(work) < spanLeast*float64(p.slots[i].limit) {
		return room, 1, rule
	}
	least := room
	for n := 2; n <= min(spanMax, i+1); n++ {
		before, _ := m.slotRoom(p, i+1-n, channel, campaign)
		if least = min(least, before); least <= 0 {
			break
		}
		// What is due by the end of the last slot has to fit into the time until then, whatever the slots hold.
		if whole := min(least*Work(n), p.slots[i].left); whole >= work+Work(n) { // parts are rounded
			return whole, n, RuleFits
		}
	}
	return room, 1, rule
}

// share is the larger of what a channel and what a campaign has booked. A campaign counts over all its channels.
func (s *slot) share(channel, campaign string) Work {
	if s == nil {
		return 0
	}
	var own, camp Work
	for i := range s.waiting {
		w := &s.waiting[i]
		work := w.work / Work(w.span)
		if w.channel == channel {
			own += work
		}
		if campaign != "" && w.campaign == campaign {
			camp += work
		}
	}
	return max(own, camp)
}
