package shop_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"weir/shop"
)

// day is a shop in the middle of the day whose orders are kept, as the rows would.
type day struct {
	t     *testing.T
	state shop.State
	refs  int
}

func newDay(t *testing.T) *day { return &day{t: t, state: given(t, free(100))} }

// order places an order of so many cups under a subsidy, and lets something happen to it.
func (d *day) order(n int, totals *shop.Totals, campaign string, then ...func(shop.OrderID) shop.Command) shop.OrderID {
	d.t.Helper()
	d.refs++
	draft := cups(fmt.Sprint("r", d.refs), n, campaign)
	draft.Totals = totals
	out := must(d.t, d.state, shop.Place{Channel: "shangou", Draft: draft}, noon)
	d.state = out.Next
	for _, f := range then {
		d.state = must(d.t, d.state, f(out.Order), noon).Next
	}
	return out.Order
}

func hand(id shop.OrderID) shop.Command { return shop.Handover{By: "tablet", Order: id, Made: true} }
func release(id shop.OrderID) shop.Command {
	return shop.End{By: "tablet", Order: id, To: shop.OrderReleased, Reason: "no milk"}
}
func unclaimed(id shop.OrderID) shop.Command {
	return shop.End{By: "tablet", Order: id, To: shop.OrderUnclaimed}
}
func makeCup(n int) func(shop.OrderID) shop.Command {
	return func(id shop.OrderID) shop.Command {
		return shop.Tap{By: "tablet", Cups: []shop.CupID{{Order: id, N: n}}, To: shop.Made}
	}
}
func remake(id shop.OrderID) shop.Command {
	return shop.Remake{By: "tablet", Cup: shop.CupID{Order: id, N: 1}}
}
func (d *day) cancel(shop.OrderID) shop.Command {
	return shop.Cancel{Channel: "shangou", Ref: fmt.Sprint("r", d.refs), Final: true}
}

func (d *day) orders() (list []*shop.Order) {
	for o := range d.state.Orders.All() {
		list = append(list, o)
	}
	return list
}

func zero(subsidy int64) *shop.Totals { return &shop.Totals{TotalFen: subsidy, SubsidyFen: subsidy} }

func TestSettlementOfADay(t *testing.T) {
	d := newDay(t)
	d.order(2, zero(3000), "", hand)                                                   // zero yuan
	d.order(1, &shop.Totals{TotalFen: 1500, PaidFen: 500, SubsidyFen: 1000}, "", hand) // part paid
	d.order(2, zero(3001), "", hand, remake, hand)                                     // a cup made again counts once
	d.order(3, nil, "free", hand)                                                      // money not known; its campaign pays 15 a cup
	d.order(1, nil, "", hand)                                                          // money not known, and no notice to go by
	d.order(3, zero(4500), "", makeCup(1), makeCup(2), d.cancel)                       // two of three made
	d.order(1, zero(1500), "", hand, d.cancel)                                         // made, handed and then cancelled
	d.order(2, zero(3000), "", d.cancel)                                               // nothing made
	d.order(2, zero(3000), "", release)
	d.order(2, zero(3000), "", release, d.cancel) // released, then cancelled: nothing was made
	d.order(2, zero(3000), "", makeCup(1), makeCup(2), unclaimed)
	d.order(1, zero(1500), "") // still open

	got := d.state.Settlement(d.orders())
	want := []shop.Settled{
		{
			Channel: "shangou", Orders: 5, Cups: 9, Zero: 2, Due: 3000 + 1000 + 3001 + 3000 + 1500 + 3000,
			Provisional: 2, ProvisionalFen: 4500,
			Compensation:  &shop.SettledCompensation{Orders: 2, ShopFen: 1000}, // both that were released
			MadeCancelled: 2, MadeCancelledCups: 3, MadeCancelledFen: 3000 + 1500,
			Unclaimed: 1, UnclaimedCups: 2, UnclaimedFen: 3000,
			Cancelled: 2, Released: 1, Open: 1, Digest: shop.Digest(d.orders()),
		},
		{Channel: "meituan", Digest: shop.Digest(nil)}, {Channel: "counter", Digest: shop.Digest(nil)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("settlement (-want +got):\n%s", diff)
	}
}

// What is due is never more than the subsidy, is all of it when everything was made, and grows with what was made.
func TestTheSubsidyIsDueForWhatWasMade(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := &shop.Order{End: shop.OrderCancelled, Totals: &shop.Totals{SubsidyFen: rapid.Int64Range(0, 1_000_000_000).Draw(t, "subsidy")}}
		n := rapid.IntRange(1, 500).Draw(t, "cups")
		for i := range n {
			o.Cups = append(o.Cups, shop.Cup{N: i + 1, State: shop.Voided})
		}
		last := int64(0)
		for i := range n {
			if due := o.SubsidyDue(); due < last || due != o.Totals.SubsidyFen*int64(i)/int64(n) {
				t.Fatalf("%d of %d cups made: %d due of %d", i, n, due, o.Totals.SubsidyFen)
			}
			last = o.SubsidyDue()
			o.Cups[i].State = shop.Discarded
		}
		if o.SubsidyDue() != o.Totals.SubsidyFen {
			t.Fatalf("all made: %d due of %d", o.SubsidyDue(), o.Totals.SubsidyFen)
		}
	})
}

