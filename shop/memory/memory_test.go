package memory_test

import (
	"errors"
	"testing"
	"time"

	"weir/shop"
	"weir/shop/memory"
	"weir/shop/shopfile"
)

// TestAnOrderThatEndedIsKnown: sent again it is answered again, and nothing is made twice.
func TestAnOrderThatEndedIsKnown(t *testing.T) {
	config, err := shopfile.Demo()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 2, 6, 4, 0, 0, 0, time.UTC)
	m := memory.New(config, func() time.Time { return now })
	told := map[string]int{}
	m.Follow(func(_ *shop.State, e shop.Event) {
		if e.Told != nil {
			told[e.Told.Type]++
		}
	})
	do := func(c shop.Command) shop.Result {
		t.Helper()
		r, err := m.Do(t.Context(), c)
		if err != nil {
			t.Fatalf("%T: %v", c, err)
		}
		return r
	}
	do(shop.Tick{})
	place := shop.Place{Channel: "shangou", Draft: shop.Draft{
		Ref: "a", PlacedAt: now, Lines: []shop.Line{{Item: "grape", Qty: 1}}, Totals: &shop.Totals{},
	}}
	first := do(place).Order
	if o, err := m.OrderByRef(t.Context(), "shangou", "a"); err != nil || o.ID != first.ID {
		t.Errorf("open: %v %v", o, err)
	}
	do(shop.Handover{By: "crew", Order: first.ID, Made: true})
	again := do(place)
	if !again.Replayed || again.Order.ID != first.ID || again.Order.State() != shop.OrderHanded {
		t.Errorf("sent again: %+v", again)
	}
	if cancelled, err := m.Do(t.Context(), shop.Cancel{Channel: "shangou", Ref: "a"}); err == nil {
		t.Errorf("cancelled what was handed over: %+v", cancelled.Order)
	}
	if o, err := m.OrderByRef(t.Context(), "shangou", "a"); err != nil || o.ID != first.ID {
		t.Errorf("ended: %v %v", o, err)
	}
	if _, err := m.OrderByRef(t.Context(), "meituan", "a"); !errors.Is(err, shop.ErrNotFound) {
		t.Errorf("another channel's: %v", err)
	}
	if list, err := m.OrdersOfDay(t.Context(), first.Day, "shangou"); err != nil || len(list) != 1 {
		t.Errorf("of the day: %v %v", list, err)
	}
	if told[shop.ToldAccepted] != 1 || told[shop.ToldHanded] != 1 || m.Snapshot().Orders.Len() > 0 {
		t.Errorf("told %v, %d orders are open", told, m.Snapshot().Orders.Len())
	}
}
