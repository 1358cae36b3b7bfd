package broker

import (
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"weir/server/testshop"
	"weir/shop/try"
	"weir/shop/wire"
)

func TestWhatEachMayReadAndWrite(t *testing.T) {
	g := &gate{topics: wire.TopicsOf("demo")}
	const prefix = "weir/v1/demo/"
	for _, tt := range []struct {
		user        string
		write, read []string
		not         []string // neither
	}{
		{user: "", read: []string{"status", "capacity", "#", "+"},
			not: []string{"orders/shangou", "answers/shangou", "events/+", "lease/shangou", "campaigns", "answers/#"}},
		{user: "shangou",
			write: []string{"orders/shangou", "cancel/shangou", "progress/shangou", "resync/shangou", "acks/shangou", "reconciliation/shangou",
				"campaigns", "campaigns/shangou"},
			read: []string{"status", "capacity", "lease/shangou", "answers/shangou", "events/shangou", "answers/+", "#"},
			not: []string{"campaigns/meituan", "reconciliation/meituan", "orders/meituan", "answers/meituan", "events/meituan",
				"lease/meituan", "acks/meituan", "orders/shangou/more", "orders", "shangou", "else/+"}},
		{user: shopUser, write: []string{"status", "answers/meituan"}, read: []string{"orders/+"}},
	} {
		check := func(topic string, write, want bool) {
			t.Helper()
			if got := g.may(tt.user, prefix+topic, write); got != want {
				t.Errorf("may(%q, %q, write %v) = %v", tt.user, topic, write, got)
			}
		}
		for _, topic := range tt.write {
			check(topic, true, true)
		}
		for _, topic := range tt.read {
			check(topic, false, true)
		}
		for _, topic := range tt.not {
			check(topic, true, false)
			check(topic, false, false)
		}
	}
	for _, foreign := range []string{"weir/v1/other/status", "$SYS/broker/version", "$share/g/weir/v1/demo/#",
		"$share/g/weir/v1/demo/answers/+"} {
		if g.may("shangou", foreign, false) || g.may("", foreign, false) {
			t.Errorf("a guest may read %s", foreign)
		}
	}
	if !g.may("shangou", "$share/g/weir/v1/demo/answers/shangou", false) {
		t.Error("routers of a channel cannot share its answers")
	}
}

func TestWhoIsLetIn(t *testing.T) {
	b := startBroker(t)
	openDoor(t, b)
	for _, tt := range []struct {
		name, id, user, key string
		in                  bool
	}{
		{"a channel with its key", "r1", "shangou", testshop.KeyOf("shangou"), true},
		{"a wrong key", "r2", "shangou", "wrong", false},
		{"no key", "r3", "shangou", "", false},
		{"another channel's key", "r4", "shangou", testshop.KeyOf("meituan"), false},
		{"an unknown channel", "r5", "eleme", testshop.KeyOf("eleme"), false},
		{"nobody, on loopback", "r6", "", "", true},
		{"the shop from outside", "demo", shopUser, b.gate.secret, false},
		{"the shop's client id", "demo", "shangou", testshop.KeyOf("shangou"), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := testshop.TryJoin(t, b.Addr(), tt.id, tt.user, tt.key)
			if (err == nil) != tt.in {
				t.Errorf("signing in: %v, want in = %v", err, tt.in)
			}
		})
	}
}

func TestASessionIsItsOwners(t *testing.T) {
	b := startBroker(t)
	openDoor(t, b)
	shop := testshop.Join(t, b.Addr(), "reader", "", "")
	shop.Leave()
	p := testshop.Join(t, b.Addr(), "router", "shangou", testshop.KeyOf("shangou"), "weir/v1/demo/answers/shangou")
	p.Leave()
	if _, err := testshop.TryJoin(t, b.Addr(), "router", "meituan", testshop.KeyOf("meituan")); err == nil {
		t.Error("another channel took over a session, and with it the messages that wait there")
	}
	if _, err := testshop.TryJoin(t, b.Addr(), "router", "", ""); err == nil {
		t.Error("a stranger took over a session")
	}
	testshop.Join(t, b.Addr(), "router", "shangou", testshop.KeyOf("shangou"))
}

