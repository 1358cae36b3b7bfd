package uplink

import (
	"testing"

	"weir/server/testshop"
	"weir/shop"
	"weir/shop/try"
	"weir/shop/wire"
)

func TestAnOrderGoesAllTheWay(t *testing.T) {
	s, b := newShop(t), startBroker(t)
	u := startUplink(t, s, s.Clock.Now, b.Remote())
	p := testshop.Join(t, b.Addr(), "router", "shangou", testshop.KeyOf("shangou"),
		"weir/v1/demo/status", "weir/v1/demo/capacity", "weir/v1/demo/answers/shangou", "weir/v1/demo/events/shangou",
		"weir/v1/demo/lease/shangou")
	u.connected(t)
	if st := testshop.Decode[wire.Status](t, p.Next("weir/v1/demo/status").Payload()); !st.Online || st.Epoch != 1 {
		t.Errorf("status = %+v", st)
	}
	p.Say("weir/v1/demo/orders/shangou", testshop.Order("a-1"))
	a := p.Answer("shangou", "a-1")
	if o := testshop.Decode[wire.Order](t, a.Body); a.Status != 201 || o.State != shop.OrderAccepted {
		t.Errorf("answer = %d %s", a.Status, a.Body)
	}
	e := testshop.Decode[wire.Event](t, p.Next("weir/v1/demo/events/shangou").Payload())
	if e.Type != shop.ToldAccepted || e.Seq != 1 || e.Epoch != 1 {
		t.Errorf("event = %+v", e)
	}
	p.Say("weir/v1/demo/acks/shangou", `{"epoch":1,"through":1}`)
	try.Until(t, "the ack moves the cursor", func() bool { return s.Snapshot().Counters.Acks["shangou"] == 1 })
}
