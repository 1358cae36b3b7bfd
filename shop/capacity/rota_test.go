package capacity

import (
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// week is the rota of the examples: three at shake over noon but on Sundays, a break, and a day with a rota of its own.
var week = Rota{
	{Station: "shake", Days: ^Of(time.Sunday) & (1<<7 - 1), From: 11*time.Hour + 30*time.Minute, To: 13*time.Hour + 30*time.Minute, Staff: 3},
	{Station: "shake", From: 14 * time.Hour, To: 14*time.Hour + 20*time.Minute, Staff: -1, More: true},
	{Station: "shake", Date: "2026-10-01", From: 10 * time.Hour, Staff: 4},
	{Station: "shake", Date: "2026-10-02", From: 13 * time.Hour, Staff: -1, More: true},
}

func TestHeadsOfARota(t *testing.T) {
	at := func(h, m int) time.Duration { return time.Duration(h)*time.Hour + time.Duration(m)*time.Minute }
	for _, c := range []struct {
		what, station, date string
		day                 time.Weekday
		clock               time.Duration
		want                int
	}{
		{"nothing said", "seal", "2026-09-30", time.Wednesday, at(12, 0), 2},
		{"before the turn", "shake", "2026-09-30", time.Wednesday, at(11, 29), 2},
		{"in the turn", "shake", "2026-09-30", time.Wednesday, at(11, 30), 3},
		{"the turn's end", "shake", "2026-09-30", time.Wednesday, at(13, 30), 2},
		{"another weekday", "shake", "2026-09-27", time.Sunday, at(12, 0), 2},
		{"the break", "shake", "2026-09-30", time.Wednesday, at(14, 19), 1},
		{"a date before the weekdays", "shake", "2026-10-01", time.Thursday, at(12, 0), 4},
		{"a break on that date", "shake", "2026-10-01", time.Thursday, at(14, 0), 3},
		{"to the end of the day", "shake", "2026-10-01", time.Thursday, at(27, 59), 4},
		{"one has gone home", "shake", "2026-10-02", time.Friday, at(13, 0), 2},
		{"and another has a break", "shake", "2026-10-02", time.Friday, at(14, 0), 0},
	} {
		if got := week.Heads(c.station, c.date, c.day, c.clock, 2); got != c.want {
			t.Errorf("%s: %d, want %d", c.what, got, c.want)
		}
	}
	if got := (Rota{{Station: "shake", Staff: -5, More: true}}).Heads("shake", "", 0, 0, 2); got != 0 {
		t.Errorf("fewer than nobody: %d", got)
	}
}

func TestATurnIsChecked(t *testing.T) {
	hour := time.Hour
	for want, turn := range map[string]Turn{
		"whole minutes":      {From: time.Second},
		"end after":          {From: 2 * hour, To: hour},
		"from 00:00":         {From: -hour},
		"1 to 20 people":     {More: true},
		"staff at a":         {Staff: 21},
		"a date such as":     {Date: "1.10.2026"},
		"no weekdays beside": {Date: "2026-10-01", Days: 1},
		"seven weekdays":     {Days: 1 << 7},
	} {
		if err := turn.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", turn, err, want)
		}
	}
	for i := range week {
		if err := week[i].Check(); err != nil {
			t.Error(err)
		}
	}
}

// TestAPlanAddsUp holds the sums of a course against a minute-by-minute count.
func TestAPlanAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var plan Plan
		at := noon
		for range rapid.IntRange(1, 6).Draw(t, "stints") {
			plan = append(plan, Stint{From: at, Rate: float64(rapid.IntRange(0, 3).Draw(t, "rate")) * 100})
			at = at.Add(time.Duration(rapid.IntRange(1, 90).Draw(t, "minutes")) * time.Minute)
		}
		c := plan.compile()
		from := noon.Add(time.Duration(rapid.IntRange(-60, 300).Draw(t, "from")) * time.Minute).UnixMilli()
		minutes := rapid.IntRange(0, 300).Draw(t, "length")
		sum := 0.0
		for i := range minutes {
			sum += c.at(from + int64(i)*msPerMinute)
		}
		to := from + int64(minutes)*msPerMinute
		if got := c.work(from, to); math.Abs(got-sum) > 1e-6 || math.Abs(c.work(to, from)+sum) > 1e-6 {
			t.Fatalf("work %v, counted %v", got, sum)
		}
		if takes := c.minutes(from, sum, 1, 0); sum > 0 && (takes > float64(minutes)+1e-6 ||
			math.Abs(c.work(from, from+int64(takes*msPerMinute))-sum) > 1) {
			t.Fatalf("%v takes %v minutes of %d", sum, takes, minutes)
		}
	})
}

// TestSlotsAreSoldByThePlan and not by who is there at this minute.
func TestSlotsAreSoldByThePlan(t *testing.T) {
	three := Plan{{From: noon.Add(-2 * time.Hour), Rate: nominal}, {From: noon.Add(4 * time.Hour), Rate: nominal / 2},
		{From: noon.Add(6 * time.Hour), Rate: 0}}
	b := Open(settings(), three, today(), known())
	whole, half := b.PerSlot(noon, noon.Add(time.Hour)), b.PerSlot(noon, noon.Add(5*time.Hour))
	if steady := open().PerSlot(noon, noon.Add(time.Hour)); whole != steady || half >= whole {
		t.Errorf("whole %d, half %d, steady %d", whole, half, steady)
	}
	for _, s := range b.Slots(noon, "", "", Cup) {
		if !s.Start.Before(noon.Add(6 * time.Hour)) {
			t.Errorf("a slot at %v, when nobody is there", s.Start)
		}
	}
}

// TestABreakIsPartOfAQuote: what is ordered just before nobody is there for twenty minutes waits for them.
func TestABreakIsPartOfAQuote(t *testing.T) {
	at := noon.Add(time.Minute)
	b := Open(settings(), Plan{{Rate: nominal}, {From: at, Rate: 0}, {From: at.Add(20 * time.Minute), Rate: nominal}}, today(), known())
	if got := b.Quote(noon, 4*Cup).Predicted; got < 20*time.Minute || got > 25*time.Minute {
		t.Errorf("predicted %v over a break of 20 min", got)
	}
	if got := open().Quote(noon, 4*Cup).Predicted; got > 4*time.Minute {
		t.Errorf("predicted %v without one", got)
	}
	a := b.Admit(at.Add(time.Minute), Request{Channel: "meituan", Work: Cup, Cups: 1, Slot: noon.Add(time.Hour)})
	if !a.Accepted {
		t.Errorf("in the break a slot after it: %+v", a)
	}
}

// TestAPlannedChangeDropsNothing of what was learned; one that nobody had planned does.
func TestAPlannedChangeDropsNothing(t *testing.T) {
	plan := Plan{{Rate: nominal}, {From: noon.Add(time.Hour), Rate: nominal / 2}}
	b := Open(settings(), Steady(nominal), today(), known())
	if later := b.Staff(noon, plan); later.mem.Pace.Crew != b.mem.Pace.Crew {
		t.Error("a change that is yet to come counts as another crew")
	} else if !later.Staff(noon, Steady(nominal)).Equal(b) {
		t.Error("and back again is not as it was")
	}
	if now := b.Staff(noon.Add(2*time.Hour), plan); now.mem.Pace.Crew == b.mem.Pace.Crew {
		t.Error("half the crew gone unplanned counts as the same crew")
	}
}
