package shop_test

import (
	"errors"
	"testing"
	"time"

	"weir/shop"
)

// TestWhatMayBeForgottenIsNotRefused: a box that was restored does not know what it was asked before. It makes nothing of
// a message from then, because it may have been taken back; a later message about an order from then it accepts, marked,
// or leaves open. It refuses for certain only what cannot have been there before.
func TestWhatMayBeForgottenIsNotRefused(t *testing.T) {
	restored := noon.Add(time.Minute)
	before, after := noon.Add(30*time.Second), restored.Add(10*time.Second)
	sold := func(s shop.State) shop.State {
		return follow(t, s, restored, shop.SetAvailable{By: "tablet", Item: "matcha"})
	}
	same := shop.New(demo(t), noon)
	anew := follow(t, shop.New(demo(t), noon), restored, shop.NewEpoch{Above: 1, Why: "restored"})
	for name, c := range map[string]struct {
		s                       shop.State
		sent, first, placed     time.Time
		forgotten, marked, sold bool
	}{
		"the same memory":                       {s: same, sent: before, first: before},
		"the same memory, sold out":             {s: sold(same), sent: before, first: before, sold: true},
		"a message from before":                 {s: anew, sent: before, first: before, forgotten: true},
		"within what clocks differ":             {s: anew, sent: restored.Add(3 * time.Second), forgotten: true},
		"an order from before, sent again":      {s: anew, sent: after, first: before, marked: true},
		"the same, sold out":                    {s: sold(anew), sent: after, first: before, forgotten: true},
		"placed before, never sent before":      {s: anew, sent: after, first: after, placed: before},
		"the same and sold out":                 {s: sold(anew), sent: after, first: after, placed: before, sold: true},
		"placed before, and no word of sends":   {s: anew, placed: before, marked: true},
		"the same, and sold out":                {s: sold(anew), placed: before, forgotten: true},
		"of a channel that tells nothing":       {s: anew},
		"of one that tells nothing, sold out":   {s: sold(anew), sold: true},
		"all after, of one that tells no first": {s: anew, sent: after},
	} {
		t.Run(name, func(t *testing.T) {
			p := wish("a", "matcha", 1)
			p.Draft.SentAt, p.Draft.FirstSentAt, p.Draft.PlacedAt = c.sent, c.first, c.placed
			d, err := shop.Decide(c.s, p, after)
			e := (*shop.Error)(nil)
			switch errors.As(err, &e); {
			case c.forgotten && err != shop.ErrForgotten:
				t.Errorf("it may be forgotten: %v", err)
			case c.sold && (e == nil || e.Type != shop.ProblemSoldOut):
				t.Errorf("it is sold out: %v", err)
			case !c.forgotten && !c.sold:
				o, ok := d.Next.Order(d.Order)
				if err != nil || !ok || o.MayBeMade != c.marked {
					t.Errorf("accepted: %+v %v", o, err)
				}
			}
		})
	}
	// What is known is answered as ever, and the receipt proves what is not.
	again, _ := said(t, signing(t), wish("r", "matcha", 1), noon)
	again.Draft.SentAt, again.Draft.FirstSentAt = before, before
	s := follow(t, signing(t), restored, shop.NewEpoch{Above: 1, Why: "restored"})
	d := must(t, s, again, after)
	again.Draft.Receipt = ""
	if d := must(t, d.Next, again, after); !d.Replayed {
		t.Errorf("known: %+v", d)
	}
	pinned := again
	pinned.Draft.Pin = true
	if _, err := shop.Decide(s, pinned, after); err != shop.ErrForgotten {
		t.Errorf("pinned: %v", err)
	}
}
