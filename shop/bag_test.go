package shop_test

import (
	"testing"
	"time"

	"weir/shop"
)

// TestAnOrderOfBagsIsReadyAndSaidSo: nothing has to be made, and the channel must still hear of it.
func TestAnOrderOfBagsIsReadyAndSaidSo(t *testing.T) {
	state := shop.New(demo(t), noon)
	d, err := shop.Decide(state, shop.Place{Channel: "shangou",
		Draft: shop.Draft{Ref: "b", Fulfilment: shop.Pickup, Lines: []shop.Line{{Item: "bag", Qty: 2}}}}, noon)
	if err != nil {
		t.Fatal(err)
	}
	if o, _ := d.Next.Order(d.Order); o.State() != shop.OrderReady || len(o.Cups) != 0 {
		t.Fatalf("order %+v, want it ready without cups", o)
	}
	ticked, err := shop.Decide(d.Next, shop.Tick{}, noon.Add(shop.UndoTime))
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	for _, e := range ticked.Events {
		if e.Told != nil && e.Told.Type == shop.ToldReady {
			told++
		}
	}
	if told != 1 {
		t.Errorf("the channel was told %d times that it is ready", told)
	}
	handed, err := shop.Decide(ticked.Next, shop.Handover{Order: d.Order, By: "tablet"}, noon.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if o, _ := handed.Next.Order(d.Order); o.State() != shop.OrderHanded {
		t.Errorf("order is %s after the hand-over", o.State())
	}
}
