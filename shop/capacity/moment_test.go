package capacity

import (
	stdcmp "cmp"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// drawOrders is some open orders with deadlines on whole minutes, some of them past, some booked, some held.
func drawOrders(t *rapid.T, most int) []Order {
	orders := make([]Order, rapid.IntRange(0, most).Draw(t, "orders"))
	for i := range orders {
		o := Order{ID: int64(i + 1), Channel: "meituan", Placed: noon, Cups: 1, Work: Work(rapid.IntRange(20, 500).Draw(t, "work"))}
		switch rapid.SampledFrom([]string{"now", "now", "walk-in", "slot", "released", "held"}).Draw(t, "kind") {
		case "now":
			o.Due = noon.Add(time.Duration(rapid.IntRange(-20, 40).Draw(t, "due")) * time.Minute)
		case "walk-in":
			o.WalkIn, o.Due = true, noon.Add(time.Duration(rapid.IntRange(0, 30).Draw(t, "due"))*time.Minute)
		case "slot", "released":
			o.Slot = noon.Add(time.Duration(rapid.IntRange(0, 30).Draw(t, "slot")) * SlotLength)
			o.Due = o.Slot.Add(SlotLength)
			if rapid.Bool().Draw(t, "booked") {
				o.Stage = Booked
			}
		case "held":
			o.Stage, o.Due = Held, today().Closes
		}
		orders[i] = o
	}
	return orders
}

func with(b Book, orders []Order) Book {
	for _, o := range orders {
		b = b.Swap(Order{}, o)
	}
	return b
}

// bruteLeft is the earliest-deadline demand test as it is written down: the least, over every deadline from d on, of
// what can be made until then less all work due by then.
func bruteLeft(m *moment, orders []Order, d int) Work {
	deadlines := []time.Time{today().Closes}
	for _, o := range orders {
		if o.Stage != Held {
			deadlines = append(deadlines, o.Due)
		}
	}
	least := unboundedWork
	for _, at := range deadlines {
		if at.Before(noon.Add(time.Duration(d) * time.Minute)) {
			continue
		}
		var due Work
		for _, o := range orders {
			if !o.Due.After(at) {
				due += o.Work
			}
		}
		least = min(least, m.canMake(at.UnixMilli())-due)
	}
	return least
}

const unboundedWork Work = 1 << 60

func TestDemandTestAgreesWithBruteForce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		orders := drawOrders(t, 40)
		b := with(open(), orders)
		m := moment{Book: &b}
		m.at(noon)
		for d := 0; d <= m.horizon; d++ {
			if want := bruteLeft(&m, orders, d); m.left[d] != want {
				t.Fatalf("promise in %d min: %d left, brute force %d", d, m.left[d], want)
			}
			var before Work
			for _, o := range orders {
				if o.Stage != Held && !o.Due.After(noon.Add(time.Duration(d)*time.Minute)) {
					before += o.Work
				}
			}
			if m.before[d] != before {
				t.Fatalf("before %d min: %d, want %d", d, m.before[d], before)
			}
		}
	})
}

// firstMissed makes the orders at the rate of the moment, earliest deadline first, and says how late the first late one is.
func firstMissed(orders []Order, rate float64) time.Duration {
	slices.SortFunc(orders, func(a, b Order) int { return stdcmp.Compare(a.Due.UnixMilli(), b.Due.UnixMilli()) })
	var sum Work
	for _, o := range orders {
		sum += o.Work
		if late := minutesOf(float64(sum)/rate) - o.Due.Sub(noon); late > time.Second {
			return late
		}
	}
	return 0
}

func TestWhatTheDemandTestAdmitsIsMadeInTime(t *testing.T) {
	var controls int
	rapid.Check(t, func(t *rapid.T) {
		s := settings()
		s.Margin = 0
		b := Open(s, Steady(nominal), today(), known())
		var orders []Order
		for i := range rapid.IntRange(1, 60).Draw(t, "orders") {
			m := moment{Book: &b}
			m.at(noon)
			d := rapid.IntRange(5, m.horizon).Draw(t, "promise")
			o := Order{ID: int64(i + 1), Channel: "meituan", Due: noon.Add(time.Duration(d) * time.Minute), Cups: 1,
				Work: Work(rapid.IntRange(50, 900).Draw(t, "work"))}
			mine := m.canMake(o.Due.UnixMilli()) - m.before[d]
			if o.Work <= min(m.left[d], mine) {
				orders = append(orders, o)
				b = b.Swap(Order{}, o)
				continue
			}
			o.Work += m.rateMinute()
			if firstMissed(append(slices.Clone(orders), o), m.rate) > 0 {
				controls++
			}
		}
		if late := firstMissed(orders, b.eff.p50*nominal); late > 0 {
			t.Fatalf("admitted, and %v late", late)
		}
	})
	if controls == 0 {
		t.Error("nothing that was refused would have been late: the test is empty")
	}
}

