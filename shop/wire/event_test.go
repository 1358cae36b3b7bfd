package wire

import (
	"testing"

	"weir/shop"
)

// TestChannelsReadWhyIntakeIsClosedInTwoLanguages: what a channel reads is a promise, however the shop stores it. A reason that an
// earlier version stored goes out as it is.
func TestChannelsReadWhyIntakeIsClosedInTwoLanguages(t *testing.T) {
	for stored, want := range map[string]string{
		"overloaded":              "忙不过来 / overloaded",
		"short_of_staff":          "人手不够 / short of staff",
		"out_of_ingredients":      "缺料 / out of ingredients",
		"equipment_trouble":       "设备故障 / equipment trouble",
		"no_riders":               "骑手不足 / no riders",
		"closing_early":           "提前打烊 / closing early",
		"缺料 / out of ingredients": "缺料 / out of ingredients",
		shop.IntakeExpired:        "expired",
		"":                        "",
	} {
		if got := intakeReason(stored); got != want {
			t.Errorf("%q is told as %q, not %q", stored, got, want)
		}
	}
	for _, r := range shop.PauseReasons {
		if intakeReason(r) == r {
			t.Errorf("%q is told as its id", r)
		}
	}
}
