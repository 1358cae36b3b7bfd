package capacity

import (
	"cmp"
	"slices"
	"testing"
	"time"

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
		var m moment
		b.at(noon, &m)
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
	slices.SortFunc(orders, func(a, b Order) int { return cmp.Compare(a.Due.UnixMilli(), b.Due.UnixMilli()) })
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
		b := Open(s, nominal, today(), New(1))
		var orders []Order
		for i := range rapid.IntRange(1, 60).Draw(t, "orders") {
			var m moment
			b.at(noon, &m)
			d := rapid.IntRange(5, m.horizon).Draw(t, "promise")
			o := Order{ID: int64(i + 1), Channel: "meituan", Due: noon.Add(time.Duration(d) * time.Minute), Cups: 1, Work: Work(rapid.IntRange(50, 900).Draw(t, "work"))}
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
