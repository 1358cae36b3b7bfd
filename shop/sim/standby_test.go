package sim

import "testing"

// TestWhoWaitsIsServedOrTold: customers who would go with nothing wait for room instead. What the slots leave of the day is
// made for them, nothing is accepted beyond the budget, and promises are kept. The control is the same day without a list.
func TestWhoWaitsIsServedOrTold(t *testing.T) {
	with := func(share float64) *Result {
		return &run(t, options(2, scenario(t, "one-hour-list"), func(o *Options) {
			s := *o.Played
			s.Standby = share
			o.Played = &s
		})).Policies[0]
	}
	all, control := with(1), with(0)
	if all.Listed == 0 || all.Bound < 0.93 || all.Kept < 0.99 || all.Violations+all.Bounced+all.Unsaid+all.Bare != 0 {
		t.Errorf("%+v", all)
	}
	if control.Listed != 0 || control.Bound > all.Bound-0.03 {
		t.Errorf("control: %.3f of bound without a list, %.3f with it", control.Bound, all.Bound)
	}
	// On a day with far more demand than can be made some wait in vain, and hear so.
	crowded := run(t, options(1, func(o *Options) {
		o.Played = &Scenario{Name: "crowded", Standby: 1, Customers: "patience", Demand: []Wave{{Curve: "feb6"}}}
	})).Policies[0]
	if crowded.Listed == 0 || crowded.Expired == 0 || crowded.Expired > crowded.Listed || crowded.Violations+crowded.Unsaid != 0 ||
		crowded.Kept < 0.97 {
		t.Errorf("listed %v, expired %v, %+v", crowded.Listed, crowded.Expired, crowded)
	}
}
