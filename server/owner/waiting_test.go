package owner

import (
	"fmt"
	"testing"

	"weir/shop"
)

// Who waits for room is a line on the owner's page with a list behind it. When nobody does there is no line.
func TestTheOwnerSeesWhoWaits(t *testing.T) {
	h := opened(t, t.TempDir())
	manager := h.manager()
	lacks(t, manager.get("/owner"), "/owner/waiting")
	has(t, manager.get("/owner/waiting"), "没有人候补。")
	for i := range 100 {
		draft := shop.Draft{Ref: fmt.Sprint("r", i), Lines: []shop.Line{{Item: "jasmine-milk-tea", Qty: 2}}, Fulfilment: shop.Delivery,
			Totals:        &shop.Totals{},
			DisplayNumber: fmt.Sprint("#", i), Standby: true}
		if _, err := h.tally.Do(t.Context(), shop.Place{Channel: "shangou", Draft: draft}); err != nil {
			t.Fatal(err)
		}
		if state := h.tally.Snapshot(); len(state.OnStandby()) == 2 {
			break
		}
	}
	has(t, manager.get("/owner"), `<a href="/owner/waiting">2 单，4 杯</a>`)
	has(t, manager.get("/owner/waiting"), "12:00 闪购", "2 杯 · 候补到 14:00", "2 单，4 杯")
	has(t, manager.get("/owner/waiting?lang=en"), "Waiting list", "2 orders, 4 cups", "waits until 14:00")
}
