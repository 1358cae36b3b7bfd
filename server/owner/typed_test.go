package owner

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"weir/shop"
)

// Numbers in the owner's forms are taken as an input method, a scanner or a clipboard leaves them.
func TestNumbersAreTakenAsTheyAreTyped(t *testing.T) {
	for name, way := range map[string]func(string) string{
		"full-width": func(s string) string {
			return strings.Map(func(r rune) rune { return r - '!' + '\uff01' }, s)
		},
		"CR LF": func(s string) string { return s + "\r\n" }, "Tab": func(s string) string { return "\t" + s },
		"wide space": func(s string) string { return "\u3000" + s + "\u00a0" }, "invisible mark": func(s string) string { return s + "\u200b" },
	} {
		t.Run(name, func(t *testing.T) {
			h := opened(t, t.TempDir())
			owner := h.owner()
			owner.post("/owner/terms", 200, "horizon_min", way("45"), "reserve_cups", way("2.5"), "shelf_bags", way("12"), "check_mode", "cup")
			want := shop.Terms{Horizon: 45 * time.Minute, Reserve: 250, ShelfMax: 12, CheckMode: "cup"}
			if got := h.tally.Snapshot().Settings.Terms(); got != want {
				t.Errorf("terms %+v, want %+v", got, want)
			}
			owner.post("/owner/staff", 200, "station", "shake", "staff", way("3"))
			if got := h.tally.Snapshot().Settings.Staff["shake"]; got != 3 {
				t.Errorf("%d at shake, want 3", got)
			}
			h.do(shop.GiveNotice{Channel: "shangou", Notice: freeTea()})
			owner.post("/owner/campaigns/n1", 200, "revision", "1", "answer", "limit", "cups", way("400"), "of", "channel")
			c := h.tally.Snapshot().Campaigns[1]
			if got := c.Limit(); got == nil || got.Cups != 400 {
				t.Errorf("the limit of the campaign is %+v, want 400", got)
			}
			if day := string(h.tally.Snapshot().Counters.Day); !strings.Contains(owner.get("/owner/settlement?day="+url.QueryEscape(way(day))),
				"/owner/settlement/"+day+"/orders.csv") {
				t.Error("the day that was typed is not shown")
			}
		})
	}
}
