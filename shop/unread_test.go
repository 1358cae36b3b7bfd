package shop_test

import (
	"fmt"
	"testing"
	"time"

	"weir/shop"
)

// What a strict channel's order was refused for is kept for the owner to say what it means, once for an order; then the order
// is accepted. Nothing else is kept of a refusal.
func TestNamesThatAStrictChannelIsRefusedForAreKept(t *testing.T) {
	config := demo(t)
	config.Channels[0].Strict = true
	s := shop.New(config, noon)
	draft := one("a")
	draft.Lines = []shop.Line{{Item: "77", Name: "神秘茶", Qty: 1}, {Item: "78", Name: "神秘茶", Qty: 1}, {Item: "grape", Qty: 1}}
	for n := range 2 {
		d, err := shop.Decide(s, shop.Place{Channel: "shangou", Draft: draft}, noon.Add(time.Duration(n)*time.Minute))
		refusedAs(t, err, shop.ProblemInvalidOrder)
		if len(d.Events) != 1 || d.Events[0].InAudit() || d.Next.Counters.Order != 0 {
			t.Fatalf("%+v", d.Events)
		}
		s = d.Next
		if len(s.Unread) != 1 || s.Unread[0].Text != "神秘茶" || s.Unread[0].SKU != "77" || s.Unread[0].Orders != n+1 || !s.Unread[0].Refused {
			t.Fatalf("%+v", s.Unread)
		}
	}
	pinned := draft
	pinned.Ref, pinned.Pin = "b", true
	d, err := shop.Decide(s, shop.Place{Channel: "shangou", Draft: pinned}, noon.Add(2*time.Minute))
	if e := refusedAs(t, err, shop.ProblemInvalidOrder); !e.Pinned || d.Next.Unread[0].Orders != 3 {
		t.Errorf("pinned %v, %+v", e.Pinned, d.Next.Unread)
	}
	for name, wrong := range map[string]shop.Place{
		"another channel": {Channel: "meituan", Draft: shop.Draft{Ref: "c", Lines: []shop.Line{{Item: "79", Qty: 1}}}},
		"nothing unknown": {Channel: "shangou", Draft: shop.Draft{Ref: "d", Lines: []shop.Line{{Item: "grape", Qty: 400}}}},
	} {
		if d, err := shop.Decide(s, wrong, noon); err == nil || len(d.Events) != 0 {
			t.Errorf("%s: %v, %+v", name, err, d.Events)
		}
	}
	s = must(t, s, shop.MapNames{By: "owner", Channel: "shangou",
		Entries: []shop.MapEntry{{Kind: shop.MapName, Text: "神秘茶", Parts: []shop.MapPart{{Item: "grape", Qty: 1}}}}}, noon).Next
	if len(s.Unread) != 0 {
		t.Errorf("still asked: %+v", s.Unread)
	}
	if _, o := placed(t, s, draft, noon, false); len(o.Cups) != 3 {
		t.Errorf("%d cups", len(o.Cups))
	}
}

// One order cannot push out all that people still have to read.
func TestAFloodOfNamesIsBounded(t *testing.T) {
	config := demo(t)
	config.Channels[0].Strict = true
	draft := one("a")
	for n := range 100 {
		draft.Lines = append(draft.Lines, shop.Line{Item: "x", Name: "茶" + string(rune('一'+n)), Qty: 1})
	}
	d, err := shop.Decide(shop.New(config, noon), shop.Place{Channel: "shangou", Draft: draft}, noon)
	if refusedAs(t, err, shop.ProblemInvalidOrder); len(d.Next.Unread) != 20 {
		t.Errorf("%d names of one order", len(d.Next.Unread))
	}
}

// A strict channel's refused orders add few names a minute to the log, whatever it sends; the first are shown, and a minute
// later there are others.
func TestAFloodOfRefusedOrdersIsBounded(t *testing.T) {
	config := demo(t)
	config.Channels[0].Strict = true
	for name, tt := range map[string]struct {
		name func(n int) string
		most int
	}{
		"one name":        {func(int) string { return "神秘茶" }, 1},
		"names of orders": {func(n int) string { return fmt.Sprint("茶 ", n) }, 20},
	} {
		s, events := shop.New(config, noon), 0
		refuse := func(n int, at time.Time) int {
			draft := one(fmt.Sprint("r", n))
			draft.Lines = []shop.Line{{Item: "77", Name: tt.name(n), Qty: 1}}
			d, err := shop.Decide(s, shop.Place{Channel: "shangou", Draft: draft}, at)
			refusedAs(t, err, shop.ProblemInvalidOrder)
			s = d.Next
			return len(d.Events)
		}
		for n := range 1000 {
			events += refuse(n, noon.Add(time.Duration(n)*59*time.Millisecond))
		}
		if events != tt.most || len(s.Unread) != tt.most || s.Unread[0].Text != tt.name(0) {
			t.Errorf("%s: %d events, %d names, %+v", name, events, len(s.Unread), s.Unread[:1])
		}
		if refuse(1001, noon.Add(3*time.Minute)) != 1 {
			t.Errorf("%s: minutes later nothing is kept", name)
		}
	}
}
