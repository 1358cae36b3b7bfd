package broker

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"
)

// raw packets of a client, as bytes.

func text(s string) []byte { return append(binary.BigEndian.AppendUint16(nil, uint16(len(s))), s...) }

// raw puts a fixed header before a body.
func raw(head byte, parts ...[]byte) []byte {
	body := bytes.Join(parts, nil)
	out := []byte{head}
	for n := len(body); ; n >>= 7 {
		if n < 0x80 {
			return append(append(out, byte(n)), body...)
		}
		out = append(out, byte(n)|0x80)
	}
}

// hello is CONNECT with a clean session; an empty user is nobody.
func hello(version byte, id, user, key string) []byte {
	name, flags := "MQTT", byte(2)
	if version == version31 {
		name = "MQIsdp"
	}
	var props, who []byte
	if version == version5 {
		props = []byte{0}
	}
	if user != "" {
		flags |= flagUser | flagPassword
		who = append(text(user), text(key)...)
	}
	return raw(0x10, text(name), []byte{version, flags, 0, 60}, props, text(id), who)
}

// props is the properties of a packet: none before MQTT 5.
func props(version byte, all ...byte) []byte {
	if version < version5 {
		return nil
	}
	return append([]byte{byte(len(all))}, all...)
}

func say(version byte, topic, payload string) []byte {
	return raw(0x32, text(topic), []byte{0, 7}, props(version), []byte(payload))
}

func listen(version byte, filter string) []byte {
	return raw(0x82, []byte{0, 1}, props(version), text(filter), []byte{1})
}

// eightBytes end a broker that reads past them: SUBSCRIBE in MQTT 5 that ends where its options belong.
var eightBytes = []byte{0x82, 6, 0, 1, 0, 0, 1, 'a'}

// take reads packets as a connection does, and returns what is wrong with the first bad one.
func take(stream []byte) (taken []packet, err error) {
	r, c := bufio.NewReader(bytes.NewReader(stream)), checker{}
	for {
		p, err := readPacket(r, c.limit())
		if err == nil {
			err = c.check(p)
		}
		if err != nil {
			return taken, err
		}
		taken = append(taken, p)
	}
}

func TestPacketsThatAreRight(t *testing.T) {
	for _, version := range []byte{version31, version311, version5} {
		for name, next := range map[string][]byte{
			"an order":                say(version, "weir/v1/demo/orders/shangou", "{}"),
			"at QoS 0":                raw(0x30, text("a/b"), props(version), []byte("x")),
			"at QoS 2, once more":     raw(0x3c, text("a/b"), []byte{0, 1}, props(version)),
			"an acknowledgement":      {0x40, 2, 0, 1},
			"received":                {0x50, 2, 0, 1},
			"released":                {0x62, 2, 0, 1},
			"complete":                {0x70, 2, 0, 1},
			"a subscription":          listen(version, "weir/v1/+/status"),
			"a shared one":            listen(version, "$share/g/weir/v1/demo/status"),
			"two":                     raw(0x82, []byte{0, 1}, props(version), text("a/#"), []byte{0}, text("#"), []byte{2}),
			"unsubscribing":           raw(0xa2, []byte{0, 1}, props(version), text("a/#")),
			"a ping":                  {0xc0, 0},
			"the end":                 {0xe0, 0},
			"a message of 20,000":     say(version, "a/b", strings.Repeat("x", 20000)),
			"properties of a message": raw(0x30, text("a"), props(version, 1, 1, 2, 0, 0, 0, 9, 38, 0, 1, 'k', 0, 1, 'v', 38, 0, 1, 'k', 0, 1, 'v')),
		} {
			taken, err := take(append(hello(version, "router", "shangou", "key"), next...))
			if !errors.Is(err, io.EOF) || len(taken) != 2 {
				t.Errorf("MQTT version byte %d, %s: %d packets, %v", version, name, len(taken), err)
			}
		}
	}
}

