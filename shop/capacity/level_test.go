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
		{name: "nobody on duty", book: func(b Book) Book { return b.Staff(0) }, level: LevelSlots, reason: Staff},
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
