package shop_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/shop"
)

// firm is a shop with rules for its channel shangou, and none for meituan.
func firm(t *testing.T) shop.State {
	config := demo(t)
	config.Channels[0].Compensation = map[shop.Cause]shop.CompensationRule{
		shop.CauseReleased: {What: "5 元券", Fen: 500, Pays: shop.PaidByShop, ValidDays: 1},
		shop.CauseLate:     {What: "3 元券", Fen: 300, Pays: shop.PaidByChannel, After: 5 * time.Minute},
		shop.CauseWrong:    {What: "8 元券", Fen: 800, Pays: shop.PaidByShop},
	}
	config.Channels[1].Compensation = nil
	return shop.New(config, noon)
}

// told is the last thing that the channel heard in a decision.
func lastTold(d shop.Decision) *shop.Told {
	for i := len(d.Events) - 1; i >= 0; i-- {
		if d.Events[i].Told != nil {
			return d.Events[i].Told
		}
	}
	return &shop.Told{}
}

func TestAReleasedOrderIsCompensated(t *testing.T) {
	s, o := placed(t, firm(t), one("a"), noon, false)
	d := must(t, s, shop.End{By: "tablet 1", Order: o.ID, To: shop.OrderReleased, Reason: "no milk"}, noon.Add(time.Minute))
	want := &shop.Compensation{Cause: shop.CauseReleased, What: "5 元券", Fen: 500, Pays: shop.PaidByShop,
		ValidFrom: time.Date(2026, 2, 6, 20, 0, 0, 0, time.UTC)} // the cut-off of the next business day
	ended, _ := d.Next.Order(o.ID)
	if diff := cmp.Diff(want, ended.Compensation); diff != "" {
		t.Error(diff)
	}
	if told := lastTold(d); told.Type != shop.ToldReleased || !cmp.Equal(told.Compensation, want) {
		t.Errorf("the channel hears %+v", told)
	}
	// The last cup voided by hand is a release, too.
	s, o = placed(t, firm(t), one("b"), noon, false)
	d = must(t, s, shop.Tap{By: "tablet 1", Cups: cupsOf(o.ID, 1), To: shop.Voided, Reason: "no milk"}, noon)
	if told := lastTold(d); told.Type != shop.ToldReleased || told.Compensation == nil {
		t.Errorf("a voided order: %+v", told)
	}
	// Who cancels gets nothing, nor does who has no rule.
	s, _ = placed(t, firm(t), one("c"), noon, false)
	d = must(t, s, shop.Cancel{Channel: "shangou", Ref: "c"}, noon)
	if told := lastTold(d); told.Compensation != nil {
		t.Errorf("a cancelled order is compensated: %+v", told)
	}
	d = must(t, firm(t), shop.Place{Channel: "meituan", Draft: one("d")}, noon)
	d = must(t, d.Next, shop.End{By: "x", Order: d.Order, To: shop.OrderReleased, Reason: "no milk"}, noon)
	if told := lastTold(d); told.Compensation != nil {
		t.Errorf("a channel without a rule: %+v", told)
	}
}

func TestALateOrderIsCompensatedOnce(t *testing.T) {
	for name, c := range map[string]struct {
		ready time.Duration // after the promise; tapped
		left  time.Duration // after the promise
		here  bool          // the rider was there before the promise
		want  bool
	}{
		"in time":                                 {-time.Minute, time.Hour, false, false},
		"a little late":                           {4 * time.Minute, time.Hour, false, false},
		"late":                                    {6 * time.Minute, 7 * time.Minute, false, true},
		"nobody tapped, and nobody waited":        {0, time.Hour, false, false},
		"nobody tapped, and the rider had to":     {0, 6 * time.Minute, true, true},
		"nobody tapped, and the rider had not":    {0, 4 * time.Minute, true, false},
		"made in time, fetched late by a rider":   {-time.Minute, time.Hour, true, false},
		"late by less than the rule, rider waits": {5 * time.Minute, 9 * time.Minute, true, false},
	} {
		s, o := placed(t, firm(t), one("a"), noon, false)
		by := o.Promise.ReadyBy
		if c.here {
			s = must(t, s, shop.Progress{Order: o.ID, Step: shop.CourierArrived}, noon.Add(time.Minute)).Next
		}
		if c.ready != 0 {
			s = must(t, s, shop.Tap{By: "x", Cups: cupsOf(o.ID, 1), To: shop.Made}, by.Add(c.ready)).Next
		}
		d := must(t, s, shop.Handover{By: "tablet 1", Order: o.ID, Made: true}, by.Add(c.left))
		told := lastTold(d)
		if got := told.Compensation != nil; got != c.want || told.Type != shop.ToldHanded {
			t.Errorf("%s: %s compensated %v, want %v", name, told.Type, got, c.want)
		}
		if !c.want {
			continue
		}
		again := must(t, d.Next, shop.Compensate{By: "tablet 1", Order: o.ID, Cause: shop.CauseWrong}, by.Add(c.left))
		if !again.Replayed || len(again.Events) != 0 {
			t.Errorf("%s: compensated twice: %v", name, again.Events)
		}
	}
}

