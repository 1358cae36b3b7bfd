package shop_test

import (
	"errors"
	"testing"

	"weir/shop"
)

// TestCancellationSaysWhatIsTrue: an order that was released unmade is cancelled; one that was made and
// left is settled as made, and only when the channel insists.
func TestCancellationSaysWhatIsTrue(t *testing.T) {
	do := func(t *testing.T, s shop.State, c shop.Command) shop.State {
		t.Helper()
		d, err := shop.Decide(s, c, noon)
		if err != nil {
			t.Fatal(err)
		}
		return d.Next
	}
	placed := do(t, shop.New(demo(t), noon), shop.Place{Channel: "shangou",
		Draft: shop.Draft{Ref: "r", Fulfilment: shop.Delivery, Lines: []shop.Line{{Item: "grape", Qty: 2}}}})
	for _, tt := range []struct {
		name   string
		before shop.State
		final  bool
		reason string
		late   bool
	}{
		{"waiting", placed, false, "", false},
		{"one in making", do(t, placed, shop.Tap{Cups: []shop.CupID{{Order: 1, N: 1}}, To: shop.Making}), false, "", false},
		{"one made", do(t, placed, shop.Tap{Cups: []shop.CupID{{Order: 1, N: 1}}, To: shop.Made}), false, "", true},
		{"one made, final", do(t, placed, shop.Tap{Cups: []shop.CupID{{Order: 1, N: 1}}, To: shop.Made}), true, shop.ReasonMadeThenCancelled,
			false},
		{"released", do(t, placed, shop.End{Order: 1, To: shop.OrderReleased, Reason: "no milk"}), false, "", false},
		{"handed", do(t, placed, shop.Handover{Order: 1, Made: true}), false, "", true},
		{"handed, final", do(t, placed, shop.Handover{Order: 1, Made: true}), true, shop.ReasonMadeThenCancelled, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, err := shop.Decide(tt.before, shop.Cancel{Channel: "shangou", Ref: "r", Final: tt.final}, noon)
			var refusal *shop.Error
			if tt.late != errors.As(err, &refusal) || tt.late && refusal.Type != shop.ProblemCancelTooLate {
				t.Fatalf("error = %v, want too late: %v", err, tt.late)
			}
			if tt.late {
				return
			}
			if o, _ := d.Next.Order(1); o.State() != shop.OrderCancelled || o.Reason != tt.reason {
				t.Errorf("order is %s because %q, want cancelled because %q", o.State(), o.Reason, tt.reason)
			}
			if again, err := shop.Decide(d.Next, shop.Cancel{Channel: "shangou", Ref: "r"}, noon); err != nil || !again.Replayed {
				t.Errorf("repeated: %+v, %v", again.Replayed, err)
			}
		})
	}
}
