package broker

import "slices"

// What an MQTT 5 property is made of.
type shape byte

const (
	shapeFlag shape = iota + 1 // a byte that is 0 or 1
	shapeUint16
	shapeCount // a number that is not 0
	shapeUint32
	shapeSize // a larger number that is not 0
	shapeVarint
	shapeText
	shapeTopic // text without wildcards
	shapeBinary
	shapePair // two texts
)

// property is how one property is read, and in which packets of a client it may be. [MQTT 5, 2.2.2.2]
type property struct {
	name  string
	shape shape
	in    []byte // nil: in all that have properties
}

const propertyUser = 38 // the only one that may be there more than once

// properties are those that a client may send and that are of use here. Authentication (21, 22) and topic
// aliases (35) are not: this broker has said that it takes none.
var properties = map[byte]property{
	1:            {"payload format", shapeFlag, ofMessage},
	2:            {"message expiry", shapeUint32, ofMessage},
	3:            {"content type", shapeText, ofMessage},
	8:            {"response topic", shapeTopic, ofMessage},
	9:            {"correlation data", shapeBinary, ofMessage},
	11:           {"subscription identifier", shapeVarint, []byte{typeSubscribe}},
	17:           {"session expiry", shapeUint32, []byte{typeConnect, typeDisconnect}},
	23:           {"request problem information", shapeFlag, []byte{typeConnect}},
	24:           {"will delay", shapeUint32, []byte{typeWill}},
	25:           {"request response information", shapeFlag, []byte{typeConnect}},
	31:           {"reason", shapeText, []byte{typePuback, typePubrec, typePubrel, typePubcomp, typeDisconnect}},
	33:           {"receive maximum", shapeCount, []byte{typeConnect}},
	34:           {"topic alias maximum", shapeUint16, []byte{typeConnect}},
	propertyUser: {"user", shapePair, nil},
	39:           {"maximum packet size", shapeSize, []byte{typeConnect}},
}

var ofMessage = []byte{typePublish, typeWill}

// properties reads the properties of a packet; before MQTT 5 there are none.
func (r *body) properties(of byte) {
	if r.version < version5 {
		return
	}
	part := &body{left: r.take(r.varint()), version: r.version}
	seen := map[byte]bool{}
	for n := 0; part.err == nil && len(part.left) > 0; n++ {
		id := part.byte()
		p, known := properties[id]
		switch {
		case !known || p.in != nil && !slices.Contains(p.in, of):
			part.fail("property %d where it does not belong", id)
		case seen[id] && id != propertyUser:
			part.fail("%s twice", p.name)
		case n >= propertiesMax:
			part.fail("more than %d properties", propertiesMax)
		}
		seen[id] = true
		part.value(p.shape)
	}
	if part.err != nil {
		r.fail("properties: %w", part.err)
	}
}

func (r *body) value(s shape) {
	wrong := false
	switch s {
	case shapeFlag:
		wrong = r.byte() > 1
	case shapeUint16:
		r.uint16()
	case shapeCount:
		wrong = r.uint16() == 0
	case shapeUint32:
		r.uint32()
	case shapeSize:
		wrong = r.uint32() == 0
	case shapeVarint:
		wrong = r.varint() == 0
	case shapeText:
		r.text()
	case shapeTopic:
		wrong = !topicName(r.text())
	case shapeBinary:
		r.binary()
	case shapePair:
		r.text()
		r.text()
	}
	if wrong {
		r.fail("a property with a value it cannot have")
	}
}
