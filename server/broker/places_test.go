package broker

import (
	"bytes"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"weir/server/testshop"
	"weir/shop/try"
)

// knock opens a connection and sends bytes, and leaves it open.
func knock(t *testing.T, address string, stream []byte) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(try.Patience))
	if _, err := c.Write(stream); err != nil {
		t.Fatal(err)
	}
	return c
}

// welcome reads CONNACK and returns its code.
func welcome(t *testing.T, c net.Conn) byte {
	t.Helper()
	answer := make([]byte, 4)
	if _, err := c.Read(answer); err != nil {
		t.Fatalf("no CONNACK: %v", err)
	}
	return answer[3]
}

// TestTheShopIsConnectedBeforeItsGuests has more guests call than there are places before the shop comes.
func TestTheShopIsConnectedBeforeItsGuests(t *testing.T) {
	s, b := newShop(t), startBroker(t)
	var early []net.Conn
	for i := range 64 {
		user := []string{"", "shangou", "meituan"}[i%3]
		early = append(early, knock(t, b.Addr(), hello(version311, fmt.Sprint("g", i), user, testshop.KeyOf(user))))
	}
	for i := range 40 {
		early = append(early, knock(t, b.Addr(), hello(version311, fmt.Sprint("m", i), "", "")))
	}
	connect(t, s, b)
	if code := welcome(t, early[1]); code != 0 {
		t.Errorf("a guest that came before the shop is answered %d", code)
	}
	for _, c := range early {
		c.Close()
	}
	try.Until(t, "their places are free", func() bool {
		b.front.mu.Lock()
		defer b.front.mu.Unlock()
		return len(b.front.open) == 0
	})
	stillServes(t, b, "a-1")
}

func TestSilentConnectionsTakeNoPlace(t *testing.T) {
	b := startBroker(t)
	shop := openDoor(t, b)
	before := used(t)
	var silent []net.Conn
	for range arrivingMax + 20 {
		silent = append(silent, knock(t, b.Addr(), nil))
	}
	p := testshop.Join(t, b.Addr(), "router", "shangou", testshop.KeyOf("shangou"))
	p.Say("weir/v1/demo/orders/shangou", testshop.Order("a-1"))
	shop.Next("weir/v1/demo/orders/shangou")
	p.Leave()
	if _, err := silent[0].Read(make([]byte, 1)); err == nil {
		t.Error("the oldest silent connection stays")
	}
	for _, c := range silent {
		c.Close()
	}
	givenBack(t, before)
}

func TestConnectionsEndWithTheBroker(t *testing.T) {
	b := startBroker(t)
	openDoor(t, b).Leave()
	var open []net.Conn
	for range arrivingMax / 2 {
		open = append(open, knock(t, b.Addr(), nil))
	}
	guest := knock(t, b.Addr(), hello(version311, "g", "shangou", testshop.KeyOf("shangou")))
	welcome(t, guest)
	ended := make(chan struct{})
	go func() { defer close(ended); b.front.close() }()
	select {
	case <-ended:
	case <-time.After(try.Patience):
		t.Fatal("the broker waits for connections that never say anything")
	}
	for _, c := range append(open, guest) {
		if _, err := c.Read(make([]byte, 1)); err == nil {
			t.Error("a connection outlives the broker's door")
		}
	}
}

// TestAnAccountHasItsOwnPlaces fills all places of one channel, and of those without a name.
func TestAnAccountHasItsOwnPlaces(t *testing.T) {
	b := startBroker(t)
	shop := openDoor(t, b)
	for _, user := range []string{"", "shangou"} {
		for i := range guestsMax {
			if code := welcome(t, knock(t, b.Addr(), hello(version311, fmt.Sprint(user, i), user, testshop.KeyOf(user)))); code != 0 {
				t.Fatalf("connection %d of %q is answered %d", i, user, code)
			}
		}
		if code := welcome(t, knock(t, b.Addr(), hello(version311, user+"more", user, testshop.KeyOf(user)))); code != 3 {
			t.Errorf("a connection too many of %q is answered %d, want 3: unavailable", user, code)
		}
		if code := welcome(t, knock(t, b.Addr(), hello(version311, user+"0", user, testshop.KeyOf(user)))); code != 0 {
			t.Errorf("%q cannot connect again under an id that it has, it is answered %d", user, code)
		}
	}
	shop.Leave()
	shop = openDoor(t, b)
	testshop.Join(t, b.Addr(), "router", "meituan", testshop.KeyOf("meituan")).Say("weir/v1/demo/orders/meituan", testshop.Order("m-1"))
	shop.Next("weir/v1/demo/orders/meituan")
}

// TestAChannelKeepsSoManySessions lets a router come with a new id each time, as some do after a crash.
func TestAChannelKeepsSoManySessions(t *testing.T) {
	b := startBroker(t)
	shop := openDoor(t, b)
	testshop.Join(t, b.Addr(), "other", "meituan", testshop.KeyOf("meituan"), "weir/v1/demo/answers/meituan").Leave()
	const ids = 3 * sessionsMax
	for i := range ids {
		testshop.Join(t, b.Addr(), fmt.Sprint("s", i), "shangou", testshop.KeyOf("shangou"), "weir/v1/demo/answers/shangou").Leave()
		try.Until(t, "it has left", func() bool { cl, ok := b.server.Clients.Get(fmt.Sprint("s", i)); return ok && cl.Closed() })
	}
	if n := b.server.Clients.Len(); n > sessionsMax+2 {
		t.Errorf("%d sessions are kept, want %d of the channel, one of the other and the shop's", n, sessionsMax)
	}
	shop.Say("weir/v1/demo/answers/meituan", "kept")
	other := testshop.Join(t, b.Addr(), "other", "meituan", testshop.KeyOf("meituan"))
	if m := other.Next("weir/v1/demo/answers/meituan"); string(m.Payload()) != "kept" {
		t.Errorf("the other channel's session heard %s", m.Payload())
	}
	try.Until(t, "no key is remembered that has no session", func() bool {
		b.gate.mu.Lock()
		defer b.gate.mu.Unlock()
		return len(b.gate.keys) <= sessionsMax+1
	})
}

