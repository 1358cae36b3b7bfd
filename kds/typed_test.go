package kds

import (
	"net/url"
	"strings"
	"testing"

	"weir/shop"
)

// What is counted or named in a form of a screen is taken as an input method or a scanner leaves it.
func TestFormsAreTakenAsTheyAreTyped(t *testing.T) {
	for name, way := range map[string]func(string) string{
		"full-width": func(s string) string {
			return strings.Map(func(r rune) rune { return r - '!' + '\uff01' }, s)
		},
		"upper case": strings.ToUpper,
		"CR LF":      func(s string) string { return s + "\r\n" }, "Tab": func(s string) string { return "\t" + s },
		"wide space": func(s string) string { return "\u3000" + s + "\u00a0" }, "invisible mark": func(s string) string { return s + "\u200b" },
	} {
		t.Run(name, func(t *testing.T) {
			k := one(t)
			if status, _, body := k.post("/kds/stock/matcha", url.Values{"amount": {way("12")}}); status != 303 ||
				k.store.Snapshot().Stock["matcha"].Left != 12 {
				t.Errorf("an amount: %d, %d are left, want 12\n%s", status, k.store.Snapshot().Stock["matcha"].Left, body)
			}
			if status, _, body := k.post("/kds/counter", url.Values{"cups": {way("3")}}); status != 303 || k.cupState("c2-3") != shop.Waiting {
				t.Errorf("cups at the counter: %d\n%s", status, body)
			}
			if status, _, body := k.post("/kds/undo", url.Values{"cups": {way("c1-1")}}); status != 303 {
				t.Errorf("a cup in a form: %d\n%s", status, body)
			}
			if status, _ := k.scan(way("]C1c1-1")+string(gs), ""); status != 200 || k.cupState("c1-1") != shop.Made {
				t.Errorf("a scan: %d, the cup is %v", status, k.cupState("c1-1"))
			}
			if _, page := k.get("/handoff?code=" + url.QueryEscape(way("37"))); !strings.Contains(page, `href="/handoff?order=o1"`) {
				t.Error("a number that is looked for is not found")
			}
		})
	}
}
