package shop_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"weir/shop"
)

func TestDifferencesOfAStatement(t *testing.T) {
	d := newDay(t)
	d.order(2, zero(3000), "", hand)                                  // r1: agrees
	d.order(1, zero(1500), "", hand)                                  // r2: the platform says less
	d.order(1, zero(1500), "", hand)                                  // r3: missing there
	d.order(1, zero(1500), "", release)                               // r4: released, but the platform pays
	d.order(1, zero(1500), "", hand)                                  // r5: the platform says cancelled
	d.order(2, zero(3000), "", hand)                                  // r6: the platform counts one cup
	d.order(1, nil, "", hand)                                         // r7: money not known here
	d.order(1, nil, "", hand)                                         // r8: money not known, and missing there
	d.order(1, &shop.Totals{TotalFen: 1500, PaidFen: 1500}, "", hand) // r9: no subsidy; need not be there
	d.order(1, zero(1500), "", release)                               // r10: not made; need not be there
	d.order(1, zero(1500), "", makeCup(1), d.cancel)                  // r11: made, then cancelled: owed all the same
	yesterday := &shop.Order{ID: 99, Ref: "y1", Day: "2026-02-05", End: shop.OrderHanded, Totals: zero(1500),
		Cups: []shop.Cup{{N: 1, State: shop.Handed}}}

	fen := func(n int64) *int64 { return &n }
	n := func(n int) *int { return &n }
	st := &shop.Statement{Lines: []shop.StatementLine{
		{Line: 2, Ref: "r1", Subsidy: fen(3000), Cups: n(2), State: shop.OrderHanded},
		{Line: 3, Ref: "r2", Subsidy: fen(1400)},
		{Line: 4, Ref: "r4", Subsidy: fen(1500), State: shop.OrderHanded},
		{Line: 5, Ref: "r5", Subsidy: fen(0), State: shop.OrderCancelled},
		{Line: 6, Ref: "r6", Subsidy: fen(3000), Cups: n(1)},
		{Line: 7, Ref: "r7", Subsidy: fen(1500)},
		{Line: 8, Ref: "ghost", Subsidy: fen(1500)},
		{Line: 9, Ref: "y1", Subsidy: fen(1500)},
	}}
	got := shop.Differences(d.orders(), st, func(ref string) (*shop.Order, bool) { return yesterday, ref == "y1" })
	want := []shop.Difference{
		{Kind: shop.OtherAmount, Ref: "r2", Line: 3, Order: 2, Ours: "15.00", Theirs: "14.00", Fen: 100},
		{Kind: shop.OtherState, Ref: "r4", Line: 4, Order: 4, Ours: "released", Theirs: "handed", Fen: -1500},
		{Kind: shop.OtherState, Ref: "r5", Line: 5, Order: 5, Ours: "handed", Theirs: "cancelled", Fen: 1500},
		{Kind: shop.OtherCups, Ref: "r6", Line: 6, Order: 6, Ours: "2", Theirs: "1"},
		{Kind: shop.OtherAmount, Ref: "r7", Line: 7, Order: 7, Theirs: "15.00", Fen: -1500},
		{Kind: shop.MissingHere, Ref: "ghost", Line: 8, Theirs: "15.00", Fen: -1500},
		{Kind: shop.OtherDay, Ref: "y1", Line: 9, Order: 99, Day: "2026-02-05", Ours: "2026-02-05", Theirs: "15.00"},
		{Kind: shop.MissingThere, Ref: "r3", Order: 3, Ours: "15.00", Fen: 1500},
		{Kind: shop.MissingThere, Ref: "r8", Order: 8},
		{Kind: shop.MissingThere, Ref: "r11", Order: 11, Ours: "15.00", Fen: 1500},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("differences (-want +got):\n%s", diff)
	}
}

// The differences explain the whole gap between the two books: what we say is due, less what they say.
func TestDifferencesAddUp(t *testing.T) {
	d := newDay(t)
	d.order(2, zero(3000), "", hand)
	d.order(1, zero(1500), "", hand)
	d.order(1, zero(1700), "", release)
	fen := func(n int64) *int64 { return &n }
	st := &shop.Statement{Lines: []shop.StatementLine{{Line: 2, Ref: "r1", Subsidy: fen(2900)}, {Line: 3, Ref: "x", Subsidy: fen(7)},
		{Line: 4, Ref: "r3", Subsidy: fen(1700)}}}
	sum := int64(0)
	for _, diff := range shop.Differences(d.orders(), st, func(string) (*shop.Order, bool) { return nil, false }) {
		sum += diff.Fen
	}
	if gap := d.state.Settlement(d.orders())[0].Due - st.Sum(); sum != gap {
		t.Errorf("the differences are %d and the gap is %d", sum, gap)
	}
}

func TestStatementsThatCannotBe(t *testing.T) {
	s := shop.New(demo(t), noon)
	good := shop.ImportStatement{By: "owner", Channel: "shangou", Day: "2026-02-06", File: "feb6.csv", SHA256: "00",
		Statement: shop.Statement{Lines: []shop.StatementLine{{Line: 2, Ref: "a"}, {Line: 3, Ref: "b"}}}}
	d := must(t, s, good, noon)
	if f, ok := d.Events[0].Fact.(shop.StatementImported); !ok || f.Orders != 2 || f.File != "feb6.csv" {
		t.Errorf("events %+v", d.Events)
	}
	twice, nobody, tomorrow, empty := good, good, good, good
	twice.Statement.Lines = []shop.StatementLine{{Line: 2, Ref: "a"}, {Line: 9, Ref: "a"}}
	if e := refused(t, s, twice, noon, shop.ProblemInvalid); e.Fields[0].Pointer != "/lines/9" {
		t.Errorf("the same order twice: %v", e.Fields)
	}
	nobody.Channel = "nobody"
	refused(t, s, nobody, noon, shop.ProblemNotFound)
	tomorrow.Day = "2026-02-07"
	refused(t, s, tomorrow, noon, shop.ProblemDayOpen)
	empty.Statement.Lines = nil
	refused(t, s, empty, noon, shop.ProblemInvalid)
}