func TestNoSessionIsLeftOfWhoeverGoesAtOnce(t *testing.T) {
	b := startBroker(t)
	openDoor(t, b)
	before := used(t)
	for i := range 200 {
		c, err := net.Dial("tcp", b.Addr())
		if err != nil {
			t.Fatal(err)
		}
		c.Write(hello(version5, fmt.Sprint("n", i), "", ""))
		c.(*net.TCPConn).SetLinger(0) // reset
		c.Close()
	}
	// MQTT 5 asks for a session to be kept beside a clean start.
	keep := raw(0x10, text("MQTT"), []byte{5, 2, 0, 60, 5, 17, 0, 0, 255, 255}, text("stranger"))
	c := knock(t, b.Addr(), keep)
	welcome(t, c)
	c.Close()
	try.Until(t, "only the shop's session is left", func() bool { return b.server.Clients.Len() == 1 })
	givenBack(t, before)
}

func TestSubscriptionsAreBounded(t *testing.T) {
	b := startBroker(t)
	openDoor(t, b)
	stream := hello(version311, "r", "shangou", testshop.KeyOf("shangou"))
	for i := range 2 * subscriptionsMax {
		stream = append(stream, listen(version311, fmt.Sprintf("$share/g%d/weir/v1/demo/answers/shangou", i))...)
	}
	answer, closed := send(t, b.Addr(), stream, try.Patience)
	if granted := bytes.Count(answer, []byte{0x90, 3, 0, 1, 1}); !closed || granted != subscriptionsMax {
		t.Errorf("%d subscriptions are granted, want %d and the end of the connection (%v)", granted, subscriptionsMax, closed)
	}
}

// TestAGuestThatReadsNothingHoldsNobodyUp fills what may wait for a guest that has no keep alive. The
// library holds a lock while it writes; without a buffer of our own the shop would wait for the guest.
func TestAGuestThatReadsNothingHoldsNobodyUp(t *testing.T) {
	b := startBroker(t)
	shop := openDoor(t, b)
	before := used(t)
	h := hello(version311, "deaf", "", "")
	h[len(h)-len("deaf")-3] = 0                                                  // keep alive: none
	quietly := raw(0x82, []byte{0, 1}, text("weir/v1/demo/capacity"), []byte{0}) // at QoS 0: nothing waits in its session
	deaf := knock(t, b.Addr(), append(h, quietly...))
	deaf.(*net.TCPConn).SetReadBuffer(4 << 10) // an error makes the test longer, not wrong
	try.Until(t, "it has subscribed", func() bool { return len(b.server.Topics.Subscribers("weir/v1/demo/capacity").Subscriptions) == 1 })
	for range 2 * (unreadMax + 8<<20) / packetMax { // what the kernel keeps comes before what we keep
		token := shop.Publish("weir/v1/demo/capacity", 1, true, strings.Repeat("x", packetMax-100))
		if !token.WaitTimeout(try.Patience) || token.Error() != nil {
			t.Fatalf("the shop waits for a guest that reads nothing: %v", token.Error())
		}
	}
	try.Until(t, "it is disconnected", func() bool {
		b.front.mu.Lock()
		defer b.front.mu.Unlock()
		return len(b.front.open) == 0
	})
	deaf.Close()
	shop.Publish("weir/v1/demo/capacity", 1, true, "").WaitTimeout(try.Patience)
	givenBack(t, before)
}

// TestAFloodAtQoS0IsTakenAtItsPace counts what reaches the shop of a guest that sends as fast as it can.
func TestAFloodAtQoS0IsTakenAtItsPace(t *testing.T) {
	b := startBroker(t)
	shop := openDoor(t, b)
	before := used(t)
	flood := knock(t, b.Addr(), hello(version311, "router", "shangou", testshop.KeyOf("shangou")))
	welcome(t, flood)
	began := time.Now()
	stop := make(chan struct{})
	go func() {
		defer close(stop)
		for range 20_000 {
			if _, err := flood.Write(raw(0x30, text("weir/v1/demo/orders/shangou"), []byte(testshop.Order("f")))); err != nil {
				return
			}
		}
	}()
	heard := 0
	for heard < paceBurst+paceRate {
		shop.Next("weir/v1/demo/orders/shangou")
		heard++
	}
	if took, want := time.Since(began), time.Second*9/10; took < want {
		t.Errorf("%d messages were taken within %v, want %v at least", heard, took, want)
	}
	// The other channel does not wait behind it.
	other := testshop.Join(t, b.Addr(), "other", "meituan", testshop.KeyOf("meituan"))
	other.Say("weir/v1/demo/orders/meituan", testshop.Order("m-1"))
	shop.Next("weir/v1/demo/orders/meituan")
	flood.(*net.TCPConn).SetLinger(0) // or what it has sent still comes
	flood.Close()
	other.Leave()
	<-stop
	try.Until(t, "the flood is over", func() bool {
		b.front.mu.Lock()
		defer b.front.mu.Unlock()
		return len(b.front.open) == 0
	})
	for len(shop.Heard) > 0 {
		<-shop.Heard
	}
	givenBack(t, before)
}
