package shop_test

import (
	"strings"
	"testing"
	"time"

	"weir/shop"
)

func TestWhereAnOrderStands(t *testing.T) {
	tap := func(to shop.CupState, ns ...int) shop.Command { return shop.Tap{Cups: cupsOf(1, ns...), To: to} }
	out := func(n int) shop.Command {
		return shop.Handover{Order: 1, Cups: cupsOf(1, n), Reason: "the rest follows"}
	}
	for _, c := range []struct {
		name string
		do   []shop.Command
		want shop.OrderState
	}{
		{"nothing is begun", nil, shop.OrderAccepted},
		{"one is being made", []shop.Command{tap(shop.Making, 1)}, shop.OrderMaking},
		{"one is made", []shop.Command{tap(shop.Made, 1)}, shop.OrderMaking},
		{"one is made and one being made", []shop.Command{tap(shop.Made, 1), tap(shop.Making, 2)}, shop.OrderMaking},
		{"one is made and out, one waits", []shop.Command{tap(shop.Made, 1), out(1)}, shop.OrderMaking},
		{"one is out, one made and one waits", []shop.Command{tap(shop.Made, 1, 2), out(1)}, shop.OrderMaking},
		{"all are made", []shop.Command{tap(shop.Made, 1, 2, 3)}, shop.OrderReady},
		{"all are made, and one is out", []shop.Command{tap(shop.Made, 1, 2, 3), out(1)}, shop.OrderReady},
		{"all are out", []shop.Command{shop.Handover{Order: 1, Made: true}}, shop.OrderHanded},
	} {
		s := follow(t, shop.New(demo(t), noon), noon, wish("a", "matcha", 3))
		s = follow(t, s, noon, c.do...)
		if o, _ := s.Order(1); o.State() != c.want {
			t.Errorf("%s: %s, want %s", c.name, o.State(), c.want)
		}
	}
}

