package shop_test

import (
	"fmt"
	"testing"
	"time"

	"weir/shop"
	"weir/shop/capacity"
)

// filled is a shop with so many cups in the kitchen's queue.
func filled(t *testing.T, orders int) shop.State {
	t.Helper()
	s := shop.New(demo(t), noon)
	for i := range orders {
		s = must(t, s, wish(fmt.Sprint("q", i), "jasmine-milk-tea", 3), noon).Next
	}
	return s
}

// TestByIsJudged: an order that has to be ready by a time is accepted if nine of ten such orders are, and then that is the
// promise; otherwise it is refused with the time at which it would be ready, and with what there is instead.
func TestByIsJudged(t *testing.T) {
	s := filled(t, 8)
	plain := must(t, s, shop.Place{Channel: "shangou", Draft: one("plain")}, noon)
	o, _ := plain.Next.Order(plain.Order)
	p90, promise := noon.Add(o.Promise.Quote.P90), o.Promise.ReadyBy
	if !promise.After(p90) {
		t.Fatalf("p90 %v, promise %v: the test needs time between", p90, promise)
	}
	draft := one("by")
	for _, c := range []struct {
		by   time.Time
		want time.Time // promise; zero: refused
	}{
		{promise.Add(time.Hour), promise}, {promise, promise}, {promise.Add(-time.Second), promise.Add(-time.Second)}, {p90, p90},
		{p90.Add(-time.Second), time.Time{}}, {noon, time.Time{}}, {noon.AddDate(-10, 0, 0), time.Time{}},
	} {
		draft.By = c.by
		d, err := shop.Decide(s, shop.Place{Channel: "shangou", Draft: draft}, noon)
		if c.want.IsZero() {
			e := refusedAs(t, err, shop.ProblemDeadlinePassed)
			if e.Kind != shop.Conflict || e.Refusal.EarliestAt.Before(p90) || e.Refusal.EarliestAt.Sub(p90) > time.Minute ||
				len(e.Refusal.Slots) == 0 || len(e.Refusal.Sisters) == 0 || e.Refusal.Why.Rule != capacity.RuleBy {
				t.Errorf("by %v: refused as %+v", c.by, e.Refusal)
			}
			continue
		}
		if err != nil {
			t.Errorf("by %v: %v", c.by, err)
			continue
		}
		got, _ := d.Next.Order(d.Order)
		if !got.Promise.By().Equal(c.want) {
			t.Errorf("by %v: promised %v, want %v", c.by, got.Promise.By(), c.want)
		}
		// It has the place that it would have had, whatever its customer wants: it passes nobody.
		if queue := d.Next.Queue("", time.Time{}); queue[len(queue)-1].Order.ID != got.ID {
			t.Errorf("by %v: it is not the last of the queue", c.by)
		}
	}
	// A slot that ends later is refused too, and one that ends before is not.
	draft.SlotStart, draft.By = noon.Add(time.Hour), noon.Add(time.Hour+14*time.Minute)
	refused(t, s, shop.Place{Channel: "shangou", Draft: draft}, noon, shop.ProblemDeadlinePassed)
	draft.By = noon.Add(75 * time.Minute)
	placed(t, s, draft, noon, false)
}

// TestByThatCannotBeKeptForWantOfRoom is the same refusal, and it does not go on the waiting list to be late there.
func TestByThatCannotBeKeptForWantOfRoom(t *testing.T) {
	s := shop.New(demo(t), noon)
	for i := 0; ; i++ {
		d, err := shop.Decide(s, wish(fmt.Sprint("q", i), "jasmine-milk-tea", 3), noon)
		if err != nil {
			break
		}
		s = d.Next
	}
	draft := one("a")
	draft.Lines[0].Qty = 3
	draft.Standby, draft.By = true, noon.Add(10*time.Minute)
	refused(t, s, shop.Place{Channel: "shangou", Draft: draft}, noon, shop.ProblemDeadlinePassed)
	draft.By = noon.Add(90 * time.Minute)
	waiting := must(t, s, shop.Place{Channel: "shangou", Draft: draft}, noon)
	o, _ := waiting.Next.Order(waiting.Order)
	if !o.OnStandby() || o.WaitsUntil().After(draft.By) {
		t.Errorf("waits until %v, wanted by %v", o.WaitsUntil(), draft.By)
	}
}

