package capacity

import (
	"maps"
	"time"
)

// Stations is the pace of each station whose parts are tapped there, by its id. It is never changed in place.
type Stations map[string]Pace

// each is the stations with a change made to every pace.
func (s Stations) each(change func(Pace) Pace) Stations {
	if s == nil {
		return nil
	}
	next := make(Stations, len(s))
	for id, p := range s {
		next[id] = change(p)
	}
	return next
}

// Part is one station's part of a cup that was just finished there, or taken back.
type Part struct {
	Station string
	Seconds int // of one person, as the menu says; negative when it is taken back
	People  int // on duty at the station
	Left    int // cups that are at the station after it
}

// PartMade tells that a station has finished its part of a cup. The station's pace is learned from it as the shop's is from
// whole cups, within the same bounds: in busy time only, as a ratio to what the menu says for the people who are there.
// Work is in hundredths of a minute of one person.
func (b Book) PartMade(now time.Time, part Part) Book {
	p, known := b.mem.Stations[part.Station]
	if !known {
		p = newPace()
	}
	before := part.Left + 1
	if part.Seconds < 0 {
		before = part.Left - 1
	}
	work, nominal := Work(part.Seconds)*Cup/60, float64(part.People)*float64(Cup)
	next := maps.Clone(b.mem.Stations)
	if next == nil {
		next = Stations{}
	}
	next[part.Station] = p.made(now.UnixMilli(), work, stationRates{}, before, part.Left, nominal)
	b.mem.Stations = next
	return b.learned()
}

// StationPace is how fast the people at a station are, by what the menu says: 1 is as fast as the menu, 2 twice as fast.
type StationPace struct {
	P10, P25, P50 float64
	Slow          float64 // p25 of the long memory
	Minutes       float64 // of one person's work by the menu that it was learned from, with the prior and what was forgotten
}

// AtStation is the pace of a station. known is false when no part of a cup was tapped there: then it is the menu's.
func (b Book) AtStation(station string) (pace StationPace, known bool) {
	p, known := b.mem.Stations[station]
	if !known {
		p = newPace()
	}
	return StationPace{
		P10: believable(p.Fast.quantile(q10)), P25: believable(p.Fast.quantile(q25)), P50: believable(p.Fast.quantile(q50)),
		Slow: believable(p.Slow.quantile(q25)), Minutes: p.Fast.Nominal,
	}, known
}
