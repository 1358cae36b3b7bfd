package capacity_test

import (
	"fmt"
	"time"

	"weir/shop/capacity"
)

// A shop with two people at the bottleneck is asked for eighty cups, in orders of two, all at once at now.
func Example() {
	line, err := capacity.NewLine(
		[]capacity.Station{{ID: "tea", Staff: 1}, {ID: "shake", Staff: 2}, {ID: "seal", Staff: 1}},
		map[string]int{"tea": 18, "shake": 53, "seal": 15})
	if err != nil {
		fmt.Println(err)
		return
	}
	now := time.Date(2026, 2, 6, 12, 0, 0, 0, time.UTC)
	day := capacity.Day{Opens: now.Add(-2 * time.Hour), Closes: now.Add(10 * time.Hour)}
	book := capacity.Open(capacity.Defaults(), capacity.Steady(line.Prior(nil)), day, capacity.New(1))

	for id := int64(1); id <= 40; id++ {
		r := capacity.Request{Channel: "meituan", Work: 2 * capacity.Cup, Cups: 2}
		a := book.Admit(now, r)
		if !a.Accepted {
			fmt.Printf("order %d: refused (%s), first slot %s\n", id, a.Why.Rule, a.Slots[0].Start.Format("15:04"))
			break
		}
		if id%4 == 1 {
			fmt.Printf("order %d: ready by %s\n", id, a.Due.Format("15:04"))
		}
		book = book.Arrive(now, r).Swap(capacity.Order{}, capacity.Order{
			ID: id, Channel: r.Channel, Placed: now, Due: a.Due, Work: r.Work, Cups: r.Cups, Quote: a.Quote,
		})
	}
	// Output:
	// order 1: ready by 12:05
	// order 5: ready by 12:11
	// order 9: ready by 12:14
	// order 13: ready by 12:17
	// order 17: ready by 12:22
	// order 20: refused (budget), first slot 12:15
}
