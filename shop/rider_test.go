package shop_test

import (
	"slices"
	"testing"
	"time"

	"weir/shop"
)

// heldShop is the demo shop where shangou's orders are made when somebody comes for them.
func heldShop(t *testing.T) shop.State {
	t.Helper()
	config := *demo(t)
	config.Channels = slices.Clone(config.Channels)
	config.Channels[0].HoldUntilArrival = true
	return shop.New(&config, noon)
}

func assigned(id shop.OrderID, eta time.Time) shop.Progress {
	return shop.Progress{Channel: "shangou", Order: id, Step: shop.CourierAssigned, Eta: eta}
}

// TestAnOrderIsReadyWhenItsRiderIsThere: one that is held, one that is wanted at the door and one in a slot are begun so that
// they are ready when the rider comes, within their promise. The control is each without a rider.
func TestAnOrderIsReadyWhenItsRiderIsThere(t *testing.T) {
	at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	door, slot := one("a"), one("a")
	door.DeliverAt, door.Ride = at(60), 20*time.Minute // promised in 40
	slot.SlotStart = at(60)                            // promised in 75
	for _, c := range []struct {
		name    string
		s       shop.State
		draft   shop.Draft
		eta     time.Time
		want    time.Time
		without time.Duration // how much earlier it would have been ready; negative: not at all
	}{
		{"held", heldShop(t), one("a"), at(30), at(30), -1},
		{"at the door", shop.New(demo(t), noon), door, at(30), at(30), 0},
		{"at the door, and the rider comes too late", shop.New(demo(t), noon), door, at(90), at(40), 0},
		{"in a slot", shop.New(demo(t), noon), slot, at(74), at(74), 15 * time.Minute},
		{"in a slot, and the rider comes too late", shop.New(demo(t), noon), slot, at(300), at(75), 15 * time.Minute},
	} {
		s, o := placed(t, c.s, c.draft, noon, false)
		control := kitchen(t, s, noon, 100*time.Minute, nil)
		s = kitchen(t, s, noon, 100*time.Minute, map[time.Duration]shop.Command{10 * time.Minute: assigned(o.ID, c.eta)})
		got, _ := s.Order(o.ID)
		if early := c.want.Sub(got.ReadyAt); got.ReadyAt.IsZero() || early < 0 || early > 3*time.Minute {
			t.Errorf("%s: ready at %v, want shortly before %v", c.name, got.ReadyAt.Sub(noon), c.want.Sub(noon))
		}
		was, _ := control.Order(o.ID)
		if c.without < 0 != was.ReadyAt.IsZero() || c.without > 0 && c.want.Sub(was.ReadyAt) < c.without {
			t.Errorf("%s: control ready at %v", c.name, was.ReadyAt.Sub(noon))
		}
	}
}

// TestARiderWhoComesEarlyOrNotAtAll: who stands there is not kept waiting for the time that was said, and an order whose
// rider is gone waits as if there had been none.
func TestARiderWhoComesEarlyOrNotAtAll(t *testing.T) {
	s, o := placed(t, heldShop(t), one("a"), noon, false)
	s = must(t, s, assigned(o.ID, noon.Add(time.Hour)), noon).Next
	here := must(t, s, shop.Progress{Channel: "shangou", Order: o.ID, Step: shop.CourierArrived}, noon.Add(time.Minute)).Next
	got, _ := here.Order(o.ID)
	if since, ok := got.RiderWaits(); got.State() != shop.OrderAccepted || !ok || !since.Equal(noon.Add(time.Minute)) {
		t.Errorf("%s, waits since %v", got.State(), since)
	}
	// It has a turn of its own now, and is promised as to one who orders now, not for closing.
	if left := got.Promise.By().Sub(noon); left > 20*time.Minute {
		t.Errorf("whoever stands there is promised it in %v", left)
	}
	gone := must(t, s, shop.Progress{Channel: "shangou", Order: o.ID, Step: shop.CourierCancelled}, noon.Add(time.Minute)).Next
	gone = kitchen(t, gone, noon.Add(time.Minute), 2*time.Hour, nil)
	if got, _ := gone.Order(o.ID); got.State() != shop.OrderBooked {
		t.Errorf("nobody comes for it, and it is %s", got.State())
	}
	gone = must(t, gone, shop.Progress{Channel: "shangou", Order: o.ID, Step: shop.CourierCancelled}, noon.Add(3*time.Hour)).Next
	gone = must(t, gone, assigned(o.ID, noon.Add(3*time.Hour)), noon.Add(3*time.Hour)).Next
	if got, _ := gone.Order(o.ID); got.State() != shop.OrderAccepted {
		t.Errorf("another rider is here, and it is %s", got.State())
	}
	left := must(t, here, shop.Progress{Channel: "shangou", Order: o.ID, Step: shop.CourierCancelled}, noon.Add(time.Minute)).Next
	if got, _ := left.Order(o.ID); got.State() != shop.OrderAccepted || !got.CourierAt.IsZero() {
		t.Errorf("the rider has left: %s, %v", got.State(), got.CourierAt)
	}
}

