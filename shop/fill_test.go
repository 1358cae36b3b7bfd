package shop_test

import (
	"errors"
	"testing"
	"time"

	"weir/shop"
	"weir/shop/capacity"
)

// bare is an order that a channel under load sends without its lines.
func bare(ref string, cups int) shop.Draft { return shop.Draft{Ref: ref, Cups: cups} }

func TestAnOrderWithoutLinesIsCountedAndHeld(t *testing.T) {
	s := shop.New(demo(t), noon)
	heavy := shop.Draft{Ref: "h", Lines: []shop.Line{{Item: "grape", Qty: 2}}, Totals: &shop.Totals{TotalFen: 4800, SubsidyFen: 4800}}
	s, grape := placed(t, s, heavy, noon, false)
	s, o := placed(t, s, bare("d", 3), noon, false)
	if o.State() != shop.OrderBooked || !o.KitchenAt.IsZero() || len(o.Cups) != 3 || o.Work() != 3*grape.Cups[0].Work ||
		o.Promise.ReadyBy.IsZero() {
		t.Errorf("%s with %d cups of %d in all, promised %v", o.State(), len(o.Cups), o.Work(), o.Promise.ReadyBy)
	}
	if got, want := s.Capacity.Report(noon).Backlog, grape.Work()+o.Work(); got != want {
		t.Errorf("the kitchen owes %d, want %d: what is promised counts", got, want)
	}
	if len(s.Queue("", time.Time{})) != 2 {
		t.Error("it is in the kitchen's queue")
	}
	// What comes after it counts its work.
	control := shop.New(demo(t), noon)
	control, _ = placed(t, control, heavy, noon, false)
	_, later := placed(t, s, one("z"), noon, false)
	_, without := placed(t, control, one("z"), noon, false)
	if later.Promise.Quote.P90 <= without.Promise.Quote.P90 {
		t.Errorf("the next order is promised in %v, without it %v", later.Promise.Quote.P90, without.Promise.Quote.P90)
	}
	// By its money: two grapes cost 48 yuan.
	_, rich := placed(t, s, shop.Draft{Ref: "m", TotalFen: 4800}, noon, false)
	if len(rich.Cups) != 2 {
		t.Errorf("for 48 yuan %d cups, want 2", len(rich.Cups))
	}
	// A tick a minute later changes nothing about it.
	d := must(t, s, shop.Tick{}, noon.Add(time.Minute))
	if o, _ := d.Next.Order(o.ID); !o.KitchenAt.IsZero() {
		t.Error("the clock has sent it to the kitchen")
	}
}

func TestOnlyAChannelThatMayLeavesLinesOut(t *testing.T) {
	c := demo(t)
	c.Channels[0].Provisional = false
	_, err := shop.Decide(shop.New(c, noon), shop.Place{Channel: "shangou", Draft: bare("d", 3)}, noon)
	if e := (*shop.Error)(nil); !errors.As(err, &e) || e.Type != shop.ProblemInvalidOrder || len(e.Fields) != 1 ||
		e.Fields[0].Pointer != "/items" {
		t.Errorf("%v", err)
	}
}

func TestLinesAreFilledInOnce(t *testing.T) {
	s, _ := placed(t, shop.New(demo(t), noon), bare("d", 2), noon, false)
	full := one("d")
	full.Lines = append(full.Lines, shop.Line{Item: "grape", Qty: 2})
	full.Customer.Notes = []string{"", "少冰"}
	later := noon.Add(time.Minute)
	s, o := placed(t, s, full, later, true)
	if o.LinesUnknown || o.State() != shop.OrderAccepted || len(o.Cups) != 3 || o.Cups[0].State != shop.Waiting ||
		len(s.Queue("", time.Time{})) != 3 {
		t.Fatalf("%+v", o)
	}
	if o.Totals == nil || len(o.Customer.Notes) != 2 || s.Lost() != 0 || s.Ledger.Ordered != 3 {
		t.Errorf("totals %v, notes %v, %d lost of %d", o.Totals, o.Customer.Notes, s.Lost(), s.Ledger.Ordered)
	}
	if jobs := s.Jobs.Len(); jobs != 1 {
		t.Errorf("%d print jobs, want the kitchen's ticket", jobs)
	}
	// A copy of either message comes late: nothing changes. Other lines are another order.
	seq := s.Counters.Seq
	s, _ = placed(t, s, full, later, true)
	s, _ = placed(t, s, bare("d", 2), later, true)
	if s.Counters.Seq != seq {
		t.Error("a copy has changed something")
	}
	_, err := shop.Decide(s, shop.Place{Channel: "shangou", Draft: one("d")}, later)
	if e := (*shop.Error)(nil); !errors.As(err, &e) || e.Type != shop.ProblemOrderConflict {
		t.Errorf("other lines: %v", err)
	}
}

