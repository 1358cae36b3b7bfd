package shop_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/shop"
)

// TestPartsOfTheMoneyAreKnownWhenSaid: what a channel leaves out is filled in once by a replay, and the settlement sums what
// was made and says of how many orders a part is not known.
func TestPartsOfTheMoneyAreKnownWhenSaid(t *testing.T) {
	fen := func(n int64) *int64 { return &n }
	draft := one("a")
	draft.Lines[0].Qty = 2
	draft.Totals = &shop.Totals{TotalFen: 3000, SubsidyFen: 1000, Parts: shop.Parts{ChannelPartFen: fen(1000), FeeFen: fen(301)}}
	s, o := placed(t, shop.New(demo(t), noon), draft, noon, false)
	before := shop.Digest([]*shop.Order{o})
	draft.Totals = &shop.Totals{TotalFen: 9, Parts: shop.Parts{
		ChannelPartFen: fen(7), ShopPartFen: fen(500), PackingFen: fen(200), FeeFen: fen(7)}}
	d := must(t, s, shop.Place{Channel: "shangou", Draft: draft}, noon)
	s = d.Next
	o, _ = s.Order(o.ID)
	want := shop.Totals{TotalFen: 3000, SubsidyFen: 1000,
		Parts: shop.Parts{ChannelPartFen: fen(1000), FeeFen: fen(301), ShopPartFen: fen(500), PackingFen: fen(200)}}
	if diff := cmp.Diff(want, *o.Totals); diff != "" || !d.Replayed || shop.Digest([]*shop.Order{o}) == before {
		t.Errorf("replayed %v: %s", d.Replayed, diff)
	}
	if again := must(t, s, shop.Place{Channel: "shangou", Draft: draft}, noon); len(again.Events) != 0 {
		t.Errorf("known parts are filled in once more: %v", again.Events)
	}
	// One of two cups is taken back: half of each, rounded down.
	s = must(t, s, shop.CancelPart{Channel: "shangou", Order: o.ID, Cups: cupsOf(o.ID, 2)}, noon).Next
	s, bare := placed(t, s, one("b"), noon, false)
	var all []*shop.Order
	for _, id := range []shop.OrderID{o.ID, bare.ID} {
		s = must(t, s, shop.Handover{By: "x", Order: id, Made: true}, noon.Add(time.Minute)).Next
		ended, ok := s.Order(id)
		if !ok || ended.End == "" {
			t.Fatalf("order %s has not ended", id)
		}
		all = append(all, ended)
	}
	for _, orders := range [][]*shop.Order{{all[0], all[1]}, {all[1], all[0]}} {
		got := s.Settlement(orders)[0].Parts
		sums := &shop.SettledParts{ChannelPartFen: 500, ShopPartFen: 250, FeeFen: 150, PackingFen: 100, Unknown: 1}
		if diff := cmp.Diff(sums, got); diff != "" {
			t.Error(diff)
		}
	}
	if line := s.Settlement(all[1:])[0]; line.Parts != nil {
		t.Errorf("no order says any part: %+v", line.Parts)
	}
}