func TestPacketsThatAreWrong(t *testing.T) {
	v3, v5 := hello(version311, "r", "", ""), hello(version5, "r", "", "")
	for name, stream := range map[string][]byte{
		"the eight bytes":                    append(bytes.Clone(v5), eightBytes...),
		"the same before MQTT 5":             append(bytes.Clone(v3), 0x82, 5, 0, 1, 0, 1, 'a'),
		"no CONNECT first":                   {0xc0, 0},
		"CONNECT twice":                      append(bytes.Clone(v3), v3...),
		"another protocol":                   raw(0x10, text("HTTP"), []byte{4, 2, 0, 60}, text("r")),
		"MQTT 6":                             raw(0x10, text("MQTT"), []byte{6, 2, 0, 60}, text("r")),
		"MQTT 3.1 by the name of 3.1.1":      raw(0x10, text("MQTT"), []byte{3, 2, 0, 60}, text("r")),
		"a reserved flag":                    raw(0x10, text("MQTT"), []byte{4, 3, 0, 60}, text("r")),
		"half a will":                        raw(0x10, text("MQTT"), []byte{4, 0b1010, 0, 60}, text("r")),
		"a will of QoS 3":                    raw(0x10, text("MQTT"), []byte{4, 0b11110, 0, 60}, text("r"), text("t"), text("m")),
		"a password and no user":             raw(0x10, text("MQTT"), []byte{4, 2 | flagPassword, 0, 60}, text("r"), text("p")),
		"a client id too long":               hello(version311, strings.Repeat("r", clientIDMax+1), "", ""),
		"a first packet too long":            hello(version311, "r", strings.Repeat("u", connectMax), "k"),
		"CONNECT that goes on":               raw(0x10, v3[2:], []byte{0}),
		"CONNECT that is short":              raw(0x10, v3[2:len(v3)-1]),
		"properties that are longer":         raw(0x10, text("MQTT"), []byte{5, 2, 0, 60, 9}, text("r")),
		"a property of another packet":       raw(0x10, text("MQTT"), []byte{5, 2, 0, 60, 2, 1, 0}, text("r")),
		"a property twice":                   raw(0x10, text("MQTT"), []byte{5, 2, 0, 60, 6, 33, 0, 9, 33, 0, 9}, text("r")),
		"authentication of another kind":     raw(0x10, text("MQTT"), []byte{5, 2, 0, 60, 4, 21, 0, 1, 'x'}, text("r")),
		"a packet that says it is huge":      append(bytes.Clone(v3), 0x30, 0xff, 0xff, 0xff, 0x7f),
		"a length that never ends":           append(bytes.Clone(v3), 0x30, 0x80, 0x80, 0x80, 0x80, 0x80, 0),
		"a length in more bytes than needed": append(bytes.Clone(v3), 0xc0, 0x80, 0),
		"a type no client sends":             append(bytes.Clone(v3), 0xd0, 0),
		"AUTH":                               append(bytes.Clone(v5), 0xf0, 0),
		"a type that is none":                append(bytes.Clone(v3), 0x00, 0),
		"wrong flags":                        append(bytes.Clone(v3), 0x80, 5, 0, 1, 0, 0, 0),
		"PUBLISH of QoS 3":                   append(bytes.Clone(v3), raw(0x36, text("a"), []byte{0, 1})...),
		"PUBLISH of QoS 0 once more":         append(bytes.Clone(v3), raw(0x38, text("a"))...),
		"PUBLISH with packet id 0":           append(bytes.Clone(v3), raw(0x32, text("a"), []byte{0, 0})...),
		"PUBLISH to a filter":                append(bytes.Clone(v3), raw(0x30, text("a/#"))...),
		"PUBLISH to nothing":                 append(bytes.Clone(v3), raw(0x30, text(""))...),
		"PUBLISH to a topic alias":           append(bytes.Clone(v5), raw(0x30, text("a"), []byte{3, 35, 0, 1})...),
		"PUBLISH to what is not UTF-8":       append(bytes.Clone(v3), raw(0x30, text("a\xff"))...),
		"PUBLISH to a NUL":                   append(bytes.Clone(v3), raw(0x30, text("a\x00"))...),
		"an acknowledgement of nothing":      append(bytes.Clone(v3), 0x40, 2, 0, 0),
		"an acknowledgement that is short":   append(bytes.Clone(v3), 0x40, 1, 0),
		"an acknowledgement that goes on":    append(bytes.Clone(v3), 0x40, 3, 0, 1, 0),
		"properties of one that run over":    append(bytes.Clone(v5), 0x40, 5, 0, 1, 0, 9, 31),
		"SUBSCRIBE to nothing":               append(bytes.Clone(v3), 0x82, 2, 0, 1),
		"SUBSCRIBE to an empty filter":       append(bytes.Clone(v3), 0x82, 5, 0, 1, 0, 0, 0),
		"SUBSCRIBE with # in the middle":     append(bytes.Clone(v3), listen(version311, "a/#/b")...),
		"SUBSCRIBE with a+":                  append(bytes.Clone(v3), listen(version311, "a+/b")...),
		"SUBSCRIBE of QoS 3":                 append(bytes.Clone(v3), raw(0x82, []byte{0, 1}, text("a"), []byte{3})...),
		"SUBSCRIBE with options of MQTT 5":   append(bytes.Clone(v3), raw(0x82, []byte{0, 1}, text("a"), []byte{4})...),
		"SUBSCRIBE with reserved options":    append(bytes.Clone(v5), raw(0x82, []byte{0, 1, 0}, text("a"), []byte{0x40})...),
		"SUBSCRIBE shared and not local":     append(bytes.Clone(v5), raw(0x82, []byte{0, 1, 0}, text("$share/g/a"), []byte{5})...),
		"SUBSCRIBE shared by nobody":         append(bytes.Clone(v3), listen(version311, "$share/g")...),
		"SUBSCRIBE shared by all":            append(bytes.Clone(v3), listen(version311, "$share/+/a")...),
		"SUBSCRIBE with identifier 0":        append(bytes.Clone(v5), raw(0x82, []byte{0, 1, 2, 11, 0}, text("a"), []byte{0})...),
		"SUBSCRIBE to too many": append(bytes.Clone(v3),
			raw(0x82, []byte{0, 1}, bytes.Repeat(append(text("a"), 0), filtersMax+1))...),
		"SUBSCRIBE to a filter that is long":    append(bytes.Clone(v3), listen(version311, strings.Repeat("a/", filterMax)+"a")...),
		"UNSUBSCRIBE from nothing":              append(bytes.Clone(v3), 0xa2, 2, 0, 1),
		"a ping that says something":            append(bytes.Clone(v3), 0xc0, 1, 0),
		"DISCONNECT with a reason before MQTT5": append(bytes.Clone(v3), 0xe0, 1, 0),
	} {
		if _, err := take(stream); err == nil || errors.Is(err, io.EOF) {
			t.Errorf("%s is taken: %s", name, hex.EncodeToString(stream))
		}
	}
}

