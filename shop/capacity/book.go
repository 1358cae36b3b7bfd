package capacity

import (
	"maps"
	"reflect"
	"slices"
	"time"
)

// Book is all a shop knows about its capacity at one moment. It is a value that is never changed: a method that
// tells it something returns the next one. The zero Book is not usable; get one from [Open].
type Book struct {
	set      *Settings // replaced, never changed
	plan     course    // work per minute of who is there, by the menu
	opens    int64     // ms
	closes   int64     // ms
	mem      Memory
	load     load
	eff      efficiency
	drag     stationRates       // how much slower than the crew each station is; 1 is as fast
	stations int                // how many are looked at each by itself
	ranks    *ranks             // derived from mem.Calibration
	spreads  *[bandCount]spread // derived from mem.Calibration
	coverage float64            // derived from mem.Calibration
}

// Memory is what a Book learned or granted and cannot derive from the open orders. Store it in the transaction of
// the order that changed it. It survives a JSON round trip unchanged.
type Memory struct {
	Pace        Pace        `json:"pace"`
	Stations    Stations    `json:"stations,omitempty"` // pace of each, where stations finish their own parts
	Calibration Calibration `json:"calibration"`
	WalkIns     WalkIns     `json:"walk_ins"`
	Hysteresis  Hysteresis  `json:"hysteresis"`
	Leases      Leases      `json:"leases"`
	Passed      []Passed    `json:"passed,omitempty"` // by later orders, where that is allowed
	Again       Again       `json:"again,omitzero"`
}

// Day is one day's opening and closing.
type Day struct {
	Opens, Closes time.Time
}

// efficiency is the quantiles of the ratio of the rate made to the rate of the menu.
type efficiency struct {
	p10, p25, p50, slow, slow50 float64
}

// dragLeast is the minutes of one person's busy time that a station must have been seen for, with what the menu stands for,
// until its own pace counts; and dragMost how much slower than the crew it may be taken for.
const (
	dragLeast = 1.5 * priorCups
	dragMost  = 0.25
)

// New is the memory of a shop that was never open: it has learned nothing and granted nothing. epoch must be higher
// than any epoch this shop ever published.
func New(epoch int64) Memory {
	return Memory{Pace: newPace(), Leases: Leases{Epoch: epoch}}
}

// Open makes a Book without open orders; add those with [Book.Swap]. The settings must have passed
// [Settings.Check]. plan is the rate of those who are there, by the menu.
func Open(s Settings, plan Plan, day Day, m Memory) Book {
	b := Book{set: s.kept(), plan: plan.compile(), opens: day.Opens.UnixMilli(), closes: day.Closes.UnixMilli(), mem: m}
	b.mem.WalkIns = b.mem.WalkIns.reopen(b.opens)
	return b.learned().calibrated()
}

// Memory is what must be stored. Its slices belong to the Book.
func (b Book) Memory() Memory { return b.mem }

// Equal reports whether two books answer every question alike. Tests hold a book against the same book after a restart.
func (b Book) Equal(o Book) bool {
	return b.plan.equal(&o.plan) && b.opens == o.opens && b.closes == o.closes &&
		reflect.DeepEqual(b.set, o.set) && b.SameMemory(o) && b.load.equal(&o.load)
}

// SameMemory reports whether there is nothing to store between two books.
func (b Book) SameMemory(o Book) bool { return b.mem.equal(&o.mem) }

func (m *Memory) equal(o *Memory) bool {
	return m.Pace == o.Pace && maps.Equal(m.Stations, o.Stations) && m.Calibration.equal(&o.Calibration) && m.WalkIns == o.WalkIns &&
		m.Hysteresis == o.Hysteresis && m.Leases.equal(&o.Leases) && slices.Equal(m.Passed, o.Passed) && m.Again.equal(&o.Again)
}

// Swap replaces one state of an open order by the next. before is the order as it was given last, or zero for a new one;
// after is zero when it is no longer open. Swap changes the load and nothing that is learned: tell [Book.Made] when cups
// were made.
func (b Book) Swap(before, after Order) Book {
	b.load = b.load.swap(&before, &after)
	return b
}

// Arrive tells that an order came in, accepted or not: it counts towards the channel's demand, the forecast of
// walk-ins, and what its channel has used of its lease. It must be told once per order.
func (b Book) Arrive(now time.Time, r Request) Book {
	if r.Slot.IsZero() {
		b = b.passes(r.Due, r.Cups)
	}
	if r.WalkIn {
		b.mem.WalkIns = b.mem.WalkIns.arrive(now.UnixMilli(), Demand{r.Work, r.Spare})
		return b
	}
	if r.Slot.IsZero() {
		b.mem.Leases = b.mem.Leases.arrive(now.UnixMilli(), r.Channel, r.Work, r.Lease, &b.set.Lease)
	}
	return b
}