func TestNothingIsKeptForAStranger(t *testing.T) {
	b := startBroker(t)
	openDoor(t, b)
	if out, err := testshop.MosquittoPub(t, b.Addr(), "-c", "-i", "stranger", "-t", "weir/v1/demo/capacity", "-m", "x"); err == nil ||
		!strings.Contains(out, "not authorised") {
		t.Errorf("a session of nobody is remembered: %v %s", err, out)
	}
}

// TestGuestsHaveNoWills leaves one in the shop's name, and ones that cancel another channel's campaign: the
// library publishes a will without asking about it.
func TestGuestsHaveNoWills(t *testing.T) {
	b := startBroker(t)
	shop := openDoor(t, b)
	if token := shop.Subscribe("weir/v1/demo/#", 1, nil); !token.WaitTimeout(try.Patience) || token.Error() != nil {
		t.Fatal(token.Error())
	}
	for _, version := range []byte{version311, version5} {
		for topic, will := range map[string]string{
			"weir/v1/demo/status": `{"online":false,"epoch":99}`, "weir/v1/demo/campaigns": `{"channel":"meituan","id":"k1","cancelled":true}`,
			"weir/v1/demo/campaigns/meituan": `{"id":"k1","cancelled":true}`, "weir/v1/demo/orders/shangou": testshop.Order("will"),
		} {
			h := raw(0x10, text("MQTT"), []byte{version, 2 | flagWill | flagUser | flagPassword, 0, 60}, props(version), text("forger"),
				props(version), text(topic), text(will), text("shangou"), text(testshop.KeyOf("shangou")))
			c := knock(t, b.Addr(), h)
			if code := welcome(t, c); code == 0 {
				t.Errorf("MQTT version byte %d: a guest may leave a will on %s", version, topic)
			}
			c.Close()
		}
	}
	testshop.Join(t, b.Addr(), "r", "shangou", testshop.KeyOf("shangou")).Say("weir/v1/demo/orders/shangou", testshop.Order("last"))
	if m := <-shop.Heard; !strings.Contains(string(m.Payload()), `"last"`) {
		t.Errorf("the shop hears %s on %s", m.Payload(), m.Topic())
	}
}

func TestOtherChannelsTopicsAreRefused(t *testing.T) {
	s, b := newShop(t), startBroker(t)
	connect(t, s, b)
	for _, topic := range []string{"weir/v1/demo/answers/meituan", "weir/v1/demo/orders/shangou", "weir/v1/demo/orders/+",
		"weir/v1/other/#", "$SYS/#"} {
		if _, err := testshop.TryJoin(t, b.Addr(), "spy", "shangou", testshop.KeyOf("shangou"), topic); err == nil {
			t.Errorf("subscribed to %s", topic)
		}
	}
	// A wildcard brings what the channel may read, and nothing else.
	own := testshop.Join(t, b.Addr(), "meituan", "meituan", testshop.KeyOf("meituan"), "weir/v1/demo/answers/meituan",
		"weir/v1/demo/events/meituan")
	wide := testshop.Join(t, b.Addr(), "wide", "shangou", testshop.KeyOf("shangou"), "#")
	public := testshop.Join(t, b.Addr(), "public", "", "", "weir/#")
	own.Say("weir/v1/demo/orders/meituan", testshop.Order("m-1"))
	own.Answer("meituan", "m-1")
	own.Next("weir/v1/demo/events/meituan")
	wide.Say("weir/v1/demo/orders/shangou", testshop.Order("s-1"))
	for topic := ""; topic != "weir/v1/demo/events/shangou"; {
		topic = (<-wide.Heard).Topic()
		switch topic {
		case "weir/v1/demo/answers/meituan", "weir/v1/demo/events/meituan", "weir/v1/demo/orders/meituan", "weir/v1/demo/lease/meituan":
			t.Errorf("shangou read %s", topic)
		}
	}
	public.Next("weir/v1/demo/capacity")
	for len(public.Heard) > 0 {
		if topic := (<-public.Heard).Topic(); topic != "weir/v1/demo/status" && topic != "weir/v1/demo/capacity" {
			t.Errorf("a stranger read %s", topic)
		}
	}
	// Writing in another's name ends the connection, and nothing of it is made.
	wide.Publish("weir/v1/demo/orders/meituan", 1, false, testshop.Order("forged"))
	select {
	case <-wide.Gone:
	case <-time.After(try.Patience):
		t.Error("the broker keeps a client that writes in another's name")
	}
	public.Publish("weir/v1/demo/orders/meituan", 1, false, testshop.Order("forged"))
	<-public.Gone
	own.Say("weir/v1/demo/orders/meituan", testshop.Order("m-2"))
	own.Answer("meituan", "m-2")
	if _, err := s.OrderByRef(t.Context(), "meituan", "forged"); err == nil {
		t.Error("an order in another's name was taken")
	}
}