// decode has the broker library read a packet. It panics where the library does.
func decode(version byte, p packet) error {
	pk := packets.Packet{ProtocolVersion: version}
	if err := pk.FixedHeader.Decode(p.bytes[0]); err != nil {
		return err
	}
	pk.FixedHeader.Remaining = len(p.body)
	body := bytes.Clone(p.body)
	switch p.kind() {
	case typeConnect:
		return pk.ConnectDecode(body)
	case typePublish:
		return pk.PublishDecode(body)
	case typePuback:
		return pk.PubackDecode(body)
	case typePubrec:
		return pk.PubrecDecode(body)
	case typePubrel:
		return pk.PubrelDecode(body)
	case typePubcomp:
		return pk.PubcompDecode(body)
	case typeSubscribe:
		return pk.SubscribeDecode(body)
	case typeUnsubscribe:
		return pk.UnsubscribeDecode(body)
	case typeDisconnect:
		return pk.DisconnectDecode(body)
	}
	return nil
}

// TestTheLibraryStillReadsPastAPacket is the reason for all of this. When it fails, the library has been mended.
func TestTheLibraryStillReadsPastAPacket(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("the eight bytes do not panic any more: see docs/decisions/05-broker-in-the-box.md")
		}
	}()
	decode(version5, packet{bytes: eightBytes, body: eightBytes[2:]})
}

// FuzzPackets holds two things: no bytes make our reader panic, and what it lets through the library can read.
func FuzzPackets(f *testing.F) {
	for _, version := range []byte{version31, version311, version5} {
		h := hello(version, "r", "shangou", "key")
		for _, next := range [][]byte{
			say(version, "weir/v1/demo/orders/shangou", "{}"), listen(version, "#"), eightBytes, {0x40, 2, 0, 1}, {0xe0, 0}, {0xe0, 2, 4, 0},
			raw(0xa2, []byte{0, 1}, props(version), text("a/#")), raw(0x82, []byte{0, 1}, props(version, 11, 1), text("a"), []byte{1}),
			raw(0x30, text("a"), props(version, 38, 0, 1, 'k', 0, 1, 'v')),
		} {
			f.Add(append(bytes.Clone(h), next...))
		}
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		taken, _ := take(stream)
		version := byte(0)
		for i, p := range taken {
			if i == 0 {
				version = p.body[2+int(binary.BigEndian.Uint16(p.body))]
			}
			if err := decode(version, p); err != nil {
				t.Errorf("the library refuses a packet that was checked: %v: %s", err, hex.EncodeToString(p.bytes))
			}
		}
	})
}
