package broker

import (
	"bytes"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"weir/server/testshop"
	"weir/shop/try"
)

// lengthMax is a remaining length of 268,435,455 bytes, the largest there is. [MQTT-1.5.5]
var lengthMax = []byte{0xff, 0xff, 0xff, 0x7f}

// relatives are packets that follow a good CONNECT and are wrong as the eight bytes are: something is missing, a length
// lies, or a part is where it does not belong. Each has to end its connection.
func relatives(version byte) map[string][]byte {
	all := map[string][]byte{
		"a packet of 268 MB":               append([]byte{0x32}, lengthMax...),
		"a subscription of 268 MB":         append([]byte{0x82}, lengthMax...),
		"a length of five bytes":           {0x32, 0xff, 0xff, 0xff, 0xff, 0x7f},
		"a length that never ends":         bytes.Repeat([]byte{0xff}, 64),
		"SUBSCRIBE with no body":           {0x82, 0},
		"SUBSCRIBE with half an id":        {0x82, 1, 0},
		"SUBSCRIBE, a filter too long":     raw(0x82, []byte{0, 1}, props(version), []byte{0xff, 0xff, 'a'}),
		"SUBSCRIBE without options":        raw(0x82, []byte{0, 1}, props(version), text("a")),
		"SUBSCRIBE, a second without":      raw(0x82, []byte{0, 1}, props(version), text("a"), []byte{0}, text("b")),
		"SUBSCRIBE not in UTF-8":           raw(0x82, []byte{0, 1}, props(version), text("\xff\xfe"), []byte{0}),
		"SUBSCRIBE with a NUL":             raw(0x82, []byte{0, 1}, props(version), text("a\x00b"), []byte{0}),
		"SUBSCRIBE to nothing at all":      raw(0x82, []byte{0, 1}, props(version), text(""), []byte{0}),
		"SUBSCRIBE with wrong flags":       raw(0x80, []byte{0, 1}, props(version), text("a"), []byte{0}),
		"UNSUBSCRIBE with no body":         {0xa2, 0},
		"UNSUBSCRIBE, a filter too long":   raw(0xa2, []byte{0, 1}, props(version), []byte{0, 9, 'a'}),
		"UNSUBSCRIBE, half a length":       raw(0xa2, []byte{0, 1}, props(version), []byte{0}),
		"PUBLISH with no body":             {0x32, 0},
		"PUBLISH to nothing":               raw(0x32, text(""), []byte{0, 1}, props(version)),
		"PUBLISH, a topic too long":        raw(0x32, []byte{0xff, 0xff, 'a'}),
		"PUBLISH without an id":            raw(0x32, text("a")),
		"PUBLISH with id 0":                raw(0x32, text("a"), []byte{0, 0}, props(version)),
		"PUBLISH not in UTF-8":             raw(0x30, text("\xc0\x80"), props(version)),
		"PUBLISH to a surrogate":           raw(0x30, text("\xed\xa0\x80"), props(version)),
		"PUBLISH to a wildcard":            raw(0x30, text("a/#"), props(version)),
		"PUBLISH of QoS 3":                 raw(0x36, text("a"), []byte{0, 1}, props(version)),
		"PUBACK with no body":              {0x40, 0},
		"PUBREC with half an id":           {0x50, 1, 0},
		"PUBREL without its flags":         {0x60, 2, 0, 1},
		"PUBCOMP of id 0":                  {0x70, 2, 0, 0},
		"a second CONNECT":                 hello(version, "again", "", ""),
		"CONNACK from a client":            {0x20, 2, 0, 0},
		"SUBACK from a client":             {0x90, 3, 0, 1, 0},
		"PINGRESP from a client":           {0xd0, 0},
		"a packet of type 0":               {0x00, 0},
		"AUTH":                             {0xf0, 0},
		"AUTH with a reason and no length": {0xf0, 1, 0x18},
	}
	if version < version5 {
		return all
	}
	for what, head := range map[string][]byte{
		"PUBLISH": append([]byte{0x32}, append(text("a"), 0, 1)...), "SUBSCRIBE": {0x82, 0, 1}, "UNSUBSCRIBE": {0xa2, 0, 1},
		"PUBACK": {0x40, 0, 1, 0}, "PUBREC": {0x50, 0, 1, 0}, "PUBREL": {0x62, 0, 1, 0}, "PUBCOMP": {0x70, 0, 1, 0}, "DISCONNECT": {0xe0, 4},
	} {
		for why, p := range map[string][]byte{
			"longer than the packet":  {0x7f},
			"of a length of 268 MB":   lengthMax,
			"of an endless length":    {0xff, 0xff, 0xff, 0xff, 0xff},
			"that nobody knows":       {1, 99},
			"cut in a pair":           {5, 38, 0, 1, 'k', 0},
			"cut in a text":           {4, 31, 0, 9, 'x'},
			"with a topic alias":      {3, 35, 0, 1},
			"with topic alias 0":      {3, 35, 0, 0},
			"with an authentication":  {5, 21, 0, 2, 'o', 'k'},
			"with an expiry cut off":  {3, 2, 0, 0},
			"twice the same":          {10, 17, 0, 0, 0, 1, 17, 0, 0, 0, 2},
			"of a format that is 2":   {2, 1, 2},
			"not in UTF-8":            {7, 38, 0, 1, 0xff, 0, 1, 'v'},
			"identifier of 268 MB":    append([]byte{5, 11}, lengthMax[:3]...),
			"longer by the first one": {200, 1},
		} {
			all[what+", properties "+why] = raw(head[0], head[1:], p)
		}
	}
	return all
}

