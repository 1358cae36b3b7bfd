package capacity

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// inLine is a book with orders of a cup each that were promised in so many minutes, as they came.
func inLine(p Passing, minutes ...float64) Book {
	s := settings()
	s.Passing = p
	b := Open(s, Steady(nominal), today(), known())
	for i, m := range minutes {
		b = b.Swap(Order{}, waiting(int64(i+1), m, Cup, 1))
	}
	return b
}

// Twelve orders wait with promises of 10 to 13 minutes. A new one comes after them, and not before with a promise of four.
func TestALaterOrderDoesNotPass(t *testing.T) {
	var minutes []float64
	for i := range 12 {
		minutes = append(minutes, 10+float64(i)*0.25)
	}
	b := inLine(Passing{}, minutes...)
	q := b.Quote(noon, Cup)
	if last := time.Duration(12.75 * float64(time.Minute)); q.Promise < last || q.Ahead != 12 {
		t.Errorf("promised in %v with %d cups before it; the last of those who came earlier is promised in %v", q.Promise, q.Ahead, last)
	}
	wide := inLine(Passing{Ahead: 30 * time.Minute, Cups: 100}, minutes...)
	if q := wide.Quote(noon, Cup); q.Promise > 5*time.Minute || q.Ahead != 0 {
		t.Errorf("control: where everybody may be passed the promise is %v after %d cups", q.Promise, q.Ahead)
	}
	booked := waiting(99, 25, 2*Cup, 2)
	booked.Slot = booked.Due.Add(-SlotLength)
	if q := inLine(Passing{}).Swap(Order{}, booked).Quote(noon, Cup); q.Promise > 5*time.Minute {
		t.Errorf("an order in a slot is made by its time and keeps nobody up: %v", q.Promise)
	}
}

// Whatever comes in whatever order, nobody is passed by more minutes or cups than the bound allows.
func TestNobodyIsPassedBeyondTheBound(t *testing.T) {
	most := 0
	rapid.Check(t, func(t *rapid.T) {
		s := settings()
		s.Passing = Passing{
			Ahead: time.Duration(rapid.IntRange(0, 5).Draw(t, "minutes")) * time.Minute, Cups: rapid.IntRange(0, 6).Draw(t, "cups"),
		}
		b := Open(s, Steady(nominal), today(), known())
		type one struct {
			order  Order
			passed int
		}
		var line []*one
		now := noon
		for id := range int64(rapid.IntRange(1, 40).Draw(t, "orders")) {
			now = now.Add(time.Duration(rapid.IntRange(0, 90).Draw(t, "seconds")) * time.Second)
			cups := rapid.IntRange(1, 6).Draw(t, "size")
			r := Request{Channel: "meituan", Work: Work(cups) * Cup, Cups: cups, WalkIn: rapid.Bool().Draw(t, "counter")}
			a := b.Admit(now, r)
			if a.Accepted {
				for _, o := range line {
					if !a.Due.Before(o.order.Due) {
						continue
					}
					o.passed += cups
					most = max(most, o.passed)
					if o.passed > s.Passing.Cups || o.order.Due.Sub(a.Due) > s.Passing.Ahead+time.Minute {
						t.Fatalf("%+v: promised %v, passes one promised %v and passed by %d cups", s.Passing, a.Due, o.order.Due, o.passed)
					}
				}
				r.Due = a.Due
				o := Order{ID: id + 1, Channel: r.Channel, Placed: now, Due: a.Due, WalkIn: r.WalkIn, Work: r.Work, Cups: cups, Quote: a.Quote}
				b = b.Arrive(now, r).Swap(Order{}, o)
				line = append(line, &one{order: o})
			}
			if len(line) > 0 && rapid.Bool().Draw(t, "made") {
				first := 0
				for i := range line {
					if line[i].order.Due.Before(line[first].order.Due) {
						first = i
					}
				}
				b = b.Swap(line[first].order, Order{})
				line = append(line[:first], line[first+1:]...)
			}
		}
	})
	if most == 0 {
		t.Error("control: nobody was passed at all, so the bound proves nothing")
	}
}

