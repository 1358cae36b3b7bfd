package uplink

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"weir/server/testshop"
	"weir/shop/door"
	"weir/shop/try"
	"weir/shop/wire"
)

// rules of a mosquitto: what the shop may do, and that everybody else may do everything.
const (
	mayDoAll    = "user demo\ntopic readwrite weir/v1/demo/#\n"
	mayOnlySend = "user demo\ntopic write weir/v1/demo/#\ntopic read weir/v1/demo/status\ntopic read weir/v1/demo/capacity\n" +
		"topic read weir/v1/demo/lease/+\n"
	// What asyncapi.yaml asks for and no more, but for the orders.
	mayNotHearOrders = mayOnlySend + "topic read weir/v1/demo/cancel/+\ntopic read weir/v1/demo/cancel-part/+\n" +
		"topic read weir/v1/demo/progress/+\ntopic read weir/v1/demo/acks/+\ntopic read weir/v1/demo/resync/+\n" +
		"topic read weir/v1/demo/reconciliation/+\ntopic read weir/v1/demo/availability/+\ntopic read weir/v1/demo/holds/+\n" +
		"topic read weir/v1/demo/campaigns\ntopic read weir/v1/demo/campaigns/+\n"
)

// ruled starts a mosquitto with an access list, and returns how to change it.
func ruled(t *testing.T, rules string) (m mosquitto, r Remote, change func(rules string)) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "acl")
	write := func(rules string) {
		if err := os.WriteFile(file, []byte("topic readwrite #\n"+rules), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(rules)
	m = newMosquittoWith(t, "acl_file "+file+"\n")
	r = m.remote(t)
	r.User = "demo"
	return m, r, func(rules string) {
		write(rules)
		if err := m.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
	}
}

// TestABrokerThatLetsAShopWriteButNotRead: mosquitto grants the subscriptions and delivers nothing. The shop is not
// connected, and names the topics; nobody outside is told that it is online.
func TestABrokerThatLetsAShopWriteButNotRead(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ rules, deaf string }{
		"nothing":   {mayOnlySend, strings.Join(demoTopics.OwnEars(), " ")},
		"no orders": {mayNotHearOrders, demoTopics.Orders(wire.Self)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			m, r, change := ruled(t, tt.rules)
			u := newUplink(t, s, door.Config{}, s.Clock.Now, r, nil)
			u.echoMax = 500 * time.Millisecond
			start(t, u)
			try.Until(t, "the shop knows that it does not hear", func() bool { return len(u.Status().Deaf) > 0 })
			if st := u.Status(); st.Connected || strings.Join(st.Deaf, " ") != tt.deaf || !strings.Contains(st.Error, "access rules") {
				t.Errorf("%+v", st)
			}
			router := testshop.Join(t, m.Address, "router", "", "", demoTopics.Status())
			if st := testshop.Decode[wire.Status](t, router.Next(demoTopics.Status()).Payload()); st.Online {
				t.Errorf("a shop that hears nothing is online: %+v", st)
			}
			change(mayDoAll)
			try.Until(t, "the rules are mended", func() bool { return u.Status().Connected })
			if st := u.Status(); len(st.Deaf) > 0 {
				t.Errorf("mended: %+v", st)
			}
		})
	}
}

// TestWithoutTheEchoADeafShopLooksOpen is the control: the shop that does not write to itself takes the same broker for a good one.
func TestWithoutTheEchoADeafShopLooksOpen(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	m, r, _ := ruled(t, mayOnlySend)
	r.inside = true // an uplink does not ask whether it hears a broker in its own process
	u := newUplink(t, s, door.Config{}, s.Clock.Now, r, nil)
	start(t, u).connected(t)
	router := testshop.Join(t, m.Address, "router", "", "", demoTopics.Status())
	if st := testshop.Decode[wire.Status](t, router.Next(demoTopics.Status()).Payload()); !st.Online {
		t.Errorf("%+v", st)
	}
}

// TestABrokerThatStopsDelivering: rules that change under a standing connection are noticed, too.
func TestABrokerThatStopsDelivering(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	m, r, change := ruled(t, mayDoAll)
	u := newUplink(t, s, door.Config{}, s.Clock.Now, r, nil)
	u.echoMax = 500 * time.Millisecond
	start(t, u).connected(t)
	router := testshop.Join(t, m.Address, "router", "", "", demoTopics.Status())
	change(mayOnlySend)
	try.Until(t, "the shop knows that it does not hear", func() bool { return len(u.Status().Deaf) > 0 })
	try.Until(t, "the status says offline", func() bool {
		return !testshop.Decode[wire.Status](t, router.Next(demoTopics.Status()).Payload()).Online
	})
}

// TestManyOrdersWaitAtTheBroker: more orders wait in the session than the broker sends without an acknowledgement. What the
// shop writes to itself does not wait behind them.
func TestManyOrdersWaitAtTheBroker(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	m, r, _ := ruled(t, mayDoAll)
	u := startUplink(t, s, s.Clock.Now, r)
	u.connected(t)
	u.stop()
	router := testshop.Join(t, m.Address, "router", "", "", demoTopics.Answers("shangou"))
	const many = 60 // mosquitto sends twenty without an acknowledgement
	for i := range many {
		router.Say(demoTopics.Orders("shangou"), testshop.Order("waits-"+string(rune('a'+i/26))+string(rune('a'+i%26))))
	}
	again := newUplink(t, s, door.Config{}, s.Clock.Now, r, nil)
	start(t, again).connected(t)
	for range many {
		router.Next(demoTopics.Answers("shangou"))
	}
	if st := again.Status(); st.Error != "" {
		t.Errorf("%+v", st)
	}
}
