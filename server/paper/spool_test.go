package paper

import (
	"testing"

	"weir/printer"
	"weir/shop"
)

// TestTheShopAllowsWhatPrintersAskFor: the table of the rules, shop.JobState.MayBecome, decides.
func TestTheShopAllowsWhatPrintersAskFor(t *testing.T) {
	for step, when := range printer.Steps {
		if !shop.JobState(step.From).MayBecome(shop.JobState(step.To)) {
			t.Errorf("a printer takes a job from %s to %s (%s), and the shop refuses it", step.From, step.To, when)
		}
	}
	if shop.JobUnconfirmed.MayBecome(shop.JobFailed) || !shop.JobUnconfirmed.MayBecome(shop.JobCancelled) {
		t.Error("an unconfirmed job that is printed again is cancelled")
	}
}