// TestEtasAreBounded: a time that is past is now, one in ten years is a mistake, and one that changes every second is kept
// now and then.
func TestEtasAreBounded(t *testing.T) {
	s, o := placed(t, heldShop(t), one("a"), noon, false)
	for _, eta := range []time.Time{noon.AddDate(10, 0, 0), noon.Add(shop.EtaMost + time.Second)} {
		refused(t, s, assigned(o.ID, eta), noon, shop.ProblemInvalid)
	}
	past := must(t, s, assigned(o.ID, noon.AddDate(-10, 0, 0)), noon).Next
	if got, _ := past.Order(o.ID); !got.CourierEta.Equal(noon) || got.State() != shop.OrderAccepted {
		t.Errorf("past: expected at %v, %s", got.CourierEta, got.State())
	}
	events := 0
	for second := range 600 {
		now := noon.Add(time.Duration(second) * time.Second)
		eta := noon.Add(time.Hour + time.Duration(second%7)*10*time.Minute)
		d := must(t, s, assigned(o.ID, eta), now)
		s, events = d.Next, events+len(d.Events)
	}
	if got, _ := s.Order(o.ID); events > 21 || events < 5 || got.State() != shop.OrderBooked {
		t.Errorf("600 times in ten minutes were kept as %d events; the order is %s", events, got.State())
	}
	refused(t, s, shop.Progress{Channel: "meituan", Order: o.ID, Step: shop.CourierAssigned}, noon, shop.ProblemNotFound)
	d := must(t, s, shop.Progress{Channel: "shangou", Order: o.ID, Step: shop.CourierAssigned}, noon.Add(time.Hour))
	if !d.Replayed {
		t.Error("a rider of whom no time is known takes away the time that was known")
	}
}

// A rider's new time is kept when it is a minute off or more, and half a minute after the last.
func TestWhichNewTimeOfARiderIsKept(t *testing.T) {
	eta := noon.Add(time.Hour)
	s, o := placed(t, heldShop(t), one("a"), noon, false)
	s = must(t, s, assigned(o.ID, eta), noon).Next
	for name, c := range map[string]struct {
		by, after time.Duration
		kept      bool
	}{
		"a minute later":      {shop.EtaLeast, shop.EtaGap, true},
		"a minute earlier":    {-shop.EtaLeast, shop.EtaGap, true},
		"less than that":      {shop.EtaLeast - time.Second, shop.EtaGap, false},
		"too soon after":      {10 * time.Minute, shop.EtaGap - time.Second, false},
		"at once":             {10 * time.Minute, 0, false},
		"by a clock put back": {10 * time.Minute, -time.Second, true},
	} {
		d := must(t, s, assigned(o.ID, eta.Add(c.by)), noon.Add(c.after))
		if now, _ := d.Next.Order(o.ID); now.CourierEta.Equal(eta.Add(c.by)) != c.kept || d.Replayed == c.kept {
			t.Errorf("%s: expected at %v", name, now.CourierEta)
		}
	}
}
