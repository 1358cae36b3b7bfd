package clock_test

import (
	"sync"
	"testing"
	"time"

	"weir/server/clock"
)

// noon is 12:00 on 28 November 2026 in Shanghai.
var noon = time.Date(2026, 11, 28, 4, 0, 0, 0, time.UTC)

// box is a machine whose wall clock can be set.
type box struct {
	mu     sync.Mutex    // for a shop that reads its clock from goroutines of its own
	off    time.Duration // the wall clock against the true time
	since  time.Duration
	synced bool
	boot   string // the run of the machine
}

// set changes the box while a shop runs on it.
func (b *box) set(change func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change()
}

func (b *box) real() time.Time { return noon.Add(b.since) }

func (b *box) start(stored time.Time) *clock.Clock {
	c := clock.New(clock.Source{
		Wall: func() time.Time { return b.real().Add(b.off) }, Since: func() time.Duration { return b.since },
		Synced: func() bool { return b.synced }, Built: noon.AddDate(0, -1, 0), Boot: b.boot,
	})
	if !stored.IsZero() {
		c.Resume(stored, clock.Mark{})
	}
	return c
}

// pass lets time go by, with a reading each second as the shop does it.
func (b *box) pass(c *clock.Clock, d time.Duration) {
	for end := b.since + d; b.since < end; {
		b.since += time.Second
		if _, _, due := c.Due(); due {
			c.Follow()
		}
	}
}

var wrongs = map[string]time.Duration{
	"8 h ahead": 8 * time.Hour, "8 h back": -8 * time.Hour, "a day ahead": 24 * time.Hour, "a day back": -24 * time.Hour,
	"1970": time.Unix(0, 0).Sub(noon), "2045": time.Date(2045, 1, 1, 0, 0, 0, 0, time.UTC).Sub(noon), "61 s": 61 * time.Second,
}

// The wall clock jumps while the shop runs and is put right after a while: the shop's time never moved.
func TestAJumpThatIsTakenBackMovesNothing(t *testing.T) {
	for name, off := range wrongs {
		b := &box{}
		c := b.start(noon.Add(-time.Minute))
		b.pass(c, time.Minute)
		if s := c.Status(); !s.Sure || !s.Steady || s.Jumped {
			t.Fatalf("%s: before: %+v", name, s)
		}
		b.off = off
		b.pass(c, 20*time.Minute)
		if now := c.Now(); !now.Equal(b.real()) {
			t.Errorf("%s: the shop's time is %s, want %s", name, now, b.real())
		}
		if s := c.Status(); s.Sure || s.Steady || !s.Jumped || (s.Off-off).Abs() > 2*time.Second {
			t.Errorf("%s: while it is wrong: %+v", name, s)
		}
		b.off = 0
		b.pass(c, time.Minute)
		if s := c.Status(); !s.Sure || !s.Steady || !s.Jumped {
			t.Errorf("%s: put right: %+v", name, s)
		}
		if last := c.Status().Last; last.Followed || (last.By-off).Abs() > 2*time.Second {
			t.Errorf("%s: remembers %+v, want a jump that was not followed", name, last)
		}
		b.pass(c, 2*time.Hour)
		if s := c.Status(); s.Jumped {
			t.Errorf("%s: still told two hours later", name)
		}
		if plain := b.real().Add(off); (plain.Sub(b.real())).Abs() <= clock.StepMax {
			t.Errorf("%s: the control, the wall clock alone, is right as well", name)
		}
	}
}

// A jump that stays is followed: at once where a time service vouches for it, after [clock.HoldMax] where nothing does,
// and never to before the day on which the program was built.
func TestAJumpThatStaysIsFollowed(t *testing.T) {
	for name, off := range wrongs {
		for _, synced := range []bool{true, false} {
			b := &box{}
			c := b.start(noon.Add(-time.Minute))
			b.off, b.synced = off, synced
			b.pass(c, 2*time.Second)
			impossible := b.real().Add(off).Before(noon.AddDate(0, -1, 0))
			if follows := !c.Now().Equal(b.real()); follows != (synced && !impossible) {
				t.Errorf("%s, synchronised %v: follows at once: %v", name, synced, follows)
			}
			b.pass(c, clock.HoldMax+time.Second)
			want := !impossible && (synced || off.Abs() <= clock.FollowMax)
			if follows := !c.Now().Equal(b.real()); follows != want {
				t.Errorf("%s, synchronised %v: follows after %s: %v", name, synced, clock.HoldMax, follows)
			}
			if s := c.Status(); s.Sure != (synced && !impossible) || s.Steady != want {
				t.Errorf("%s, synchronised %v: %+v", name, synced, s)
			}
		}
	}
}

