package capacity

import (
	"math"
	"time"
)

// MendEvery is how often [Book.Mend] should be asked.
const MendEvery = 5 * time.Minute

// mendLate is how late a slot's end may be predicted before bookings are moved.
const mendLate = 2 * time.Minute

// mendDoubt is the share of the time until a slot's end that is allowed on top: the rate is not known better, and a slot
// that is far off can still be mended later.
const mendDoubt = 0.05

// Mend finds the booked orders that must move because their slots can no longer be kept: of every slot that is
// predicted late the last booked, not yet given to the kitchen, go to a later slot, or are released where none is left.
// Each move is for the customer to be told.
func (b Book) Mend(now time.Time) []Move {
	var moves []Move
	for range b.load.later {
		var m moment
		b.at(now, &m)
		from, late := m.firstLate()
		if from == nil || m.nobody { // with nobody on duty for a moment the day is not to be called off
			break
		}
		last := from.waiting[len(from.waiting)-1]
		before := last.order(from.start)
		move := Move{ID: last.id, From: before.Slot, Late: late}
		b = b.Swap(before, Order{})
		b.at(now, &m)
		for _, open := range m.open("", "", last.work) {
			if open.Start.After(before.Slot) {
				move.To = open.Start
				b = b.Swap(Order{}, last.order(open.Start.UnixMilli()))
				break
			}
		}
		moves = append(moves, move)
	}
	return moves
}

// order is what the load must know of a booked order.
func (k booking) order(start int64) Order {
	at := time.UnixMilli(start).UTC()
	return Order{
		ID: k.id, Channel: k.channel, Campaign: k.campaign, Placed: time.UnixMilli(k.placed),
		Stage: Booked, Slot: at, Due: at.Add(SlotLength), Work: k.work, Cups: k.cups,
	}
}

// firstLate follows the work from deadline to deadline and finds the first slot whose end is predicted too late and
// that can be helped: the slot to take a booking from, its own or the nearest before it. Slots that are late and
// have no booking left to move are passed over; the next one may have.
func (m *moment) firstLate() (from *slot, late time.Duration) {
	done := float64(m.now)
	pass := func(work Work) { // moves done on by what the work takes
		done += m.plan.minutes(int64(done), float64(work), m.eff.p50, m.walkIns) * msPerMinute
	}
	i := 0
	for _, s := range m.load.slots {
		end := s.start + SlotLength.Milliseconds()
		var due, later Work
		for ; i < len(m.load.buckets) && m.load.buckets[i].minute*msPerMinute <= end; i++ {
			due += m.load.buckets[i].now
			later += m.load.buckets[i].later
		}
		pass(due)
		if later > 0 {
			begins := float64(s.start - MakeAhead.Milliseconds())
			done = math.Max(done, begins)
			pass(later)
		}
		if len(s.waiting) > 0 {
			from = s
		}
		if over := done - float64(end); from != nil && over > float64(mendLate.Milliseconds())+mendDoubt*float64(end-m.now) {
			return from, time.Duration(over) * time.Millisecond
		}
	}
	return nil, 0
}
