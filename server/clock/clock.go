// Package clock is the shop's time. A shop's box may have no battery behind its clock, or have it in local time, so that
// its wall clock is hours, days or years wrong, and is put right while the shop runs. The wall clock is therefore held
// against what cannot jump: the time since the start, the last moment that the shop has stored, and the day on which this
// program was built.
//
// A jump of more than [StepMax] is noticed at once. Where the system says that its clock is synchronised, the shop
// follows it. Where it does not, the shop's own time goes on as if nothing had happened for [HoldMax], because most such
// jumps are taken back. Then it follows, unless the jump is longer than [FollowMax]. While the two differ no credit is
// granted, and until the clock is sure nothing is deleted for its age.
//
// A program that is started anew on a machine that ran on goes on with the time that it had: see [Mark].
package clock

import (
	"sync"
	"time"

	"weir/shop"
)

const (
	// StepMax is the most by which the wall clock may move against the time since the start, from one reading to the
	// next, without being a jump. Time servers move it by less; an hour of wrong zone is far more.
	StepMax = time.Minute
	// HoldMax is how long the shop's time goes on without a wall clock that has jumped and that nothing vouches for.
	HoldMax = time.Hour
	// BlindMax is the longest time between the last stored moment and a wall clock that is believed at once because the
	// one before it was impossible: a box without a battery behind its clock whose time was asked for once, at the start.
	BlindMax = 60 * 24 * time.Hour
	// FollowMax is the largest jump that is followed although nothing vouches for it: a box that has local time where it
	// should have UTC, or the other way round. A day or years are a matter for a time service or a person.
	FollowMax = 14 * time.Hour
	// GapMax is the longest time between the last stored moment and a start at which the wall clock is believed
	// without a doubt: a night. After more, names are not deleted until the clock is sure.
	GapMax = 16 * time.Hour
	// nearMax is the longest time between the last stored moment and a start of the machine for which both are of one
	// scale: a machine that starts takes minutes, and a wall clock is wrong by hours.
	nearMax = time.Hour
	// SureAfter is how long a clock that nothing contradicts has to run until it is believed.
	SureAfter = 24 * time.Hour
	// AheadMax is how long after it was built a program may run without a time service until its wall clock is impossible.
	AheadMax = 10 * 365 * 24 * time.Hour
	// toldFor is how long a jump is shown after the shop's time has followed it.
	toldFor = time.Hour
)

// Source is what a clock reads. [System] is the machine's.
type Source struct {
	Wall   func() time.Time     // the wall clock
	Since  func() time.Duration // grows evenly, also while the wall clock jumps and while the machine sleeps
	Synced func() bool          // the system says that its wall clock is synchronised with others
	Built  time.Time            // when this program was built: no true time is before it; zero is not known
	Boot   string               // names this run of the machine, within which Since goes on; "" is not known
}

// Jump is a step of the wall clock.
type Jump struct {
	At       time.Time     // the shop's time when it was noticed
	By       time.Duration // the wall clock against the shop's time; negative is back
	Followed bool          // the shop's time has moved by it
}

// Status is how far the shop's time can be trusted.
type Status struct {
	Steady bool          // the shop's time and the wall clock agree: credit may be granted
	Sure   bool          // both clocks have agreed for long enough: old data may be deleted
	Off    time.Duration // the wall clock against the shop's time; 0 while they agree
	Jumped bool          // there was a jump that people should know of
	Last   Jump          // the latest jump; zero when there was none
	Away   time.Duration // how long the shop was off by a wall clock that nothing vouches for, while people should know; or 0
}

// Clock is the shop's time. All its methods may be called from any goroutine.
type Clock struct {
	source Source

	mu       sync.Mutex
	base     time.Time     // the shop's time …
	at       time.Duration // … at this reading of Since
	holding  bool          // the wall clock has jumped and is not followed yet
	jumpedAt time.Duration // value of Since at the jump, while the shop keeps its own time
	trusted  bool          // a person says that the wall clock is right, while holding
	blind    bool          // the wall clock was impossible at the start and has not been followed since
	stored   time.Time     // the last moment stored before the start; zero is none. It moves with the shop's time
	begun    time.Time     // the shop's time at the start; moves likewise
	left     time.Time     // the start on the scale of what is stored, as far as it is certain; moves likewise
	apart    bool          // what is stored from before the start may be on another scale than the shop's time
	doubtful bool          // since the start or the last jump
	started  time.Duration // value of Since when that began
	last     Jump
	lastAt   time.Duration // of Since

	mended   map[shop.Day]bool // days to come of which nothing is left; used by Keep alone
	markFile string            // where the mark is kept; "" is nowhere. Used by Keep alone
	marked   Mark              // the last that was written; likewise
}

// New starts a clock for a shop that has stored nothing yet.
func New(source Source) *Clock {
	c := &Clock{source: source}
	c.begin(time.Time{}, Mark{})
	return c
}

// Resume starts the clock anew for a shop whose last stored moment is known. mark is what the run before has left; the
// zero value is nothing.
func (c *Clock) Resume(stored time.Time, mark Mark) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.begin(stored, mark)
}

