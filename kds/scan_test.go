package kds

import (
	"net/url"
	"regexp"
	"testing"

	"weir/shop"
)

var handField = regexp.MustCompile(`name="hand" value="([A-Z0-9]+)"`)

// hand is how a page names its scans when there is no script.
func (k *kitchen) hand(path string) string {
	k.t.Helper()
	_, page := k.get(path)
	m := handField.FindStringSubmatch(page)
	if m == nil {
		k.t.Fatalf("%s names no hand", path)
	}
	return m[1]
}

// Without script a page sends its second scan before it has seen the answer to the first, and says that nothing is in
// hand. It is judged with what the first brought into hand, and the stop stays until the page was loaded anew.
func TestQuickScansWithoutScript(t *testing.T) {
	k := counter(t, shop.CheckCup)
	page := k.hand("/handoff")
	scan := func(hand, order, code string) int {
		t.Helper()
		status, _, _ := k.post("/handoff/scan", url.Values{"code": {code}, "order": {order}, "hand": {hand}})
		return status
	}
	for i, c := range []struct {
		code string
		want int
	}{{"c1-1", 303}, {"c2-1", 409}, {"c1-2", 409}, {"c2-1", 409}} {
		if got := scan(page, "", c.code); got != c.want {
			t.Errorf("scan %d, %s: %d, want %d", i+1, c.code, got, c.want)
		}
	}
	if k.cupState("c2-1") != shop.Waiting {
		t.Error("the wrong cup was packed")
	}
	if got := scan(k.hand("/handoff?order=o1"), "o1", "c1-2"); got != 303 {
		t.Errorf("after the stop was read: %d", got)
	}
	if got := scan(k.hand("/handoff"), "", "c2-1"); got != 303 {
		t.Errorf("the control, a page that has nothing in hand: %d", got)
	}
	for range handsMax + 10 {
		k.screens.hands.named(newHand())
	}
	if n := len(k.screens.hands.of); n != handsMax {
		t.Errorf("%d hands are remembered, want %d", n, handsMax)
	}
}
