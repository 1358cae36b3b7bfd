package capacity

import "time"

// Slots are the slots until closing that an order of this much work can still book, earliest first.
func (b Book) Slots(now time.Time, channel, campaign string, work Work) []Slot {
	var m moment
	b.at(now, &m)
	return m.open(channel, campaign, work)
}

// Due are the booked orders whose time has come: give their cups to the kitchen, then tell [Book.Swap].
func (b Book) Due(now time.Time) []int64 {
	var ids []int64
	for _, s := range b.load.slots {
		if s.start-MakeAhead.Milliseconds() > now.UnixMilli() {
			break
		}
		for i := range s.waiting {
			ids = append(ids, s.waiting[i].id)
		}
	}
	return ids
}

func (m *moment) open(channel, campaign string, work Work) []Slot {
	var p pool
	m.pool(&p)
	var open []Slot
	for i := range p.size {
		if room, _ := m.slotRoom(&p, i, channel, campaign); room >= max(work, 1) {
			if open == nil {
				open = make([]Slot, 0, p.size-i)
			}
			open = append(open, Slot{Start: time.UnixMilli(p.slots[i].start).UTC(), Work: room})
		}
	}
	return open
}

// admitSlot decides on an order for a slot. Its promise is the slot's end.
func (m *moment) admitSlot(now time.Time, r *Request, a Answer) Answer {
	var p pool
	m.pool(&p)
	i := p.index(r.Slot.UnixMilli())
	if i < 0 {
		return m.alternatives(r, a.refuse(SlotPast, RuleSlotTime))
	}
	room, rule := m.slotRoom(&p, i, r.Channel, r.Campaign)
	a.Why.Booked, a.Why.SlotMax = p.slots[i].booked, p.slots[i].booked+max(0, room)
	if room < r.Work {
		return m.alternatives(r, a.refuse(SlotFull, rule))
	}
	wait := r.Slot.Add(SlotLength).Sub(now)
	return a.accept(RuleFits, now, Quote{P50: wait, P90: wait, Promise: wait, Crew: m.mem.Pace.Crew})
}

// pool is the slots that can be booked, with what is booked in each and what the sum of all work leaves from each on.
type pool struct {
	slots [slotsMax]pooledSlot
	size  int
}

// slotsMax is the slots of the longest day, which runs to the next cut-off.
const slotsMax = 24 * int(time.Hour/SlotLength)

type pooledSlot struct {
	start  int64 // ms
	booked Work
	limit  Work // what it may hold
	left   Work // least over this and all later slots
	slot   *slot
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
	sum := m.credit
	bucket, at := 0, 0
	for i := range p.size {
		s := &p.slots[i]
		s.start = (first + int64(i)) * length
		end := s.start + length
		for ; bucket < len(m.load.buckets) && m.load.buckets[bucket].minute*msPerMinute <= end; bucket++ {
			sum += m.load.buckets[bucket].now + m.load.buckets[bucket].later
		}
		for ; at < len(m.load.slots) && m.load.slots[at].start <= s.start; at++ {
			if m.load.slots[at].start == s.start {
				s.slot, s.booked = m.load.slots[at], m.load.slots[at].work
			}
		}
		minutes := float64(end-from) / msPerMinute
		s.limit = m.slotMax(s.start)
		s.left = Work(m.eff.slow*m.plan.work(from, end)*(1-m.margin(minutes))/(1-m.set.NoShow)-m.walkIns*minutes) - sum
	}
	p.slots[p.size-1].left -= m.load.held
	for i := p.size - 2; i >= 0; i-- {
		p.slots[i].left = min(p.slots[i].left, p.slots[i+1].left)
	}
}

// PerSlot is the most work that a slot with this start may hold, whatever is booked in it.
func (b Book) PerSlot(now, start time.Time) Work {
	var m moment
	b.at(now, &m)
	return m.slotMax(start.UnixMilli())
}

func (m *moment) slotMax(start int64) Work {
	made := m.eff.slow * m.plan.work(start, start+SlotLength.Milliseconds())
	return max(0, Work(m.set.SlotSafety*made/(1-m.set.NoShow)-m.walkIns*SlotLength.Minutes()))
}

// slotRoom is what a channel, or a campaign within it, may still book into a slot, and the rule that sets the limit.
func (m *moment) slotRoom(p *pool, i int, channel, campaign string) (Work, Rule) {
	s := &p.slots[i]
	room, rule := s.limit-s.booked, RuleSlotFull
	if s.left < room {
		room, rule = s.left, RuleLater
	}
	if channel == "" || s.start-m.now <= FreeShare.Milliseconds() {
		return room, rule
	}
	share := Work(m.set.slotShare(channel) * float64(s.limit))
	if left := share - s.slot.share(channel, campaign); left < room {
		room, rule = left, RuleSlotShare
	}
	return room, rule
}

// share is the larger of what a channel and what a campaign has booked. A campaign counts over all its channels.
func (s *slot) share(channel, campaign string) Work {
	if s == nil {
		return 0
	}
	var own, camp Work
	for i := range s.waiting {
		w := &s.waiting[i]
		if w.channel == channel {
			own += w.work
		}
		if campaign != "" && w.campaign == campaign {
			camp += w.work
		}
	}
	return max(own, camp)
}
