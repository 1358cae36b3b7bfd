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