// rateMinute is the work of one minute.
func (m *moment) rateMinute() Work { return Work(m.rate) }

func TestWhatTheCrewCanMakeUntilADeadline(t *testing.T) {
	plain, forecast := settings(), settings()
	forecast.WalkIns = 50
	for _, c := range []struct {
		name    string
		set     Settings
		minutes float64
		want    float64 // in minutes of the crew, and work of the counter
		walkIns float64
	}{
		{"near: a quarter of the time is set aside", plain, 20, 15, 0},
		{"where a quarter of the time is the whole margin", plain, 28, 21, 0},
		{"far: the margin is set aside", plain, 60, 53, 0},
		{"the counter's part is taken off", forecast, 60, 53, 3000},
		{"at the deadline", plain, 0, 0, 0},
	} {
		b := Open(c.set, Steady(nominal), today(), known())
		m := moment{Book: &b}
		m.at(noon)
		want := Work(b.Rate(noon).P50*c.want - c.walkIns)
		if got := m.canMake(noon.UnixMilli() + int64(c.minutes*msPerMinute)); got != want {
			t.Errorf("%s: %d in %v min, want %d", c.name, got, c.minutes, want)
		}
	}
}

func TestTheHorizonEndsAtClosing(t *testing.T) {
	for before, want := range map[time.Duration]int{
		30 * time.Minute: 30, 30*time.Minute - time.Millisecond: 29, time.Minute: 1, time.Minute - time.Millisecond: 0, 0: 0, -time.Hour: 0,
		time.Hour: 30,
	} {
		b := open()
		var m moment
		m.Book = &b
		if m.at(today().Closes.Add(-before)); m.horizon != want {
			t.Errorf("%v before closing: horizon %d min, want %d", before, m.horizon, want)
		}
	}
}

func TestRoomIsWhatBothTheBudgetAndTheDeadlinesLeave(t *testing.T) {
	s := settings()
	b := Open(s, Steady(nominal), today(), known())
	rate := b.Rate(noon).P50
	due := func(b Book, minutes int, work Work, walkIn bool) Book {
		return b.Swap(Order{}, Order{ID: int64(work), Channel: "x", WalkIn: walkIn, Due: noon.Add(time.Duration(minutes) * time.Minute),
			Work: work, Cups: 1})
	}
	b = due(due(due(b, 30, 1000, false), 45, 500, false), 10, 700, true) // the counter: 300 beyond its reserve
	b = b.Issue([]Lease{{Channel: "meituan", Epoch: 1, Seq: 1, IssuedAt: noon, ExpiresAt: after(90), Limit: 600}})
	// A promise of 30 minutes must hold 1.3 times what is predicted, and a minute is what an empty line takes.
	reach := Work((30/theory[bandCount-1].p98-1)*rate) - 1700 - 600
	want := Room{Budget: 4719, Backlog: 2200, Online: 1500, Credit: 600, Amount: 4719 - 1500 - 300 - 600, Reach: reach}
	if diff := cmp.Diff(want, b.Room(noon, "")); diff != "" {
		t.Errorf("room (-want +got):\n%s", diff)
	}
	want.Credit, want.Amount, want.Reach = 0, want.Amount+600, want.Reach+600
	if diff := cmp.Diff(want, b.Room(noon, "meituan")); diff != "" {
		t.Errorf("room of the channel that has the credit (-want +got):\n%s", diff)
	}
	late := due(due(Open(s, Steady(nominal), today(), known()), 30, 1000, false), 60, 10000, false)
	if got, want := late.Room(noon, "").Reach, Work(rate*53)-11000; got != want {
		t.Errorf("with much due at a later deadline the reach is %d, want %d", got, want)
	}
}

func TestRatesAreEfficienciesOfTheStaffOnDuty(t *testing.T) {
	b := open()
	half := b.Staff(noon, Steady(nominal/2)).Rate(noon)
	is := b.Rate(noon)
	for name, pair := range map[string][2]float64{
		"p10": {is.P10, half.P10}, "p25": {is.P25, half.P25}, "p50": {is.P50, half.P50}, "slow": {is.Slow, half.Slow},
		"slow p50": {is.SlowP50, half.SlowP50},
	} {
		if pair[0] <= 0 || pair[1] != pair[0]/2 {
			t.Errorf("%s: %v, and with half the staff %v", name, pair[0], pair[1])
		}
	}
}