// TestDeliverAtLessTheRideIsThePromise: with the ride that the order says, or that of the channel; now, or in a slot.
func TestDeliverAtLessTheRideIsThePromise(t *testing.T) {
	config := demo(t)
	config.Channels[0].Ride = 20 * time.Minute
	config.Channels[1].Ride = 40 * time.Minute
	s := shop.New(config, noon)
	for _, c := range []struct {
		name, channel string
		at, ride      time.Duration // from noon
		slot          time.Duration // from noon; 0: none
		promise       time.Duration // from noon; 0: refused
	}{
		{"soon", "shangou", 45 * time.Minute, 20 * time.Minute, 0, 25 * time.Minute},
		{"soon, by the channel's ride", "shangou", 40 * time.Minute, 0, 0, 20 * time.Minute},
		{"the ride takes all the time", "meituan", 40 * time.Minute, 0, 0, 0},
		{"later", "shangou", 3*time.Hour + 27*time.Minute, 20 * time.Minute, 165 * time.Minute, 187 * time.Minute},
		{"past", "shangou", -time.Hour, 0, 0, 0},
		{"in ten years", "shangou", 10 * 365 * 24 * time.Hour, 0, 0, 0},
	} {
		draft := one("d")
		draft.DeliverAt, draft.Ride = noon.Add(c.at), c.ride
		d, err := shop.Decide(s, shop.Place{Channel: c.channel, Draft: draft}, noon)
		if (err == nil) != (c.promise > 0) {
			t.Errorf("%s: %v", c.name, err)
		}
		if err != nil {
			continue
		}
		o, _ := d.Next.Order(d.Order)
		if o.State() != shop.OrderBooked || !o.Promise.By().Equal(noon.Add(c.promise)) {
			t.Errorf("%s: %s, promised %v", c.name, o.State(), o.Promise.By())
		}
		if start := o.Promise.SlotStart; start.IsZero() != (c.slot == 0) || c.slot > 0 && !start.Equal(noon.Add(c.slot)) {
			t.Errorf("%s: slot %v", c.name, start)
		}
		again := must(t, d.Next, shop.Place{Channel: c.channel, Draft: draft}, noon)
		if !again.Replayed {
			t.Errorf("%s: it is not known again", c.name)
		}
		draft.DeliverAt = draft.DeliverAt.Add(time.Minute)
		refused(t, d.Next, shop.Place{Channel: c.channel, Draft: draft}, noon, shop.ProblemOrderConflict)
	}
}

// kitchen plays a shop's clock: every 5 s a tick, and every 27 s a cup is made, as the demo shop's crew does.
func kitchen(t *testing.T, s shop.State, from time.Time, d time.Duration, at map[time.Duration]shop.Command) shop.State {
	t.Helper()
	next := from
	for now := from; now.Sub(from) < d; now = now.Add(5 * time.Second) {
		if c, ok := at[now.Sub(from)]; ok {
			s = must(t, s, c, now).Next
		}
		s = must(t, s, shop.Tick{}, now).Next
		queue := s.Queue("", time.Time{})
		if len(queue) == 0 {
			next = now.Add(27 * time.Second)
			continue
		}
		if !now.Before(next) {
			s = must(t, s, shop.Tap{By: "x", Cups: []shop.CupID{queue[0].ID()}, To: shop.Made}, now).Next
			next = now.Add(27 * time.Second)
		}
	}
	return s
}

