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

const (
	// RadiusMax bounds a search: a city.
	RadiusMax = 50_000
	// RadiusUsual is how far a shop may be when the caller does not say.
	RadiusUsual = 3_000
	// NearMax is how many shops are looked at for one order.
	NearMax = 8
	// kindOf is the distance in metres at which a shop counts for less by a factor of e.
	kindOf = 800.0
)

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
	Later   bool      // it is wanted so late that its shop books a slot for it, whatever room there is now
	Max     int       // how many; 0 is NearMax
	MayAsk  func(store string) bool
}

// Find returns the nearest shops that could take an order now, nearest first. A shop is left out when it is away or
// its report is old, when it takes no orders of the channel, is sold out of something, or cannot keep the time.
// shut are the nearest that only lack room now: their slots may do. Where there are as many open ones as are wanted, none
// of shut is farther than the last of them.
func (t *Table) Find(w Want, now time.Time) (open, shut []Near) {
	if w.Max == 0 {
		w.Max = NearMax
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	f := search{want: &w, now: now, limit: w.RadiusM}
	if len(w.Anyway) > 0 {
		f.limit = math.Inf(1)
		for _, id := range w.Anyway {
			if k := t.shops[id]; k != nil && k.shop.Shop != nil {
				f.look(k, Point{k.shop.Lat, k.shop.Lon})
			}
		}
		return f.done()
	}
	for p := range t.rows.around(w.At, f.reach) {
		f.look(p.of, p.Point)
	}
	return f.done()
}

// search is a search under way: the nearest so far, in order.
type search struct {
	want       *Want
	now        time.Time
	limit      float64 // metres; farther ones are of no use
	open, shut []Near
}

func (f *search) reach() float64 { return f.limit }

// look takes in a shop.
func (f *search) look(k *known, at Point) {
	n := Near{Shop: k.shop}
	if f.want.At != (Point{}) {
		n.Metres = Distance(f.want.At, at)
	}
	byPlace := len(f.want.Anyway) == 0
	if byPlace && (n.Metres > f.limit || k.radius > 0 && n.Metres > k.radius) || f.now.UnixMilli() > k.until {
		return
	}
	room := false
	if k.plain && f.want.MayAsk == nil && f.want.Slot.IsZero() && !f.want.Later && f.now.UnixMilli() < k.until {
		room = roomAt(k.level, k.p90, f.want.By, f.now)
	} else if n.serves(f.want, f.now) {
		room = n.hasRoom(f.want, f.now)
	} else {
		return
	}
	if !room {
		f.shut = f.keep(f.shut, n)
		return
	}
	f.open = f.keep(f.open, n)
	if byPlace && len(f.open) == f.want.Max {
		f.limit = math.Min(f.limit, f.open[len(f.open)-1].Metres)
	}
}

// keep puts a shop into its place of a list and drops the farthest that is one too many.
func (f *search) keep(list []Near, n Near) []Near {
	if list == nil {
		list = make([]Near, 0, f.want.Max+1)
	}
	i := len(list)
	for i > 0 && n.Metres < list[i-1].Metres {
		i--
	}
	list = slices.Insert(list, i, n)
	return list[:min(len(list), f.want.Max)]
}

// done is what was found. What was put aside before the limit came down to it goes.
func (f *search) done() (open, shut []Near) {
	for len(f.shut) > 0 && f.shut[len(f.shut)-1].Metres > f.limit {
		f.shut = f.shut[:len(f.shut)-1]
	}
	return f.open, f.shut
}

// serves reports whether the shop could ever be asked: it is there, and has everything.
func (s *Shop) serves(w *Want, now time.Time) bool {
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
		if len(s.Report.NoOption) == 0 {
			continue
		}
		for group, id := range l.Options.All() {
			if slices.Contains(s.Report.NoOption, group+"/"+id) {
				return false
			}
		}
	}
	return true
}

// hasRoom reports whether the shop would take it, now or in the slot that is wanted.
func (s *Shop) hasRoom(w *Want, now time.Time) bool {
	if !w.Slot.IsZero() {
		return slices.ContainsFunc(s.Report.Slots, func(slot wire.Slot) bool { return slot.Start.Equal(w.Slot) })
	}
	if w.Later {
		return true // the shop chooses the slot, and says no where none is left
	}
	level := s.Report.Level
	if l := s.Lease(w.Channel); l.Seq > 0 && now.Before(l.ExpiresAt) {
		level = l.Level
	}
	return roomAt(level, s.Report.Quote.P90, w.By, now)
}

// roomAt reports whether a level and a quote (P90, in seconds) allow an order for now that must be ready by a time.
func roomAt(level int, p90 int64, by, now time.Time) bool {
	return level < capacity.LevelSlots && (by.IsZero() || !now.Add(time.Duration(p90)*time.Second).After(by))
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

// roomMin is the minutes of work that a shop without credit is taken to have room for: an ordinary horizon.
const roomMin = 30

// Credit is what choosing needs to know of the credit at a shop for one order.
type Credit struct {
	// Left is the credit that is left there, less what was sent a moment ago; 0 when it does not cover the order.
	Left func(Near) capacity.Work
	// Spend takes it; false when there is none after all.
	Spend func(Near) (bool, error)
	// Sent is the work that was sent there a moment ago and that no report shows yet.
	Sent func(Near) capacity.Work
}

// Choose picks one of the open shops for an order and takes its credit, if one has any. Without credit a shop that is
// below its limits decides by the room it has. ok is false when there is no shop, leased when credit was taken.
func Choose(open []Near, c Credit, chance func() float64) (to Near, ok, leased bool, err error) {
	for list := slices.Clone(open); len(list) > 0; {
		i := Draw(list, c.Left, chance)
		if i < 0 {
			break
		}
		spent, err := c.Spend(list[i])
		if err != nil || spent {
			return list[i], err == nil, spent, err
		}
		list = slices.Delete(list, i, i+1)
	}
	i := Draw(open, func(n Near) capacity.Work {
		room := capacity.Work(n.Report.Rate.P50*roomMin*float64(capacity.Cup)) - n.Report.BacklogWork
		return max(1, room-c.Sent(n))
	}, chance)
	if i < 0 {
		return to, false, false, nil
	}
	return open[i], true, false, nil
}

// CityAt is the city of the shop nearest to a place, whatever it says; "" when there is none within a city's width.
func (t *Table) CityAt(p Point) (city string) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	best := float64(RadiusMax)
	for at := range t.rows.around(p, func() float64 { return best }) {
		if d := Distance(p, at.Point); d < best {
			best, city = d, at.of.shop.City
		}
	}
	return city
}
