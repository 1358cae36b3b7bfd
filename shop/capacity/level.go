package capacity

import "time"

// Level is how far intake is open, and why.
type Level struct {
	Level    int       `json:"level"`
	Reason   Reason    `json:"reason"`
	ResumeAt time.Time `json:"resume_at,omitzero"` // when it should become lower; zero: not known
}

// The levels.
const (
	LevelOpen = iota
	LevelBusy
	LevelLimited
	LevelSlots  // only slots can be booked
	LevelPaused // nothing is accepted
)

// Hysteresis keeps a level from flickering: it rises at once and falls after some time below.
type Hysteresis struct {
	Level   int    `json:"level"`
	Reason  Reason `json:"reason"`
	BelowMs int64  `json:"below_ms,omitempty"` // since when a lower level would do
}

const (
	levelBand  = 0.1              // a level is left this much of the budget below where it was entered
	levelDwell = 30 * time.Second // and after being there for so long
)

// pressure is how full the shop is.
type pressure struct {
	fill   float64 // of the budget
	shelf  float64 // of the shelf
	full   bool    // no standard cup can be promised
	reason Reason
	limits [2]float64
}

func (b *Book) pressure(now int64) pressure {
	var s slack
	b.slack(now, &s)
	r := b.room(now, "", &s)
	p := pressure{limits: [2]float64{b.set.BusyAt, b.set.LimitedAt}, reason: NoRoom}
	if b.nominal <= 0 {
		p.reason, p.full = Staff, true
		return p
	}
	q := b.quote(time.UnixMilli(now), Cup, &s)
	p.full = r.Amount+r.Credit < Cup || q.Promise > b.set.Horizon || r.Reach+r.Credit < Cup
	if r.Budget > 0 {
		p.fill = float64(b.load.online+b.excess()) / float64(r.Budget)
	}
	if b.set.ShelfMax > 0 {
		p.shelf = float64(b.load.bags) / float64(b.set.ShelfMax)
	}
	return p
}

// level is the level this pressure calls for when entering (lower 0) or leaving (lower levelBand).
func (p pressure) level(lower float64) (int, Reason) {
	worst, reason := p.fill, p.reason
	if p.shelf > worst {
		worst, reason = p.shelf, Shelf
	}
	switch {
	case p.full:
		return LevelSlots, p.reason
	case p.shelf >= 1-lower:
		return LevelSlots, Shelf
	case worst >= p.limits[1]-lower:
		return LevelLimited, reason
	case worst >= p.limits[0]-lower:
		return LevelBusy, reason
	}
	return LevelOpen, None
}

func (h Hysteresis) step(now int64, p pressure) Hysteresis {
	up, why := p.level(0)
	if up >= h.Level {
		return Hysteresis{Level: up, Reason: why}
	}
	down, why := p.level(levelBand)
	if down >= h.Level {
		h.BelowMs = 0
		return h
	}
	if h.BelowMs == 0 {
		h.BelowMs = now
	}
	if now-h.BelowMs < levelDwell.Milliseconds() {
		return h
	}
	return Hysteresis{Level: down, Reason: why}
}

// Level is how far a channel's intake is open now. No channel is the shop itself: what its kitchen and shelf allow.
func (b Book) Level(now time.Time, channel string) Level {
	ms := now.UnixMilli()
	if ms < b.opens {
		return Level{Level: LevelPaused, Reason: Closed, ResumeAt: time.UnixMilli(b.opens).UTC()}
	}
	if ms >= b.closes {
		return Level{Level: LevelPaused, Reason: Closed}
	}
	mode, until := b.intake(ms, channel)
	if mode == IntakePaused {
		return Level{Level: LevelPaused, Reason: Owner, ResumeAt: until}
	}
	h := b.mem.Hysteresis.step(ms, b.pressure(ms))
	l := Level{Level: h.Level, Reason: h.Reason}
	if l.Reason == "" {
		l.Reason = None
	}
	if l.Level > LevelOpen && l.Reason == NoRoom {
		l.ResumeAt = b.drained(now, l.Level)
	}
	if mode == IntakeSlots && l.Level < LevelSlots {
		return Level{Level: LevelSlots, Reason: Owner, ResumeAt: until}
	}
	return l
}

// drained is when the kitchen will have worked off enough for a lower level if nothing comes in.
func (b *Book) drained(now time.Time, level int) time.Time {
	target := 1.0
	switch level {
	case LevelBusy:
		target = b.set.BusyAt - levelBand
	case LevelLimited:
		target = b.set.LimitedAt - levelBand
	}
	rate := b.eff.p50 * b.nominal
	over := float64(b.load.online+b.load.walkIn) - target*float64(b.budget())
	return now.Add(max(levelDwell, minutesOf(over/rate))).Truncate(time.Second)
}
