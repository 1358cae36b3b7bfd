package broker

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// The broker library reads past the end of some packets and panics. So a packet of a guest reaches it only after this file and
// body.go have read it from end to end, by the rules of MQTT 3.1, 3.1.1 or 5 for what a client may send. What no guest needs is
// refused with an error that names it: wills, topic aliases and enhanced authentication.

// Limits of one packet.
const (
	packetMax     = 128 << 10 // bytes after the fixed header; twice the largest order, so that a larger one still gets its answer
	connectMax    = 4 << 10   // bytes, of the first packet: nobody has signed in yet
	clientIDMax   = 256       // bytes
	filterMax     = 512       // bytes of a topic filter; the longest of ours has some 100
	filtersMax    = 32        // topic filters in one packet
	propertiesMax = 64        // MQTT 5 properties in one packet
	lengthBytes   = 4         // bytes of a remaining length, at most [MQTT-1.5.5-1]
)

// Control packet types, [MQTT 3.1.1, 2.2.1].
const (
	typeConnect     = 1
	typePublish     = 3
	typePuback      = 4
	typePubrec      = 5
	typePubrel      = 6
	typePubcomp     = 7
	typeSubscribe   = 8
	typeUnsubscribe = 10
	typePingreq     = 12
	typeDisconnect  = 14
	typeWill        = 0 // no packet: the properties of a will
)

// Protocol versions, as CONNECT names them.
const (
	version31  = 3
	version311 = 4
	version5   = 5
)

// reservedFlags are the low four bits of a fixed header that has no flags of its own, and those of PUBREL,
// SUBSCRIBE and UNSUBSCRIBE. [MQTT-2.2.2-1]
const (
	reservedFlags    = 0
	reservedFlagsAck = 0b0010
)

var (
	errShort   = errors.New("a packet ends before it is complete")
	errTrail   = errors.New("a packet goes on after its end")
	errVersion = errors.New("neither MQTT 3.1, 3.1.1 nor 5")
)

// packet is one control packet, as it came.
type packet struct {
	bytes []byte // the packet with its fixed header
	body  []byte // the part of bytes after the fixed header
}

func (p packet) kind() byte { return p.bytes[0] >> 4 }

// readPacket reads the next packet, of at most limit bytes after the fixed header. It does not look inside.
func readPacket(r *bufio.Reader, limit int) (packet, error) {
	var head [1 + lengthBytes]byte
	if _, err := io.ReadFull(r, head[:1]); err != nil {
		return packet{}, err
	}
	size, n := 0, 1
	for {
		if n > lengthBytes {
			return packet{}, errors.New("a remaining length of more than four bytes")
		}
		b, err := r.ReadByte()
		if err != nil {
			return packet{}, noEOF(err)
		}
		head[n] = b
		size |= int(b&0x7f) << (7 * (n - 1))
		n++
		if b&0x80 == 0 {
			break
		}
	}
	if head[n-1] == 0 && n > 2 {
		return packet{}, errors.New("a remaining length in more bytes than it needs")
	}
	if size > limit {
		return packet{}, fmt.Errorf("a packet of %d bytes, at most %d are taken", size, limit)
	}
	p := packet{bytes: make([]byte, n+size)}
	copy(p.bytes, head[:n])
	p.body = p.bytes[n:]
	if _, err := io.ReadFull(r, p.body); err != nil {
		return packet{}, noEOF(err)
	}
	return p, nil
}

func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// checker holds what a connection's packets are checked by.
type checker struct {
	version byte // 0 before CONNECT
}

// limit is how large the next packet may be.
func (c *checker) limit() int {
	if c.version == 0 {
		return connectMax
	}
	return packetMax
}

// check reads a packet from end to end. An error says what is wrong with it.
func (c *checker) check(p packet) error {
	kind, flags := p.kind(), p.bytes[0]&0x0f
	if (kind == typeConnect) != (c.version == 0) { // [MQTT-3.1.0-1] [MQTT-3.1.0-2]
		return errors.New("CONNECT is the first packet, and no other")
	}
	r := &body{left: p.body, version: c.version}
	want := byte(reservedFlags)
	if kind == typePubrel || kind == typeSubscribe || kind == typeUnsubscribe {
		want = reservedFlagsAck
	}
	if kind != typePublish && flags != want {
		return fmt.Errorf("packet type %d with flags %04b", kind, flags)
	}
	switch kind {
	case typeConnect:
		c.version = r.connect()
	case typePublish:
		r.publish(flags)
	case typePuback, typePubrec, typePubrel, typePubcomp:
		r.ack(kind)
	case typeSubscribe:
		r.subscribe()
	case typeUnsubscribe:
		r.unsubscribe()
	case typePingreq:
	case typeDisconnect:
		r.disconnect()
	default:
		return fmt.Errorf("packet type %d, which no client of this broker sends", kind)
	}
	if r.err == nil && len(r.left) > 0 {
		return errTrail
	}
	return r.err
}