func TestAFilledOrderIsNotAnotherOne(t *testing.T) {
	s, _ := placed(t, shop.New(demo(t), noon), bare("d", 2), noon, false)
	many := one("d")
	many.Lines[0].Qty = 5
	_, err := shop.Decide(s, shop.Place{Channel: "shangou", Draft: many}, noon)
	if e := (*shop.Error)(nil); !errors.As(err, &e) || e.Type != shop.ProblemOrderConflict {
		t.Errorf("five cups in place of two: %v", err)
	}
	many.Lines[0].Qty = 4
	if _, o := placed(t, s, many, noon, true); len(o.Cups) != 4 {
		t.Errorf("control: %d cups", len(o.Cups))
	}
}

func TestWhatIsSoldOutWhenTheLinesComeIsTakenOff(t *testing.T) {
	s, _ := placed(t, shop.New(demo(t), noon), bare("d", 2), noon, false)
	s = must(t, s, shop.SetAvailable{By: "staff", Item: "grape"}, noon).Next
	full := one("d")
	full.Lines = append(full.Lines, shop.Line{Item: "grape", Qty: 1})
	_, o := placed(t, s, full, noon, true)
	if o.Cups[0].State != shop.Waiting || o.Cups[1].State != shop.Voided || o.State() != shop.OrderAccepted {
		t.Errorf("%+v", o.Cups)
	}
	full.Lines = full.Lines[1:]
	d := must(t, s, shop.Place{Channel: "shangou", Draft: full}, noon)
	if o, _ := d.Next.Order(o.ID); o.State() != shop.OrderReleased || o.Reason != shop.RefusedSoldOut {
		t.Errorf("nothing is left of it: %s, %s", o.State(), o.Reason)
	}
}

// What never gets its lines is an alarm while its promise can be kept, and is ended once, with its reason.
func TestAnOrderWhoseLinesNeverCome(t *testing.T) {
	s, o := placed(t, shop.New(demo(t), noon), bare("d", 2), noon, false)
	by := o.Promise.ReadyBy
	danger := time.Time{}
	for at := noon; at.Before(by.Add(shop.LinesPatience)); at = at.Add(10 * time.Second) {
		s = must(t, s, shop.Tick{}, at).Next
		list := s.Unlisted(at)
		if len(list) != 1 || list[0].Order.ID != o.ID {
			t.Fatalf("at %v: %v", at, list)
		}
		if danger.IsZero() && list[0].Danger(at) {
			danger = at
			if list[0].Last.After(by) || at.After(list[0].Last) {
				t.Errorf("alarmed at %v; needed at %v, promised for %v", at, list[0].Last, by)
			}
		}
	}
	if danger.IsZero() || !danger.Before(by) {
		t.Errorf("alarmed at %v, promised for %v", danger, by)
	}
	d := must(t, s, shop.Tick{}, by.Add(shop.LinesPatience))
	ended, _ := d.Next.Order(o.ID)
	told := 0
	for _, e := range d.Events {
		if e.Told != nil && e.Told.Type == shop.ToldReleased {
			told++
		}
	}
	if ended.State() != shop.OrderReleased || ended.Reason != shop.ReasonNoLines || told != 1 || d.Next.Lost() != 0 {
		t.Errorf("%s for %q, told %d times", ended.State(), ended.Reason, told)
	}
	if _, o := placed(t, d.Next, one("d"), by.Add(time.Hour), true); o.State() != shop.OrderReleased || !o.LinesUnknown {
		t.Errorf("lines that come after the end: %s", o.State())
	}
}

