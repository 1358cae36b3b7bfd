package shop_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"weir/shop"
)

// A person puts an order first: it is made first, its reason is in the audit, and everybody who is passed is told.
func TestAnOrderIsPutFirst(t *testing.T) {
	s := shop.New(demo(t), noon)
	for _, ref := range []string{"a", "b", "c"} {
		s = follow(t, s, noon, wish(ref, "matcha", 1))
	}
	if got := names(s.Queue("", time.Time{})); got[0] != "c1-1" {
		t.Fatalf("control: before that who came first is first, and the queue is %v", got)
	}
	if _, err := shop.Decide(s, shop.PutFirst{By: "tablet", Order: 3}, noon); err == nil {
		t.Error("an order is put first without a reason")
	}
	d := must(t, s, shop.PutFirst{By: "tablet", Order: 3, Reason: "for a child"}, noon.Add(time.Minute))
	if got := names(d.Next.Queue("", time.Time{})); got[0] != "c3-1" || got[1] != "c1-1" {
		t.Errorf("the queue is %v", got)
	}
	told, audited := 0, 0
	for i := range d.Events {
		if e := &d.Events[i]; e.Told != nil && e.Told.Type == shop.ToldPassed && e.Told.Reason == shop.ReasonPutFirst {
			told++
		}
		if f, ok := d.Events[i].Fact.(shop.OrderPutFirst); ok && f.Reason == "for a child" && d.Events[i].InAudit() {
			audited++
		}
	}
	if told != 2 || audited != 1 {
		t.Errorf("%d of 2 who are passed are told, %d entries in the audit", told, audited)
	}
	if again := must(t, d.Next, shop.PutFirst{By: "tablet", Order: 3, Reason: "for a child"}, noon.Add(time.Minute)); !again.Replayed ||
		len(again.Events) != 0 {
		t.Errorf("once more: %+v", again.Events)
	}
	booked := shop.Place{Channel: "meituan", Draft: shop.Draft{Ref: "later", SlotStart: noon.Add(2 * time.Hour),
		Lines: []shop.Line{{Item: "matcha", Qty: 1}}}}
	s = follow(t, s, noon, booked)
	e := (*shop.Error)(nil)
	if _, err := shop.Decide(s, shop.PutFirst{By: "tablet", Order: 4, Reason: "x"}, noon); !errors.As(err, &e) ||
		e.Type != shop.ProblemInvalidTransition {
		t.Errorf("an order that is booked for later is put first: %v", err)
	}
}

// The shop closes early: whoever booked for later is told at once, with what they can have instead.
func TestClosingEarlyTellsEverybody(t *testing.T) {
	s := shop.New(demo(t), noon)
	at := noon.Add(30 * time.Minute)
	slot := func(ref string, in time.Duration) shop.Place {
		return shop.Place{Channel: "meituan", Draft: shop.Draft{Ref: ref, SlotStart: noon.Add(in), Lines: []shop.Line{{Item: "matcha", Qty: 1}}}}
	}
	s = follow(t, s, noon, wish("now", "matcha", 1), slot("before", 15*time.Minute), slot("after", time.Hour), slot("late", 5*time.Hour))
	for _, wrong := range []time.Time{noon, noon.Add(-time.Minute), noon.Add(48 * time.Hour)} {
		if _, err := shop.Decide(s, shop.CloseEarly{By: "owner", At: wrong}, noon); err == nil {
			t.Errorf("the shop closes at %v", wrong)
		}
	}
	d := must(t, s, shop.CloseEarly{By: "owner", At: at}, noon)
	told := map[string]int{}
	for i := range d.Events {
		if w := d.Events[i].Told; w != nil && w.Type == shop.ToldReleased && w.Reason == shop.ReasonClosing {
			if w.Elsewhere == nil || len(w.Elsewhere.Sisters)+len(w.Elsewhere.Slots) == 0 {
				t.Errorf("%s is offered nothing instead", w.Ref)
			}
			told[w.Ref]++
		}
	}
	if len(told) != 2 || told["after"] != 1 || told["late"] != 1 {
		t.Errorf("told of closing: %v, want those of the two slots after it", told)
	}
	if _, err := shop.Decide(d.Next, slot("new", time.Hour), noon); err == nil {
		t.Error("a slot after closing can still be booked")
	}
	if _, err := shop.Decide(d.Next, shop.CloseEarly{By: "owner", At: at}, noon); err == nil {
		t.Error("it closes at a time at which it closes already")
	}
	tomorrow := noon.AddDate(0, 0, 1)
	next := must(t, d.Next, shop.Tick{}, tomorrow).Next
	if _, err := shop.Decide(next, wish("tomorrow", "matcha", 1), tomorrow); err != nil {
		t.Errorf("the day after: %v", err)
	}
}

// A reason is bounded, and what is all made is not put first.
func TestWhatCannotBePutFirst(t *testing.T) {
	s := follow(t, shop.New(demo(t), noon), noon, wish("a", "matcha", 2), wish("b", "matcha", 1))
	first := func(reason string) shop.Command { return shop.PutFirst{By: "tablet", Order: 1, Reason: reason} }
	if got := refusal(t, s, first(strings.Repeat("a", 201))); got != shop.ProblemInvalid {
		t.Errorf("a long reason: %q", got)
	}
	if got := refusal(t, s, first(strings.Repeat("a", 200))); got != "" {
		t.Errorf("the longest reason: %q", got)
	}
	for to, want := range map[shop.CupState]string{shop.Making: "", shop.Made: shop.ProblemInvalidTransition} {
		if got := refusal(t, follow(t, s, noon, shop.Tap{Cups: cupsOf(1, 1, 2), To: to}), first("x")); got != want {
			t.Errorf("both cups %s: %q, want %q", to, got, want)
		}
	}
	if got := refusal(t, follow(t, s, noon, shop.Tap{Cups: cupsOf(1, 1), To: shop.Made}), first("x")); got != "" {
		t.Errorf("one of two cups made: %q", got)
	}
}
