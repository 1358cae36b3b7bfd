package shop_test

import (
	"strings"
	"testing"
	"time"

	"weir/shop"
)

// signing is a shop that can sign what it accepts.
func signing(t *testing.T) shop.State {
	t.Helper()
	s := shop.New(demo(t), noon)
	s.Receipts = shop.ReceiptKey("of this data directory")
	return s
}

// said is an order that was accepted, as the channel sends it once more with its receipt.
func said(t *testing.T, s shop.State, c shop.Place, now time.Time) (again shop.Place, o *shop.Order) {
	t.Helper()
	d := must(t, s, c, now)
	o, _ = d.Next.Order(d.Order)
	c.Draft.Receipt = s.Receipts.Of(o)
	return c, o
}

func TestAnOrderIsTakenAgainByItsReceiptWhateverRoomThereIs(t *testing.T) {
	again, first := said(t, signing(t), wish("a", "matcha", 2), noon)
	slot := wish("s", "matcha", 2)
	slot.Draft.SlotStart = noon.Add(2 * time.Hour)
	slotAgain, _ := said(t, signing(t), slot, noon)
	// The copy does not know the orders; since then the shop is closed to the channel, and the item is sold out.
	later := noon.Add(10 * time.Minute)
	s := follow(t, signing(t), later, shop.SetAvailable{By: "tablet", Item: "matcha"}, shop.SetIntake{
		Channel: "meituan", Intake: shop.Intake{Mode: "paused", Until: noon.Add(time.Hour), By: "owner"}},
		shop.NewEpoch{Above: 1, Why: "restored"})
	plain := again
	plain.Draft.Receipt = ""
	refused(t, s, plain, later, shop.ProblemSoldOut)

	again.Draft.ConfirmBy = later.Add(-time.Second)
	d := must(t, s, again, later)
	o, _ := d.Next.Order(d.Order)
	if d.Replayed || !o.MayBeMade || o.State() != shop.OrderAccepted || !o.Promise.ReadyBy.Equal(first.Promise.ReadyBy) ||
		o.Promise.By().Before(later) {
		t.Errorf("taken again: %+v", o)
	}
	if lost := d.Next.Lost(); lost != 0 {
		t.Errorf("%d cups lost", lost)
	}
	// From now on it is known: the same receipt is a replay, and so is the order without one.
	for _, c := range []shop.Place{again, plain} {
		if d := must(t, d.Next, c, later); !d.Replayed || len(d.Events) != 0 {
			t.Errorf("once more: %+v", d)
		}
	}
	d = must(t, s, slotAgain, later)
	if o, _ := d.Next.Order(d.Order); o.MayBeMade || o.State() != shop.OrderBooked {
		t.Errorf("of a slot whose cups nobody can have begun: %+v", o)
	}
	at := slot.Draft.SlotStart.Add(time.Minute)
	d = must(t, s, slotAgain, at)
	if o, _ := d.Next.Order(d.Order); !o.MayBeMade || o.Promise.By().Before(at) {
		t.Errorf("of a slot that has begun: %+v", o)
	}
	if o, _ := must(t, d.Next, shop.Tick{}, at).Next.Order(d.Order); o.State() != shop.OrderAccepted {
		t.Errorf("of a slot that has begun it is %s after a tick", o.State())
	}
}

func TestWithoutAGoodReceiptItIsAnOrdinaryOrder(t *testing.T) {
	again, o := said(t, signing(t), wish("a", "matcha", 2), noon)
	sold := follow(t, signing(t), noon, shop.SetAvailable{By: "tablet", Item: "matcha"})
	must(t, sold, again, noon) // control: the receipt itself is good
	change := func(f func(*shop.Place)) shop.Place {
		c := again
		c.Draft.Lines = append([]shop.Line{}, c.Draft.Lines...)
		f(&c)
		return c
	}
	receipt := again.Draft.Receipt
	part := strings.Split(receipt, ".")
	for name, c := range map[string]shop.Place{
		"another ref":        change(func(c *shop.Place) { c.Draft.Ref = "b" }),
		"another channel":    change(func(c *shop.Place) { c.Channel = "shangou" }),
		"more cups":          change(func(c *shop.Place) { c.Draft.Lines[0].Qty = 3 }),
		"another ice":        change(func(c *shop.Place) { c.Draft.Lines[0].Options.Ice = "none" }),
		"a line more":        change(func(c *shop.Place) { c.Draft.Lines = append(c.Draft.Lines, c.Draft.Lines[0]) }),
		"another way out":    change(func(c *shop.Place) { c.Draft.Fulfilment = shop.Pickup }),
		"another slot":       change(func(c *shop.Place) { c.Draft.SlotStart = noon.Add(2 * time.Hour) }),
		"another epoch":      change(func(c *shop.Place) { c.Draft.Receipt = strings.Replace(receipt, ".1.", ".2.", 1) }),
		"another ready_by":   change(func(c *shop.Place) { c.Draft.Receipt = strings.Replace(receipt, part[2], "1"+part[2], 1) }),
		"another MAC":        change(func(c *shop.Place) { c.Draft.Receipt = strings.Join(append(part[:3:3], strings.Repeat("A", 43)), ".") }),
		"no MAC":             change(func(c *shop.Place) { c.Draft.Receipt = strings.Join(part[:3], ".") + "." }),
		"noise":              change(func(c *shop.Place) { c.Draft.Receipt = "trust me" }),
		"of another version": change(func(c *shop.Place) { c.Draft.Receipt = "2" + receipt[1:] }),
	} {
		t.Log(name)
		refused(t, sold, c, noon, shop.ProblemSoldOut)
	}
	elsewhere := sold
	elsewhere.Receipts = shop.ReceiptKey("of another shop")
	refused(t, elsewhere, again, noon, shop.ProblemSoldOut)
	elsewhere.Receipts = nil
	refused(t, elsewhere, again, noon, shop.ProblemSoldOut)
	refused(t, sold, again, o.Promise.ReadyBy.Add(shop.TombstonesKept+time.Second), shop.ProblemSoldOut)
}

// Two lines in another order are the same order, and what the menu knew of them does not matter.
func TestAReceiptIsOfTheOrderAsItWasSaid(t *testing.T) {
	c := wish("a", "matcha", 2)
	c.Draft.Lines = append(c.Draft.Lines, shop.Line{Item: "mystery", Name: "神秘茶", Qty: 1})
	again, _ := said(t, signing(t), c, noon)
	again.Draft.Lines = []shop.Line{c.Draft.Lines[1], c.Draft.Lines[0]}
	sold := follow(t, signing(t), noon, shop.SetAvailable{By: "tablet", Item: "matcha"})
	d := must(t, sold, again, noon)
	if o, _ := d.Next.Order(d.Order); !o.Lines[0].Unmapped || o.Lines[1].Unmapped {
		t.Errorf("lines %+v", o.Lines)
	}
}

// What was taken back is no order, whatever proves that it was one.
func TestATombstoneIsStrongerThanAReceipt(t *testing.T) {
	again, _ := said(t, signing(t), wish("a", "matcha", 2), noon)
	s := follow(t, signing(t), noon, shop.Cancel{Channel: "meituan", Ref: "a"})
	d := must(t, s, again, noon)
	o, _ := d.Next.Order(d.Order)
	if !d.Replayed || o.State() != shop.OrderCancelled || s.Receipts.Of(o) != "" {
		t.Errorf("%+v", o)
	}
}
