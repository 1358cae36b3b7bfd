package capacity

import (
	"math"
	"testing"
	"time"
)

func TestTheForecastOfWalkIns(t *testing.T) {
	at := noon.UnixMilli()
	hours := func(n int64) int64 { return at + n*60*msPerMinute }
	e := math.Exp(-1)
	for _, c := range []struct {
		name  string
		w     WalkIns
		now   int64
		prior float64
		want  float64
	}{
		{"nothing observed: the owner's word", WalkIns{}, at, 50, 50},
		{"observed for no time at all: the owner's word", WalkIns{AtMs: at}, at, 50, 50},
		{"three hours without anybody, and the owner's word", WalkIns{AtMs: at}, hours(3), 50, 50 * 120 * e / (180*(1-e) + 120*e)},
		{"three hours without anybody, and no word", WalkIns{AtMs: at}, hours(3), 0, 0},
		{"9000 came, and the owner's word", WalkIns{Sum: 9000, AtMs: at, Seen: 0.5}, at, 50, (9000 + 50*60) / (90 + 60.0)},
		{"9000 came, and no word", WalkIns{Sum: 9000, AtMs: at, Seen: 0.5}, at, 0, 9000 / (90 + 15.0)},
		{"an e-th of it is left after three hours", WalkIns{Sum: 9000, AtMs: at, Seen: 0.5}, hours(3), 0, 9000 * e / (180*(1-0.5*e) + 30*0.5*e)},
		{"a clock that went back", WalkIns{Sum: 9000, AtMs: at, Seen: 0.5}, at - 1, 0, 9000 / (90 + 15.0)},
	} {
		if got := c.w.perMinute(c.now, c.prior); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s: %v a minute, want %v", c.name, got, c.want)
		}
	}
}

func TestTheNightIsNotObserved(t *testing.T) {
	evening := WalkIns{Sum: 500, AtMs: 1000, Seen: 0.4}
	for opens, want := range map[int64]WalkIns{
		999: evening, 1000: evening, 1001: {Sum: 500, AtMs: 1001, Seen: 0.4},
	} {
		if got := evening.reopen(opens); got != want {
			t.Errorf("opening at %d: %+v, want %+v", opens, got, want)
		}
	}
	if got := (WalkIns{}).reopen(1000); got != (WalkIns{}) {
		t.Errorf("observation that has not begun: %+v", got)
	}
}

func TestObservationOfTheCounterBeginsAtOpening(t *testing.T) {
	for _, c := range []struct {
		name string
		at   time.Time
		want WalkIns
	}{
		{"just before opening", today().Opens.Add(-time.Millisecond), WalkIns{}},
		{"at opening", today().Opens, WalkIns{AtMs: today().Opens.UnixMilli()}},
	} {
		if got := open().Tick(c.at).mem.WalkIns; got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
	begun := open().Tick(today().Opens)
	if got := begun.Tick(noon).mem.WalkIns; got != begun.mem.WalkIns {
		t.Errorf("a later tick began it again: %+v", got)
	}
}