// TestARevokedKeyEndsWhatItOpened revokes a key beside an open connection and a session that is away.
func TestARevokedKeyEndsWhatItOpened(t *testing.T) {
	var revoked atomic.Bool
	b := startWith(t, Config{Check: func(channel, key string) bool {
		return testshop.CheckKey(channel, key) && !(channel == "shangou" && revoked.Load())
	}})
	shop := openDoor(t, b)
	testshop.Join(t, b.Addr(), "away", "shangou", testshop.KeyOf("shangou"), "weir/v1/demo/answers/shangou").Leave()
	p := testshop.Join(t, b.Addr(), "router", "shangou", testshop.KeyOf("shangou"), "weir/v1/demo/answers/shangou")
	p.Say("weir/v1/demo/orders/shangou", testshop.Order("a-1"))
	other := testshop.Join(t, b.Addr(), "other", "meituan", testshop.KeyOf("meituan"))
	revoked.Store(true)
	b.Recheck()
	select {
	case <-p.Gone:
	case <-time.After(try.Patience):
		t.Error("a connection outlives its key")
	}
	for _, id := range []string{"away", "router"} {
		if _, kept := b.server.Clients.Get(id); kept {
			t.Errorf("session %s outlives its key", id)
		}
	}
	shop.Next("weir/v1/demo/orders/shangou")
	other.Say("weir/v1/demo/orders/meituan", testshop.Order("m-1"))
	shop.Next("weir/v1/demo/orders/meituan")
}

// TestAKeyThatIsNotGoodAnyMoreWritesNothing is the second line: nobody has told the broker.
func TestAKeyThatIsNotGoodAnyMoreWritesNothing(t *testing.T) {
	var revoked atomic.Bool
	b := startWith(t, Config{Check: func(channel, key string) bool { return testshop.CheckKey(channel, key) && !revoked.Load() }})
	openDoor(t, b)
	p := testshop.Join(t, b.Addr(), "router", "shangou", testshop.KeyOf("shangou"))
	revoked.Store(true)
	p.Publish("weir/v1/demo/orders/shangou", 1, false, testshop.Order("a-2"))
	select {
	case <-p.Gone:
	case <-time.After(try.Patience):
		t.Error("a revoked key still writes")
	}
}

func TestBrokerOff(t *testing.T) {
	s, b := newShop(t), startWith(t, Config{Address: "off"})
	connect(t, s, b)
	if b.Addr() != "" {
		t.Errorf("listens on %s", b.Addr())
	}
}

func TestAnAddressInUseSaysHowToMendIt(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if b, err := Start(Config{Shop: "demo", Address: l.Addr().String(), Check: testshop.CheckKey, Log: try.Log(t)}); err == nil {
		b.Close()
		t.Error("two listeners on one address")
	} else {
		t.Log(err)
	}
}
