package capacity

import (
	"cmp"
	"math"
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
	// helpLeast is the part of a booking's work, one in so many, that it must spare a late slot to be taken out for it.
	helpLeast = 2
)

// Mend finds the booked orders that must move because their slots can no longer be kept. It looks slot by slot. When one
// is predicted late, a booking of it or of a slot before it is taken out (so that as few as possible move: Moore 1968, the
// rule of Hodgson; where work may not begin at any time, Kise, Ibaraki and Mine 1978), and goes to a later slot. Who goes is
// decided by a fair rule: nobody a second time while there is somebody who has not moved; first those who said that any time
// will do; then whoever helps the late slot most, which is a large order; of equals the smallest, and of those the one placed
// last. What no later slot can take is released, but not long before its time. Each move is for the customer to be told.
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

// out is a booking that may be taken out to help a late slot.
type out struct {
	slot  *slot
	at    int  // its number in the slot
	helps Work // by so much less is to be made before the late slot's end
}

func (o *out) booking() *booking { return &o.slot.waiting[o.at] }

// goesBefore is whether a booking is to be moved before another.
func (o *out) goesBefore(other *out) bool {
	yes := func(b bool) int {
		if b {
			return 0
		}
		return 1
	}
	k, l := o.booking(), other.booking()
	return cmp.Or(
		cmp.Compare(yes(!k.moved), yes(!l.moved)), cmp.Compare(yes(k.anyTime), yes(l.anyTime)),
		cmp.Compare(other.helps, o.helps), cmp.Compare(k.work, l.work), cmp.Compare(l.placed, k.placed), cmp.Compare(l.id, k.id),
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

// slot follows the work until the end of a slot, and tells how far behind the crew is when it could begin with what is
// booked: as long as that, to have less to do before helps. With nothing booked there is nothing to wait for.
func (f *follow) slot(s *slot) (behind float64) {
	end := s.start + SlotLength.Milliseconds()
	buckets := f.m.load.buckets
	var due, later Demand
	for ; f.i < len(buckets) && buckets[f.i].minute*msPerMinute <= end; f.i++ {
		b := &buckets[f.i]
		due, later = due.Plus(Demand{b.now, b.spareNow}), later.Plus(Demand{b.later, b.spareLater})
	}
	f.pass(due)
	if later.Work == 0 {
		return math.Inf(1)
	}
	begins := float64(s.start - MakeAhead.Milliseconds())
	behind = f.last() - begins
	for i := range f.done {
		f.done[i] = max(f.done[i], begins)
	}
	f.pass(later)
	return behind
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
// its own slot or of one before it. Slots that are late and cannot be helped are passed over; the next one may be.
func (m *moment) firstLate() (from *slot, at int, late time.Duration) {
	f := m.follow()
	behind := make([]float64, 0, len(m.load.slots))
	for i, s := range m.load.slots {
		behind = append(behind, f.slot(s))
		if f.over(s) <= 0 {
			continue
		}
		if o := m.goes(m.load.slots[:i+1], behind); o.slot != nil {
			return o.slot, o.at, time.Duration(f.last()-float64(s.start)-float64(SlotLength.Milliseconds())) * time.Millisecond
		}
	}
	return nil, 0, 0
}

// goes is the booking to take out so that the last of some slots is made earlier. One that is taken out of a slot before it
// helps no more than by what the crew is behind at each slot between: from then on it would wait.
func (m *moment) goes(slots []*slot, behind []float64) (first out) {
	reach := math.Inf(1) // ms
	for i := len(slots) - 1; i >= 0 && reach > 0; i-- {
		s := slots[i]
		most := reach / msPerMinute * max(m.plan.at(s.start)*m.eff.p50-m.walkIns, slowest)
		for at := range s.waiting {
			k := &s.waiting[at]
			o := out{slot: s, at: at, helps: Work(min(float64(k.work), most))}
			if o.helps >= k.work/helpLeast && (first.slot == nil || o.goesBefore(&first)) {
				first = o
			}
		}
		reach = min(reach, behind[i])
	}
	return first
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
