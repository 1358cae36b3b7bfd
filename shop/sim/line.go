package sim

import (
	"cmp"
	"math"
	"slices"
	"time"

	"weir/shop"
)

// line is the crew: stations one behind the other. Every station takes the earliest promise first, and
// starts nothing while the next one has no place for it.
type line struct {
	clock      *clock
	stations   []station
	bottleneck int
	names      []string  // of the stations
	speed      float64   // by the menu
	ends       float64   // the speed at closing time, if the crew tires; 0 is as it began
	closes     int64     // ms
	drift      []float64 // by driftStep
	idle       []span
	idleSince  int64
	idleNow    int
	finished   func(*visit, int)
	batches    *batches // nil: cup by cup
	saves      float64  // of the time that a further cup of a batch takes at the bottleneck
}

type station struct {
	queue []job
	busy  int
	staff int
}

// job is one cup on its way.
type job struct {
	visit *visit
	cup   int
	due   int64

	turn    int  // when it was taken up in a batch; 0 is not
	further bool // of its batch others came first
}

// span is time in which makers at the bottleneck had nothing to do.
type span struct {
	from, to int64
	makers   int
}

// bufferMax is the cups that may stand before a station that is not the first.
const bufferMax = 3

func newLine(c *clock, config *shop.Config, d *demand, closes int64) *line {
	l := &line{clock: c, speed: d.speed, ends: d.ends, drift: d.drift, closes: closes}
	for i, s := range config.Stations {
		l.names = append(l.names, s.ID)
		l.stations = append(l.stations, station{staff: s.Staff})
		if s.ID == config.Line.Bottleneck() {
			l.bottleneck = i
		}
	}
	l.idleNow = l.stations[l.bottleneck].staff
	return l
}

// put gives all cups of an order to the first station.
func (l *line) put(v *visit) {
	for i := range v.cups {
		j := job{visit: v, cup: i, due: v.due}
		l.enqueue(0, j)
		if l.batches != nil {
			l.batches.queued(j, l.batches.opens.Add(time.Duration(l.clock.now)*time.Millisecond))
		}
	}
	l.start()
}

func (l *line) enqueue(at int, j job) {
	s := &l.stations[at]
	i, _ := slices.BinarySearchFunc(s.queue, j, job.compare)
	s.queue = slices.Insert(s.queue, i, j)
}

// compare is the order of the board: earliest promise first, and among equals who came first. What was taken up in
// batches stays as it was taken up.
func (j job) compare(o job) int {
	a, b := j.visit, o.visit
	return cmp.Or(cmp.Compare(j.turn, o.turn), cmp.Compare(j.due, o.due), cmp.Compare(a.id, b.id), cmp.Compare(a.n, b.n),
		cmp.Compare(j.cup, o.cup))
}

// start lets everybody take up what they can.
func (l *line) start() {
	for i := len(l.stations) - 1; i >= 0; i-- {
		s := &l.stations[i]
		for s.busy < s.staff && (i == len(l.stations)-1 || len(l.stations[i+1].queue) < bufferMax) {
			j, ok := l.take(i)
			if !ok {
				break
			}
			if j.visit.dropped {
				continue
			}
			if i == 0 {
				l.pass(j.visit)
			}
			s.busy++
			l.clock.at(l.clock.now+l.takes(i, j), func() { l.finish(i, j) })
		}
	}
	l.account()
}

// take is the next cup for a station.
func (l *line) take(at int) (job, bool) {
	s := &l.stations[at]
	if at == 0 && l.batches != nil {
		return l.batches.take(s, l.batches.opens.Add(time.Duration(l.clock.now)*time.Millisecond))
	}
	if len(s.queue) == 0 {
		return job{}, false
	}
	j := s.queue[0]
	s.queue = s.queue[1:]
	return j, true
}

// takes is how long a cup takes at a station, in ms.
func (l *line) takes(at int, j job) int64 {
	service := float64(j.visit.cups[j.cup].service[at])
	if j.further && at == l.bottleneck {
		service *= 1 - l.saves
	}
	return int64(service / l.rate())
}

// pass notes that an order to be made now goes before those that came earlier and still wait to be begun.
func (l *line) pass(v *visit) {
	if v.slot > 0 || v.first {
		return
	}
	var last *visit
	for i := range l.stations[0].queue {
		o := l.stations[0].queue[i].visit
		if o != last && o.slot == 0 && !o.dropped && o.turn < v.turn {
			o.passed++
			o.passedBy = max(o.passedBy, v.came-o.came)
		}
		last = o
	}
}

// rate is how fast the crew works now by the menu.
func (l *line) rate() float64 {
	speed := l.speed
	if l.ends > 0 {
		speed += (l.ends - l.speed) * min(1, float64(l.clock.now)/float64(dayLength))
	}
	if len(l.drift) == 0 {
		return speed
	}
	i := min(int(l.clock.now/driftStep), len(l.drift)-1)
	return speed * math.Exp(l.drift[i])
}

func (l *line) finish(at int, j job) {
	l.stations[at].busy--
	if at+1 < len(l.stations) {
		l.enqueue(at+1, j)
	} else {
		l.finished(j.visit, j.cup)
	}
	l.start()
}

// staff changes the people at a station. Who leaves finishes the cup in hand.
func (l *line) staff(station string, n int) {
	l.stations[slices.Index(l.names, station)].staff = max(0, n)
	l.start()
}

// account notes how many makers at the bottleneck have nothing to do and nothing coming.
func (l *line) account() {
	idle := 0
	if s := &l.stations[l.bottleneck]; len(s.queue) == 0 {
		idle = max(0, s.staff-s.busy)
		for i := range l.bottleneck {
			if len(l.stations[i].queue) > 0 || l.stations[i].busy > 0 {
				idle = 0 // the next cup is being prepared
			}
		}
		if l.batches != nil && len(l.batches.hand) > 0 {
			idle = 0
		}
	}
	if idle == l.idleNow {
		return
	}
	l.closeIdle()
	l.idleNow = idle
}

func (l *line) closeIdle() {
	if l.idleNow > 0 && l.clock.now > l.idleSince {
		l.idle = append(l.idle, span{l.idleSince, l.clock.now, l.idleNow})
	}
	l.idleSince = l.clock.now
}
