// Package clock is the shop's time. A shop's box may have no battery behind its clock, or have it in local time, so that
// its wall clock is hours, days or years wrong, and is put right while the shop runs. The wall clock is therefore held
// against what cannot jump: the time since the start, the last moment that the shop has stored, and the day on which this
// program was built.
//
// A jump of more than [StepMax] is noticed at once. Where the system says that its clock is synchronised, the shop
// follows it. Where it does not, the shop's own time goes on as if nothing had happened for [HoldMax], because most such
// jumps are taken back; then it follows. While it is not sure, no credit is granted and nothing is deleted for its age.
package clock

import (
	"sync"
	"time"
)

const (
	// StepMax is the most by which the wall clock may move against the time since the start, from one reading to the
	// next, without being a jump. Time servers move it by less; an hour of wrong zone is far more.
	StepMax = time.Minute
	// HoldMax is how long the shop's time goes on without a wall clock that has jumped and that nothing vouches for.
	HoldMax = 10 * time.Minute
	// GapMax is the longest time between the last stored moment and a start at which the wall clock is believed
	// without a doubt: a night and a day off. After more, names are not deleted until the clock is sure.
	GapMax = 36 * time.Hour
	// SureAfter is how long a clock that nothing contradicts has to run until it is believed.
	SureAfter = 24 * time.Hour
	// toldFor is how long a jump is shown after the shop's time has followed it.
	toldFor = time.Hour
)

// Source is what a clock reads. [System] is the machine's.
type Source struct {
	Wall   func() time.Time     // the wall clock
	Since  func() time.Duration // grows evenly, also while the wall clock jumps and while the machine sleeps
	Synced func() bool          // the system says that its wall clock is synchronised with others
	Built  time.Time            // when this program was built: no true time is before it; zero is not known
}

// Jump is a step of the wall clock.
type Jump struct {
	At     time.Time     // the shop's time when it was noticed
	By     time.Duration // the wall clock against the shop's time; negative is back
	Follow bool          // the shop's time has followed it
}

// Status is how far the shop's time can be trusted.
type Status struct {
	Steady bool          // the shop's time and the wall clock agree: credit may be granted
	Sure   bool          // and have for long enough: what is old may be deleted
	Off    time.Duration // the wall clock against the shop's time; 0 while they agree
	Jumped bool          // there was a jump that people should know of
	Last   Jump          // the latest jump; zero when there was none
}

// Clock is the shop's time. All its methods may be called from any goroutine.
type Clock struct {
	source Source

	mu       sync.Mutex
	base     time.Time     // the shop's time …
	at       time.Duration // … at this reading of Since
	jumpedAt time.Duration // of Since, while the wall clock is not followed
	holding  bool
	doubtful bool // since the start: the gap was too long, or the wall clock was impossible
	started  time.Duration
	last     Jump
	lastAt   time.Duration
	heard    func(Jump)
}

// New starts a clock. stored is the last moment that the shop has stored, zero for a new shop.
func New(source Source, stored time.Time) *Clock {
	c := &Clock{source: source, heard: func(Jump) {}}
	c.started = source.Since()
	c.at = c.started
	wall := source.Wall()
	c.base = wall.Round(0)
	switch {
	case wall.Before(source.Built):
		c.base, c.holding, c.jumpedAt = later(stored, source.Built), true, c.started
		c.note(Jump{At: c.base, By: wall.Sub(c.base)})
	case stored.Sub(wall) > StepMax:
		c.note(Jump{At: wall, By: wall.Sub(stored), Follow: true})
	}
	c.doubtful = c.holding || !stored.IsZero() && (wall.Sub(stored) > GapMax || stored.Sub(wall) > StepMax)
	return c
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Listen has each jump told to heard from now on. It is called while the clock is read: it must not block and must not
// read the clock.
func (c *Clock) Listen(heard func(Jump)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heard = heard
}

// Now is the shop's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

// now reads the clock. The caller holds mu.
func (c *Clock) now() time.Time {
	since, wall := c.source.Since(), c.source.Wall().Round(0)
	held := c.base.Add(since - c.at)
	off := wall.Sub(held)
	switch {
	case off <= StepMax && off >= -StepMax:
		c.holding = false
	case !c.holding:
		c.holding, c.jumpedAt = true, since
		if !c.mayFollow(wall, since) {
			c.note(Jump{At: held, By: off})
			return held
		}
		c.follow(held, off)
	case c.mayFollow(wall, since):
		c.follow(held, off)
	default:
		return held
	}
	c.base, c.at = wall, since
	return wall
}

// mayFollow reports whether a wall clock that has jumped is to be believed. The caller holds mu.
func (c *Clock) mayFollow(wall time.Time, since time.Duration) bool {
	return !wall.Before(c.source.Built) && (c.source.Synced() || since-c.jumpedAt >= HoldMax)
}

// follow notes that the shop's time takes a jump over. The caller holds mu.
func (c *Clock) follow(held time.Time, off time.Duration) {
	c.holding = false
	c.doubtful = !c.source.Synced()
	c.started = c.source.Since()
	c.note(Jump{At: held, By: off, Follow: true})
}

// note remembers a jump and tells it. The caller holds mu, or is the only one who knows the clock.
func (c *Clock) note(j Jump) {
	c.last, c.lastAt = j, c.source.Since()
	c.heard(j)
}

// Status is how far the shop's time can be trusted now.
func (c *Clock) Status() Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	now, since := c.now(), c.source.Since()
	if c.doubtful && !c.holding && (c.source.Synced() || since-c.started >= SureAfter) {
		c.doubtful = false
	}
	s := Status{Steady: !c.holding, Sure: !c.holding && !c.doubtful, Last: c.last}
	if c.holding {
		s.Off = c.source.Wall().Sub(now)
	}
	s.Jumped = s.Last != Jump{} && (c.holding || c.doubtful || since-c.lastAt < toldFor)
	return s
}

// Trust takes the wall clock as it is, because a person has looked at it.
func (c *Clock) Trust() {
	c.mu.Lock()
	defer c.mu.Unlock()
	since, wall := c.source.Since(), c.source.Wall().Round(0)
	if held := c.base.Add(since - c.at); c.holding {
		c.note(Jump{At: held, By: wall.Sub(held), Follow: true})
	}
	c.base, c.at, c.holding, c.doubtful = wall, since, false, false
	c.lastAt = since - toldFor
}
