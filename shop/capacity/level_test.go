package capacity

import (
	"testing"
	"time"
)

func TestLevels(t *testing.T) {
	budget := float64(open().Room(noon, "").Budget)
	fill := func(share float64) func(Book) Book {
		return func(b Book) Book { return stuffed(b, Work(share*budget)) }
	}
	shelf := func(bags int) func(Book) Book {
		return func(b Book) Book { return b.Swap(Order{}, Order{ID: 5, Bags: bags}) }
	}
	intake := func(mode IntakeMode) func(Book) Book {
		return func(b Book) Book {
			s := settings()
			s.Channels[0].Intake.Mode = mode
			return b.Set(s)
		}
	}
	for _, c := range []struct {
		name    string
		book    func(Book) Book
		at      time.Duration
		channel string
		level   int
		reason  Reason
		resumes bool
	}{
		{name: "empty", book: fill(0), level: LevelOpen, reason: None},
		{name: "half full", book: fill(0.51), level: LevelBusy, reason: NoRoom, resumes: true},
		{name: "nearly full", book: fill(0.81), level: LevelLimited, reason: NoRoom, resumes: true},
		{name: "full", book: fill(0.99), level: LevelSlots, reason: NoRoom, resumes: true},
		{name: "shelf nearly full", book: shelf(33), channel: "meituan", level: LevelLimited, reason: Shelf},
		{name: "shelf full", book: shelf(40), channel: "meituan", level: LevelSlots, reason: Shelf},
		{name: "shelf full, as the shop's", book: shelf(40), level: LevelSlots, reason: Shelf},
		{name: "shelf full, not a rider's channel", book: shelf(40), channel: "counter", level: LevelOpen, reason: None},
		{name: "paused", book: intake(IntakePaused), channel: "meituan", level: LevelPaused, reason: Owner},
		{name: "slots only", book: intake(IntakeSlots), channel: "meituan", level: LevelSlots, reason: Owner},
		{name: "paused, another channel", book: intake(IntakePaused), channel: "shangou", level: LevelOpen, reason: None},
		{name: "nobody on duty", book: func(b Book) Book { return b.Staff(noon, Steady(0)) }, level: LevelSlots, reason: Staff},
		{name: "too little time until closing", book: func(b Book) Book {
			return b.Swap(Order{}, Order{ID: 6, Due: today().Closes.Add(-6 * time.Minute), Work: 10 * Cup, Cups: 10})
		}, at: 10*time.Hour - 9*time.Minute, level: LevelSlots, reason: NoRoom, resumes: true},
		{name: "night", book: fill(0), at: 11 * time.Hour, level: LevelPaused, reason: Closed},
		{name: "morning", book: fill(0), at: -3 * time.Hour, level: LevelPaused, reason: Closed, resumes: true},
	} {
		l := c.book(open()).Level(noon.Add(c.at), c.channel)
		if l.Level != c.level || l.Reason != c.reason || l.ResumeAt.IsZero() == c.resumes {
			t.Errorf("%s: %+v", c.name, l)
		}
	}
}

func TestALevelRisesAtOnceAndFallsSlowly(t *testing.T) {
	budget := open().Room(noon, "").Budget
	b, now, work := open(), noon, Work(0)
	to := func(share float64) {
		before := Order{ID: 1e6, Channel: "shangou", Due: noon.Add(2 * time.Hour), Work: work, Cups: int(work / Cup)}
		after := before
		work = Work(share * float64(budget))
		after.Work, after.Cups = work, int(work/Cup)
		b = b.Swap(before, after)
	}
	for i, step := range []struct {
		after time.Duration
		share float64
		want  int
	}{
		{0, 0.52, LevelBusy},
		{time.Second, 0.45, LevelBusy},      // above the lower threshold
		{time.Hour, 0.45, LevelBusy},        // for however long
		{time.Second, 0.35, LevelBusy},      // below it, but not for long
		{29 * time.Second, 0.35, LevelBusy}, //
		{time.Second, 0.45, LevelBusy},      // above again: the time starts anew
		{time.Second, 0.35, LevelBusy},      //
		{29 * time.Second, 0.35, LevelBusy}, //
		{2 * time.Second, 0.35, LevelOpen},  //
		{time.Second, 0.45, LevelOpen},      // and it is not busy before the upper threshold
		{time.Second, 0.85, LevelLimited},   //
		{time.Second, 0, LevelLimited},      //
		{31 * time.Second, 0, LevelOpen},    // down by two at once
	} {
		now = now.Add(step.after)
		to(step.share)
		b = b.Tick(now)
		if got := b.Level(now, "").Level; got != step.want {
			t.Errorf("step %d, %.2f full: level %d, want %d", i, step.share, got, step.want)
		}
	}
}

