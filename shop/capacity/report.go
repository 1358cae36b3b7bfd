package capacity

import "time"

// Report is a shop's capacity as it is shown and published.
type Report struct {
	Level       Level
	Backlog     Work          // W
	BacklogCups int           // unmade cups due now
	LaterCups   int           // unmade cups booked or held
	ShelfBags   int           //
	Rate        Rate          //
	Room        Room          //
	Quote       Quote         // for one standard cup
	Minutes     time.Duration // to work off what is due now; zero when nobody is on duty
	WalkIns     float64       // forecast, work per minute
	PerSlot     Work          // what a slot that began now could hold; see [Book.PerSlot]
}

// Report sums up how the shop stands.
func (b Book) Report(now time.Time) Report {
	m := moment{Book: &b}
	m.at(now)
	r := Report{
		Level: m.level(""), Backlog: m.backlog(), BacklogCups: m.load.cups, LaterCups: m.load.later,
		ShelfBags: m.load.bags, Rate: b.Rate(now), Room: m.room(""), WalkIns: m.walkIns,
	}
	_, r.PerSlot = m.slotMax(m.now, nil)
	r.Quote = m.quoteAfter(Cup, 1)
	if !m.nobody {
		r.Minutes = seconds(m.takes(r.Backlog))
	}
	return r
}
