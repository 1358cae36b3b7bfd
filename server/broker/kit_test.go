package broker

import (
	"net"
	"net/url"
	"testing"

	paho "github.com/eclipse/paho.mqtt.golang"
	"go.uber.org/goleak"

	"weir/server/testshop"
	"weir/server/uplink"
	"weir/shop/door"
	"weir/shop/try"
	"weir/shop/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// startBroker starts a broker on a loopback address.
func startBroker(t *testing.T) *Broker { t.Helper(); return startWith(t, Config{}) }

// startWith starts a broker; what c leaves out is as in a demo shop.
func startWith(t *testing.T, c Config) *Broker {
	t.Helper()
	c.Shop = "demo"
	if c.Log == nil {
		c.Log = try.Log(t)
	}
	if c.Address == "" {
		c.Address = "127.0.0.1:0"
	}
	if c.Check == nil {
		c.Check = testshop.CheckKey
	}
	b, err := Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// openDoor connects as the shop does, and lets the guests in. It returns the shop's client.
func openDoor(t *testing.T, b *Broker) *testshop.Guest {
	t.Helper()
	user, secret, dial := b.Inside()
	p, err := testshop.NewGuest(t, paho.NewClientOptions().AddBroker("tcp://broker").SetClientID("demo").SetUsername(user).SetPassword(secret).
		SetCleanSession(false).SetCustomOpenConnectionFn(func(*url.URL, paho.ClientOptions) (net.Conn, error) { return dial(t.Context()) }))
	if err != nil {
		t.Fatal(err)
	}
	if token := p.Subscribe(wire.TopicsOf("demo").Orders("+"), 1, nil); !token.WaitTimeout(try.Patience) || token.Error() != nil {
		t.Fatalf("the shop subscribes: %v", token.Error())
	}
	return p
}

// newShop is a shop whose clock goes on from noon.
func newShop(t *testing.T) *testshop.Shop {
	t.Helper()
	return testshop.Open(t, testshop.Setup{Clock: try.Running()})
}

// connect connects a shop to its broker.
func connect(t *testing.T, s *testshop.Shop, b *Broker) *uplink.Uplink {
	t.Helper()
	log, now := try.Log(t), s.Clock.Now
	way := door.New(door.Config{Shop: s, Now: now, Log: log})
	u := uplink.New(uplink.Config{Shop: s, Door: way, Remote: uplink.Within(b.Inside()), Reporter: wire.NewReporter(nil), Now: now, Log: log})
	try.Run(t, u.Run)
	try.Until(t, "the shop is connected to its broker", func() bool { return u.Status().Connected })
	return u
}
