package shop_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"weir/shop"
)

// three is an order of two grapes and a lemon tea, with a bag.
func three(ref string) shop.Draft {
	return shop.Draft{Ref: ref, Totals: &shop.Totals{TotalFen: 6500, SubsidyFen: 6500}, Lines: []shop.Line{
		{Item: "grape", Qty: 2}, {Item: "lemon-tea", Qty: 1}, {Item: "bag", Qty: 1},
	}}
}

func part(o *shop.Order, cups ...int) shop.CancelPart {
	c := shop.CancelPart{Channel: "shangou", Order: o.ID}
	for _, n := range cups {
		c.Cups = append(c.Cups, o.CupID(n))
	}
	return c
}

func tapped(t *testing.T, s shop.State, id shop.CupID, to shop.CupState) shop.State {
	t.Helper()
	return must(t, s, shop.Tap{By: "tablet", Cups: []shop.CupID{id}, To: to}, noon).Next
}

func TestAPartIsCancelled(t *testing.T) {
	c := demo(t)
	c.Printers[0].Cancelled = true
	s, o := placed(t, shop.New(c, noon), three("p"), noon, false)
	s = must(t, s, shop.MoveJob{By: "printer", Job: 1, From: shop.JobQueued, To: shop.JobSending}, noon).Next
	s = tapped(t, s, o.CupID(2), shop.Making)
	d := must(t, s, part(o, 2), noon)
	s = d.Next
	o, _ = s.Order(o.ID)
	if o.Cups[1].State != shop.Voided || o.State() != shop.OrderAccepted || s.Lost() != 0 || o.LiveQty(0) != 1 || o.LiveQty(1) != 1 ||
		o.LiveQty(2) != 1 {
		t.Errorf("%s %+v", o.State(), o.Cups)
	}
	if len(s.Stops) != 1 || s.Stops[0].Cup != o.CupID(2) {
		t.Errorf("who has it in hand is not stopped: %+v", s.Stops)
	}
	slips := 0
	for j := range s.Jobs.All() {
		if j.Kind == shop.JobCancellation && j.Cup == 2 {
			slips++
		}
	}
	if slips != 1 {
		t.Errorf("%d slips call it back from paper", slips)
	}
	var told *shop.Told
	for _, e := range d.Events {
		if e.Told != nil {
			told = e.Told
		}
	}
	want := &shop.Totals{TotalFen: 4333, SubsidyFen: 4333}
	if told == nil || told.Type != shop.ToldChanged || told.Cups != 2 || len(told.Voided) != 1 || cmp.Diff(want, told.Totals) != "" {
		t.Errorf("told %+v", told)
	}
	if d = must(t, s, part(o, 2), noon); !d.Replayed || len(d.Events) != 0 {
		t.Error("the same again is another one")
	}
	// By lines, and with the last of them the order is cancelled. The bag alone is nothing to make.
	s = must(t, s, shop.CancelPart{Channel: "shangou", Order: o.ID, Lines: []int{0, 1}}, noon).Next
	if o, _ = s.Order(o.ID); o.State() != shop.OrderCancelled || o.Reason != "" || o.SubsidyDue() != 0 || s.Lost() != 0 {
		t.Errorf("%s %q, due %d", o.State(), o.Reason, o.SubsidyDue())
	}
}

func TestAPartThatIsMadeIsNotCancelledUnlessFinal(t *testing.T) {
	s, o := placed(t, shop.New(demo(t), noon), three("p"), noon, false)
	s = tapped(t, s, o.CupID(1), shop.Made)
	_, err := shop.Decide(s, part(o, 1, 2), noon)
	if e := (*shop.Error)(nil); !errors.As(err, &e) || e.Type != shop.ProblemCancelTooLate || len(e.Cups) != 1 || e.Cups[0] != o.CupID(1) {
		t.Fatalf("%v", err)
	}
	if now, _ := s.Order(o.ID); now.Cups[1].State != shop.Waiting {
		t.Error("half of a refused cancellation was carried out")
	}
	final := part(o, 1, 2)
	final.Final = true
	s = must(t, s, final, noon).Next
	o, _ = s.Order(o.ID)
	if o.Cups[0].State != shop.Discarded || o.Cups[1].State != shop.Voided || o.State().Ended() {
		t.Fatalf("%+v", o.Cups)
	}
	// The rest goes out. What was made is owed: two of three cups.
	s = must(t, s, shop.Progress{Channel: "shangou", Order: o.ID, Step: shop.PickedUp}, noon).Next
	if o, _ = s.Order(o.ID); o.State() != shop.OrderHanded || o.SubsidyDue() != 4333 {
		t.Errorf("%s, due %d", o.State(), o.SubsidyDue())
	}
	d := must(t, s, shop.CancelPart{Channel: "shangou", Order: o.ID, Lines: []int{1}, Final: true}, noon)
	if o, _ = d.Next.Order(o.ID); !d.Replayed || o.State() != shop.OrderHanded {
		t.Error("what has left is taken back")
	}
}

