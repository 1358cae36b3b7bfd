package capacity

import "time"

// moment is a Book at one time: what every question needs, worked out once.
type moment struct {
	*Book
	now     int64
	horizon int     // minutes: the owner's, or until closing if that is sooner
	rate    float64 // p50, work per minute; of this moment
	nobody  bool    // is there from now until closing
	walkIns float64 // forecast, work per minute
	credit  Work    // live, of all channels

	// By minutes of promise from now, 0 to horizon.
	left   [horizonMinutes + 1]Work // what the promises already given leave to an order promised then
	before [horizonMinutes + 1]Work // work due now and promised no later
	cups   [horizonMinutes + 1]int  // cups of that
}

const horizonMinutes = int(HorizonMax / time.Minute)

// at fills m with the book at a time. m is the caller's so that it stays on the stack.
func (b *Book) at(now time.Time, m *moment) {
	m.Book, m.now = b, now.UnixMilli()
	m.horizon = int(min(b.set.Horizon.Milliseconds(), max(0, b.closes-m.now)) / msPerMinute)
	m.rate = b.eff.p50 * b.plan.at(m.now)
	m.nobody = m.rate <= 0 && b.plan.work(m.now, max(m.now, b.closes)) <= 0
	m.walkIns = b.mem.WalkIns.perMinute(m.now, b.set.WalkIns)
	m.credit = b.mem.Leases.credit(m.now, &b.set.Lease)
	m.demand()
	m.ahead()
}

// demand is the earliest-deadline demand test. For every loaded deadline the work due by then must fit into the time
// until then, less what the counter is expected to bring and a margin for the error of the whole sum. What is left at
// a promise is the least of that over all deadlines from it on. Closing is a deadline of everything.
func (m *moment) demand() {
	buckets := m.load.buckets
	due := m.load.held
	for i := range buckets {
		due += buckets[i].now + buckets[i].later
	}
	left := m.canMake(m.closes) - due
	due -= m.load.held
	d := m.horizon
	for i := len(buckets) - 1; i >= 0 && d >= 0; i-- {
		at := buckets[i].minute * msPerMinute
		for ; d >= 0 && at < m.now+int64(d)*msPerMinute; d-- {
			m.left[d] = left
		}
		left = min(left, m.canMake(at)-due)
		due -= buckets[i].now + buckets[i].later
	}
	for ; d >= 0; d-- {
		m.left[d] = left
	}
}

// canMake is the work that can surely be made, beside the counter's, until a deadline.
func (m *moment) canMake(at int64) Work {
	minutes := float64(at-m.now) / msPerMinute
	return Work(m.eff.p50*m.plan.work(m.now, at)*(1-m.margin(minutes)) - m.walkIns*minutes)
}

// margin is the share of so many minutes that is set aside for the error of the sum of work over them.
func (b *Book) margin(minutes float64) float64 {
	if minutes <= 0 {
		return marginShare
	}
	return min(b.set.Margin.Minutes()/minutes, marginShare)
}

// marginShare bounds the margin before a near deadline: a quarter of the time until then.
const marginShare = 0.25

// ahead sums the work promised no later than each minute. Booked work counts too: it will be given to the kitchen before
// then, and leaving it out made quotes of ten minutes come true in twenty.
func (m *moment) ahead() {
	var work Work
	cups, i := 0, 0
	for d := 0; d <= m.horizon; d++ {
		at := m.now + int64(d)*msPerMinute
		for ; i < len(m.load.buckets) && m.load.buckets[i].minute*msPerMinute <= at; i++ {
			work += m.load.buckets[i].now + m.load.buckets[i].later
			cups += m.load.buckets[i].cups
		}
		m.before[d], m.cups[d] = work, cups
	}
}

// predict is the minutes until so much work is made after all that is due before a promise.
func (m *moment) predict(d int, work Work) (minutes float64, s *spread) {
	minutes = quoteBase + m.takes(m.before[d]+work)
	return minutes, &m.spreads[band(minutes)]
}

// takes is the minutes that the crew should need for so much work from now on.
func (m *moment) takes(work Work) float64 { return m.plan.minutes(m.now, float64(work), m.eff.p50, 0) }

// quoteBase is the minutes an order takes on an empty line.
const quoteBase = 1.0

const msPerMinute = 60_000
