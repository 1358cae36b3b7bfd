package shop_test

import (
	"fmt"
	"testing"
	"time"

	"weir/shop"
)

// TestNewsBeforeAPromiseBreaks: when nobody makes anything, every customer in the queue hears a later time before the promise
// breaks, and at most every five minutes. Control: while the crew keeps up nobody hears of a delay.
func TestNewsBeforeAPromiseBreaks(t *testing.T) {
	for name, works := range map[string]bool{"nobody works": false, "the crew keeps up": true} {
		s := shop.New(demo(t), noon)
		for i := range 12 {
			s, _ = placed(t, s, one(fmt.Sprint(i)), noon, false)
		}
		told := map[shop.OrderID]time.Time{}
		for now := noon.Add(time.Second); now.Before(noon.Add(20 * time.Minute)); now = now.Add(time.Second) {
			d := must(t, s, shop.Tick{}, now)
			for _, e := range d.Events {
				f, ok := e.Fact.(shop.OrderRequoted)
				if !ok || f.Early {
					continue
				}
				before, _ := s.Order(e.Order)
				if first := told[e.Order]; first.IsZero() && before.Promise.ReadyBy.Sub(noon) > 8*time.Minute &&
					before.Promise.ReadyBy.Sub(now) < 2*time.Minute {
					t.Errorf("%s: %v hears only %v before its promise", name, e.Order, before.Promise.ReadyBy.Sub(now))
				} else if !first.IsZero() && now.Sub(first) < shop.RequoteGap {
					t.Errorf("%s: %v hears twice within %v", name, e.Order, now.Sub(first))
				}
				if f.To.Sub(f.From) < shop.RequoteLeast || e.Told == nil || e.Told.Type != shop.ToldDelayed || !e.Told.ReadyBy.Equal(f.To) {
					t.Errorf("%s: %+v told %+v", name, f, e.Told)
				}
				told[e.Order] = now
			}
			s = d.Next
			if works && now.Sub(noon)%(20*time.Second) == 0 {
				for _, q := range s.Queue("", time.Time{}) {
					s = must(t, s, shop.Tap{By: "tablet", Cups: []shop.CupID{q.ID()}, To: shop.Made}, now).Next
					break
				}
			}
		}
		if works && len(told) > 0 || !works && len(told) != 12 {
			t.Errorf("%s: %d of 12 heard of a delay", name, len(told))
		}
	}
}

// TestAReminder is kept with its time, and answered with where the order stands.
func TestAReminder(t *testing.T) {
	s := shop.New(demo(t), noon)
	s, _ = placed(t, s, one("first"), noon, false)
	s, o := placed(t, s, one("second"), noon, false)
	s = must(t, s, shop.Progress{Channel: "shangou", Order: o.ID, Step: shop.Reminded}, noon.Add(time.Minute)).Next
	if o, _ := s.Order(o.ID); !o.RemindedAt.Equal(noon.Add(time.Minute)) {
		t.Errorf("reminded at %v", o.RemindedAt)
	}
	if cups, ready, ok := s.StandsAt(o.ID, noon.Add(time.Minute)); !ok || cups != 1 || !ready.After(noon) {
		t.Errorf("stands at %d, ready %v, %v", cups, ready, ok)
	}
	if d := must(t, s, shop.Progress{Channel: "shangou", Order: o.ID, Step: shop.Reminded}, noon.Add(61*time.Second)); len(d.Events) != 0 {
		t.Errorf("a second tap at once writes %d events", len(d.Events))
	}
}

// Whoever booked a slot hears that it will be late when the slot is near, not hours before.
func TestABookedSlotIsToldWhenItIsNear(t *testing.T) {
	s := shop.New(demo(t), noon)
	slot := noon.Add(2 * time.Hour).Truncate(15 * time.Minute)
	s, o := placed(t, s, shop.Draft{Ref: "slot", SlotStart: slot, Lines: []shop.Line{{Item: "matcha", Qty: 1}}}, noon, false)
	for i := range 30 {
		s, _ = placed(t, s, one(fmt.Sprint(i)), noon, false)
	}
	var first time.Time
	for now := noon.Add(time.Second); now.Before(slot.Add(30*time.Minute)) && first.IsZero(); now = now.Add(5 * time.Second) {
		d := must(t, s, shop.Tick{}, now)
		for _, e := range d.Events {
			if f, ok := e.Fact.(shop.OrderRequoted); ok && e.Order == o.ID && !f.Early {
				first = now
			}
		}
		s = d.Next
	}
	if before := o.Promise.By().Sub(first); first.IsZero() || before > 45*time.Minute || before < 0 {
		t.Errorf("told %v before its time, want within three quarters of an hour", before)
	}
}

// A reminder counts again after its gap, and an order that will be ready much earlier than was said is told so.
func TestGoodNewsAndAnotherReminder(t *testing.T) {
	s := shop.New(demo(t), noon)
	for i := range 25 {
		s, _ = placed(t, s, one(fmt.Sprint(i)), noon, false)
	}
	s, last := placed(t, s, one("last"), noon, false)
	reminded := func(s shop.State, now time.Time) shop.Decision {
		return must(t, s, shop.Progress{Channel: "shangou", Order: last.ID, Step: shop.Reminded}, now)
	}
	s = reminded(s, noon).Next
	if early := reminded(s, noon.Add(time.Minute-time.Second)); !early.Replayed {
		t.Error("a second reminder within a minute counts")
	}
	if d := reminded(s, noon.Add(time.Minute)); d.Replayed || len(d.Events) == 0 {
		t.Error("a reminder after a minute does not count")
	}
	for i := range 25 {
		s = follow(t, s, noon.Add(time.Minute), shop.Cancel{Channel: "shangou", Ref: fmt.Sprint(i)})
	}
	told := 0
	for now := noon.Add(time.Minute); now.Before(noon.Add(15 * time.Minute)); now = now.Add(time.Second) {
		d := must(t, s, shop.Tick{}, now)
		for _, e := range d.Events {
			if f, ok := e.Fact.(shop.OrderRequoted); ok && e.Order == last.ID && f.Early {
				if told++; now.Sub(noon) < shop.RequoteGap || f.From.Sub(f.To) < shop.RequoteLeast || e.Told.Type != shop.ToldEarly {
					t.Errorf("after %v: %+v told %+v", now.Sub(noon), f, e.Told)
				}
			}
		}
		s = d.Next
	}
	if told != 1 {
		t.Errorf("told %d times that it will be earlier, want once", told)
	}
}