// begin goes on from the mark of a run before, or takes the wall clock as it is, unless it is impossible. The caller
// holds mu, or is the only one who knows the clock.
func (c *Clock) begin(stored time.Time, mark Mark) {
	wall, since := c.source.Wall().Round(0), c.source.Since()
	c.base, c.at, c.started = wall, since, since
	c.holding, c.trusted, c.blind, c.stored, c.last = false, false, false, stored, Jump{}
	c.begun, c.left, c.apart = wall, stored, false
	own, measured := mark.now(c.source.Boot, since)
	switch {
	case measured && mark.Sure && wall.Sub(own).Abs() > StepMax:
		c.base, c.begun, c.holding, c.jumpedAt = own, own, true, since
		c.note(Jump{At: own, By: wall.Sub(own)})
	case c.impossible(wall, stored, measured):
		c.blind = true
		c.base, c.holding, c.jumpedAt = later(stored, c.source.Built), true, since
		c.begun = c.base
		c.note(Jump{At: c.base, By: wall.Sub(c.base)})
	case stored.Sub(wall) > StepMax:
		c.note(Jump{At: stored, By: wall.Sub(stored), Followed: true})
		c.stored, c.left = wall, wall // the shop finds its clock put back, and moves what lies in the future
	}
	if measured {
		c.left, c.doubtful = own, !mark.Sure
		return
	}
	c.doubtful = c.holding || !stored.IsZero() && (wall.Sub(stored) > GapMax || stored.Sub(wall) > StepMax)
	c.apart = !stored.IsZero() && c.begun.Sub(stored) > nearMax || c.blind
	if c.source.Synced() {
		c.left = c.begun
	}
}

// impossible reports whether a wall clock cannot be right at a start: before this program was built, or, where nothing
// vouches for it, years after that, or months after what was stored last. The shop then goes on from what it has stored.
func (c *Clock) impossible(wall, stored time.Time, measured bool) bool {
	switch {
	case wall.Before(c.source.Built):
		return true
	case c.source.Synced() || measured:
		return false
	}
	return !c.source.Built.IsZero() && wall.Sub(c.source.Built) > AheadMax || !stored.IsZero() && wall.Sub(stored) > BlindMax
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Now is the shop's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	now, _ := c.read()
	return now
}

// read is the shop's time, and how far the wall clock is from it. The caller holds mu.
func (c *Clock) read() (now time.Time, off time.Duration) {
	since, wall := c.source.Since(), c.source.Wall().Round(0)
	now = c.base.Add(since - c.at)
	off = wall.Sub(now)
	if off.Abs() <= StepMax {
		c.base, c.at, c.holding, c.trusted, c.blind = wall, since, false, false, false
		return wall, 0
	}
	if !c.holding {
		c.holding, c.jumpedAt = true, since
		c.note(Jump{At: now, By: off})
	}
	return now, off
}

// Due is by how much the shop's time has to move to be where the wall clock is, once that is to be believed; ok is false
// while it is not, and while there is nothing to move. The caller takes its own times after from over to the new scale
// and then calls [Clock.Follow]. What is older was stored before a start at which the clock was in doubt: it is of the
// scale of that time.
func (c *Clock) Due() (by time.Duration, from time.Time, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now, off := c.read()
	if !c.holding || now.Add(off).Before(c.source.Built) {
		return 0, time.Time{}, false
	}
	wall := now.Add(off)
	first := c.blind && (c.stored.IsZero() && wall.Sub(c.source.Built) <= AheadMax ||
		!c.stored.IsZero() && wall.Sub(c.stored) > -StepMax && wall.Sub(c.stored) < BlindMax)
	waited := off.Abs() <= FollowMax && c.source.Since()-c.jumpedAt >= HoldMax
	if c.apart {
		from = c.stored
	}
	return off, from, c.trusted || c.source.Synced() || waited || first
}

// Follow moves the shop's time to where the wall clock is.
func (c *Clock) Follow() {
	c.mu.Lock()
	defer c.mu.Unlock()
	now, off := c.read()
	if off == 0 {
		return // the wall clock has come back
	}
	c.base, c.at = now.Add(off), c.source.Since()
	c.begun = c.begun.Add(off)
	if !c.apart && !c.stored.IsZero() {
		c.stored, c.left = c.stored.Add(off), c.left.Add(off) // what is stored was moved, too
	}
	c.doubtful, c.started = !c.trusted && !c.source.Synced(), c.at
	c.note(Jump{At: now, By: off, Followed: true})
	if c.trusted {
		c.lastAt -= toldFor // somebody knows already
	}
	c.holding, c.trusted, c.blind = false, false, false
}

// Trust says that a person has looked at the wall clock and it is right.
func (c *Clock) Trust() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.read()
	c.trusted, c.doubtful = c.holding, c.doubtful && c.holding
	c.lastAt -= toldFor
}

// note remembers a jump. The caller holds mu.
func (c *Clock) note(j Jump) { c.last, c.lastAt = j, c.source.Since() }

// Status is how far the shop's time can be trusted now.
func (c *Clock) Status() Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, off := c.read()
	since := c.source.Since()
	c.settle(since)
	told := c.last != Jump{} && (c.holding || c.doubtful || since-c.lastAt < toldFor)
	s := Status{Steady: !c.holding, Sure: !c.holding && !c.doubtful, Off: off, Jumped: told, Last: c.last}
	if gap := c.begun.Sub(c.stored); c.doubtful && !c.holding && !told && !c.stored.IsZero() && gap > GapMax && since-c.started < toldFor {
		s.Away = gap
	}
	return s
}

// settle ends a doubt that nothing has confirmed. The caller holds mu.
func (c *Clock) settle(since time.Duration) {
	if c.doubtful && !c.holding && (c.source.Synced() || since-c.started >= SureAfter) {
		c.doubtful = false
	}
}