func TestWhatTheOwnerMaySet(t *testing.T) {
	s := shop.New(demo(t), noon)
	for name, c := range map[string]struct {
		do   shop.Command
		want string
	}{
		"nobody at a station":         {shop.SetStaff{Station: "shake", Staff: 0}, ""},
		"the most people":             {shop.SetStaff{Station: "shake", Staff: shop.StaffMax}, ""},
		"one too many":                {shop.SetStaff{Station: "shake", Staff: shop.StaffMax + 1}, shop.ProblemInvalid},
		"fewer than nobody":           {shop.SetStaff{Station: "shake", Staff: -1}, shop.ProblemInvalid},
		"a station that is not there": {shop.SetStaff{Station: "roof", Staff: 1}, shop.ProblemNotFound},
		"an item":                     {shop.SetAvailable{Item: "matcha", Available: false}, ""},
		"an item that is not there":   {shop.SetAvailable{Item: "beer", Available: false}, shop.ProblemNotFound},
		"one cup at the counter":      {shop.Walkin{Cups: 1}, ""},
		"nine cups at the counter":    {shop.Walkin{Cups: 9}, ""},
		"no cup at the counter":       {shop.Walkin{Cups: 0}, shop.ProblemInvalid},
		"ten cups at the counter":     {shop.Walkin{Cups: 10}, shop.ProblemInvalid},
		"open again in a moment": {shop.SetIntake{Channel: "meituan",
			Intake: shop.Intake{Mode: "paused", Until: noon.Add(time.Millisecond)}}, ""},
		"open again now": {shop.SetIntake{Channel: "meituan", Intake: shop.Intake{Mode: "paused", Until: noon}},
			shop.ProblemInvalid},
		"a mode that there is not":    {shop.SetIntake{Channel: "meituan", Intake: shop.Intake{Mode: "ajar"}}, shop.ProblemInvalid},
		"a channel that there is not": {shop.SetIntake{Channel: "pigeon", Intake: shop.Intake{Mode: "open"}}, shop.ProblemNotFound},
		"what was given out":          {shop.Ack{Channel: "meituan", Through: 0}, ""},
		"about the longest thing":     {shop.Audit{By: "owner", What: shop.AuditDevicePaired, About: strings.Repeat("a", 200)}, ""},
		"about a longer thing": {shop.Audit{By: "owner", What: shop.AuditDevicePaired, About: strings.Repeat("a", 201)},
			shop.ProblemInvalid},
		"what has not been given out": {shop.Ack{Channel: "meituan", Through: 1}, shop.ProblemCursorInvalid},
	} {
		if got := refusal(t, s, c.do); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	staffed := follow(t, s, noon, shop.SetStaff{Station: "shake", Staff: 1})
	if is, was := staffed.Capacity.Rate(noon).P50, s.Capacity.Rate(noon).P50; is > 0.51*was || is < 0.49*was {
		t.Errorf("one of two at the slowest station: the rate is %v, was %v", is, was)
	}
}

func TestAnItemIsSoldOutOnce(t *testing.T) {
	s := shop.New(demo(t), noon)
	for _, step := range []struct {
		available, replayed bool
	}{
		{true, true}, {false, false}, {false, true}, {true, false}, {true, true},
	} {
		d := must(t, s, shop.SetAvailable{Item: "matcha", Available: step.available}, noon)
		if d.Replayed != step.replayed || (len(d.Events) == 0) != step.replayed {
			t.Errorf("available %v: said before %v with %d events, want %v", step.available, d.Replayed, len(d.Events), step.replayed)
		}
		s = d.Next
		if _, err := shop.Decide(s, wish("a", "matcha", 1), noon); (err == nil) != step.available {
			t.Errorf("available %v, and an order for it: %v", step.available, err)
		}
	}
}

// Of orders that are promised for the same moment who asked first comes first, at the counter or not.
func TestWhoComesFirstAtTheSameMoment(t *testing.T) {
	queued := func(id shop.OrderID, channel string, minutes int) shop.Queued {
		o := &shop.Order{ID: id, Channel: channel, Promise: shop.Promise{ReadyBy: noon.Add(time.Duration(minutes) * time.Minute)}}
		o.Cups = []shop.Cup{{N: 1, State: shop.Waiting}, {N: 2, State: shop.Waiting}}
		return shop.Queued{Order: o, Cup: &o.Cups[0]}
	}
	s := shop.New(demo(t), noon)
	for _, q := range []shop.Queued{queued(1, "meituan", 9), queued(2, shop.CounterChannel, 9), queued(3, "meituan", 8),
		queued(4, shop.CounterChannel, 9), queued(5, "meituan", 9)} {
		q.Order.KitchenAt = noon
		q.Order.Lines = []shop.Line{{Item: "matcha", Qty: 2}}
		s = s.Recall(q.Order)
	}
	want := []string{"c3-1", "c3-2", "c1-1", "c1-2", "c2-1", "c2-2", "c4-1", "c4-2", "c5-1", "c5-2"}
	got := names(s.Queue("", time.Time{}))
	for i := range want {
		if i >= len(got) || got[i] != want[i] {
			t.Fatalf("queue %v, want %v", got, want)
		}
	}
}

func TestWalkInsAreNumberedWhenNobodyNamesTheTap(t *testing.T) {
	s := follow(t, shop.New(demo(t), noon), noon, shop.Walkin{Cups: 1}, shop.Walkin{Cups: 1}, shop.Walkin{Cups: 1, Tap: "mine"})
	for id, want := range map[shop.OrderID]string{1: "walkin-1-1", 2: "walkin-1-2", 3: "mine"} {
		if o, _ := s.Order(id); o.Ref != want {
			t.Errorf("order %d has the ref %q, want %q", id, o.Ref, want)
		}
	}
}

// What the owner closed until a time opens by itself then, and the channel is told.
func TestIntakeOpensAtItsTime(t *testing.T) {
	until := noon.Add(time.Hour)
	s := follow(t, shop.New(demo(t), noon), noon,
		shop.SetIntake{Channel: "meituan", Intake: shop.Intake{Mode: "paused", Until: until}},
		shop.SetIntake{Channel: "shangou", Intake: shop.Intake{Mode: "paused"}})
	if early := must(t, s, shop.Tick{}, until.Add(-time.Second)); early.Next.TakenNow("meituan", until.Add(-time.Second)) != "paused" {
		t.Error("open a second too early")
	}
	if got := s.Intake("meituan", until).Mode; got != "open" {
		t.Errorf("at its time it is %s, before any tick", got)
	}
	d := must(t, s, shop.Tick{}, until)
	toldOf := 0
	for _, e := range d.Events {
		if e.Told != nil && e.Told.Type == shop.ToldIntake {
			toldOf++
			if e.Told.Channel != "meituan" || e.Told.Intake.Mode != "open" || e.Told.Intake.Reason != shop.IntakeExpired {
				t.Errorf("told %s %+v", e.Told.Channel, e.Told.Intake)
			}
		}
	}
	if toldOf != 1 || d.Next.TakenNow("meituan", until) != "open" || d.Next.TakenNow("shangou", until) != "paused" {
		t.Errorf("told %d times; %s and %s", toldOf, d.Next.TakenNow("meituan", until), d.Next.TakenNow("shangou", until))
	}
	if n := len(must(t, d.Next, shop.Tick{}, until.Add(time.Second)).Events); n != 0 {
		t.Errorf("a second later %d events", n)
	}
}
