package capacity

import (
	"math"
	"slices"
	"sort"
	"time"
)

// Plan is how fast the crew would work by the menu, now and later, as far as it is known who will be there. Each stint
// holds until the next begins; the first also holds before, the last for ever. They are in the order of time. An empty
// plan has nobody in it.
type Plan []Stint

// Stint is a stretch of a [Plan].
type Stint struct {
	From time.Time
	Rate float64 // work per minute ([Line.Prior])

	stations stationRates // of each by itself; zero: nothing more is known than the rate
}

// Steady is the plan in which nobody comes or goes.
func Steady(rate float64) Plan { return Plan{{Rate: rate}} }

// At is the rate at a time.
func (p Plan) At(at time.Time) float64 {
	c := p.compile()
	return c.at(at.UnixMilli())
}

// course is a plan as it is asked. It never changes.
type course struct {
	from   []int64 // ms
	rate   []float64
	strain []stationRates // how much longer work takes at each station than the rate says
	even   bool           // it takes as long everywhere, always
}

// strains is how much longer work takes at each station than the rate says.
func (s *Stint) strains() (strain stationRates) {
	for i := range strain {
		switch own := s.stations[i]; {
		case s.stations == (stationRates{}) || s.Rate <= 0 || math.IsInf(own, 1): // there is no such station
			strain[i] = 1
		case own <= s.Rate/strainMax:
			strain[i] = strainMax
		default:
			strain[i] = math.Round(s.Rate/own*1e6) / 1e6
		}
	}
	return strain
}

func (p Plan) compile() course {
	if len(p) == 0 {
		p = Steady(0)
	}
	c := course{even: true, from: make([]int64, 0, len(p)), rate: make([]float64, 0, len(p)), strain: make([]stationRates, 0, len(p))}
	for _, s := range p {
		strain := s.strains()
		c.even = c.even && strain == evenly(1)
		if n := len(c.rate); n > 0 && c.rate[n-1] == s.Rate && c.strain[n-1] == strain {
			continue
		}
		c.from, c.rate, c.strain = append(c.from, s.From.UnixMilli()), append(c.rate, s.Rate), append(c.strain, strain)
	}
	return c
}

func (c *course) equal(o *course) bool {
	return slices.Equal(c.rate, o.rate) && slices.Equal(c.strain, o.strain) && slices.Equal(c.from[1:], o.from[1:])
}

// stint is the number of the stint of a time.
func (c *course) stint(at int64) int {
	return max(0, sort.Search(len(c.from), func(i int) bool { return c.from[i] > at })-1)
}

// at is the rate at a time, in work per minute.
func (c *course) at(at int64) float64 { return c.rate[c.stint(at)] }

// strains is how much longer work takes at each station at a time.
func (c *course) strains(at int64) stationRates { return c.strain[c.stint(at)] }

// work is what the menu says is made between two times; negative when they are the wrong way round.
func (c *course) work(from, to int64) (sum float64) {
	if to < from {
		return -c.work(to, from)
	}
	for i := c.stint(from); ; i++ {
		end := to
		if i+1 < len(c.from) {
			end = min(end, c.from[i+1])
		}
		sum += c.rate[i] * float64(end-from) / msPerMinute
		if from = end; from == to {
			return sum
		}
	}
}

// mean is the rate between two times, or at the second when there is no time between them.
func (c *course) mean(from, to int64) float64 {
	if to <= from {
		return c.at(to)
	}
	return c.work(from, to) * msPerMinute / float64(to-from)
}

// slowest is the least rate that is reckoned with, in work per minute: with nobody there work takes very long, not for ever.
const slowest = 1e-3

// minutes is how long so much work takes from a time on, by a crew that works at eff times the menu's rate and loses less
// work per minute to something else.
func (c *course) minutes(from int64, work, eff, less float64) float64 {
	return c.minutesAt(-1, from, work, eff, less)
}

// minutesAt is the same at one station, or of the line when that is negative.
func (c *course) minutesAt(station int, from int64, work, eff, less float64) (minutes float64) {
	for i := c.stint(from); ; i++ {
		rate := c.rate[i] * eff
		if station >= 0 && c.strain[i][station] != 1 {
			rate /= c.strain[i][station]
		}
		rate = max(rate-less, slowest)
		if i+1 == len(c.from) {
			return minutes + work/rate
		}
		span := float64(c.from[i+1]-from) / msPerMinute
		if done := rate * span; done < work {
			work, minutes, from = work-done, minutes+span, c.from[i+1]
			continue
		}
		return minutes + work/rate
	}
}

// reach follows a course from a time to later ones: what the menu says is made until then, by the line and by each station.
type reach struct {
	c    *course
	n    int   // stations that are looked at
	i    int   // stint
	from int64 // ms, since when the sums do not count
	line float64
	each stationRates
}

func (c *course) reachFrom(from int64, stations int) reach {
	return reach{c: c, n: stations, i: c.stint(from), from: from}
}

// to goes on to a time, no earlier than the last.
func (r *reach) to(at int64) (line float64, each stationRates) {
	for r.i+1 < len(r.c.from) && r.c.from[r.i+1] <= at {
		r.line, r.each = r.at(r.c.from[r.i+1])
		r.i, r.from = r.i+1, r.c.from[r.i+1]
	}
	return r.at(at)
}

func (r *reach) at(at int64) (line float64, each stationRates) {
	made := r.c.rate[r.i] * float64(at-r.from) / msPerMinute
	each = r.each
	strain := &r.c.strain[r.i]
	for i := range r.n {
		each[i] += made / strain[i]
	}
	return r.line + made, each
}
