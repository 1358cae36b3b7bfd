package broker

import (
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf8"
)

// body is what is left of a packet. After the first error everything it reads is empty.
type body struct {
	left    []byte
	version byte
	err     error
}

func (r *body) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
	r.left = nil
}

func (r *body) take(n int) []byte {
	if r.err != nil {
		return nil
	}
	if len(r.left) < n {
		r.err, r.left = errShort, nil
		return nil
	}
	b := r.left[:n]
	r.left = r.left[n:]
	return b
}

func (r *body) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *body) uint16() uint16 {
	if b := r.take(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (r *body) uint32() uint32 {
	if b := r.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

// binary is bytes with their length before them.
func (r *body) binary() []byte { return r.take(int(r.uint16())) }

// text is a UTF-8 string. [MQTT-1.5.4-1] [MQTT-1.5.4-2]
func (r *body) text() string {
	b := r.binary()
	if !utf8.Valid(b) || strings.IndexByte(string(b), 0) >= 0 {
		r.fail("text that is not UTF-8, or has a NUL in it")
	}
	return string(b)
}

// varint is a variable byte integer.
func (r *body) varint() int {
	n := 0
	for i := range lengthBytes {
		b := r.byte()
		n |= int(b&0x7f) << (7 * i)
		if b&0x80 == 0 {
			return n
		}
	}
	r.fail("a number of more than four bytes")
	return 0
}

// packetID is never 0. [MQTT-2.2.1-3]
func (r *body) packetID() {
	if r.uint16() == 0 {
		r.fail("a packet without an identifier")
	}
}

// Bits of CONNECT's flags.
const (
	flagReserved   = 1 << 0
	flagWill       = 1 << 2
	willQoSShift   = 3
	flagWillRetain = 1 << 5
	flagPassword   = 1 << 6
	flagUser       = 1 << 7
)

func (r *body) connect() (version byte) {
	name := r.text()
	version = r.byte()
	r.version = version
	switch {
	case r.err != nil:
		return 0
	case name == "MQIsdp" && version == version31, name == "MQTT" && (version == version311 || version == version5):
	default:
		r.fail("%w", errVersion)
		return 0
	}
	flags := r.byte()
	will := flags&flagWill != 0
	willQoS := flags >> willQoSShift & 3
	switch {
	case flags&flagReserved != 0: // [MQTT-3.1.2-3]
		r.fail("CONNECT with its reserved flag set")
	case !will && (willQoS != 0 || flags&flagWillRetain != 0): // [MQTT-3.1.2-13] [MQTT-3.1.2-15]
		r.fail("CONNECT with parts of a will and no will")
	case willQoS > 2: // [MQTT-3.1.2-14]
		r.fail("a will of QoS 3")
	case version < version5 && flags&flagUser == 0 && flags&flagPassword != 0: // [MQTT-3.1.2-22]
		r.fail("CONNECT with a password and no user")
	}
	r.uint16() // keep alive
	r.properties(typeConnect)
	if len(r.text()) > clientIDMax {
		r.fail("a client id of more than %d bytes", clientIDMax)
	}
	if will {
		r.properties(typeWill)
		if !topicName(r.text()) {
			r.fail("a will for no topic")
		}
		r.binary()
	}
	if flags&flagUser != 0 {
		r.text()
	}
	if flags&flagPassword != 0 {
		r.binary()
	}
	return version
}

func (r *body) publish(flags byte) {
	qos := flags >> 1 & 3
	switch {
	case qos == 3: // [MQTT-3.3.1-4]
		r.fail("PUBLISH of QoS 3")
	case qos == 0 && flags&(1<<3) != 0: // [MQTT-3.3.1-2]
		r.fail("PUBLISH of QoS 0 that was sent before")
	}
	if !topicName(r.text()) { // [MQTT-3.3.2-2]
		r.fail("PUBLISH to no topic")
	}
	if qos > 0 {
		r.packetID()
	}
	r.properties(typePublish)
	r.left = nil // the payload, whatever it is
}

func (r *body) ack(kind byte) {
	r.packetID()
	if r.version < version5 || len(r.left) == 0 {
		return
	}
	r.byte() // a reason
	if len(r.left) > 0 {
		r.properties(kind)
	}
}

// Bits of a subscription's options in MQTT 5, [MQTT 5, 3.8.3.1].
const (
	optionNoLocal       = 1 << 2
	optionHandlingShift = 4
	optionReserved      = 0b1100_0000
)

func (r *body) subscribe() {
	r.packetID()
	r.properties(typeSubscribe)
	for n := 0; r.err == nil && (n == 0 || len(r.left) > 0); n++ { // [MQTT-3.8.3-3]
		filter := r.filter(n)
		options := r.byte()
		switch {
		case options&3 == 3: // [MQTT-3.8.3-4]
			r.fail("SUBSCRIBE of QoS 3")
		case r.version < version5 && options > 2:
			r.fail("SUBSCRIBE with reserved bits")
		case options&optionReserved != 0 || options>>optionHandlingShift&3 == 3: // [MQTT-3.8.3-5]
			r.fail("SUBSCRIBE with reserved options")
		case options&optionNoLocal != 0 && strings.HasPrefix(filter, sharePrefix):
			r.fail("a shared subscription without what is local")
		}
	}
}

func (r *body) unsubscribe() {
	r.packetID()
	r.properties(typeUnsubscribe)
	for n := 0; r.err == nil && (n == 0 || len(r.left) > 0); n++ { // [MQTT-3.10.3-2]
		r.filter(n)
	}
}

// filter reads the filter number n of a packet.
func (r *body) filter(n int) string {
	filter := r.text()
	if n >= filtersMax {
		r.fail("more than %d topic filters in one packet", filtersMax)
	} else if r.err == nil && !topicFilter(filter) {
		r.fail("a topic filter that is none, or of more than %d bytes", filterMax)
	}
	return filter
}

func (r *body) disconnect() {
	if r.version < version5 || len(r.left) == 0 {
		return
	}
	r.byte() // a reason
	if len(r.left) > 0 {
		r.properties(typeDisconnect)
	}
}

// topicName reports whether a message may be published under a name. [MQTT-4.7.3-1] [MQTT-3.3.2-2]
func topicName(s string) bool {
	return s != "" && len(s) <= filterMax && !strings.ContainsAny(s, "+#")
}

// sharePrefix is the first level of a shared subscription, [MQTT 5, 4.8.2].
const sharePrefix = "$share/"

// topicFilter reports whether a filter is well formed. [MQTT-4.7.1-1] [MQTT-4.7.1-2] [MQTT-4.7.1-3] [MQTT-4.8.2-1] [MQTT-4.8.2-2]
func topicFilter(s string) bool {
	if s == "" || len(s) > filterMax {
		return false
	}
	if strings.EqualFold(s, strings.TrimSuffix(sharePrefix, "/")) {
		return false
	}
	if len(s) >= len(sharePrefix) && strings.EqualFold(s[:len(sharePrefix)], sharePrefix) {
		group, rest, named := strings.Cut(s[len(sharePrefix):], "/")
		if !named || group == "" || strings.ContainsAny(group, "+#") || rest == "" || s[:len(sharePrefix)] != sharePrefix {
			return false
		}
		s = rest
	}
	levels := strings.Split(s, "/")
	for i, level := range levels {
		if strings.ContainsAny(level, "+#") && len(level) > 1 || level == "#" && i < len(levels)-1 {
			return false
		}
	}
	return true
}