// Made tells that cups of an order were made. With more unmade work after than before it tells that this was undone.
// tapped is false when nobody tapped the cups as made, and the order has left nevertheless. Then the rate learns nothing,
// except that taps have stopped.
func (b Book) Made(now time.Time, before, after Order, tapped bool) Book {
	work, spare, cups := before.Work-after.Work, before.Spare.minus(after.Spare), b.load.cups
	b = b.Swap(before, after)
	if !tapped {
		b.mem.Pace = b.mem.Pace.left(before.Cups - after.Cups)
		return b
	}
	at := now.UnixMilli()
	b.mem.Pace = b.mem.Pace.made(at, work, b.relief(at, work, &spare), cups, b.load.cups, b.plan.mean(b.mem.Pace.LastMs, at))
	b = b.learned()
	if after.Cups == 0 && before.Cups > 0 && !before.Again.IsZero() {
		b.mem.Again = b.mem.Again.learn(!now.After(before.Again))
	}
	if after.Cups == 0 && before.Cups > 0 && before.calibrates(b.mem.Pace.Crew) {
		b = b.observed(&before.Quote, now.Sub(before.Placed))
	}
	return b
}

// relief is by how much less than the line each station was kept busy by work that was made now.
func (b *Book) relief(now int64, work Work, spare *Spare) (r stationRates) {
	if strain, even := b.strains(now); !even || *spare != (Spare{}) {
		for i := range r {
			r[i] = Work(float64(work) - float64(work-Work(spare[i]))*strain[i]).Cups()
		}
	}
	return r
}

// calibrates is whether an order's time says something about quotes: it was quoted for this crew, and made at once.
func (o *Order) calibrates(crew int) bool {
	return o.Quote.Predicted > 0 && o.Quote.Crew == crew && o.Slot.IsZero() && o.Stage == Waiting
}

// Set tells new settings; they must have passed [Settings.Check].
func (b Book) Set(s Settings) Book {
	b.set = s.kept()
	return b.learned()
}

// Staff tells that the plan of who is there has changed. The rate follows at once. When other people are there now than
// the plan had said, only the latest ratios are kept, because they were learned from the other crew; a change that was planned, or
// is yet to come, is reckoned with in predictions and drops nothing.
func (b Book) Staff(now time.Time, plan Plan) Book {
	old := b.plan
	b.plan = plan.compile()
	if at := now.UnixMilli(); b.plan.at(at) == old.at(at) {
		return b
	}
	b.mem.Pace, b.mem.Stations = b.mem.Pace.staffed(), b.mem.Stations.each(Pace.staffed)
	b.mem.Calibration = b.mem.Calibration.recent(staffSamples)
	return b.learned().calibrated()
}

// Today tells the opening hours of the day that begins, and who will be there. What yesterday taught of the pace is
// evidence about yesterday's crew: little of it is kept.
func (b Book) Today(day Day, plan Plan) Book {
	opens := day.Opens.UnixMilli()
	if opens > b.opens {
		b.mem.Pace, b.mem.Stations = b.mem.Pace.night(), b.mem.Stations.each(Pace.night)
	}
	b.plan = plan.compile()
	b.opens, b.closes = opens, day.Closes.UnixMilli()
	b.mem.WalkIns = b.mem.WalkIns.reopen(b.opens)
	return b.learned()
}

// Tick tells that time has passed: levels step, and credit of lost orders comes back. Call it at least every [TickMax]
// while the shop is open. Most of the time nothing changes: [Book.SameMemory] says whether there is anything to store.
func (b Book) Tick(now time.Time) Book {
	m := moment{Book: &b}
	m.at(now)
	b.mem.Hysteresis = m.levels()
	if b.mem.WalkIns.AtMs == 0 && m.now >= b.opens {
		b.mem.WalkIns = b.mem.WalkIns.to(m.now)
	}
	b.mem.Leases = b.mem.Leases.settle(m.now, &b.set.Lease)
	return b
}

// TickMax is how far apart calls of [Book.Tick] may be.
const TickMax = 5 * time.Second

func (b Book) learned() Book {
	f, s := b.mem.Pace.Fast, b.mem.Pace.Slow
	b.eff = efficiency{
		p10: believable(f.quantile(q10)), p25: believable(f.quantile(q25)), p50: believable(f.quantile(q50)),
		slow: believable(s.quantile(q25)), slow50: believable(s.quantile(q50)),
	}
	b.drag, b.stations = evenly(1), StationsMax
	if n := len(b.set.Stations); n > 0 { // the figures after the last station are of none
		b.stations = min(n, StationsMax)
	}
	for i, id := range b.set.Stations {
		own, known := b.mem.Stations[id]
		if i = min(i, StationsMax-1); known && own.Fast.Nominal >= dragLeast {
			b.drag[i] = min(b.drag[i], max(own.Fast.quantile(q50)/b.eff.p50, dragMost))
		}
	}
	return b
}

// believable bounds an efficiency. Outside these bounds the taps are wrong, not the crew.
func believable(e float64) float64 { return min(max(e, 0.1), 4) }

// observed learns how long a quoted order took.
func (b Book) observed(q *Quote, actual time.Duration) Book {
	old := b.mem.Calibration
	b.mem.Calibration = old.learn(q, actual)
	i := band(q.Predicted.Minutes())
	b.ranks = b.ranks.next(i, ratioOf(q, actual), old.Ratios[i])
	b.spreads, b.coverage = b.ranks.spreads(b.mem.Calibration.Stretch), b.mem.Calibration.coverage()
	return b
}

func (b Book) calibrated() Book {
	b.ranks = b.mem.Calibration.ranked()
	b.spreads, b.coverage = b.ranks.spreads(b.mem.Calibration.Stretch), b.mem.Calibration.coverage()
	return b
}