func TestARemadeCupIsCancelledByItsFirstName(t *testing.T) {
	s, o := placed(t, shop.New(demo(t), noon), three("p"), noon, false)
	s = tapped(t, s, o.CupID(1), shop.Making)
	s = must(t, s, shop.Remake{By: "tablet", Cup: o.CupID(1)}, noon).Next
	s = must(t, s, part(o, 1), noon).Next
	if o, _ = s.Order(o.ID); o.Cups[3].Replaces != 1 || o.Cups[3].State != shop.Voided || o.Cups[1].State != shop.Waiting {
		t.Errorf("%+v", o.Cups)
	}
}

func TestWhatIsNoPartIsRefused(t *testing.T) {
	s, o := placed(t, shop.New(demo(t), noon), three("p"), noon, false)
	s, other := placed(t, s, one("q"), noon, false)
	s, bareOrder := placed(t, s, bare("b", 2), noon, false)
	for name, tt := range map[string]struct {
		c       shop.CancelPart
		problem string
	}{
		"a cup of another order":    {shop.CancelPart{Channel: "shangou", Order: o.ID, Cups: []shop.CupID{other.CupID(1)}}, shop.ProblemInvalid},
		"a cup that is none":        {part(o, 9), shop.ProblemInvalid},
		"a line that is none":       {shop.CancelPart{Channel: "shangou", Order: o.ID, Lines: []int{3}}, shop.ProblemInvalid},
		"an order of another":       {shop.CancelPart{Channel: "meituan", Order: o.ID, Lines: []int{0}}, shop.ProblemNotFound},
		"an order that is none":     {shop.CancelPart{Channel: "shangou", Order: 99, Lines: []int{0}}, shop.ProblemNotFound},
		"of an order without lines": {part(bareOrder, 1), shop.ProblemInvalidTransition},
		"a good one and one that is": {shop.CancelPart{Channel: "shangou", Order: o.ID, Cups: []shop.CupID{o.CupID(1), {Order: o.ID, N: 8}}},
			shop.ProblemInvalid},
	} {
		_, err := shop.Decide(s, tt.c, noon)
		if e := (*shop.Error)(nil); !errors.As(err, &e) || e.Type != tt.problem {
			t.Errorf("%s: %v, want %s", name, err, tt.problem)
		}
	}
}

// A remade cup has the number of the cup that it stands for, however often it is made again.
func TestARemadeCupKeepsItsNumber(t *testing.T) {
	s := follow(t, shop.New(demo(t), noon), noon, wish("a", "matcha", 2), shop.Tap{Cups: cupsOf(1, 1, 2), To: shop.Made},
		shop.Remake{By: "tablet", Cup: cupsOf(1, 2)[0]}, shop.Tap{Cups: cupsOf(1, 3), To: shop.Made},
		shop.Remake{By: "tablet", Cup: cupsOf(1, 3)[0]})
	o, _ := s.Order(1)
	for cup, want := range map[int]int{1: 1, 2: 2, 3: 2, 4: 2, 99: 99} {
		if n, of := o.NumberOf(cup); n != want || of != 2 {
			t.Errorf("cup %d is number %d of %d, want %d of 2", cup, n, of, want)
		}
	}
	if s.Lost() != 0 || s.Ledger.Balance() != 0 || s.Ledger.Remade != 2 {
		t.Errorf("the ledger is out by %d and %d: %+v", s.Lost(), s.Ledger.Balance(), s.Ledger)
	}
	// A cup that was spoilt in the making counts as made when the one that stands for it is.
	s = follow(t, shop.New(demo(t), noon), noon, wish("b", "matcha", 2), shop.Tap{Cups: cupsOf(1, 2), To: shop.Making},
		shop.Remake{By: "tablet", Cup: cupsOf(1, 2)[0]})
	for want, state := range map[int]shop.State{0: s, 1: follow(t, s, noon, shop.Tap{Cups: cupsOf(1, 3), To: shop.Made})} {
		o, _ := state.Order(1)
		if ordered, made := o.MadeOf(); ordered != 2 || made != want {
			t.Errorf("%d of %d made, want %d of 2", made, ordered, want)
		}
	}
}
