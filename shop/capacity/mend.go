package capacity

import (
	"cmp"
	"slices"
	"time"
)

// MendEvery is how often [Book.Mend] should be asked.
const MendEvery = 5 * time.Minute

const (
	// mendLate is how late a slot's end may be predicted before bookings are moved.
	mendLate = 2 * time.Minute
	// mendDoubt is the share of the time until a slot's end that is allowed on top: the rate is not known better, and a
	// slot that is far off can still be mended later.
	mendDoubt = 0.05
	// giveUpBefore is how long before its slot a booking is given up when no later slot can take it. Before that it stays:
	// a forecast may be wrong, and what was given up cannot be taken back. Its customer still has time to look elsewhere.
	giveUpBefore = 45 * time.Minute
	// spareLeast and spareShare are what a slot must have to spare to take a booking from an earlier one although it is
	// not open to anybody: so many minutes, and this share of the time until then. Slots that are filled to the brim break
	// the promises of those who were in them.
	spareLeast = 10 * time.Minute
	spareShare = 0.1
)

// Mend finds the booked orders that must move because their slots can no longer be kept. It looks slot by slot. When one
// is predicted late, a booking is taken out of those that are made in one go until its end (so that as few as possible
// move: Moore 1968, the rule of Hodgson), and goes to a later slot. Who goes is decided by a fair rule: nobody a
// second time while there is somebody who has not moved; first those who said that any time will do; then the largest
// order, and of equals the one placed last. What no later slot can take is released, but not long before its time. Each move is for the
// customer to be told.
func (b Book) Mend(now time.Time) []Move {
	var moves []Move
	for range b.load.later {
		m := moment{Book: &b}
		m.at(now)
		if m.nobody { // with nobody on duty for a moment the day is not to be called off
			break
		}
		from, at, late := m.firstLate()
		if from == nil {
			break
		}
		k := from.waiting[at]
		before := k.order(from.start)
		b = b.Swap(before, Order{})
		m.at(now)
		to, found := m.later(&k, from.start)
		switch {
		case found:
			b = b.Swap(Order{}, k.order(to))
			moves = append(moves, Move{ID: k.id, From: before.Slot, To: time.UnixMilli(to).UTC(), Late: late})
		case from.start-m.now <= giveUpBefore.Milliseconds():
			moves = append(moves, Move{ID: k.id, From: before.Slot, Late: late})
		}
	}
	return moves
}

// order is what the load must know of a booked order.
func (k booking) order(start int64) Order {
	at := time.UnixMilli(start).UTC()
	return Order{
		ID: k.id, Channel: k.channel, Campaign: k.campaign, Placed: time.UnixMilli(k.placed), AnyTime: k.anyTime, Moved: true,
		Stage: Booked, Slot: at, Span: k.span, Due: at.Add(SlotLength), Work: k.work, Spare: k.spare, Cups: k.cups,
	}
}

// goesBefore is whether a booking is to be moved before another.
func (k *booking) goesBefore(o *booking) bool {
	yes := func(b bool) int {
		if b {
			return 0
		}
		return 1
	}
	return cmp.Or(
		cmp.Compare(yes(!k.moved), yes(!o.moved)), cmp.Compare(yes(k.anyTime), yes(o.anyTime)),
		cmp.Compare(o.work, k.work), cmp.Compare(o.placed, k.placed), cmp.Compare(o.id, k.id),
	) < 0
}

// follow is how the booked slots would go: the work is followed from deadline to deadline.
type follow struct {
	m    *moment
	done stationRates // ms, when what was followed is made at each station
	i    int          // bucket
}

func (m *moment) follow() follow {
	f := follow{m: m}
	for i := range f.done {
		f.done[i] = float64(m.now)
	}
	return f
}

// last is when all stations are done, in ms.
func (f *follow) last() float64 { return slices.Max(f.done[:]) }

// slot follows the work until the end of a slot, and tells whether the crew had waited for it to begin.
func (f *follow) slot(s *slot) (waited bool) {
	end := s.start + SlotLength.Milliseconds()
	buckets := f.m.load.buckets
	var due, later Demand
	for ; f.i < len(buckets) && buckets[f.i].minute*msPerMinute <= end; f.i++ {
		b := &buckets[f.i]
		due, later = due.Plus(Demand{b.now, b.spareNow}), later.Plus(Demand{b.later, b.spareLater})
	}
	f.pass(due)
	if later.Work > 0 {
		begins := float64(s.start - MakeAhead.Milliseconds())
		waited = f.last() < begins
		for i := range f.done {
			f.done[i] = max(f.done[i], begins)
		}
		f.pass(later)
	}
	return waited
}

// pass moves done on by what the work takes.
func (f *follow) pass(d Demand) {
	m := f.m
	if d.Spare == (Spare{}) && m.alike {
		done := f.done[0] + m.plan.minutes(int64(f.done[0]), float64(d.Work), m.eff.p50, m.walkIns)*msPerMinute
		for i := range f.done {
			f.done[i] = done
		}
		return
	}
	for i, done := range f.done {
		own := float64(d.Work - Work(d.Spare[i]))
		f.done[i] += m.plan.minutesAt(i, int64(done), own, m.eff.p50*m.drag[i], m.walkInsAt[i]) * msPerMinute
	}
}

// over is by how many ms the end of a slot is missed beyond what is allowed.
func (f *follow) over(s *slot) float64 {
	end := s.start + SlotLength.Milliseconds()
	return f.last() - float64(end) - float64(mendLate.Milliseconds()) - mendDoubt*float64(end-f.m.now)
}

// firstLate finds the first slot whose end is predicted too late and that can be helped, and the booking to take out: of
// its own slot or of one before it, as far back as the crew works without waiting. Slots that are late and cannot be
// helped are passed over; the next one may be.
func (m *moment) firstLate() (from *slot, at int, late time.Duration) {
	f := m.follow()
	for _, s := range m.load.slots {
		if f.slot(s) {
			from = nil // what was made before does not hold this slot up
		}
		for i := range s.waiting {
			if from == nil || s.waiting[i].goesBefore(&from.waiting[at]) {
				from, at = s, i
			}
		}
		if over := f.over(s); from != nil && over > 0 {
			return from, at, time.Duration(f.last()-float64(s.start)-float64(SlotLength.Milliseconds())) * time.Millisecond
		}
	}
	return nil, 0, 0
}

// later is the first slot after a start that can take a booking: one that is open to anybody, or else one that is
// expected to be kept, and every slot after it, with the booking in it. The second asks less, because the alternative is to
// break a promise.
func (m *moment) later(k *booking, after int64) (start int64, found bool) {
	if k.span <= 1 {
		for _, open := range m.open("", "", k.work) {
			if at := open.Start.UnixMilli(); at > after && open.span == 1 {
				return at, true
			}
		}
	}
	length := SlotLength.Milliseconds()
	for at := after + length; at+length <= m.closes; at += length {
		next := m.Book.Swap(Order{}, k.order(at))
		var try moment
		try.Book, try.now, try.rate, try.walkIns, try.walkInsAt, try.alike = &next, m.now, m.rate, m.walkIns, m.walkInsAt, m.alike
		f := try.follow()
		kept := true
		for _, s := range next.load.slots {
			f.slot(s)
			if s.start >= at && f.over(s) > -float64(spareLeast.Milliseconds())-spareShare*float64(at-m.now) {
				kept = false
				break
			}
		}
		if kept {
			return at, true
		}
	}
	return 0, false
}
