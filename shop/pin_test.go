package shop_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"weir/shop"
	"weir/shop/capacity"
)

// pinned is an order that asks for a refusal to be final, and is too large for the kitchen to take now.
func pinned(ref string, qty int) shop.Place {
	p := wish(ref, "matcha", qty)
	p.Draft.Pin = true
	return p
}

// pin has an order refused for ever.
func pin(t *testing.T, s shop.State, c shop.Place, now time.Time, problem string) shop.State {
	t.Helper()
	d, err := shop.Decide(s, c, now)
	pins := slices.DeleteFunc(slices.Clone(d.Events), func(e shop.Event) bool {
		_, names := e.Fact.(shop.NamesRefused) // what a strict channel called things is kept, too
		return names
	})
	if e := refusedAs(t, err, problem); !e.Pinned || len(pins) != 1 {
		t.Fatalf("%+v with %d events, want a pinned refusal and the fact that says so", e, len(pins))
	}
	return d.Next
}

func refusedAs(t *testing.T, err error, problem string) *shop.Error {
	t.Helper()
	e, ok := err.(*shop.Error)
	if !ok || e.Type != problem {
		t.Fatalf("%v, want %s", err, problem)
	}
	return e
}

// A refusal that was asked to be final stays one when there is room again. One that was not becomes an order: that is
// what a second copy of the message, which a broker had kept, was seen to do.
func TestAPinnedRefusalNeverBecomesAnOrder(t *testing.T) {
	paused := func(s shop.State, mode capacity.IntakeMode) shop.State {
		return must(t, s, shop.SetIntake{Channel: "meituan", Intake: shop.Intake{Mode: mode, Until: noon.Add(time.Hour), By: "owner"}}, noon).Next
	}
	s := paused(shop.New(demo(t), noon), "paused")
	refused(t, s, wish("free", "matcha", 1), noon, shop.ProblemIntakePaused)
	s = pin(t, s, pinned("final", 1), noon, shop.ProblemIntakePaused)
	s = paused(s, "open")

	if d := must(t, s, wish("free", "matcha", 1), noon); d.Replayed {
		t.Error("control: a refusal that was not pinned is not forgotten")
	}
	for name, again := range map[string]shop.Place{"as it was": pinned("final", 1), "without pin": wish("final", "matcha", 1),
		"another content": wish("final", "grape", 2)} {
		d, err := shop.Decide(s, again, noon)
		e := refusedAs(t, err, shop.ProblemIntakePaused)
		if !e.Pinned || e.Kind != shop.Unavailable || e.Detail == "" || e.Refusal == nil || e.Refusal.Reason != "owner" || len(d.Events) != 0 {
			t.Errorf("%s: %+v, %d events", name, e, len(d.Events))
		}
	}
	// The order of another channel with the same ref is another order, and so is one that is taken at once.
	other := pinned("final", 1)
	other.Channel = "shangou"
	must(t, s, other, noon)
	if d := must(t, s, shop.Cancel{Channel: "meituan", Ref: "final"}, noon); !d.Replayed || len(d.Events) != 0 {
		t.Errorf("cancelled: %+v, want what it is already", d)
	}
}

func TestEveryRefusalOfTheRulesCanBePinned(t *testing.T) {
	config := demo(t)
	config.Channels[1].Strict = true // meituan
	empty := must(t, shop.New(config, noon), shop.SetAvailable{By: "tablet", Item: "grape"}, noon).Next
	with := func(change func(*shop.Draft)) shop.Place {
		p := pinned("r", 1)
		change(&p.Draft)
		return p
	}
	for problem, c := range map[string]shop.Place{
		shop.ProblemReducedCapacity: pinned("r", 80),
		shop.ProblemSoldOut:         with(func(d *shop.Draft) { d.Lines[0].Item = "grape" }),
		shop.ProblemInvalidOrder:    with(func(d *shop.Draft) { d.Lines[0].Item = "beer" }),
		shop.ProblemDeadlinePassed:  with(func(d *shop.Draft) { d.ConfirmBy = noon.Add(-time.Second) }),
		shop.ProblemSlotFull:        with(func(d *shop.Draft) { d.SlotStart = noon.Add(-time.Hour) }),
	} {
		s := pin(t, empty, c, noon, problem)
		refused(t, s, wish("r", "matcha", 1), noon, problem)
	}
	// What is an order, or nobody's, is no refusal that could be final.
	s := must(t, empty, wish("r", "matcha", 1), noon).Next
	if e := refused(t, s, pinned("r", 2), noon, shop.ProblemOrderConflict); e.Pinned {
		t.Error("a conflict with an order was pinned")
	}
	nobody := pinned("r", 1)
	nobody.Channel = "nobody"
	if e := refused(t, s, nobody, noon, shop.ProblemNotFound); e.Pinned {
		t.Error("a ref of no channel was pinned")
	}
}

