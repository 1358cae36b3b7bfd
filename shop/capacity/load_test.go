package capacity

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// What is counted for an order in each of its states, and all of it gone when the order is.
func TestWhatAnOpenOrderCountsFor(t *testing.T) {
	start := noon.Add(time.Hour)
	minute := func(at time.Time) int64 { return at.UnixMilli() / msPerMinute }
	base := Order{ID: 7, Channel: "meituan", Campaign: "free", Placed: noon, Due: noon.Add(9 * time.Minute), Work: 250, Cups: 2}
	with := func(change func(*Order)) Order { o := base; change(&o); return o }
	booked := with(func(o *Order) { o.Stage, o.Slot, o.Due = Booked, start, start.Add(SlotLength) })
	for _, c := range []struct {
		name  string
		order Order
		want  load
	}{
		{"to be made now", base, load{online: 250, cups: 2, buckets: []bucket{{minute: minute(base.Due), now: 250, cups: 2, line: 2}}}},
		{"due within a minute: rounded down", with(func(o *Order) { o.Due = o.Due.Add(59 * time.Second) }),
			load{online: 250, cups: 2, buckets: []bucket{{minute: minute(base.Due), now: 250, cups: 2, line: 2}}}},
		{"at the counter", with(func(o *Order) { o.WalkIn = true }),
			load{walkIn: 250, cups: 2, buckets: []bucket{{minute: minute(base.Due), now: 250, cups: 2, line: 2}}}},
		{"held for its customer", with(func(o *Order) { o.Stage = Held }), load{held: 250, later: 2}},
		{"booked", booked, load{booked: 250, later: 2, buckets: []bucket{{minute: minute(booked.Due), later: 250}},
			slots: []*slot{{start: start.UnixMilli(), work: 250, waiting: []booking{{placed: noon.UnixMilli(), id: 7, work: 250, cups: 2,
				channel: "meituan", campaign: "free", span: 1}}}}}},
		{"of a slot, in the kitchen", with(func(o *Order) { o.Slot, o.Due = start, booked.Due }),
			load{online: 250, cups: 2, buckets: []bucket{{minute: minute(booked.Due), now: 250, cups: 2}},
				slots: []*slot{{start: start.UnixMilli(), work: 250}}}},
		{"made, and its bags wait", with(func(o *Order) { o.Work, o.Cups, o.Bags = 0, 0, 3 }), load{bags: 3}},
		{"cups that weigh nothing", with(func(o *Order) { o.Work = 0 }),
			load{cups: 2, buckets: []bucket{{minute: minute(base.Due), cups: 2, line: 2}}}},
		{"work without cups", with(func(o *Order) { o.Cups = 0 }), load{online: 250, buckets: []bucket{{minute: minute(base.Due), now: 250}}}},
	} {
		b := open().Swap(Order{}, c.order)
		see := cmp.AllowUnexported(load{}, bucket{}, slot{}, booking{}, spares{})
		if diff := cmp.Diff(c.want, b.load, see, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		if gone := b.Swap(c.order, Order{}); !gone.Equal(open()) {
			t.Errorf("%s: gone, and something is left: %+v", c.name, gone.load)
		}
	}
}

func TestTimesBefore1970AreRoundedDown(t *testing.T) {
	for a, want := range map[int64]int64{-61: -2, -60: -1, -59: -1, -1: -1, 0: 0, 59: 0, 60: 1, 61: 1} {
		if got := floorDiv(a, 60); got != want {
			t.Errorf("%d by 60 is %d, want %d", a, got, want)
		}
	}
}
