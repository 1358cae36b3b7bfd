package adapter

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"weir/shop"
	"weir/shop/capacity"
	"weir/shop/try"
)

// moment is what a policy sees at a time, and what it should say then.
type moment struct {
	after time.Duration // noon
	seen  seen
	want  string
}

// say writes a wish for a table.
func say(w Wish) string {
	switch {
	case w.PausedUntil != nil:
		return "until " + w.PausedUntil.Format("15:04")
	case w.ExtraMin != nil:
		return time.Duration(*w.ExtraMin * int(time.Minute)).String()
	case w.Open == nil:
		return "" // nothing yet
	case *w.Open:
		return "open"
	}
	return "closed"
}

func (m moment) at() time.Time { return try.Noon.Add(m.after) }

var (
	free  = seen{level: capacity.LevelOpen, reason: capacity.None, wait: 5 * time.Minute}
	full  = seen{level: capacity.LevelSlots, reason: capacity.NoRoom, wait: 30 * time.Minute, resume: try.Noon.Add(12 * time.Minute)}
	owner = seen{level: capacity.LevelPaused, reason: capacity.Owner, resume: try.Noon.Add(40 * time.Minute)}
	hand  = seen{level: capacity.LevelPaused, reason: capacity.Owner}
)

func waiting(minutes int) seen {
	return seen{level: capacity.LevelLimited, reason: capacity.NoRoom, wait: time.Duration(minutes) * time.Minute}
}