// firsts are CONNECT packets that are wrong, or ask for what no guest gets.
func firsts() map[string][]byte {
	v5 := func(flags byte, alive uint16, props, rest []byte) []byte {
		return raw(0x10, text("MQTT"), []byte{5, flags, byte(alive >> 8), byte(alive)}, props, rest)
	}
	return map[string][]byte{
		"CONNECT of 268 MB":            append([]byte{0x10}, lengthMax...),
		"CONNECT with no body":         {0x10, 0},
		"CONNECT of no protocol":       raw(0x10, []byte{0, 0}),
		"CONNECT of MQTT 4 by name 3":  raw(0x10, text("MQIsdp"), []byte{4, 2, 0, 60}, text("x")),
		"CONNECT of MQTT 99":           raw(0x10, text("MQTT"), []byte{99, 2, 0, 60}, text("x")),
		"a will without a topic":       v5(2|flagWill, 60, []byte{0}, append(text("x"), 0)),
		"a will of QoS 3":              v5(2|flagWill|3<<willQoSShift, 60, []byte{0}, append(text("x"), 0)),
		"a will's properties too long": v5(2|flagWill, 60, []byte{0}, append(text("x"), 0x7f, 24, 0)),
		"a will's delay twice":         v5(2|flagWill, 60, []byte{0}, append(text("x"), 10, 24, 0, 0, 0, 1, 24, 0, 0, 0, 1)),
		"a good will":                  v5(2|flagWill, 60, []byte{0}, bytes.Join([][]byte{text("x"), {0}, text("a"), text("b")}, nil)),
		"a user that is cut off":       v5(2|flagUser, 60, []byte{0}, append(text("x"), 0, 9, 'u')),
		"a password without a user":    raw(0x10, text("MQTT"), []byte{4, 2 | flagPassword, 0, 60}, text("x"), text("p")),
		"receive maximum 0":            v5(2, 60, []byte{3, 33, 0, 0}, text("x")),
		"a packet size of 0":           v5(2, 60, []byte{5, 39, 0, 0, 0, 0}, text("x")),
		"enhanced authentication":      v5(2, 60, []byte{5, 21, 0, 2, 'o', 'k'}, text("x")),
		"an id that is not UTF-8":      v5(2, 60, []byte{0}, text("\xff")),
		"an id of 5 KB":                v5(2, 60, []byte{0}, text(strings.Repeat("x", 5000))),
		"properties without an end":    v5(2, 60, []byte{0xff, 0xff, 0xff, 0xff, 1}, nil),
		"SUBSCRIBE as the first":       listen(version311, "#"),
		"TLS as the first":             {0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3},
		"HTTP as the first":            []byte("GET / HTTP/1.1\r\nHost: x\r\nUser-Agent: " + strings.Repeat("x", 100) + "\r\n\r\n"),
	}
}

// TestRelativesOfTheEightBytes sends each wrong packet to the real listener, nameless and with a key, whole and byte by
// byte. Every one ends its connection, and the library sees none. Control: the library panics on some of them.
func TestRelativesOfTheEightBytes(t *testing.T) {
	var panics atomic.Int64
	s, b := newShop(t), startWith(t, Config{Log: slog.New(counted{try.Log(t).Handler(), &panics})})
	b.front.callers.perSecond = rate.Inf // it is the reader that is tried
	connect(t, s, b)
	before := used(t)
	tried := 0
	ends := func(what string, stream []byte) {
		tried++
		c := knock(t, b.Addr(), nil)
		defer c.Close()
		if tried%4 == 0 { // byte by byte, so that no packet comes in one piece
			c.(*net.TCPConn).SetNoDelay(true) // it is so already
			for i := range stream {
				if _, err := c.Write(stream[i : i+1]); err != nil {
					break // closed in the middle of it
				}
			}
		} else {
			c.Write(stream) // likewise
		}
		if !drained(c) {
			t.Errorf("%s: the connection stays open", what)
		}
	}
	for what, stream := range firsts() {
		ends(what, stream)
	}
	broken := 0
	for _, version := range []byte{version31, version311, version5} {
		for what, next := range relatives(version) {
			for _, user := range []string{"", "shangou"} {
				ends(fmt.Sprintf("version %d, %q, %s", version, user, what), append(hello(version, "relative", user, testshop.KeyOf(user)), next...))
			}
			if whole, body := next, next[min(2, len(next)):]; len(next) > 2 && int(next[1]) == len(body) && panicked(version, packet{whole, body}) {
				broken++
			}
		}
	}
	t.Logf("%d streams; the library panics on %d of their packets", tried, broken)
	if broken == 0 {
		t.Error("the library panics on none of them: the test proves nothing")
	}
	if n := panics.Load(); n > 0 {
		t.Errorf("%d panics were contained: our reader lets through what the library cannot read", n)
	}
	stillServes(t, b, "a-1")
	givenBack(t, before)
}