// TestWhatIsWantedAtTheDoorIsNotOldOnTheShelf: it is ready within its promise, and not long before. The control is the same
// order without the time.
func TestWhatIsWantedAtTheDoorIsNotOldOnTheShelf(t *testing.T) {
	for _, minutes := range []int{24, 50, 75, 187} {
		draft := one("d")
		want := noon.Add(time.Duration(minutes) * time.Minute)
		draft.DeliverAt, draft.Ride = want.Add(20*time.Minute), 20*time.Minute
		s, o := placed(t, shop.New(demo(t), noon), draft, noon, false)
		s, _ = placed(t, s, one("control"), noon, false)
		s = kitchen(t, s, noon, time.Duration(minutes+5)*time.Minute, nil)
		got, _ := s.Order(o.ID)
		control, _ := s.Order(o.ID + 1)
		if early := want.Sub(got.ReadyAt); got.ReadyAt.IsZero() || early < 0 || early > 3*time.Minute {
			t.Errorf("wanted by %v, ready %v before", want, early)
		}
		if want.Sub(control.ReadyAt) < 10*time.Minute {
			t.Errorf("control: ready at %v", control.ReadyAt)
		}
	}
}

// TestWhatIsWantedAfterClosingIsReadyByThen: nobody makes it afterwards.
func TestWhatIsWantedAfterClosingIsReadyByThen(t *testing.T) {
	config := demo(t)
	config.Open, config.Close = 10*time.Hour, 22*time.Hour
	closes := config.Hours(noon).Closes
	now := closes.Add(-8 * time.Minute)
	draft := one("d")
	draft.DeliverAt, draft.Ride = closes.Add(40*time.Minute), 20*time.Minute
	s, o := placed(t, must(t, shop.New(config, noon), shop.Tick{}, now).Next, draft, now, false)
	s = kitchen(t, s, now, 8*time.Minute, nil)
	if got, _ := s.Order(o.ID); got.ReadyAt.IsZero() || got.ReadyAt.After(closes) {
		t.Errorf("closes at %v, ready at %v", closes, got.ReadyAt)
	}
}

// TestWhereItGoesIsKeptForWhomItConcerns: a table in the shop; the door only for the shop's own riders, as personal data.
func TestWhereItGoesIsKeptForWhomItConcerns(t *testing.T) {
	config := demo(t)
	config.Channels[1].OwnRiders = true
	s := shop.New(config, noon)
	for _, c := range []struct {
		channel  string
		way      shop.Fulfilment
		place    string
		address  string
		distance int
	}{
		{"shangou", shop.Delivery, "", "", 0}, {"shangou", shop.Pickup, "8", "", 0}, {"meituan", shop.Delivery, "", "8", 900},
		{"meituan", shop.Pickup, "8", "", 0},
	} {
		draft := one("p")
		draft.Fulfilment, draft.BringTo, draft.DistanceM = c.way, "8", 900
		d := must(t, s, shop.Place{Channel: c.channel, Draft: draft}, noon)
		o, _ := d.Next.Order(d.Order)
		if o.BringTo != c.place || o.Customer.Address != c.address || o.DistanceM != c.distance {
			t.Errorf("%s %s: place %q, address %q, %d m", c.channel, c.way, o.BringTo, o.Customer.Address, o.DistanceM)
		}
	}
}

// An order of which nothing has to be made is ready when the kitchen has it; any other one when its cups are.
func TestWhatNeedsNoMakingIsReadyAtOnce(t *testing.T) {
	s := shop.New(demo(t), noon)
	s, bag := placed(t, s, shop.Draft{Ref: "bag", Lines: []shop.Line{{Item: "bag", Qty: 1}}}, noon, false)
	_, tea := placed(t, s, one("tea"), noon, false)
	if !bag.ReadyAt.Equal(noon) || !tea.ReadyAt.IsZero() || tea.KitchenAt.IsZero() {
		t.Errorf("the bag is ready at %v; the tea, which the kitchen has since %v, at %v", bag.ReadyAt, tea.KitchenAt, tea.ReadyAt)
	}
}
