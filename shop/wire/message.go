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
}

// Answer is what HTTP would have said to an order, a cancellation or a step that came over MQTT.
type Answer struct {
	Ref    string          `json:"ref"`
	Status int             `json:"status"`
	Body   json.RawMessage `json:"body"` // an [Order] or a [Problem]
}

// Through is a channel's word for how far it has read its feed.
type Through struct {
	Epoch   int64  `json:"epoch"`
	Through uint64 `json:"through"`
}

// Acked answers POST /v1/events/ack: from there the feed is read when no cursor is given.
type Acked struct {
	Cursor Cursor `json:"cursor"`
}
