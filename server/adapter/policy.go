package adapter

import (
	"slices"
	"time"

	"weir/shop"
	"weir/shop/capacity"
)

// How steady a platform is kept. A shop that flaps loses its place in the platform's lists, and platforms close shops
// that refuse or toggle too often; so what protects the kitchen goes out at once, and what relaxes waits.
const (
	// openAfter is how long the shop must be able to take orders before the platform is told so.
	openAfter = 3 * time.Minute
	// closedLeast is how long a shop stays closed at the platform once it is.
	closedLeast = 5 * time.Minute
	// resumeAfter and pausedLeast are the same for a pause, which the platform ends by itself.
	resumeAfter = time.Minute
	pausedLeast = 2 * time.Minute
	// fasterAfter is how long a shorter wait must hold before the platform is told of it.
	fasterAfter = 2 * time.Minute

	// pauseShort and pauseLong bound a pause for which the shop cannot say when it ends. It is renewed while it holds.
	pauseShort, pauseLong = 5 * time.Minute, time.Hour
	// pauseUnknown is a pause of which nobody knows the end.
	pauseUnknown = 30 * time.Minute
	// renewBefore is how long before its end a pause that still holds is told again.
	renewBefore = 2 * time.Minute
	// pauseMore is by how much the end of a pause has to move to be told.
	pauseMore = 5 * time.Minute

	// ordinaryWait is what a platform tells its customers when nothing is added.
	ordinaryWait = 10 * time.Minute
)

// extraMinutes are the steps that platforms take. The last stands for "as long as you let me say".
var extraMinutes = []int{0, 5, 10, 15, 20, 30, 45, 60}

// seen is what a policy goes by.
type seen struct {
	level  int
	reason capacity.Reason
	resume time.Time     // when a lower level is to be expected; zero: not known
	wait   time.Duration // nine of ten orders are ready within it
}

// see looks at a channel.
func see(state *shop.State, channel string, now time.Time) seen {
	level := state.Capacity.Level(now, channel)
	return seen{level.Level, level.Reason, level.ResumeAt, state.Capacity.Quote(now, capacity.Cup).P90}
}

// stopped reports whether an order to be made now would be refused.
func (s seen) stopped() bool { return s.level >= capacity.LevelSlots }

// byHand reports whether somebody said so, as opposed to the kitchen being full: the end of that is no flapping.
func (s seen) byHand() bool {
	return s.reason == capacity.Owner || s.reason == capacity.Closed || s.reason == capacity.Staff
}

// Wish is what a platform should show. Which member is set follows from the kind of adapter.
type Wish struct {
	PausedUntil *time.Time      `json:"paused_until,omitempty"` // kind pause; absent: it is not paused
	ExtraMin    *int            `json:"extra_min,omitempty"`    // kind busy: minutes on top of the ordinary
	Open        *bool           `json:"open,omitempty"`         // kinds openclosed and pause
	Reason      capacity.Reason `json:"reason"`                 // none, room, shelf, owner, …
}

func (w Wish) equal(other Wish) bool {
	return same(w.ExtraMin, other.ExtraMin) && same(w.Open, other.Open) && w.Reason == other.Reason &&
		(w.PausedUntil == nil) == (other.PausedUntil == nil) && (w.PausedUntil == nil || w.PausedUntil.Equal(*other.PausedUntil))
}

func same[T comparable](a, b *T) bool { return a == b || a != nil && b != nil && *a == *b }

// policy turns what it sees into what the platform should show. It remembers what it said and since when something
// else would do.
type policy struct {
	kind   shop.AdapterKind
	step   int             // what is shown: 0 is open, or the index into extraMinutes
	since  time.Time       // when it was raised to that
	below  time.Time       // since when a lower one would do; zero: it would not
	reason capacity.Reason // the reason for the step
	hand   bool            // a person has set it
	until  time.Time       // end of a pause
}

func newPolicy(kind shop.AdapterKind) policy { return policy{kind: kind, reason: capacity.None} }

func (p *policy) next(s seen, now time.Time) Wish {
	switch p.kind {
	case shop.AdapterBusy:
		p.move(extra(s), s, now, fasterAfter, 0)
		minutes := extraMinutes[p.step]
		return Wish{ExtraMin: &minutes, Reason: p.reason}
	case shop.AdapterPause:
		p.move(stop(s), s, now, resumeAfter, pausedLeast)
		open := p.step == 0
		if open {
			p.until = time.Time{}
			return Wish{Open: &open, Reason: p.reason}
		}
		p.pause(s, now)
		until := p.until
		return Wish{Open: &open, PausedUntil: &until, Reason: p.reason}
	}
	p.move(stop(s), s, now, openAfter, closedLeast)
	open := p.step == 0
	return Wish{Open: &open, Reason: p.reason}
}

// move raises the step at once and lowers it when a lower one would have done for a time and the step has stood for
// another. What a person did ends when the person ends it.
func (p *policy) move(want int, s seen, now time.Time, after, least time.Duration) {
	switch {
	case want > p.step:
		p.step, p.since, p.below = want, now, time.Time{}
		p.reason, p.hand = s.reason, s.byHand()
	case want == p.step:
		p.below = time.Time{}
		if want > 0 && s.byHand() != p.hand {
			p.reason, p.hand = s.reason, s.byHand()
		}
	case p.below.IsZero() || p.below.After(now):
		p.below = now
		fallthrough
	default:
		if p.hand || now.Sub(p.below) >= after && now.Sub(p.since) >= least {
			p.step, p.below, p.hand = want, time.Time{}, false
			p.reason = capacity.None
			if want > 0 {
				p.since, p.reason = now, s.reason
			}
		}
	}
}

// pause says until when: as long as the shop expects, or for a time that is renewed. It is not told again for every
// minute that the kitchen gains or loses.
func (p *policy) pause(s seen, now time.Time) {
	want := now.Add(pauseUnknown)
	switch {
	case s.resume.IsZero():
	case p.hand:
		want = s.resume
	default:
		want = now.Add(min(max(s.resume.Sub(now), pauseShort), pauseLong))
	}
	want = want.Add(time.Minute - 1).Truncate(time.Minute)
	ending := p.until.Sub(now) < renewBefore
	moved := !s.resume.IsZero() && p.hand && want.Sub(p.until).Abs() >= pauseMore
	if p.until.IsZero() || ending && s.stopped() || moved {
		p.until = want.UTC()
	}
}

func stop(s seen) int {
	if s.stopped() {
		return 1
	}
	return 0
}

// extra is the step that covers the wait; the longest when nothing more is taken.
func extra(s seen) int {
	last := len(extraMinutes) - 1
	if s.stopped() {
		return last
	}
	over := s.wait - ordinaryWait
	i := slices.IndexFunc(extraMinutes, func(minutes int) bool { return over <= time.Duration(minutes)*time.Minute })
	if i < 0 {
		return last
	}
	return i
}
