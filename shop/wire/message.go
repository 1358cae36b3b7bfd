package wire

import (
	"encoding/json"
	"time"
)

// Status is the retained message of whether a shop is connected; the offline one is the will. A reader
// ignores an offline with an older (epoch, conn).
type Status struct {
	V      int       `json:"v"`
	Shop   string    `json:"store"`
	Epoch  int64     `json:"epoch"`
	Conn   int64     `json:"conn"` // counts connections within the epoch
	Online bool      `json:"online"`
	At     time.Time `json:"at"`
	// Run names the run of the program that wrote this, Joined is the number of its first connection, and Claim when a
	// person said that this box is the shop, in ms. Two boxes with one shop id find each other by them.
	Run    string `json:"run,omitempty"`
	Joined int64  `json:"joined,omitempty"`
	Claim  int64  `json:"claim,omitempty"`
	Box    string `json:"box,omitempty"` // the same as in answers; a shop that connects again is seen to be the same box
}

// Answer is what HTTP would have said to a request that came over MQTT.
type Answer struct {
	Re     string          `json:"re"`              // what was asked: order, cancel, cancel-part, progress, ack, resync, notice, …
	Ref    string          `json:"ref"`             // of the order or the request; "" where it could not be read
	Nonce  string          `json:"nonce,omitempty"` // of the request, where it had one
	Epoch  int64           `json:"epoch"`           // of the shop
	Box    string          `json:"box"`             // random per data directory, and new after a restore
	Status int             `json:"status"`
	Body   json.RawMessage `json:"body"` // an [Order], another answer of HTTP, or a [Problem]
}

// NonceMax is the length in bytes of what tells one attempt of a request from another. A longer one is not repeated.
const NonceMax = 128

// Through is a channel's word for how far it has read its feed.
type Through struct {
	Epoch   int64  `json:"epoch"`
	Through uint64 `json:"through"`
}

// Acked answers POST /v1/events/ack: from there the feed is read when no cursor is given.
type Acked struct {
	Cursor Cursor `json:"cursor"`
}