// TestCancellationsOfUnknownRefsAreBounded is the attack that wrote 42,685 rows for ever in fourteen seconds.
func TestCancellationsOfUnknownRefsAreBounded(t *testing.T) {
	const attack = 42_685
	s := shop.New(demo(t), noon)
	kept, told := 0, 0
	for i := range attack {
		d, err := shop.Decide(s, shop.Cancel{Channel: "meituan", Ref: fmt.Sprint("x", i)}, noon)
		if err == nil {
			kept++
		} else {
			refusedAs(t, err, shop.ProblemQuota)
			told++
		}
		s = d.Next
		if i > 0 {
			s = s.Forget(d.Order)
		}
	}
	if kept != shop.TombstonesMax || told != attack-kept || s.Tombstones.Of("meituan") != kept {
		t.Errorf("%d kept, %d refused, %d counted", kept, told, s.Tombstones.Of("meituan"))
	}
	// Nothing was dropped for another, orders go on, pins share the bound, and other channels have their own.
	if d := must(t, s, wish("x0", "matcha", 1), noon); !d.Replayed {
		t.Error("the first tombstone is gone")
	}
	refused(t, s, pinned("pin", 80), noon, shop.ProblemQuota)
	placed := must(t, s, pinned("order", 1), noon).Next
	must(t, placed, shop.Cancel{Channel: "meituan", Ref: "order"}, noon)
	must(t, s, shop.Cancel{Channel: "shangou", Ref: "x"}, noon)
}

func TestTombstonesLiveFortyDays(t *testing.T) {
	s := follow(t, shop.New(demo(t), noon), noon, shop.Cancel{Channel: "meituan", Ref: "gone"})
	s = pin(t, s, pinned("pin", 80), noon, shop.ProblemReducedCapacity)
	day := 24 * time.Hour
	s = follow(t, s, noon.Add(20*day), shop.Tick{}, shop.Cancel{Channel: "meituan", Ref: "young"})
	for _, after := range []time.Duration{0, 39 * day, shop.TombstonesKept, shop.TombstonesKept + day - 9*time.Hour} {
		if d := must(t, s, shop.ForgetTombstones{}, noon.Add(after)); !d.Replayed {
			t.Errorf("after %v: %+v", after, d.Events[0].Fact)
		}
	}
	late := noon.Add(shop.TombstonesKept + 2*day)
	d := must(t, s, shop.ForgetTombstones{}, late)
	if f, ok := d.Events[0].Fact.(shop.TombstonesForgotten); !ok || f.First != "2026-02-06" || f.Last != f.First {
		t.Errorf("forgotten: %+v", d.Events[0].Fact)
	}
	if n := d.Next.Tombstones.Of("meituan"); n != 1 || s.Tombstones.Of("meituan") != 3 {
		t.Errorf("%d are left, want the young one; before %d", n, s.Tombstones.Of("meituan"))
	}
	if d := must(t, d.Next, shop.ForgetTombstones{}, late); !d.Replayed {
		t.Error("forgotten twice")
	}
}

// An order that may be older than a tombstone that is gone is refused; a known one is answered as ever.
func TestAnOrderOlderThanTombstonesIsRefused(t *testing.T) {
	old := func(ref string, age time.Duration) shop.Place {
		p := wish(ref, "matcha", 1)
		p.Draft.PlacedAt = noon.Add(-age)
		return p
	}
	s := must(t, shop.New(demo(t), noon), old("young", shop.TombstonesKept), noon).Next
	refused(t, s, old("old", shop.TombstonesKept+time.Second), noon, shop.ProblemDeadlinePassed)
	if d := must(t, s, old("young", shop.TombstonesKept+time.Second), noon); !d.Replayed {
		t.Error("a known order was not answered as one")
	}
}