// sized is a shop with a budget of 4800 that is busy from 0.6 and limited from 0.85 of it.
func sized(t *testing.T) Book {
	t.Helper()
	s := settings()
	s.BusyAt, s.LimitedAt = 0.6, 0.85
	s.Reserve += open().Room(noon, "").Budget - 4800
	b := Open(s, Steady(nominal), today(), known())
	if b.Room(noon, "").Budget != 4800 {
		t.Fatalf("budget %d", b.Room(noon, "").Budget)
	}
	return b
}

// A level is entered at its threshold and left a tenth of the budget below it; "slots only" is entered when no standard
// cup fits any more, and left when a cup and a twentieth of the budget fit.
func TestWhereLevelsAreEnteredAndLeft(t *testing.T) {
	load := func(online, walkIn Work) func(Book) Book {
		return func(b Book) Book { // due late, so that no promise is in the way
			due := noon.Add(2 * time.Hour)
			return b.Swap(Order{}, Order{ID: 1, Channel: "shangou", Due: due, Work: online, Cups: 1}).
				Swap(Order{}, Order{ID: 2, Channel: "counter", Due: due, WalkIn: true, Work: walkIn, Cups: 1})
		}
	}
	reserve := sized(t).set.Reserve
	for _, c := range []struct {
		name   string
		book   func(Book) Book
		enters int // the level when it was open before
		stays  int // the level when it was "slots only" half a minute ago
	}{
		{"below where busy is left", load(2399, 0), LevelOpen, LevelOpen},
		{"where busy is left", load(2400, 0), LevelOpen, LevelBusy},
		{"below busy", load(2879, 0), LevelOpen, LevelBusy},
		{"busy", load(2880, 0), LevelBusy, LevelBusy},
		{"below where limited is left", load(3599, 0), LevelBusy, LevelBusy},
		{"where limited is left", load(3600, 0), LevelBusy, LevelLimited},
		{"below limited", load(4079, 0), LevelBusy, LevelLimited},
		{"limited", load(4080, 0), LevelLimited, LevelLimited},
		{"a cup and a twentieth fit", load(4460, 0), LevelLimited, LevelLimited},
		{"one less fits", load(4461, 0), LevelLimited, LevelSlots},
		{"a cup fits", load(4700, 0), LevelLimited, LevelSlots},
		{"no cup fits", load(4701, 0), LevelSlots, LevelSlots},
		{"the counter within its reserve does not count", load(2399, reserve), LevelOpen, LevelOpen},
		{"the counter beyond its reserve counts", load(2399, reserve+481), LevelBusy, LevelBusy},
		{"the counter beyond its reserve takes room", load(4400, reserve+301), LevelSlots, LevelSlots},
	} {
		b := c.book(sized(t))
		if got := b.Level(noon, "").Level; got != c.enters {
			t.Errorf("%s, from open: level %d, want %d", c.name, got, c.enters)
		}
		b.mem.Hysteresis.Kitchen = Step{Level: LevelSlots, BelowMs: noon.Add(-levelDwell).UnixMilli()}
		if got := b.Level(noon, "").Level; got != c.stays {
			t.Errorf("%s, from slots only: level %d, want %d", c.name, got, c.stays)
		}
	}
}

func TestWhereTheShelfsLevelsAreEnteredAndLeft(t *testing.T) {
	s := settings()
	s.ShelfMax, s.LimitedAt = 100, 0.75
	for _, c := range []struct{ bags, enters, stays int }{
		{64, LevelOpen, LevelOpen}, {65, LevelOpen, LevelLimited}, {74, LevelOpen, LevelLimited}, {75, LevelLimited, LevelLimited},
		{89, LevelLimited, LevelLimited}, {90, LevelLimited, LevelSlots}, {99, LevelLimited, LevelSlots}, {100, LevelSlots, LevelSlots},
	} {
		b := open().Set(s).Swap(Order{}, Order{ID: 5, Bags: c.bags})
		if got := b.Level(noon, "meituan").Level; got != c.enters {
			t.Errorf("%d of 100 bags, from open: level %d, want %d", c.bags, got, c.enters)
		}
		b.mem.Hysteresis.Shelf = Step{Level: LevelSlots, BelowMs: noon.Add(-levelDwell).UnixMilli()}
		if got := b.Level(noon, "meituan").Level; got != c.stays {
			t.Errorf("%d of 100 bags, from slots only: level %d, want %d", c.bags, got, c.stays)
		}
	}
	s.ShelfMax = 0
	if got := open().Set(s).Swap(Order{}, Order{ID: 5, Bags: 1000}).Level(noon, "meituan"); got != (Level{Level: LevelOpen, Reason: None}) {
		t.Errorf("without a limit of bags: %+v", got)
	}
}

