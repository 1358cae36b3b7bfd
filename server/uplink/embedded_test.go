package uplink

import (
	"testing"

	"weir/shop"
	"weir/shop/wire"
)

func TestAnOrderGoesAllTheWay(t *testing.T) {
	s, b := newShop(t), startBroker(t)
	u := startUplink(t, s, s.clock.now, b.Remote())
	p := join(t, b.Addr(), "router", "shangou", keyOf("shangou"),
		"weir/v1/demo/status", "weir/v1/demo/capacity", "weir/v1/demo/answers/shangou", "weir/v1/demo/events/shangou", "weir/v1/demo/lease/shangou")
	u.connected(t)
	if st := decode[wire.Status](t, p.next("weir/v1/demo/status").Payload()); !st.Online || st.Epoch != 1 {
		t.Errorf("status = %+v", st)
	}
	p.say("weir/v1/demo/orders/shangou", order("a-1"))
	a := p.answer("shangou", "a-1")
	if o := decode[wire.Order](t, a.Body); a.Status != 201 || o.State != shop.OrderAccepted {
		t.Errorf("answer = %d %s", a.Status, a.Body)
	}
	e := decode[wire.Event](t, p.next("weir/v1/demo/events/shangou").Payload())
	if e.Type != shop.ToldAccepted || e.Seq != 1 || e.Epoch != 1 {
		t.Errorf("event = %+v", e)
	}
	p.say("weir/v1/demo/acks/shangou", `{"epoch":1,"through":1}`)
	eventually(t, "the ack moves the cursor", func() bool { return s.Snapshot().Counters.Acks["shangou"] == 1 })
}
