package wire

import (
	"encoding/json"
	"errors"
)

// RefShown bounds, in bytes, what of a wrong message is repeated in its answer.
const RefShown = 128

// Peek is what can be read of a message without knowing what it is, or although it is wrong.
type Peek struct {
	Ref      string `json:"ref"`       // whoever sent it wants to know which of its requests was wrong
	Nonce    string `json:"nonce"`     // that tells this attempt from another
	Channel  string `json:"channel"`   // that a notice is from
	SentAt   string `json:"sent_at"`   // by the sender's clock
	PlacedAt string `json:"placed_at"` // of an order
}

// Look reads what it can of a message. Everything is empty where it can read nothing.
func Look(body []byte) (p Peek) {
	if len(body) > BodyMax {
		return Peek{}
	}
	wrong := (*json.UnmarshalTypeError)(nil) // one member of another type leaves the others
	if err := json.Unmarshal(body, &p); err != nil && !errors.As(err, &wrong) || len(p.Ref) > RefShown {
		return Peek{}
	}
	if len(p.Nonce) > NonceMax {
		p.Nonce = ""
	}
	return p
}