func TestAStepRisesAtOnceAndFallsAfterHalfAMinute(t *testing.T) {
	const now, dwell = 1_000_000, 30_000
	for _, c := range []struct {
		name         string
		is           Step
		enter, leave int
		want         Step
	}{
		{"it rises at once", Step{Level: 1, BelowMs: 5}, 2, 2, Step{Level: 2}},
		{"it stays where it is entered", Step{Level: 1, BelowMs: 5}, 1, 1, Step{Level: 1}},
		{"it stays between entering and leaving", Step{Level: 1, BelowMs: now - 1}, 0, 1, Step{Level: 1}},
		{"below, for the first time", Step{Level: 1}, 0, 0, Step{Level: 1, BelowMs: now}},
		{"below for just that moment", Step{Level: 1, BelowMs: now}, 0, 0, Step{Level: 1, BelowMs: now}},
		{"below since a time to come: the clock went back", Step{Level: 1, BelowMs: now + 1}, 0, 0, Step{Level: 1, BelowMs: now}},
		{"below, not for long enough", Step{Level: 2, BelowMs: now - dwell + 1}, 0, 0, Step{Level: 2, BelowMs: now - dwell + 1}},
		{"below for long enough", Step{Level: 2, BelowMs: now - dwell}, 0, 0, Step{}},
		{"it falls to where it would be left", Step{Level: 3, BelowMs: now - dwell}, 0, 1, Step{Level: 1}},
	} {
		if got := c.is.to(now, c.enter, c.leave); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestLevelsAtOpeningAndClosing(t *testing.T) {
	opens, closes := today().Opens, today().Closes
	for _, c := range []struct {
		name string
		at   time.Time
		want Level
	}{
		{"just before opening", opens.Add(-time.Millisecond), Level{LevelPaused, Closed, opens}},
		{"at opening", opens, Level{LevelOpen, None, time.Time{}}},
		{"at closing", closes, Level{LevelPaused, Closed, time.Time{}}},
	} {
		if got := open().Level(c.at, "meituan"); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
	if got := open().Level(closes.Add(-20*time.Minute), "meituan").Level; got != LevelOpen {
		t.Errorf("twenty minutes before closing, with nothing to do: level %d", got)
	}
}

// The owner's "slots only" hides what the kitchen says only where the kitchen says less.
func TestTheOwnersSlotsOnlyAndTheKitchens(t *testing.T) {
	until := noon.Add(time.Hour)
	s := settings()
	s.Channels[0].Intake = Intake{Mode: IntakeSlots, Until: until}
	b := open().Set(s)
	if got := b.Level(noon, "meituan"); got != (Level{LevelSlots, Owner, until}) {
		t.Errorf("an empty kitchen: %+v", got)
	}
	if got := stuffed(b, 47*Cup).Level(noon, "meituan"); got.Level != LevelSlots || got.Reason != NoRoom {
		t.Errorf("a full kitchen: %+v", got)
	}
}

// Resuming takes half a minute, and the time in which the crew works off what is above the threshold of a lower level.
func TestWhenALevelResumes(t *testing.T) {
	b := sized(t)
	rate := b.Rate(noon).P50
	for _, c := range []struct {
		work, walkIn Work
		level        int
		target       Work
	}{
		{3000, 0, LevelBusy, 2400}, {2400, 0, LevelBusy, 2400}, {4200, 0, LevelLimited, 3600}, {4750, 0, LevelSlots, 4320},
		{3000, b.set.Reserve + 500, LevelBusy, 2400},
	} {
		due := noon.Add(2 * time.Hour)
		full := b.Swap(Order{}, Order{ID: 1, Channel: "shangou", Due: due, Work: c.work, Cups: 1}).
			Swap(Order{}, Order{ID: 2, Channel: "counter", WalkIn: true, Due: due, Work: c.walkIn, Cups: 1})
		var m moment
		m.Book = &full
		m.at(noon)
		over := c.work + max(0, c.walkIn-b.set.Reserve) - c.target
		want := noon.Add(30*time.Second + time.Duration(float64(over)/rate*float64(time.Minute))).Truncate(time.Second)
		if got := m.resume(c.level); !got.Equal(want) {
			t.Errorf("level %d with %d and %d: resumes %v, want %v", c.level, c.work, c.walkIn, got, want)
		}
	}
}
