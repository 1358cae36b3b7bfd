package capacity

import (
	"cmp"
	"slices"
)

// load is the sum over the open orders. Nothing in it is persisted.
type load struct {
	online  Work // due now, from channels
	walkIn  Work // due now, from the counter
	booked  Work // waits for its slot
	held    Work // waits for its customer
	standby Work // on the waiting list, for room now; not part of the sums above
	cups    int  // unmade and due now
	later   int  // unmade cups booked or held
	bags    int
	spares  spares
	buckets []bucket // by minute
	slots   []*slot  // by start
}

// spares are what the sums of the same names spare each station.
type spares struct {
	online, walkIn, held Spare
}

// bucket is the unmade work due by a minute.
type bucket struct {
	minute int64 // since 1970, rounded down: due a little early is the safe side
	now    Work  // of it due now
	cups   int   // of that
	line   int   // cups of that which are of orders to be made now: nobody may pass them beyond the bound
	later  Work  // of it booked for later

	spareNow, spareLater Spare
}

// all is what is due by the bucket's minute.
func (b *bucket) all() Demand { return Demand{b.now + b.later, b.spareNow.Plus(b.spareLater)} }

// slot is what is booked into one quarter of an hour. It is immutable.
type slot struct {
	start   int64 // ms
	work    Work  // unmade, also of orders already given to the kitchen
	spare   Spare
	waiting []booking
}

// booking is an order that waits for its slot.
type booking struct {
	placed   int64 // ms
	id       int64
	work     Work
	spare    Spare
	cups     int
	channel  string
	campaign string
	span     int  // slots that it takes, up to that of its promise
	anyTime  bool // its customer said so
	moved    bool // before
}

func (b booking) before(o booking) int {
	return cmp.Or(cmp.Compare(b.placed, o.placed), cmp.Compare(b.id, o.id))
}

// swap takes one state of an order out and puts another in.
func (l load) swap(before, after *Order) load {
	buckets := make([]bucket, len(l.buckets), len(l.buckets)+2)
	copy(buckets, l.buckets)
	l.buckets = buckets
	return l.put(before, -1).put(after, +1)
}

func (l *load) equal(o *load) bool {
	return l.online == o.online && l.walkIn == o.walkIn && l.standby == o.standby && l.booked == o.booked && l.held == o.held &&
		l.cups == o.cups && l.later == o.later && l.bags == o.bags && l.spares == o.spares && slices.Equal(l.buckets, o.buckets) &&
		slices.EqualFunc(l.slots, o.slots, func(a, b *slot) bool {
			return a.start == b.start && a.work == b.work && a.spare == b.spare && slices.Equal(a.waiting, b.waiting)
		})
}

// put adds (sign 1) or takes out (sign -1) an order. The buckets are the caller's own copy.
func (l load) put(o *Order, sign int) load {
	s, spare := Work(sign), o.Spare.signed(sign)
	l.bags += sign * o.Bags
	if o.Work == 0 && o.Cups == 0 {
		return l
	}
	switch {
	case o.Stage == Standby:
		if o.Slot.IsZero() {
			l.standby += s * o.Work
		}
		return l
	case o.Stage == Held:
		l.held += s * o.Work
		l.spares.held = l.spares.held.Plus(spare)
		l.later += sign * o.Cups
		return l
	case o.Stage == Booked:
		l.booked += s * o.Work
		l.later += sign * o.Cups
		l.bucket(o, func(b *bucket) {
			b.later += s * o.Work
			b.spareLater = b.spareLater.Plus(spare)
		})
	default:
		if o.WalkIn {
			l.walkIn += s * o.Work
			l.spares.walkIn = l.spares.walkIn.Plus(spare)
		} else {
			l.online += s * o.Work
			l.spares.online = l.spares.online.Plus(spare)
		}
		l.cups += sign * o.Cups
		l.bucket(o, func(b *bucket) {
			b.now += s * o.Work
			b.spareNow = b.spareNow.Plus(spare)
			b.cups += sign * o.Cups
			if o.Slot.IsZero() {
				b.line += sign * o.Cups
			}
		})
	}
	if !o.Slot.IsZero() {
		l.slots = l.slotted(o, sign)
	}
	return l
}

func (l *load) bucket(o *Order, change func(*bucket)) {
	minute := floorDiv(o.Due.UnixMilli(), msPerMinute)
	i, found := slices.BinarySearchFunc(l.buckets, minute, func(b bucket, m int64) int { return cmp.Compare(b.minute, m) })
	if !found {
		l.buckets = slices.Insert(l.buckets, i, bucket{minute: minute})
	}
	change(&l.buckets[i])
	if b := l.buckets[i]; b.now == 0 && b.later == 0 && b.cups == 0 {
		l.buckets = slices.Delete(l.buckets, i, i+1)
	}
}

// span is how many slots an order takes.
func (o *Order) span() int { return max(1, o.Span) }

// part is the share of work of slot i of n.
func part(work Work, i, n int) Work { return work*Work(i+1)/Work(n) - work*Work(i)/Work(n) }

// slotted is the slots with the order put in or taken out, in a copy. An order that takes several slots has a part of its
// work in each, and waits in the last.
func (l *load) slotted(o *Order, sign int) []*slot {
	slots := slices.Clone(l.slots)
	n := o.span()
	for i := range n {
		start := o.Slot.UnixMilli() - int64(n-1-i)*SlotLength.Milliseconds()
		slots = slotIn(slots, start, Demand{Work(sign) * part(o.Work, i, n), o.Spare.part(i, n).signed(sign)}, o, sign, i == n-1)
	}
	return slots
}

// slotIn changes one slot of a list that is the caller's own.
func slotIn(slots []*slot, start int64, more Demand, o *Order, sign int, last bool) []*slot {
	i, found := find(slots, start)
	if !found {
		slots = slices.Insert(slots, i, &slot{start: start})
	}
	next := *slots[i]
	next.work += more.Work
	next.spare = next.spare.Plus(more.Spare)
	if last && o.Stage == Booked {
		b := booking{placed: o.Placed.UnixMilli(), id: o.ID, work: o.Work, spare: o.Spare, cups: o.Cups, channel: o.Channel, campaign: o.Campaign,
			span: o.span(), anyTime: o.AnyTime, moved: o.Moved}
		next.waiting = slices.Clone(next.waiting)
		j, _ := slices.BinarySearchFunc(next.waiting, b, booking.before)
		if sign > 0 {
			next.waiting = slices.Insert(next.waiting, j, b)
		} else if j < len(next.waiting) && next.waiting[j].id == o.ID {
			next.waiting = slices.Delete(next.waiting, j, j+1)
		}
	}
	if next.work == 0 && len(next.waiting) == 0 {
		return slices.Delete(slots, i, i+1)
	}
	slots[i] = &next
	return slots
}

func find(slots []*slot, start int64) (int, bool) {
	return slices.BinarySearchFunc(slots, start, func(s *slot, start int64) int { return cmp.Compare(s.start, start) })
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
