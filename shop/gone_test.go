package shop_test

import (
	"slices"
	"testing"

	"weir/shop"
)

// An order whose cups were all thrown away is not ready and cannot be given out: it is made again, or its customer
// is told after a while.
func TestAnOrderOfWhichEverythingWasThrownAway(t *testing.T) {
	s := follow(t, shop.New(demo(t), noon), noon, wish("a", "matcha", 2),
		shop.Tap{Cups: cupsOf(1, 1, 2), To: shop.Made}, shop.Tap{Cups: cupsOf(1, 1, 2), To: shop.Discarded})
	o, _ := s.Order(1)
	if o.State() != shop.OrderAccepted {
		t.Errorf("it is %s", o.State())
	}
	for _, c := range []shop.Command{shop.Handover{Order: 1, Made: true}, shop.Progress{Channel: "meituan", Order: 1, Step: shop.PickedUp}} {
		if got := refusal(t, s, c); got != shop.ProblemIncomplete {
			t.Errorf("%T: %q, want %q", c, got, shop.ProblemIncomplete)
		}
	}
	if again := follow(t, s, noon, shop.Remake{Cup: cupsOf(1, 1)[0]}); again.Ledger.Remade != 1 {
		t.Error("it cannot be made again")
	}
	if soon := follow(t, s, noon.Add(shop.GoneTime-1), shop.Tick{}); !stands(soon, 1) {
		t.Error("it was given up too soon")
	}
	d := must(t, s, shop.Tick{}, noon.Add(shop.GoneTime))
	if told := toldOf(d, 1); told != shop.ToldReleased {
		t.Errorf("the channel is told %q", told)
	}
}

func stands(s shop.State, id shop.OrderID) bool {
	o, ok := s.Order(id)
	return ok && !o.State().Ended()
}

// toldOf is the last thing that a decision told the channel of an order.
func toldOf(d shop.Decision, id shop.OrderID) (kind string) {
	for _, e := range d.Events {
		if e.Order == id && e.Told != nil {
			kind = e.Told.Type
		}
	}
	return kind
}

// When a part has left and the rest is voided, nothing is left to wait for.
func TestARestThatIsVoidedEndsTheOrder(t *testing.T) {
	s := follow(t, shop.New(demo(t), noon), noon, wish("a", "matcha", 2), shop.Tap{Cups: cupsOf(1, 1), To: shop.Made},
		shop.Handover{Order: 1, Cups: cupsOf(1, 1), Reason: "takes a part"})
	d := must(t, s, shop.Tap{Cups: cupsOf(1, 2), To: shop.Voided}, noon)
	if told := toldOf(d, 1); told != shop.ToldHanded {
		t.Errorf("the channel is told %q", told)
	}
}

// The reason that a partial hand-over asks for is kept with what left.
func TestTheReasonOfAHandoverIsKept(t *testing.T) {
	s := follow(t, shop.New(demo(t), noon), noon, wish("a", "matcha", 2), shop.Tap{Cups: cupsOf(1, 1), To: shop.Made})
	d := must(t, s, shop.Handover{Order: 1, Cups: cupsOf(1, 1), Reason: "takes a part"}, noon)
	kept := slices.ContainsFunc(d.Events, func(e shop.Event) bool {
		moved, ok := e.Fact.(shop.CupsMoved)
		return ok && moved.Reason == "takes a part"
	})
	if !kept {
		t.Errorf("the reason is in no event: %+v", d.Events)
	}
}

// Paper that has not come out is not wanted for what has left or will not be made: somebody would make it again.
func TestNoPaperForWhatHasLeft(t *testing.T) {
	for _, c := range []struct {
		name string
		do   shop.Command
		want []shop.JobKind
	}{
		{"handed over", shop.Handover{Order: 1, Made: true}, []shop.JobKind{shop.JobReceipt}},
		{"one cup voided", shop.Tap{Cups: cupsOf(1, 1), To: shop.Voided}, []shop.JobKind{shop.JobKitchen, shop.JobReceipt, shop.JobLabel}},
		{"released", shop.End{Order: 1, To: shop.OrderReleased, Reason: "no milk"}, nil},
	} {
		config := demo(t)
		config.Printers = []shop.Printer{
			{Name: "kitchen", Kind: "escpos80", Prints: []shop.JobKind{shop.JobKitchen, shop.JobReceipt}},
			{Name: "labels", Kind: "tspl", Labels: true, Prints: []shop.JobKind{shop.JobLabel}},
		}
		s := follow(t, shop.New(config, noon), noon, wish("a", "matcha", 2))
		if n := len(waiting(s)); n != 4 {
			t.Fatalf("%d jobs for an order of two cups", n)
		}
		if got := waiting(follow(t, s, noon, c.do)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v still waits, want %v", c.name, got, c.want)
		}
	}
}

func waiting(s shop.State) (kinds []shop.JobKind) {
	for j := range s.Jobs.All() {
		if j.State == shop.JobQueued {
			kinds = append(kinds, j.Kind)
		}
	}
	return kinds
}
