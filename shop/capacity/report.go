package capacity

import "time"

// Report is a shop's capacity as it is shown and published.
type Report struct {
	Level       Level
	Backlog     Work // W
	BacklogCups int  // unmade cups due now
	LaterCups   int  // unmade cups booked or held
	ShelfBags   int
	Rate        Rate
	Room        Room
	Quote       Quote         // for one standard cup
	Minutes     time.Duration // to work off what is due now
	WalkIns     float64       // forecast, work per minute
}

// Report sums up how the shop stands.
func (b Book) Report(now time.Time) Report {
	ms := now.UnixMilli()
	r := Report{
		Level: b.Level(now, ""), Backlog: b.load.online + b.load.walkIn, BacklogCups: b.load.cups, LaterCups: b.load.later,
		ShelfBags: b.load.bags, Rate: b.Rate(now), Room: b.Room(now, ""), Quote: b.Quote(now, Cup),
		WalkIns: b.mem.WalkIns.perMinute(ms, b.set.WalkIns),
	}
	if r.Rate.P50 > 0 {
		r.Minutes = minutesOf(float64(r.Backlog) / r.Rate.P50).Round(time.Second)
	}
	return r
}