// Whatever changes about an order of a day changes the day's digest; what is said about its people does not.
func TestADigestShowsAChangedPast(t *testing.T) {
	d := newDay(t)
	d.order(2, zero(3000), "", hand)
	d.order(1, nil, "", hand)
	before := shop.Digest(d.orders())
	for name, change := range map[string]func(*shop.Order){
		"ref":     func(o *shop.Order) { o.Ref = "other" },
		"subsidy": func(o *shop.Order) { o.Totals = zero(3001) },
		"money":   func(o *shop.Order) { o.Totals = nil },
		"state":   func(o *shop.Order) { o.End = shop.OrderReleased },
		"made":    func(o *shop.Order) { o.Cups = append([]shop.Cup{{N: 1, State: shop.Voided}}, o.Cups[1:]...) },
		"cups":    func(o *shop.Order) { o.Cups = o.Cups[:1] },
	} {
		orders := d.orders()
		changed := *orders[0]
		change(&changed)
		if orders[0] = &changed; shop.Digest(orders) == before {
			t.Errorf("another %s does not show", name)
		}
	}
	if shop.Digest(d.orders()[:1]) == before {
		t.Error("a missing order does not show")
	}
	orders := d.orders()
	renamed := *orders[0]
	renamed.Customer = shop.Customer{Name: "李"}
	if orders[0] = &renamed; shop.Digest(orders) != before {
		t.Error("the digest depends on personal data, which is purged")
	}
	if len(before) != 64 || strings.Trim(before, "0123456789abcdef") != "" {
		t.Errorf("digest %q, want 64 hexadecimal digits", before)
	}
}

func TestADayTurnsByTheClockAndClosesWhenNothingIsOpen(t *testing.T) {
	d := newDay(t)
	d.order(2, zero(3000), "", hand)
	late := d.order(1, zero(1500), "", makeCup(1))
	friday, night := shop.Day("2026-02-06"), noon.Add(17*time.Hour) // 05:00 of Saturday
	close := shop.CloseDay{By: "owner", Day: friday}

	refused(t, d.state, close, noon, shop.ProblemDayOpen) // not over
	turned := must(t, d.state, shop.Tick{}, night)
	for _, e := range turned.Events {
		if e.Told != nil && e.Told.Type == shop.ToldDayClosed {
			t.Error("day.closed was told when the clock turned")
		}
	}
	s := turned.Next
	if s.Counters.Day != "2026-02-07" || s.DayClosed(friday) || len(s.Closable()) != 0 {
		t.Fatalf("after the turn: day %s, closed %v, closable %v", s.Counters.Day, s.DayClosed(friday), s.Closable())
	}
	e := refused(t, s, close, night, shop.ProblemDayOpen)
	if want := []shop.FieldError{{Pointer: "/orders/o2", Detail: "number 002 of shangou is ready since 12:00"}}; !cmp.Equal(want, e.Fields) {
		t.Errorf("what keeps it open: %v, want %v", e.Fields, want)
	}

	s = must(t, s, hand(late), night).Next
	if got := s.Closable(); !cmp.Equal(got, []shop.Day{friday}) {
		t.Errorf("closable %v, want %s", got, friday)
	}
	closed := must(t, s, close, night)
	told := map[string]*shop.Settled{}
	for _, e := range closed.Events {
		if e.Told != nil && e.Told.Type == shop.ToldDayClosed && e.Told.Day == friday {
			told[e.Told.Channel] = e.Told.Settled
		}
	}
	if len(told) != 3 || told["shangou"].Due != 4500 || told["shangou"].Orders != 2 || told["meituan"].Due != 0 {
		t.Errorf("told %+v", told)
	}
	if !closed.Next.DayClosed(friday) {
		t.Error("the day is not closed")
	}
	if again := must(t, closed.Next, close, night); !again.Replayed || len(again.Events) != 0 {
		t.Error("the day was closed twice")
	}
}

func TestADayDoesNotCloseOverALostCup(t *testing.T) {
	d := newDay(t)
	d.order(2, zero(3000), "", hand)
	s := must(t, d.state, shop.Tick{}, noon.Add(17*time.Hour)).Next
	must(t, s, shop.CloseDay{By: "owner", Day: "2026-02-06"}, noon.Add(17*time.Hour))
	s.Ledger.Ordered++
	refused(t, s, shop.CloseDay{By: "owner", Day: "2026-02-06"}, noon.Add(17*time.Hour), shop.ProblemDayOpen)
}
