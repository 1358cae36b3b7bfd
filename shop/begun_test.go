package shop_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/shop"
	"weir/shop/capacity"
)

// labelled is a shop that prints labels when cups are begun, and a ticket for each of two stations.
func labelled(t *testing.T) shop.State {
	config := demo(t)
	config.Printers = []shop.Printer{
		{Name: "labels", Kind: "tspl", Labels: true, Begun: true, Cancelled: true, Prints: []shop.JobKind{shop.JobLabel}},
		{Name: "tea", Kind: "escpos80", Station: "tea", Prints: []shop.JobKind{shop.JobKitchen}},
		{Name: "seal", Kind: "escpos80", Station: "seal", Prints: []shop.JobKind{shop.JobKitchen}},
	}
	return follow(t, shop.New(config, noon), noon, wish("a", "americano", 2), wish("b", "matcha", 2))
}

// paperOf is the jobs of a shop as their printers, kinds and cups.
func paperOf(s shop.State) (list []string) {
	for j := range s.Jobs.All() {
		if j.State != shop.JobCancelled {
			list = append(list, fmt.Sprintf("%s %s %v/%d", j.Printer, j.Kind, j.Order, j.Cup))
		}
	}
	return list
}

func TestLabelsComeWhenACupIsBegun(t *testing.T) {
	s := labelled(t)
	tickets := []string{"seal kitchen o1/0", "tea kitchen o2/0", "seal kitchen o2/0"} // tea has no part in coffee
	if diff := cmp.Diff(tickets, paperOf(s)); diff != "" {
		t.Fatal(diff)
	}
	batch := []shop.CupID{{Order: 2, N: 2}, {Order: 1, N: 1}, {Order: 2, N: 1}}
	s = follow(t, s, noon, shop.Tap{Cups: batch, To: shop.Making})
	want := append(tickets, "labels label o2/2", "labels label o1/1", "labels label o2/1")
	if diff := cmp.Diff(want, paperOf(s)); diff != "" {
		t.Errorf("not in the order of the batch:\n%s", diff)
	}
	s = follow(t, s, noon.Add(time.Second), shop.Tap{Cups: cupsOf(2, 2), To: shop.Waiting}, shop.Tap{Cups: cupsOf(2, 2), To: shop.Making})
	if diff := cmp.Diff(want, paperOf(s)); diff != "" {
		t.Errorf("begun again after it was put back:\n%s", diff)
	}
	s = follow(t, s, noon.Add(time.Minute), shop.Tap{Cups: cupsOf(1, 2), To: shop.Made, Station: "seal"})
	if diff := cmp.Diff(append(want, "labels label o1/2"), paperOf(s)); diff != "" {
		t.Errorf("begun and finished with one tap:\n%s", diff)
	}
}

func TestASlipOfACancelledOrderNeedsALabelThatIsOut(t *testing.T) {
	s := labelled(t)
	s = follow(t, s, noon, shop.Cancel{Channel: "meituan", Ref: "a"})
	for j := range s.Jobs.All() {
		if j.Kind == shop.JobCancellation {
			t.Error("nothing of the order was on paper of the label printer")
		}
	}
}

// A kitchen with nothing to do begins with the next slot's cups when what is booked for later does not fit into the time.
func TestAnIdleKitchenInDangerBeginsWithTheNextSlot(t *testing.T) {
	slot := noon.Add(time.Hour)
	full := shop.New(demo(t), noon)
	for i := range 400 {
		p := wish(fmt.Sprint("b", i), "jasmine-milk-tea", 2)
		slots := full.Slots(noon, p.Channel, "", 200)
		if len(slots) == 0 || slots[0].Start.After(slot.Add(2*time.Hour)) {
			break
		}
		if p.Draft.SlotStart = slots[0].Start; p.Draft.SlotStart.Before(slot) {
			p.Draft.SlotStart = slot.Add(time.Duration(i%8) * capacity.SlotLength)
		}
		if d, err := shop.Decide(full, p, noon); err == nil {
			full = d.Next
		}
	}
	at := slot.Add(-capacity.MakeAhead - capacity.SlotLength)
	inKitchen := func(s shop.State) (n int) {
		next := follow(t, s, at, shop.Tick{})
		return len(next.Queue("", time.Time{}))
	}
	short := follow(t, full, noon, shop.SetStaff{By: "tablet", Station: "shake", Staff: 1})
	if all, half := inKitchen(full), inKitchen(short); all != 0 || half == 0 || half > 8 {
		t.Errorf("%d cups in the kitchen a quarter of an hour early with everybody there, %d with one of two at shake", all, half)
	}
}
