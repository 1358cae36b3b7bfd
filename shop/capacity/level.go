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

// Hysteresis keeps levels from flickering. It holds the level of the kitchen and that of the shelf, and the higher of the
// two. The shelf counts for delivery channels only.
type Hysteresis struct {
	Level   int    `json:"level"`
	Reason  Reason `json:"reason,omitempty"`
	Kitchen Step   `json:"kitchen"`
	Shelf   Step   `json:"shelf"`
}

// Step is a level with hysteresis: it rises at once and falls after some time below.
type Step struct {
	Level   int   `json:"level"`
	BelowMs int64 `json:"below_ms,omitempty"` // since when a lower level would do
}

const (
	levelBand  = 0.1              // a level is left this much below where it is entered
	levelDwell = 30 * time.Second // and after having been below for so long
)

func (s Step) to(now int64, enter, leave int) Step {
	if enter >= s.Level {
		return Step{Level: enter}
	}
	if leave >= s.Level {
		return Step{Level: s.Level}
	}
	if s.BelowMs == 0 || s.BelowMs > now {
		return Step{Level: s.Level, BelowMs: now}
	}
	if now-s.BelowMs < levelDwell.Milliseconds() {
		return s
	}
	return Step{Level: leave}
}

// levels is where the levels stand at this moment.
func (m *moment) levels() Hysteresis {
	budget := m.budget()
	_, rule := m.quote(Cup, 1)
	h := Hysteresis{
		Kitchen: m.mem.Hysteresis.Kitchen.to(m.now, m.kitchen(0, budget, rule), m.kitchen(levelBand, budget, rule)),
		Shelf:   m.mem.Hysteresis.Shelf.to(m.now, m.shelf(0), m.shelf(levelBand)),
	}
	h.Level, h.Reason = h.Kitchen.Level, NoRoom
	switch {
	case h.Shelf.Level > h.Level:
		h.Level, h.Reason = h.Shelf.Level, Shelf
	case h.Level == LevelOpen:
		h.Reason = None
	case m.rate <= 0:
		h.Reason = Staff
	}
	return h
}

// kitchen is the level that the work in hand calls for. slack is the share of the budget by which the thresholds of busy
// and limited are lowered; that of "slots only" is lowered by half of it. rule is what a cup that is asked for now meets.
func (m *moment) kitchen(slack float64, budget Work, rule Rule) int {
	held := m.online() + m.excess()
	busy, room := float64(held), budget-held
	switch {
	case rule != RuleFits || m.load.standby > 0 || room < Cup+Work(slack/2*float64(budget)):
		return LevelSlots
	case busy >= (m.set.LimitedAt-slack)*float64(budget):
		return LevelLimited
	case busy >= (m.set.BusyAt-slack)*float64(budget):
		return LevelBusy
	}
	return LevelOpen
}

// shelf is the level that the bags on the shelf call for.
func (m *moment) shelf(slack float64) int {
	if m.set.ShelfMax == 0 {
		return LevelOpen
	}
	switch full := m.shelfFill() + slack; {
	case full >= 1:
		return LevelSlots
	case full >= m.set.LimitedAt:
		return LevelLimited
	}
	return LevelOpen
}

// shelfFill is the bags on the shelf by its limit.
func (m *moment) shelfFill() float64 {
	if m.set.ShelfMax == 0 {
		return 0
	}
	return float64(m.load.bags) / float64(m.set.ShelfMax)
}

// Level is how far a channel's intake is open now. With no channel it is the level of the shop, the shelf included.
func (b Book) Level(now time.Time, channel string) Level {
	m := moment{Book: &b}
	m.at(now)
	return m.level(channel)
}

func (m *moment) level(channel string) Level {
	switch {
	case m.now >= m.closes:
		return Level{Level: LevelPaused, Reason: Closed}
	case m.now < m.opens:
		return Level{Level: LevelPaused, Reason: Closed, ResumeAt: time.UnixMilli(m.opens).UTC()}
	}
	mode, until := m.intake(m.now, channel)
	if mode == IntakePaused {
		return Level{Level: LevelPaused, Reason: Owner, ResumeAt: until}
	}
	h := m.levels()
	l := Level{Level: h.Level, Reason: h.Reason}
	if h.Reason == Shelf && channel != "" && !m.set.channel(channel).Delivery {
		l = Level{Level: h.Kitchen.Level, Reason: NoRoom}
		if l.Level == LevelOpen {
			l.Reason = None
		}
	}
	if mode == IntakeSlots && l.Level < LevelSlots {
		return Level{Level: LevelSlots, Reason: Owner, ResumeAt: until}
	}
	if l.Reason == NoRoom {
		l.ResumeAt = m.resume(l.Level)
	}
	return m.bounded(channel, l)
}

// resume is when the kitchen will have worked off enough for a lower level if nothing more comes in.
func (m *moment) resume(level int) time.Time {
	target := 1 - levelBand
	switch level {
	case LevelBusy:
		target = m.set.BusyAt - levelBand
	case LevelLimited:
		target = m.set.LimitedAt - levelBand
	}
	over := float64(m.online()+m.excess()) - target*float64(m.budget())
	wait := levelDwell + minutesOf(m.takes(Work(max(0, over))))
	return time.UnixMilli(m.now).Add(wait).UTC().Truncate(time.Second)
}