// panicked reports whether the broker library panics on a packet.
func panicked(version byte, p packet) (yes bool) {
	defer func() { yes = recover() != nil }()
	decode(version, p) // what it says of it is of no interest
	return false
}

// drained reads a connection until the other end closes it; false is that it does not.
func drained(c net.Conn) bool {
	c.SetReadDeadline(time.Now().Add(try.Patience))
	for buffer := make([]byte, 4096); ; {
		if _, err := c.Read(buffer); err != nil {
			late, ok := err.(net.Error)
			return !ok || !late.Timeout()
		}
	}
}

// TestAFloodOfReleasesIsTakenAtItsPace sends PUBREL of messages that nobody has sent, and a PUBACK between, for longer than
// a burst. Each is answered; the flood waits, the other channel does not.
func TestAFloodOfReleasesIsTakenAtItsPace(t *testing.T) {
	b := startBroker(t)
	shop := openDoor(t, b)
	before := used(t)
	c := knock(t, b.Addr(), hello(version311, "flood", "shangou", testshop.KeyOf("shangou")))
	welcome(t, c)
	const pace, free = paceRate * messageCost / partCost, paceBurst * messageCost / partCost
	began, stop := time.Now(), make(chan struct{})
	go func() {
		defer close(stop)
		for i := range 10 * free {
			if _, err := c.Write([]byte{0x62, 2, byte(i >> 8), byte(i) | 1}); err != nil {
				return
			}
		}
	}()
	answers := make([]byte, 4)
	for range free + pace {
		if _, err := c.Read(answers); err != nil {
			t.Fatal(err)
		}
	}
	if took, want := time.Since(began), time.Second*9/10; took < want {
		t.Errorf("%d releases were taken within %v, want %v at least", free+pace, took, want)
	}
	other := testshop.Join(t, b.Addr(), "other", "meituan", testshop.KeyOf("meituan"))
	other.Say("weir/v1/demo/orders/meituan", testshop.Order("m-1"))
	shop.Next("weir/v1/demo/orders/meituan")
	c.(*net.TCPConn).SetLinger(0) // or what it has sent still comes
	c.Close()
	other.Leave()
	<-stop
	givenBack(t, before)
}

// TestALongKeepAliveHoldsOnePlace: who asks for eighteen hours, or for no keep alive at all, holds the places of one account
// and no other, and a connection that has said nothing ends within seconds.
func TestALongKeepAliveHoldsOnePlace(t *testing.T) {
	b := startBroker(t)
	shop := openDoor(t, b)
	before := used(t)
	for _, alive := range [][]byte{{0xff, 0xff}, {0, 0}} {
		var open []net.Conn
		for i := range guestsMax {
			stream := raw(0x10, text("MQTT"), []byte{4, 2 | flagUser | flagPassword}, alive, text(fmt.Sprint("k", i)), text("shangou"),
				text(testshop.KeyOf("shangou")))
			c := knock(t, b.Addr(), stream)
			if code := welcome(t, c); code != 0 {
				t.Errorf("connection %d is answered %d", i, code)
			}
			open = append(open, c)
		}
		if code := welcome(t, knock(t, b.Addr(), hello(version311, "more", "shangou", testshop.KeyOf("shangou")))); code != 3 {
			t.Errorf("one more is answered %d, want 3", code)
		}
		other := testshop.Join(t, b.Addr(), "other", "meituan", testshop.KeyOf("meituan"))
		other.Say("weir/v1/demo/orders/meituan", testshop.Order("m-1"))
		shop.Next("weir/v1/demo/orders/meituan")
		other.Leave()
		for _, c := range open {
			c.Close()
		}
		try.Until(t, "their places are free", func() bool {
			b.front.mu.Lock()
			defer b.front.mu.Unlock()
			return len(b.front.open) == 0
		})
	}
	givenBack(t, before)
}
