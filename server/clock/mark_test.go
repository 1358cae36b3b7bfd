package clock_test

import (
	"testing"
	"time"

	"weir/server/clock"
)

// The program ends and is started anew, with another wall clock. Where the machine ran on, the shop's time goes on from
// its mark; after a start of the machine there is only the wall clock.
func TestAStartOnAMachineThatRanOn(t *testing.T) {
	for name, off := range wrongs {
		for _, tt := range []struct {
			name   string
			boot   string
			change func(*clock.Mark)
			own    bool // the shop's time goes on
		}{
			{"ran on", "first", nil, true}, {"started anew", "second", nil, false},
			{"a mark in doubt", "first", func(m *clock.Mark) { m.Sure = false }, false},
			{"no mark", "first", func(m *clock.Mark) { *m = clock.Mark{} }, false},
			{"a mark to come", "first", func(m *clock.Mark) { m.Since += time.Hour }, false},
		} {
			b := &box{boot: "first"}
			c := b.start(noon.Add(-time.Minute))
			b.pass(c, time.Minute)
			mark, stored := c.Mark(), c.Now()
			if tt.change != nil {
				tt.change(&mark)
			}
			b.since += 5 * time.Minute // the shop is off
			b.off, b.boot = off, tt.boot
			c = b.start(time.Time{})
			c.Resume(stored, mark)
			if own := c.Now().Equal(b.real()); own != tt.own {
				t.Errorf("%s, %s: the shop's time is %s; it is %s", name, tt.name, c.Now(), b.real())
			}
			if s := c.Status(); s.Sure && tt.own || !s.Jumped && tt.own {
				t.Errorf("%s, %s: %+v, want a jump that is told", name, tt.name, s)
			}
			b.off, b.synced = 0, true
			b.pass(c, 2*time.Second)
			if s := c.Status(); !c.Now().Equal(b.real()) || !s.Sure {
				t.Errorf("%s, %s, then synchronised: %s, %+v", name, tt.name, c.Now(), s)
			}
		}
	}
}

// A doubt outlives a start of the program, and a jump that was held back stays so.
func TestAMarkKeepsADoubt(t *testing.T) {
	b := &box{boot: "first", off: wrongs["2045"]}
	c := b.start(noon)
	if m := c.Mark(); m.Sure {
		t.Error("a clock that nobody believes leaves a mark that is believed")
	}
	b = &box{boot: "first"}
	c = b.start(noon)
	for range 3 {
		b.off = wrongs["a day ahead"]
		b.pass(c, time.Minute)
		mark, stored := c.Mark(), c.Now()
		c = b.start(time.Time{})
		c.Resume(stored, mark)
	}
	if !c.Now().Equal(b.real()) || c.Status().Steady {
		t.Errorf("after three starts the shop's time is %s; it is %s", c.Now(), b.real())
	}
}

// How old something is counts by what has surely passed: a wall clock that nothing vouches for makes nothing old.
func TestAgeIsTimeThatHasSurelyPassed(t *testing.T) {
	const minute = time.Minute
	for name, off := range wrongs {
		for _, tt := range []struct {
			name   string
			boot   string
			synced bool
			want   time.Duration // of what was 2 minutes old when the shop went off for 30
		}{
			{"ran on", "first", false, 32 * minute}, {"started anew", "second", false, 2 * minute},
		} {
			b := &box{boot: "first"}
			c := b.start(noon.Add(-minute))
			at := c.Now()
			b.pass(c, 2*minute)
			mark, stored := c.Mark(), c.Now()
			b.since += 30 * minute
			b.off, b.boot, b.synced = off, tt.boot, tt.synced
			c = b.start(time.Time{})
			c.Resume(stored, mark)
			if back := stored.Sub(c.Now()); back > 0 {
				at = at.Add(-back) // as the shop moves it
			}
			if got := c.Age(at); got != tt.want {
				t.Errorf("%s, %s: %s old, want %s", name, tt.name, got, tt.want)
			}
			b.pass(c, 3*minute)
			if got := c.Age(at); got != tt.want+3*minute {
				t.Errorf("%s, %s: %s old three minutes later", name, tt.name, got)
			}
			if got := c.Age(c.Now().Add(time.Hour)); got != 0 {
				t.Errorf("%s, %s: what is to come is %s old", name, tt.name, got)
			}
		}
	}
	b := &box{boot: "second", synced: true}
	c := b.start(noon.Add(-10 * time.Hour))
	if got := c.Age(noon.Add(-10 * time.Hour)); got != 10*time.Hour {
		t.Errorf("after a night, with a time service: %s old, want 10 h", got)
	}
}