// A box starts with a wrong wall clock.
func TestAStartWithAWrongClock(t *testing.T) {
	for _, tt := range []struct {
		name         string
		off, stored  time.Duration // of the wall clock, and of what was stored last, against the true time
		first        bool
		want         time.Duration // the shop's time against the true time
		steady, sure bool
	}{
		{"all is well", 0, -time.Minute, false, 0, true, true},
		{"a new shop", 0, 0, true, 0, true, true},
		{"after a night", 0, -15 * time.Hour, false, 0, true, true},
		{"after two weeks", 0, -14 * 24 * time.Hour, false, 0, true, false},
		{"no battery: 1970", wrongs["1970"], -time.Minute, false, -time.Minute, false, false},
		{"a new shop in 1970", wrongs["1970"], 0, true, noon.AddDate(0, -1, 0).Sub(noon), false, false},
		{"2045", wrongs["2045"], -time.Minute, false, -time.Minute, false, false},
		{"a new shop in 2045", wrongs["2045"], 0, true, noon.AddDate(0, -1, 0).Sub(noon), false, false},
		{"a year ahead", 365 * 24 * time.Hour, -time.Minute, false, -time.Minute, false, false},
		{"a day ahead", 24 * time.Hour, -time.Minute, false, 24 * time.Hour, true, false},
		{"the last run was in 2045", 0, wrongs["2045"], false, 0, true, false},
		{"local time taken for UTC", 8 * time.Hour, -time.Minute, false, 8 * time.Hour, true, true},
		{"and put right at the next start", 0, 8 * time.Hour, false, 0, true, false},
	} {
		b := &box{off: tt.off}
		stored := noon.Add(tt.stored)
		if tt.first {
			stored = time.Time{}
		}
		c := b.start(stored)
		if got := c.Now().Sub(b.real()); got != tt.want {
			t.Errorf("%s: off by %s, want %s", tt.name, got, tt.want)
		}
		if told := len(c.Status().Words("zh")) == 1; told == tt.sure {
			t.Errorf("%s: people are told %v", tt.name, told)
		}
		if s := c.Status(); s.Steady != tt.steady || s.Sure != tt.sure {
			t.Errorf("%s: %+v, want steady %v and sure %v", tt.name, s, tt.steady, tt.sure)
		}
		b.off, b.synced = 0, true // the time service has answered
		b.pass(c, 2*time.Second)
		if s := c.Status(); !c.Now().Equal(b.real()) || !s.Steady || !s.Sure {
			t.Errorf("%s, then synchronised: %s, %+v", tt.name, c.Now(), s)
		}
	}
}

// A box without a battery asks for the time once, at the start; nothing says afterwards that its clock is synchronised.
func TestTheFirstPossibleTimeIsBelieved(t *testing.T) {
	for name, tt := range map[string]struct {
		stored time.Duration // against the true time
		off    time.Duration // of the time that it is told
		want   bool
	}{
		"after a night": {-12 * time.Hour, 0, true}, "after a month": {-30 * 24 * time.Hour, 0, true},
		"told a year too much":  {-12 * time.Hour, 365 * 24 * time.Hour, false},
		"told a day too little": {-12 * time.Hour, -24 * time.Hour, false},
	} {
		b := &box{off: wrongs["1970"]}
		c := b.start(noon.Add(tt.stored))
		b.pass(c, 30*time.Second)
		b.off = tt.off
		b.pass(c, 30*time.Second)
		if got := c.Now().Equal(b.real().Add(tt.off)); got != tt.want {
			t.Errorf("%s: believed %v, want %v", name, got, tt.want)
		}
		if s := c.Status(); s.Sure {
			t.Errorf("%s: sure at once", name)
		}
	}
}

// A person may say that the wall clock is right.
func TestAPersonMaySayThatTheClockIsRight(t *testing.T) {
	b := &box{}
	c := b.start(noon)
	b.off = 8 * time.Hour
	b.pass(c, time.Minute)
	c.Trust()
	b.pass(c, time.Second)
	if s := c.Status(); !c.Now().Equal(b.real().Add(b.off)) || !s.Steady || !s.Sure || s.Jumped {
		t.Errorf("%s, %+v", c.Now(), s)
	}
}

// The machine's own clock agrees with itself.
func TestTheMachinesClock(t *testing.T) {
	source := clock.System()
	c := clock.New(source)
	if off := time.Since(c.Now()).Abs(); off > clock.StepMax || source.Since() < 0 || source.Built.IsZero() {
		t.Errorf("off by %s, built %s", off, source.Built)
	}
}
