package shop_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"weir/shop"
	"weir/shop/capacity"
)

// midnight is that before noon on the wall of the demo shop.
var midnight = noon.Add(-12 * time.Hour)

// TestARotaSaysWhoIsThere at the times it names. A number set by hand goes on top of it until the day ends.
func TestARotaSaysWhoIsThere(t *testing.T) {
	s := shop.New(demo(t), noon)
	three := capacity.Turn{Station: "shake", From: 18 * time.Hour, To: 20 * time.Hour, Staff: 3}
	home := capacity.Turn{Station: "shake", Date: "2026-02-06", From: 13 * time.Hour, Staff: -1, More: true}
	s = must(t, s, shop.ChangeRota{By: "owner", Add: []capacity.Turn{three, home}}, noon).Next
	duty := func(want ...int) {
		t.Helper()
		for i, clock := range []time.Duration{12 * time.Hour, 13 * time.Hour, 18 * time.Hour} {
			if got := s.OnDuty(midnight.Add(clock))["shake"]; got != want[i] {
				t.Errorf("at %v %d at shake, want %d", clock, got, want[i])
			}
		}
	}
	duty(2, 1, 2)
	s = must(t, s, shop.SetStaff{By: "owner", Station: "shake", Staff: 1}, noon).Next
	duty(1, 0, 1)
	if got := s.OnDuty(midnight.Add(42 * time.Hour))["shake"]; got != 3 {
		t.Errorf("tomorrow at 18:00 %d, want the 3 of the rota", got)
	}
	s = must(t, s, shop.SetStaff{By: "owner", Station: "shake", Staff: 2}, noon).Next // and back again
	duty(2, 1, 2)
	s = must(t, s, shop.ChangeRota{By: "owner", Remove: []capacity.Turn{home}}, noon).Next
	duty(2, 2, 3)
	if d := must(t, s, shop.ChangeRota{Remove: []capacity.Turn{home}}, noon); !d.Replayed {
		t.Error("taking it out twice is a change")
	}
	for _, bad := range []capacity.Turn{{Station: "roof"}, {Station: "shake", Staff: 99}} {
		if _, err := shop.Decide(s, shop.ChangeRota{Add: []capacity.Turn{bad}}, noon); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
	s = must(t, s, shop.ChangeRota{By: "owner", Add: []capacity.Turn{home}}, noon).Next
	next := must(t, s, shop.Tick{}, noon.Add(24*time.Hour)).Next
	if got := next.Settings.Rota; len(got) != 1 || got[0] != three {
		t.Errorf("the next day the rota is %+v", got)
	}
}

// TestAStationWithoutARota has the number that was set last, also on the next day.
func TestAStationWithoutARota(t *testing.T) {
	s := must(t, shop.New(demo(t), noon), shop.SetStaff{By: "owner", Station: "shake", Staff: 3}, noon).Next
	s = must(t, s, shop.Tick{}, noon.Add(24*time.Hour)).Next
	if got := s.OnDuty(noon.Add(24 * time.Hour))["shake"]; got != 3 || len(s.Settings.Rota) != 0 {
		t.Errorf("%d at shake, rota %+v", got, s.Settings.Rota)
	}
}

// TestAChangeOfTheRotaMendsAtOnce: the customers of a slot that can no longer be kept are told when the rota says so, and
// not when the slot is near. Control: a change that breaks nothing tells nobody.
func TestAChangeOfTheRotaMendsAtOnce(t *testing.T) {
	s := must(t, shop.New(demo(t), noon), shop.Tick{}, noon).Next
	slot := noon.Add(2 * time.Hour)
	for i := range int(s.Capacity.PerSlot(noon, slot)/capacity.Cup) / 2 {
		draft := one(fmt.Sprint(i))
		draft.SlotStart = slot
		s, _ = placed(t, s, draft, noon, false)
	}
	told := func(from time.Duration) (n int) {
		turn := capacity.Turn{Station: "shake", Date: "2026-02-06", From: from, To: from + time.Hour, Staff: -2, More: true}
		for _, e := range must(t, s, shop.ChangeRota{By: "owner", Add: []capacity.Turn{turn}}, noon.Add(time.Second)).Events {
			switch e.Fact.(type) {
			case shop.SlotMoved, shop.OrderEnded:
				n++
			}
		}
		return n
	}
	if told(13*time.Hour+45*time.Minute) == 0 {
		t.Error("nobody is there to make them, and nobody was told")
	}
	if n := told(17 * time.Hour); n != 0 {
		t.Errorf("control: %d were told", n)
	}
}

// Who will be there on a date is forgotten when the date is past, not when it begins.
func TestADateOfTheRotaIsForgottenAfterIt(t *testing.T) {
	h := &timeline{t, shop.New(demo(t), noon)}
	tomorrow := noon.Add(24 * time.Hour)
	turn := capacity.Turn{Station: "shake", Date: string(h.state.Config.Day(tomorrow)), Staff: 3}
	h.state.Settings.Rota = append(h.state.Settings.Rota, turn)
	for _, days := range []int{1, 2} {
		h.do(shop.Tick{}, noon.Add(time.Duration(days)*24*time.Hour))
		kept := slices.ContainsFunc(h.state.Settings.Rota, func(t capacity.Turn) bool { return t.Date != "" })
		if kept != (days == 1) {
			t.Errorf("after %d days: kept %v", days, kept)
		}
	}
}

// A rota has at most so many lines, counted after what goes and what comes.
func TestARotaIsBounded(t *testing.T) {
	s := shop.New(demo(t), noon)
	turn := func(n int) capacity.Turn {
		return capacity.Turn{Station: "shake", Date: "2026-02-06", From: time.Duration(n) * time.Minute, Staff: 1}
	}
	var most []capacity.Turn
	for n := range capacity.TurnsMax - 1 {
		most = append(most, turn(n))
	}
	add := func(s shop.State, turns ...capacity.Turn) shop.State {
		t.Helper()
		return must(t, s, shop.ChangeRota{By: "owner", Add: turns}, noon).Next
	}
	s = add(s, most...)
	if got := refusal(t, s, shop.ChangeRota{Add: []capacity.Turn{turn(1000), turn(1001)}}); got != shop.ProblemInvalid {
		t.Errorf("one line too many: %q", got)
	}
	must(t, s, shop.SetStaff{By: "owner", Station: "shake", Staff: 5}, noon)
	s = add(s, turn(1000))
	if got := refusal(t, s, shop.SetStaff{By: "owner", Station: "shake", Staff: 5}); got != shop.ProblemInvalid {
		t.Errorf("a turn more than there may be: %q", got)
	}
	if got := refusal(t, s, shop.ChangeRota{Add: []capacity.Turn{turn(1001)}, Remove: []capacity.Turn{turn(1000)}}); got != "" {
		t.Errorf("one for another: %q", got)
	}
	if got := refusal(t, s, shop.ChangeRota{Add: []capacity.Turn{turn(1001)}}); got != shop.ProblemInvalid {
		t.Errorf("one more: %q", got)
	}
}

// A number that is set twice in a minute is one line of the rota, and none when it is what the rota says.
func TestANumberSetTwiceIsOneLine(t *testing.T) {
	s := shop.New(demo(t), noon)
	home := capacity.Turn{Station: "shake", Date: "2026-02-06", From: 18 * time.Hour, Staff: -1, More: true}
	s = must(t, s, shop.ChangeRota{By: "owner", Add: []capacity.Turn{home}}, noon).Next
	for _, c := range []struct{ staff, lines int }{{3, 2}, {4, 2}, {1, 2}, {2, 1}} {
		if s = must(t, s, shop.SetStaff{By: "owner", Station: "shake", Staff: c.staff}, noon).Next; len(s.Settings.Rota) != c.lines {
			t.Errorf("%d at shake: %+v, want %d lines", c.staff, s.Settings.Rota, c.lines)
		}
		if got := s.OnDuty(noon)["shake"]; got != c.staff {
			t.Errorf("%d at shake, want %d", got, c.staff)
		}
	}
	first := shop.New(demo(t), noon)
	first.Settings.Rota = capacity.Rota{{Station: "shake", Date: "2026-02-06", From: 12 * time.Hour, Staff: 1, More: true}}
	if first = must(t, first, shop.SetStaff{By: "owner", Station: "shake", Staff: 5}, noon).Next; len(first.Settings.Rota) != 1 {
		t.Errorf("the first line was not taken in: %+v", first.Settings.Rota)
	}
}

// The clock on the wall, of a business day that begins after midnight.
func TestWhatTheWallClockSays(t *testing.T) {
	c := demo(t)
	c.Cutoff = 4 * time.Hour
	for clock, want := range map[time.Duration]time.Duration{
		13*time.Hour + 7*time.Minute + 9*time.Second: 13*time.Hour + 7*time.Minute + 9*time.Second,
		4 * time.Hour:                4 * time.Hour,
		4*time.Hour - time.Second:    28*time.Hour - time.Second,
		24*time.Hour + 5*time.Minute: 24*time.Hour + 5*time.Minute,
	} {
		if got := c.Clock(midnight.Add(clock)); got != want {
			t.Errorf("%v after midnight: %v, want %v", clock, got, want)
		}
	}
}