func TestWhatPlatformsAreTold(t *testing.T) {
	const s, m = time.Second, time.Minute
	for _, tt := range []struct {
		name  string
		kind  shop.AdapterKind
		story []moment
	}{
		{"closes at once and opens when that has held", shop.AdapterOpenClosed, []moment{
			{0, free, "open"}, {1 * s, waiting(20), "open"}, {2 * s, full, "closed"}, {30 * s, free, "closed"}, {4 * m, free, "closed"},
			{5*m + 1*s, free, "closed"}, {5*m + 2*s, free, "open"}}},
		{"does not open in a gap", shop.AdapterOpenClosed, []moment{
			{0, full, "closed"}, {6 * m, free, "closed"}, {8 * m, full, "closed"}, {9 * m, free, "closed"}, {11 * m, free, "closed"},
			{12 * m, free, "open"}}},
		{"opens at once what the owner closed", shop.AdapterOpenClosed, []moment{
			{0, owner, "closed"}, {10 * s, free, "open"}}},
		{"does not open at once when the kitchen is full meanwhile", shop.AdapterOpenClosed, []moment{
			{0, owner, "closed"}, {10 * s, full, "closed"}, {20 * s, free, "closed"}, {4 * m, free, "closed"}, {5 * m, free, "open"}}},
		{"pauses until the shop expects to be free", shop.AdapterPause, []moment{
			{0, free, "open"}, {1 * s, full, "until 04:12"}, {3 * m, full, "until 04:12"}}},
		{"a short pause is of five minutes, and is renewed while it holds", shop.AdapterPause, []moment{
			{0, seen{level: 3, reason: capacity.NoRoom, resume: try.Noon.Add(m)}, "until 04:05"}, {2 * m, full, "until 04:05"},
			{3*m + s, full, "until 04:12"}}},
		{"a pause is not renewed when it is over", shop.AdapterPause, []moment{
			{0, seen{level: 3, reason: capacity.NoRoom, resume: try.Noon.Add(m)}, "until 04:05"}, {3*m + s, free, "until 04:05"},
			{4*m + s, free, "open"}}},
		{"ends a pause early when that has held", shop.AdapterPause, []moment{
			{0, full, "until 04:12"}, {2 * m, free, "until 04:12"}, {3*m - s, free, "until 04:12"}, {3 * m, free, "open"}}},
		{"a pause without an end is of half an hour, and is renewed", shop.AdapterPause, []moment{
			{0, hand, "until 04:30"}, {10 * m, hand, "until 04:30"}, {28*m + s, hand, "until 04:59"}, {29 * m, free, "open"}}},
		{"an owner's pause ends when the owner says, and moves with it", shop.AdapterPause, []moment{
			{0, owner, "until 04:40"}, {m, seen{level: 4, reason: capacity.Owner, resume: try.Noon.Add(20 * m)}, "until 04:20"},
			{2 * m, free, "open"}}},
		{"minutes rise at once and fall slowly", shop.AdapterBusy, []moment{
			{0, free, "0s"}, {s, waiting(21), "15m0s"}, {2 * s, waiting(30), "20m0s"}, {3 * s, waiting(12), "20m0s"}, {2 * m, waiting(12), "20m0s"},
			{2*m + 3*s, waiting(12), "5m0s"}, {3 * m, waiting(100), "1h0m0s"}}},
		{"minutes for a kitchen that takes nothing are the most there are", shop.AdapterBusy, []moment{
			{0, full, "1h0m0s"}, {m, free, "1h0m0s"}, {3 * m, free, "0s"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPolicy(tt.kind)
			for i, m := range tt.story {
				if got := say(p.next(m.seen, m.at())); got != m.want {
					t.Fatalf("step %d, %v after try.Noon: %s, want %s", i, m.after, got, m.want)
				}
			}
		})
	}
}

// changes lets a policy live through a day of random levels, one look a second, and counts what it would tell.
func changes(t *rapid.T, p func(seen, time.Time) Wish) (told int) {
	at, last := try.Noon, Wish{}
	for range rapid.IntRange(1, 60).Draw(t, "moods") {
		mood := rapid.SampledFrom([]seen{free, full, waiting(15), waiting(25)}).Draw(t, "mood")
		for range rapid.IntRange(1, 120).Draw(t, "seconds") {
			at = at.Add(time.Second)
			if wish := p(mood, at); !wish.equal(last) {
				told, last = told+1, wish
			}
			if mood.stopped() && say(last) == "open" {
				t.Fatalf("open at %v although the shop takes nothing", at)
			}
		}
	}
	return told - int(at.Sub(try.Noon)/time.Minute) - len(extraMinutes) // it may rise step by step at once
}

// However the kitchen's level flickers, a platform is not told more than once a minute, and never that the shop is open
// while it takes nothing. A policy without hysteresis, the control, flaps.
func TestAPolicyDoesNotFlap(t *testing.T) {
	for _, kind := range []shop.AdapterKind{shop.AdapterOpenClosed, shop.AdapterPause, shop.AdapterBusy} {
		rapid.Check(t, func(t *rapid.T) {
			p := newPolicy(kind)
			if over := changes(t, p.next); over > 0 {
				t.Fatalf("%s: told %d times too often", kind, over)
			}
		})
	}
	flaps := false
	rapid.Check(t, func(t *rapid.T) {
		flaps = flaps || changes(t, func(s seen, _ time.Time) Wish {
			open := !s.stopped()
			return Wish{Open: &open, Reason: s.reason}
		}) > 0
	})
	if !flaps {
		t.Error("a policy without hysteresis does not flap either: the test proves nothing")
	}
}

// Whatever happened before, an hour of quiet ends open, and an hour of nothing taken ends closed.
func TestAPolicyComesToRest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]shop.AdapterKind{shop.AdapterOpenClosed, shop.AdapterPause, shop.AdapterBusy}).Draw(t, "kind")
		p, at := newPolicy(kind), try.Noon
		for range rapid.IntRange(0, 50).Draw(t, "moods") {
			at = at.Add(time.Duration(rapid.IntRange(-60, 600).Draw(t, "seconds")) * time.Second) // clocks jump back, too
			p.next(rapid.SampledFrom([]seen{free, full, owner, hand, waiting(25)}).Draw(t, "mood"), at)
		}
		var wish Wish
		for range 3600 {
			at = at.Add(time.Second)
			wish = p.next(free, at)
		}
		if got := say(wish); got != "open" && got != "0s" {
			t.Fatalf("%s after an hour of quiet: %s", kind, got)
		}
		for range 3600 {
			at = at.Add(time.Second)
			wish = p.next(full, at)
		}
		if wish.PausedUntil != nil && !wish.PausedUntil.After(at) || say(wish) == "open" || say(wish) == "0s" {
			t.Fatalf("%s after an hour of a full kitchen at %v: %s", kind, at, say(wish))
		}
	})
}
