package table

import (
	"math"
	"slices"
	"time"

	"weir/shop"
	"weir/shop/capacity"
	"weir/shop/wire"
)

// Point is a place in degrees, GCJ-02.
type Point struct {
	Lat float64 `json:"lat"`
	Lon float64 `json:"lon"`
}

// cell is a square of a hundredth of a degree, some 1.1 by 1 km in China.
type cell struct{ lat, lon int32 }

const (
	cellsPerDegree = 100
	// degreeM is a degree of latitude in metres.
	degreeM = 111_320.0
	// RadiusMax bounds a search: a city.
	RadiusMax = 50_000
	// RadiusUsual is how far a shop may be when the caller does not say.
	RadiusUsual = 3_000
	// NearMax is how many shops are looked at for one order.
	NearMax = 8
	// kindOf is the distance in metres at which a shop counts for less by a factor of e.
	kindOf = 800.0
)

func cellOf(lat, lon float64) cell {
	return cell{int32(math.Floor(lat * cellsPerDegree)), int32(math.Floor(lon * cellsPerDegree))}
}

// Distance is the way between two places in metres, as the crow flies; good for a city.
func Distance(a, b Point) float64 {
	dLat := (a.Lat - b.Lat) * degreeM
	dLon := (a.Lon - b.Lon) * degreeM * math.Cos((a.Lat+b.Lat)/2*math.Pi/180)
	return math.Hypot(dLat, dLon)
}

// Near is a shop and how far it is.
type Near struct {
	*Shop
	Metres float64
}

// Want is what an order asks of a shop.
type Want struct {
	Channel string
	At      Point
	Anyway  []string // these shops, wherever they are; none is by place
	RadiusM float64
	Lines   []shop.Line
	By      time.Time // ready by then; zero is whenever
	Slot    time.Time // start of the slot that is wanted; zero is now
	Max     int       // how many; 0 is NearMax
	MayAsk  func(store string) bool
}

// Find returns the nearest shops that could take an order now, nearest first. A shop is left out when it is away or
// its report is old, when it takes no orders of the channel, is sold out of something, or cannot keep the time.
// shut are the nearest that only lack room now: their slots may do.
func (t *Table) Find(w Want, now time.Time) (open, shut []Near) {
	if w.Max == 0 {
		w.Max = NearMax
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	look := func(id string) {
		s := t.shops[id]
		if s == nil || s.Shop == nil {
			return
		}
		n := Near{s, 0}
		if w.At != (Point{}) {
			n.Metres = Distance(w.At, Point{s.Lat, s.Lon})
		}
		if len(w.Anyway) == 0 && (n.Metres > w.RadiusM || s.RadiusM > 0 && n.Metres > float64(s.RadiusM)) || !s.serves(w, now) {
			return
		}
		if s.hasRoom(w, now) {
			open = append(open, n)
		} else {
			shut = append(shut, n)
		}
	}
	if len(w.Anyway) > 0 {
		for _, id := range w.Anyway {
			look(id)
		}
	} else {
		t.rings(w, func() int { return len(open) }, look)
	}
	for _, list := range []*[]Near{&open, &shut} {
		slices.SortFunc(*list, func(a, b Near) int { return cmpFloat(a.Metres, b.Metres) })
		*list = (*list)[:min(len(*list), w.Max)]
	}
	return open, shut
}

func cmpFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// rings looks at the cells around a place, ring by ring, until enough was found and the next ring cannot be nearer.
func (t *Table) rings(w Want, found func() int, look func(id string)) {
	middle := cellOf(w.At.Lat, w.At.Lon)
	width := degreeM / cellsPerDegree * math.Max(0.1, math.Cos(w.At.Lat*math.Pi/180)) // of the narrower side
	last := int32(w.RadiusM/width) + 1
	for r, extra := int32(0), false; r <= last; r++ {
		if found() >= w.Max {
			if extra {
				return
			}
			extra = true // one more ring: a corner of this one may be farther than the middle of the next
		}
		for _, c := range ring(middle, r) {
			for _, id := range t.grid[c] {
				look(id)
			}
		}
	}
}

func ring(m cell, r int32) []cell {
	if r == 0 {
		return []cell{m}
	}
	cells := make([]cell, 0, 8*r)
	for d := -r; d <= r; d++ {
		cells = append(cells, cell{m.lat - r, m.lon + d}, cell{m.lat + r, m.lon + d})
		if d > -r && d < r {
			cells = append(cells, cell{m.lat + d, m.lon - r}, cell{m.lat + d, m.lon + r})
		}
	}
	return cells
}

// serves reports whether the shop could ever be asked: it is there, and has everything.
func (s *Shop) serves(w Want, now time.Time) bool {
	if !s.Fresh(now) || now.Before(s.Twins) || !s.Takes(w.Channel) || s.Report.Level >= capacity.LevelPaused {
		return false
	}
	if w.MayAsk != nil && !w.MayAsk(s.ID) {
		return false
	}
	for i := range w.Lines {
		l := &w.Lines[i]
		if slices.Contains(s.Report.SoldOut, l.Item) {
			return false
		}
		for group, id := range l.Options.All() {
			if len(s.NoOption) > 0 && slices.Contains(s.NoOption, group+"/"+id) {
				return false
			}
		}
	}
	return true
}

// hasRoom reports whether the shop would take it, now or in the slot that is wanted.
func (s *Shop) hasRoom(w Want, now time.Time) bool {
	if !w.Slot.IsZero() {
		return slices.ContainsFunc(s.Report.Slots, func(slot wire.Slot) bool { return slot.Start.Equal(w.Slot) })
	}
	level := s.Report.Level
	if l := s.Lease(w.Channel); l.Seq > 0 && now.Before(l.ExpiresAt) {
		level = l.Level
	}
	ready := now.Add(time.Duration(s.Report.Quote.P90) * time.Second)
	return level < capacity.LevelSlots && (w.By.IsZero() || !ready.After(w.By))
}

// Draw picks one shop: of two that chance names, the one with more room near by. room is in work, and less what this
// router has sent there a moment ago; chance is in [0, 1). -1 is none.
func Draw(list []Near, room func(Near) capacity.Work, chance func() float64) int {
	weights, sum := make([]float64, len(list)), 0.0
	for i, n := range list {
		weights[i] = math.Max(0, float64(room(n))) * math.Exp(-n.Metres/kindOf)
		sum += weights[i]
	}
	if sum == 0 {
		return -1
	}
	one := func() int {
		at := chance() * sum
		for i, w := range weights {
			if at -= w; at < 0 {
				return i
			}
		}
		return len(weights) - 1
	}
	a, b := one(), one()
	if weights[b] > weights[a] {
		return b
	}
	return a
}

// CityAt is the city of the shop nearest to a place, whatever it says; "" when there is none within a city's width.
func (t *Table) CityAt(p Point) string {
	t.mu.RLock()
	defer t.mu.RUnlock()
	best, city := math.Inf(1), ""
	t.rings(Want{At: p, RadiusM: RadiusMax, Max: 1}, func() int {
		if math.IsInf(best, 1) {
			return 0
		}
		return 1
	}, func(id string) {
		if s := t.shops[id]; s != nil && s.Shop != nil {
			if d := Distance(p, Point{s.Lat, s.Lon}); d < best {
				best, city = d, s.City
			}
		}
	})
	return city
}
