package capacity

import (
	"math"
	"time"
)

// Room is what may still be accepted now and what it follows from.
type Room struct {
	Budget  Work // B: what the crew makes within the horizon, less the counter's reserve
	Backlog Work // W: accepted, due now, not made; the counter's included
	Credit  Work // granted to other channels and not spent
	Amount  Work // B - online work - what the counter has beyond its reserve - credit; may be negative
	Reach   Work // what a promise at the horizon still allows, less credit; may be negative
}

// Work is the room: the smaller of the two, and at least 0.
func (r Room) Work() Work { return max(0, min(r.Amount, r.Reach)) }

// Rate is how fast the crew works now.
func (b Book) Rate(now time.Time) Rate {
	return Rate{
		P10: b.eff.p10 * b.nominal, P25: b.eff.p25 * b.nominal, P50: b.eff.p50 * b.nominal,
		Slow: b.eff.slow * b.nominal, SlowP50: b.eff.slow50 * b.nominal,
		Estimated: b.mem.Pace.estimated(now.UnixMilli()),
	}
}

// Room is what a channel may still have accepted now. No channel is everybody: credit granted to all is taken off.
func (b Book) Room(now time.Time, channel string) Room {
	var s slack
	ms := now.UnixMilli()
	b.slack(ms, &s)
	return b.room(ms, channel, &s)
}

func (b *Book) budget() Work {
	return Work(b.eff.p10*b.nominal*b.set.Horizon.Minutes()) - b.set.Reserve
}

// excess is what the counter has due beyond its reserve.
func (b *Book) excess() Work { return max(0, b.load.walkIn-b.set.Reserve) }

func (b *Book) room(now int64, channel string, s *slack) Room {
	credit := b.mem.Leases.credit(now, channel, b.set.Lease)
	r := Room{Budget: b.budget(), Backlog: b.load.online + b.load.walkIn, Credit: credit}
	r.Amount = r.Budget - b.load.online - b.excess() - credit
	r.Reach = b.reach(s) - credit
	return r
}

// reach is the most work that a promise at the horizon still allows.
func (b *Book) reach(s *slack) Work {
	h := int(b.set.Horizon.Minutes())
	q := b.spreads[band(b.set.Horizon)].p98
	byQuote := Work((float64(h)/q-quoteBase)*b.eff.p50*b.nominal) - s.before[h]
	return min(byQuote, s.left[h])
}

// quoteBase is the minutes an order takes on an empty line.
const quoteBase = 1.0

// slack is, per minute of promise, what the promises already given leave, and the work due before it.
type slack struct {
	left   [horizonMinutes + 1]Work
	before [horizonMinutes + 1]Work
	cups   [horizonMinutes + 1]int
}

const horizonMinutes = int(horizonMax / time.Minute)

// unbounded stands for slack where no deadline lies ahead.
const unbounded Work = math.MaxInt64 / 4

// slack fills s for promises of up to the horizon: the earliest-deadline demand test. For every loaded deadline the
// work due by then must fit into the time until then, less what the counter is expected to bring and a margin for
// the error of the whole sum. What is left at a promise is the least of that over all deadlines from it on; closing is
// a deadline of everything.
func (b *Book) slack(now int64, s *slack) {
	h := int(b.set.Horizon.Minutes())
	total := b.load.held
	for i := range b.load.buckets {
		total += b.load.buckets[i].now + b.load.buckets[i].later
	}
	left := b.canMake(now, b.closes) - total
	sum := total - b.load.held
	d := h
	for i := len(b.load.buckets) - 1; i >= 0; i-- {
		k := &b.load.buckets[i]
		at := k.minute * msPerMinute
		for ; d >= 0 && at < now+int64(d)*msPerMinute; d-- {
			s.left[d] = left
		}
		if d < 0 {
			break
		}
		left = min(left, b.canMake(now, at)-sum)
		sum -= k.now + k.later
	}
	for ; d >= 0; d-- {
		s.left[d] = left
	}
	b.ahead(now, h, s)
}

// canMake is the work that can surely be made online until a deadline.
func (b *Book) canMake(now, at int64) Work {
	minutes := float64(at-now) / msPerMinute
	margin := min(b.set.Margin.Minutes(), minutes*marginShare)
	walkIns := b.mem.WalkIns.perMinute(now, b.set.WalkIns)
	return Work(b.eff.p50*b.nominal*(minutes-margin) - walkIns*minutes)
}

// marginShare bounds the margin before a near deadline: a quarter of the time until then.
const marginShare = 0.25

// ahead fills the work and cups that are due now and promised no later than each minute.
func (b *Book) ahead(now int64, h int, s *slack) {
	var work Work
	cups, i := 0, 0
	for d := 0; d <= h; d++ {
		for ; i < len(b.load.buckets) && b.load.buckets[i].minute*msPerMinute <= now+int64(d)*msPerMinute; i++ {
			work += b.load.buckets[i].now
			cups += b.load.buckets[i].cups
		}
		s.before[d], s.cups[d] = work, cups
	}
}