func TestSlotsAndArrivalsWaitForTheLinesToo(t *testing.T) {
	booked := bare("b", 1)
	booked.SlotStart = noon.Add(time.Hour)
	s, o := placed(t, shop.New(demo(t), noon), booked, noon, false)
	at := booked.SlotStart
	s = must(t, s, shop.Tick{}, at).Next
	if o, _ = s.Order(o.ID); !o.KitchenAt.IsZero() {
		t.Fatal("its slot came, and it went to the kitchen without its lines")
	}
	full := one("b")
	full.SlotStart = booked.SlotStart
	s, _ = placed(t, s, full, at, true)
	s = must(t, s, shop.Tick{}, at.Add(time.Second)).Next
	if o, _ = s.Order(o.ID); o.KitchenAt.IsZero() {
		t.Error("with its lines it stays where it is")
	}

	c := demo(t)
	c.Channels[0].HoldUntilArrival = true
	s, o = placed(t, shop.New(c, noon), bare("h", 1), noon, false)
	s = must(t, s, shop.Progress{Order: o.ID, Channel: "shangou", Step: shop.CourierArrived}, noon).Next
	if o, _ = s.Order(o.ID); !o.KitchenAt.IsZero() {
		t.Fatal("its rider came, and it went to the kitchen without its lines")
	}
	if _, o = placed(t, s, one("h"), noon, true); o.KitchenAt.IsZero() {
		t.Error("its rider waits, and with its lines it stays where it is")
	}
}

func TestAPersonFillsInTheLines(t *testing.T) {
	s, o := placed(t, shop.New(demo(t), noon), bare("d", 1), noon, false)
	_, err := shop.Decide(s, shop.Tap{By: "x", Cups: []shop.CupID{o.CupID(1)}, To: shop.Voided}, noon)
	if e := (*shop.Error)(nil); !errors.As(err, &e) || e.Type != shop.ProblemInvalidTransition {
		t.Errorf("a cup of it was taken off: %v", err)
	}
	fill := shop.Fill{By: "tablet", Order: o.ID, Lines: []shop.Line{{Item: "grape", Qty: 1}}}
	d := must(t, s, fill, noon)
	told := false
	for _, e := range d.Events {
		told = told || e.Told != nil && e.Told.Type == shop.ToldChanged && e.Told.Ref == "d"
	}
	if o, _ := d.Next.Order(o.ID); o.State() != shop.OrderAccepted || !told {
		t.Errorf("%s, told %v", o.State(), told)
	}
	if d = must(t, d.Next, fill, noon); !d.Replayed {
		t.Error("the second tap is another one")
	}
	fill.Lines[0].Item = "lemon-tea"
	if _, err := shop.Decide(d.Next, fill, noon); err == nil {
		t.Error("two people have entered different drinks, and nobody hears of it")
	}
}

// A receipt is for the order as it was sent, without its lines.
func TestAReceiptOfAnOrderWithoutLines(t *testing.T) {
	s := shop.New(demo(t), noon)
	s.Receipts = shop.ReceiptKey("key")
	s, o := placed(t, s, bare("d", 2), noon, false)
	again := bare("d", 2)
	again.Receipt = s.Receipts.Of(o)
	full := shop.New(demo(t), noon)
	full.Receipts = s.Receipts
	full = must(t, full, shop.SetIntake{Channel: "shangou", Intake: shop.Intake{Mode: capacity.IntakePaused, Until: noon.Add(time.Hour),
		By: "owner"}}, noon).Next
	if _, err := shop.Decide(full, shop.Place{Channel: "shangou", Draft: bare("d", 2)}, noon); err == nil {
		t.Fatal("control: it is taken without its receipt")
	}
	if _, o := placed(t, full, again, noon, false); !o.LinesUnknown || len(o.Cups) != 2 {
		t.Errorf("taken again: %+v", o)
	}
}

// Cups of an order without lines are bounded as those of any order, and its lines count once to the campaign's cups.
func TestFilledLinesCountOnce(t *testing.T) {
	s := shop.New(demo(t), noon)
	draft := bare("most", 501)
	if got := refusal(t, s, shop.Place{Channel: "shangou", Draft: draft}); got != shop.ProblemInvalidOrder {
		t.Errorf("501 cups: %q, want %q", got, shop.ProblemInvalidOrder)
	}
	if draft.Cups = 500; refusal(t, s, shop.Place{Channel: "shangou", Draft: draft}) == shop.ProblemInvalidOrder {
		t.Error("500 cups are refused as too many for an order")
	}
	s = given(t, free(40, 40, 40, 40))
	s, o := placed(t, s, bare("d", 3), noon, false)
	if n := s.Taken[1].Channel; n != 3 {
		t.Fatalf("%d cups are counted to the campaign, want 3", n)
	}
	s, _ = placed(t, s, shop.Draft{Ref: "d", Cups: 3, Lines: []shop.Line{{Item: "matcha", Qty: 2}}}, noon, true)
	if n := s.Taken[1].Channel; n != 2 {
		t.Errorf("order %d has two cups, and %d are counted", o.ID, n)
	}
}
