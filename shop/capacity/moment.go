package capacity

import (
	"math"
	"time"
)

// moment is a Book at one time: what every question needs, worked out once.
type moment struct {
	*Book
	now     int64
	horizon int     // minutes: the owner's, or until closing if that is sooner
	rate    float64 // p50, work per minute; of this moment
	nobody  bool    // is there from now until closing
	walkIns float64 // forecast, work per minute
	credit  Work    // live, of all channels

	walkInsAt stationRates // forecast of the counter at each station
	strain    stationRates // how much longer work takes at each station than the rate says
	even      bool         // it is the same everywhere
	alike     bool         // and always will be, also for the counter: all that differs is what is spared

	// By minutes of promise from now, 0 to horizon.
	left   [horizonMinutes + 1]Work // what the promises already given leave to an order promised then
	before [horizonMinutes + 1]Work // work due now and promised no later
	cups   [horizonMinutes + 1]int  // cups of that
}

const horizonMinutes = int(HorizonMax / time.Minute)

// at works out the book at a time. The caller sets the book: both stay on its stack.
func (m *moment) at(now time.Time) {
	b := m.Book
	m.now = now.UnixMilli()
	m.horizon = int(min(b.set.Horizon.Milliseconds(), max(0, b.closes-m.now)) / msPerMinute)
	m.rate = b.eff.p50 * b.plan.at(m.now)
	m.nobody = m.rate <= 0 && b.plan.work(m.now, max(m.now, b.closes)) <= 0
	m.walkIns = b.mem.WalkIns.perMinute(m.now, b.set.WalkIns)
	m.walkInsAt = b.mem.WalkIns.at(m.walkIns)
	m.strain, m.even = b.strains(m.now)
	m.alike = m.even && b.plan.even && m.walkInsAt == evenly(m.walkIns)
	m.credit = b.mem.Leases.credit(m.now, &b.set.Lease)
	m.demand()
	m.ahead()
}

// demand is the earliest-deadline demand test. For every loaded deadline the work due by then must fit into the time
// until then, less what the counter is expected to bring and a margin for the error of the whole sum; and so it must at
// every station for its own part of that work. What is left at a promise is the least of that over all deadlines from it
// on. Closing is a deadline of everything.
func (m *moment) demand() {
	for d := 0; d <= m.horizon; d++ {
		m.left[d] = math.MaxInt64
	}
	made := m.plan.reachFrom(m.now, m.stations)
	var due Demand
	for i := range m.load.buckets {
		b := &m.load.buckets[i]
		due = due.Plus(b.all())
		at := b.minute * msPerMinute
		if at < m.now || at >= m.closes {
			continue
		}
		d := min(int((at-m.now)/msPerMinute), m.horizon)
		m.left[d] = min(m.left[d], m.slack(&made, at, &due))
	}
	due = due.Plus(Demand{m.load.held, m.load.spares.held})
	if m.closes >= m.now {
		m.left[m.horizon] = min(m.left[m.horizon], m.slack(&made, m.closes, &due))
	}
	for d := m.horizon - 1; d >= 0; d-- {
		m.left[d] = min(m.left[d], m.left[d+1])
	}
}

// slack is what may still be promised by a deadline, beside what is due by then and what the counter will bring: the least
// of all stations.
func (m *moment) slack(made *reach, at int64, due *Demand) Work {
	minutes := float64(at-m.now) / msPerMinute
	line, each := made.to(at)
	sure := 1 - m.margin(minutes)
	if due.Spare == (Spare{}) && m.alike {
		return Work(m.eff.p50*line*sure-m.walkIns*minutes) - due.Work
	}
	least := Work(math.MaxInt64)
	for i := range m.stations {
		can := Work(m.eff.p50*m.drag[i]*each[i]*sure - m.walkInsAt[i]*minutes)
		least = min(least, can-due.Work+Work(due.Spare[i]))
	}
	return least
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
	var due Demand
	cups, i := 0, 0
	for d := 0; d <= m.horizon; d++ {
		at := m.now + int64(d)*msPerMinute
		for ; i < len(m.load.buckets) && m.load.buckets[i].minute*msPerMinute <= at; i++ {
			due = due.Plus(m.load.buckets[i].all())
			cups += m.load.buckets[i].cups
		}
		m.before[d], m.cups[d] = m.weigh(due.Work, &due.Spare), cups
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