// An order of forty cups takes several slots in a row, and none of them more than it holds.
func TestALargeOrderTakesSeveralSlots(t *testing.T) {
	wanted := noon.Add(3 * time.Hour)
	b := open()
	r := Request{Channel: "meituan", Work: 40 * Cup, Cups: 40, Slot: wanted}
	limit := b.Report(noon).PerSlot
	a := b.Admit(noon, r)
	if !a.Accepted || a.Span < 2 || !a.Due.Equal(wanted.Add(SlotLength)) {
		t.Fatalf("%+v", a)
	}
	o := Order{ID: 1, Channel: "meituan", Placed: noon, Stage: Booked, Slot: wanted, Span: a.Span, Due: a.Due, Work: r.Work, Cups: 40}
	b = b.Swap(Order{}, o)
	var sum Work
	for _, s := range b.load.slots {
		if sum += s.work; s.work > limit {
			t.Errorf("a slot of %d holds %d", limit, s.work)
		}
	}
	if sum != r.Work || len(b.load.slots) != a.Span {
		t.Errorf("%d work in %d slots", sum, len(b.load.slots))
	}
	begins := wanted.Add(-time.Duration(a.Span-1)*SlotLength - MakeAhead)
	if early, due := b.Due(begins.Add(-time.Second)), b.Due(begins); len(early) != 0 || len(due) != 1 {
		t.Errorf("it goes to the kitchen with the first of its slots: %v, %v", early, due)
	}
	if left := b.Swap(o, Order{}); len(left.load.slots) != 0 {
		t.Errorf("something stays: %+v", left.load.slots)
	}
	if a := open().Admit(noon, Request{Channel: "meituan", Work: 1000 * Cup, Cups: 1000, Slot: wanted}); a.Accepted {
		t.Error("control: a thousand cups are taken as well")
	}
}

// A cup that is wanted in a slot that is full is offered the next one, and is not made an hour before it is fetched. The
// control is an order of eight cups, which may take the slots before as well.
func TestASmallOrderTakesOneSlot(t *testing.T) {
	wanted := noon.Add(5 * time.Hour)
	limit := open().PerSlot(noon, wanted)
	ask := func(left Work, cups int) Answer {
		b := open().Swap(Order{}, Order{ID: 1, Channel: "meituan", Placed: noon, Stage: Booked, Slot: wanted, Due: wanted.Add(SlotLength),
			Work: limit - left, Cups: 8})
		return b.Admit(noon, Request{Channel: "meituan", Work: Work(cups) * Cup, Cups: cups, Slot: wanted})
	}
	if a := ask(Cup/2, 1); a.Accepted || a.Reason != SlotFull || len(a.Slots) == 0 {
		t.Errorf("a cup in a full slot: %+v", a)
	}
	if a := ask(6*Cup, 8); !a.Accepted || a.Span != 2 {
		t.Errorf("control: eight cups where six have room: %+v", a)
	}
}

// What yesterday taught is kept as evidence of a few cups, nearer to the menu; a change of the staff keeps the latest ratios.
func TestTheNightLeavesDoubt(t *testing.T) {
	b := open()
	b.mem.Pace.Fast, b.mem.Pace.Slow = Gamma{Made: 120, Nominal: 100}, Gamma{Made: 240, Nominal: 200}
	b = b.learned()
	day := today()
	same := b.Today(day, Steady(nominal))
	next := b.Today(Day{Opens: day.Opens.AddDate(0, 0, 1), Closes: day.Closes.AddDate(0, 0, 1)}, Steady(nominal))
	if same.mem.Pace.Fast.Made != 120 {
		t.Error("control: the same day forgets as well")
	}
	for _, g := range []Gamma{next.mem.Pace.Fast, next.mem.Pace.Slow} {
		if want := 1 + 0.2*nightShare; math.Abs(g.Made/g.Nominal-want) > 0.001 || math.Abs(g.Nominal*1.2-nightCups) > 0.001 {
			t.Errorf("after the night %+v: want a mean of %.3f, and evidence of %v cups", g, want, nightCups)
		}
	}
	for i := range b.mem.Calibration.Ratios {
		for n := range 200 {
			b.mem.Calibration.Ratios[i] = append(b.mem.Calibration.Ratios[i], uint16(900+n))
		}
	}
	told := b.calibrated().Staff(noon, Steady(nominal/2))
	for i, r := range told.mem.Calibration.Ratios {
		if len(r) != staffSamples || r[0] != 1040 || !told.spreads[i].own {
			t.Errorf("band %d keeps %d ratios from %d on", i, len(r), r[0])
		}
	}
}