func TestAPersonCompensatesForWhatWasHandedOutWrong(t *testing.T) {
	s, o := placed(t, firm(t), one("a"), noon, false)
	refused(t, s, shop.Compensate{By: "tablet 1", Order: o.ID, Cause: shop.CauseWrong}, noon, shop.ProblemInvalidTransition)
	refused(t, s, shop.Compensate{By: "tablet 1", Order: o.ID, Cause: shop.CauseReleased}, noon, shop.ProblemInvalidTransition)
	refused(t, s, shop.Compensate{By: "tablet 1", Order: o.ID, Cause: shop.CauseLate}, noon, shop.ProblemInvalidTransition)
	refused(t, s, shop.Compensate{By: "tablet 1", Order: o.ID, Cause: "tasteless"}, noon, shop.ProblemInvalid)
	if _, err := shop.Decide(s, shop.Compensate{By: "tablet 1", Order: 99, Cause: shop.CauseWrong}, noon); err == nil {
		t.Error("an order that is not there is compensated")
	}
	s = must(t, s, shop.Handover{By: "tablet 1", Order: o.ID, Made: true}, noon.Add(time.Minute)).Next
	kept, _ := s.Order(o.ID)
	before := shop.Digest([]*shop.Order{kept})
	d := must(t, s, shop.Compensate{By: "tablet 1", Order: o.ID, Cause: shop.CauseWrong}, noon.Add(time.Hour))
	given, _ := d.Next.Order(o.ID)
	told := lastTold(d)
	if told.Type != shop.ToldCompensated || told.State != shop.OrderHanded || told.Compensation.Fen != 800 ||
		!given.Compensation.ValidFrom.Equal(noon.Add(time.Hour)) || shop.Digest([]*shop.Order{given}) == before {
		t.Errorf("told %+v, given %+v", told, given.Compensation)
	}
	if !d.Events[0].InAudit() {
		t.Error("the audit does not say who gave it")
	}
	// The remade cup is handed out late; the customer has had something already.
	s = must(t, d.Next, shop.Remake{By: "x", Cup: shop.CupID{Order: o.ID, N: 1}}, noon.Add(time.Hour)).Next
	d = must(t, s, shop.Handover{By: "x", Order: o.ID, Made: true}, noon.Add(2*time.Hour))
	again, _ := d.Next.Order(o.ID)
	if !cmp.Equal(again.Compensation, given.Compensation) {
		t.Errorf("a second compensation: %+v", again.Compensation)
	}
	sum := d.Next.Settlement([]*shop.Order{again})[0].Compensation
	if diff := cmp.Diff(&shop.SettledCompensation{Orders: 1, ShopFen: 800}, sum); diff != "" {
		t.Error(diff)
	}
	refused(t, must(t, s, shop.Place{Channel: "meituan", Draft: one("b")}, noon.Add(time.Hour)).Next,
		shop.Compensate{By: "tablet 1", Order: o.ID + 1, Cause: shop.CauseWrong}, noon.Add(time.Hour), shop.ProblemInvalid)
}

// A remake of what was handed out in time is not late by the time that it took.
func TestARemakeAfterHandoverIsNotLate(t *testing.T) {
	s, o := placed(t, firm(t), one("a"), noon, false)
	s = must(t, s, shop.Handover{By: "x", Order: o.ID, Made: true}, noon.Add(time.Minute)).Next
	s = must(t, s, shop.Remake{By: "x", Cup: shop.CupID{Order: o.ID, N: 1}}, noon.Add(time.Hour)).Next
	s = must(t, s, shop.Tap{By: "x", Cups: cupsOf(o.ID, 2), To: shop.Made}, noon.Add(2*time.Hour)).Next
	d := must(t, s, shop.Handover{By: "x", Order: o.ID}, noon.Add(3*time.Hour))
	if told := lastTold(d); told.Type != shop.ToldHanded || told.Compensation != nil {
		t.Errorf("%+v", told)
	}
}

// What a statement says of the parts of the money and of compensation is compared with the shop's book; platforms write what
// they keep with a minus.
func TestAStatementsPartsAreCompared(t *testing.T) {
	fen := func(n int64) *int64 { return &n }
	draft := one("a")
	draft.Totals = &shop.Totals{TotalFen: 1500, SubsidyFen: 500, Parts: shop.Parts{ChannelPartFen: fen(500), FeeFen: fen(75)}}
	s, o := placed(t, firm(t), draft, noon, false)
	s = must(t, s, shop.Handover{By: "x", Order: o.ID, Made: true}, noon.Add(time.Minute)).Next
	s = must(t, s, shop.Compensate{By: "tablet 1", Order: o.ID, Cause: shop.CauseWrong}, noon).Next
	o, _ = s.Order(o.ID)
	differ := func(l shop.StatementLine) []shop.Difference {
		l.Ref, l.Line, l.Subsidy = "a", 2, fen(500)
		return shop.Differences([]*shop.Order{o}, &shop.Statement{Lines: []shop.StatementLine{l}},
			func(string) (*shop.Order, bool) { return nil, false })
	}
	agrees := shop.StatementLine{Parts: shop.Parts{ChannelPartFen: fen(500), FeeFen: fen(-75)}, Compensation: fen(-800)}
	if got := differ(agrees); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	off := shop.StatementLine{Parts: shop.Parts{ChannelPartFen: fen(400), FeeFen: fen(-90), PackingFen: fen(200)}, Compensation: fen(0)}
	want := []shop.Difference{
		{Kind: shop.OtherChannelPart, Ref: "a", Line: 2, Order: o.ID, Ours: "5.00", Theirs: "4.00"},
		{Kind: shop.OtherFee, Ref: "a", Line: 2, Order: o.ID, Ours: "0.75", Theirs: "-0.90"},
		{Kind: shop.OtherPacking, Ref: "a", Line: 2, Order: o.ID, Theirs: "2.00"},
		{Kind: shop.OtherCompensation, Ref: "a", Line: 2, Order: o.ID, Ours: "8.00", Theirs: "0.00"},
	}
	if diff := cmp.Diff(want, differ(off)); diff != "" {
		t.Error(diff)
	}
}
