package templates

import (
	"testing"
	"unicode"

	"weir/shop"
	"weir/shop/capacity"
	"weir/shop/wire"
	"weir/shop/words"
)

// TestNoNameOfAStateReachesAReader: each state, level and reason has words, which are Chinese on a Chinese page.
func TestNoNameOfAStateReachesAReader(t *testing.T) {
	said := map[string]func(words.Lang) string{}
	for _, r := range []capacity.Reason{
		capacity.NoRoom, capacity.Shelf, capacity.Owner, capacity.Staff, capacity.Closed, capacity.SlotFull, capacity.SlotPast, capacity.Deadline,
		capacity.Campaign, wire.ReasonStorage, wire.ReasonClock, "sold-out",
	} {
		said["reason "+string(r)] = func(l words.Lang) string { return ReasonWord(l, r) }
	}
	for _, r := range []string{shop.ReasonVoided, shop.ReasonDiscarded, shop.ReasonSlotLate, shop.ReasonMadeThenCancelled,
		shop.ReasonCancelledBefore, shop.ReasonPinned} {
		said["end "+r] = func(l words.Lang) string { return EndWord(l, r) }
	}
	for _, s := range []shop.OrderState{
		shop.OrderBooked, shop.OrderAccepted, shop.OrderMaking, shop.OrderReady, shop.OrderHanded, shop.OrderCancelled, shop.OrderReleased,
		shop.OrderUnclaimed,
	} {
		said["order "+string(s)] = func(l words.Lang) string { return OrderWord(l, s) }
	}
	for name, word := range said {
		zh, en := word(words.ZH), word(words.EN)
		chinese := false
		for _, r := range zh {
			chinese = chinese || unicode.Is(unicode.Han, r)
		}
		if !chinese || en == "" || zh == en {
			t.Errorf("%s: %q, %q", name, zh, en)
		}
	}
	if got := EndWord(words.ZH, "停电"); got != "停电" {
		t.Errorf("what a person wrote is shown as %q", got)
	}
}
