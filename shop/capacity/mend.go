package capacity

import "time"

// MendEvery is how often [Book.Mend] should be asked.
const MendEvery = 5 * time.Minute

// mendLate is how late a slot's end may be predicted before bookings are moved.
const mendLate = 2 * time.Minute

// Mend finds the booked orders that must move because their slots can no longer be kept: of every slot that is
// predicted late the last booked, not yet given to the kitchen, go to a later slot, or are released where none is left.
// Each move is for the customer to be told.
func (b Book) Mend(now time.Time) []Move {
	var moves []Move
	ms := now.UnixMilli()
	for range b.load.later {
		start, late := b.firstLate(ms)
		if late <= 0 {
			break
		}
		s, w, ok := b.lastBooked(ms, start)
		if !ok {
			break
		}
		m := Move{ID: w.id, From: time.UnixMilli(s.start).UTC(), Late: time.Duration(late) * time.Millisecond}
		out := Order{ID: w.id, Channel: w.channel, Campaign: w.campaign, Placed: time.UnixMilli(w.placed), Stage: Booked,
			Work: w.work, Slot: m.From, Due: m.From.Add(SlotLength)}
		in := Order{}
		b = b.Swap(out, in)
		for _, open := range b.Slots(now, "", "", w.work) {
			if open.Start.After(m.From) {
				m.To = open.Start
				in = out
				in.Slot, in.Due = open.Start, open.End()
				break
			}
		}
		b = b.Swap(Order{}, in)
		moves = append(moves, m)
	}
	return moves
}

// firstLate is the first slot, with bookings that can still be moved in it or before it, whose end is predicted too late.
func (b *Book) firstLate(now int64) (start, late int64) {
	rate := b.eff.p50*b.nominal - b.mem.WalkIns.perMinute(now, b.set.WalkIns)
	if rate <= 0 {
		rate = 1
	}
	at := float64(now)
	i, movable := 0, false
	for _, s := range b.load.slots {
		end := s.start + SlotLength.Milliseconds()
		var due, later Work
		for ; i < len(b.load.buckets) && b.load.buckets[i].minute*msPerMinute <= end; i++ {
			due += b.load.buckets[i].now
			later += b.load.buckets[i].later
		}
		at += float64(due) / rate * msPerMinute
		if later > 0 {
			at = max(at, float64(s.start-MakeAhead.Milliseconds())) + float64(later)/rate*msPerMinute
		}
		movable = movable || len(s.waiting) > 0
		if l := int64(at) - end; movable && l > mendLate.Milliseconds() {
			return s.start, l
		}
	}
	return 0, 0
}

// lastBooked is the order placed last among those still waiting in a slot, or in the nearest before it.
func (b *Book) lastBooked(_, start int64) (*slot, booking, bool) {
	for i := len(b.load.slots) - 1; i >= 0; i-- {
		if s := b.load.slots[i]; s.start <= start && len(s.waiting) > 0 {
			return s, s.waiting[len(s.waiting)-1], true
		}
	}
	return nil, booking{}, false
}
