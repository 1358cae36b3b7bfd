package capacity

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Work is an amount of work in hundredths of a standard cup.
type Work int64

// Cup is the work of one standard cup.
const Cup Work = 100

// Cups is the work in standard cups.
func (w Work) Cups() float64 { return float64(w) / float64(Cup) }

// Line is what the menu says about a shop's line: its stations with their ordinary staff, and the seconds the
// reference item takes at each of them.
type Line struct {
	stations   []Station
	reference  map[string]int
	bottleneck string
	pace       float64 // seconds at the bottleneck from one reference item to the next
}

// Station is a place on the line and how many people ordinarily stand there.
type Station struct {
	ID    string
	Staff int
}

// NewLine makes a line. reference is the seconds of the reference item per station. It is an error when no station
// has both staff and work for the reference item: such a line has no rate.
func NewLine(stations []Station, reference map[string]int) (Line, error) {
	if len(stations) == 0 {
		return Line{}, errors.New("a line needs at least one station")
	}
	l := Line{stations: stations, reference: reference}
	slowest := 0.0
	for _, s := range stations {
		if s.Staff < 0 || reference[s.ID] < 0 {
			return Line{}, fmt.Errorf("station %q: staff and seconds must not be negative", s.ID)
		}
		if s.Staff == 0 || reference[s.ID] == 0 {
			continue
		}
		if secs := float64(reference[s.ID]) / float64(s.Staff); secs > slowest {
			slowest, l.pace, l.bottleneck = secs, secs, s.ID
		}
	}
	if l.bottleneck == "" {
		return Line{}, errors.New("no station has both staff and work for the reference item")
	}
	return l, nil
}

// Bottleneck is the station that ordinarily sets the pace.
func (l Line) Bottleneck() string { return l.bottleneck }

// Weight is the work of an item (with its options) that takes so many seconds per station: the time it keeps its own
// slowest station busy with the ordinary staff, by the time that the reference item keeps the line's bottleneck busy. So
// a drink that is slow elsewhere is not taken for a light one. A weight is a constant of the menu; who is on duty changes
// the rate, never a weight. An item that takes any time at all weighs at least 1.
func (l Line) Weight(seconds map[string]int) Work {
	slowest := 0.0
	for _, s := range l.stations {
		slowest = max(slowest, float64(seconds[s.ID])/float64(max(1, s.Staff)))
	}
	if w := Work(math.Round(slowest * float64(Cup) / l.pace)); w > 0 {
		return w
	}
	for _, s := range seconds {
		if s > 0 {
			return 1
		}
	}
	return 0
}

// sideBySide is the share of the spared time that counts. Cups that are slow at different stations are made side by side
// only in part: they pass the stations in the order of their promises, and few stand between two. On simulated days with one
// or two heavy drinks more promises were kept with a half than with nothing or all of it, and nearly as much was made.
const sideBySide = 0.5

// Spare is by how much an item (with its options) of this weight is lighter at each station than its weight says.
func (l Line) Spare(seconds map[string]int, weight Work) (spare Spare) {
	for i := range spare {
		spare[i] = int32(sideBySide * float64(weight))
	}
	for i, s := range l.stations {
		i = min(i, StationsMax-1)
		own := Work(math.Ceil(float64(seconds[s.ID]) / float64(max(1, s.Staff)) * float64(Cup) / l.pace))
		spare[i] = min(spare[i], int32(sideBySide*float64(max(0, weight-own))))
	}
	return spare
}

// Rates is how much of such work the people on duty would do in a minute at each station by the menu, if it never waited
// for another one. A nil map is the ordinary staff.
func (l Line) Rates(onDuty map[string]int) (rates stationRates) {
	whole := 60 * float64(Cup) / l.pace
	for i := range rates {
		rates[i] = math.Inf(1)
	}
	for i, s := range l.stations {
		staff := s.Staff
		if onDuty != nil {
			staff = onDuty[s.ID]
		}
		i = min(i, StationsMax-1)
		rates[i] = min(rates[i], whole*float64(staff)/float64(max(1, s.Staff)))
	}
	return rates
}

// Stint is the stretch of a [Plan] that begins at a time with these people on duty.
func (l Line) Stint(from time.Time, onDuty map[string]int) Stint {
	return Stint{From: from, Rate: l.Prior(onDuty), stations: l.Rates(onDuty)}
}

// Prior is the rate in work per minute that the menu promises for the people on duty: that of the slowest station
// on the reference item. A nil map is the ordinary staff; a station that is missing from the map has nobody.
func (l Line) Prior(onDuty map[string]int) float64 {
	slowest := math.Inf(1)
	for _, s := range l.stations {
		if l.reference[s.ID] == 0 {
			continue
		}
		staff := s.Staff
		if onDuty != nil {
			staff = onDuty[s.ID]
		}
		slowest = min(slowest, float64(staff)*60/float64(l.reference[s.ID]))
	}
	return slowest * float64(Cup)
}
