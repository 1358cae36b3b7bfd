package remote

import (
	"crypto/ed25519"
	"encoding/json"
	"time"

	"weir/shop"
	"weir/shop/capacity"
)

// Version is of commands and answers.
const Version = 1

const (
	// ValidMax is the longest time from a command's signing to its end. Who has caught one can do nothing with it later.
	ValidMax = 5 * time.Minute
	// aheadMax is how far the clock of the fleet may be ahead of the shop's.
	aheadMax = time.Minute
	// idMax bounds the id of a command, nameMax the name of a person, in bytes.
	idMax, nameMax = 64, 60
)

// Command is what somebody outside asks of a shop. One of the members behind Key is there.
type Command struct {
	V       int       `json:"v"`
	ID      string    `json:"id"`    // the same in each repeat
	Shop    string    `json:"shop"`  // whom it is for
	Epoch   int64     `json:"epoch"` // of the shop as the fleet knows it: one that was restored is asked anew
	By      string    `json:"by"`    // who it is, as people read it
	At      time.Time `json:"at"`
	Expires time.Time `json:"expires"`

	Do json.RawMessage `json:"do"` // a [Do], as it was written: the same in each repeat
}

// Do is what is asked: exactly one of its members.
type Do struct {
	Look   *Look    `json:"look,omitempty"`
	Intake *Intake  `json:"intake,omitempty"`
	Staff  *Staff   `json:"staff,omitempty"`
	Notice *Notice  `json:"notice,omitempty"`
	Learn  *NewKey  `json:"learn,omitempty"`
	Forget *KeyName `json:"forget,omitempty"`
}

// Look asks how the shop stands.
type Look struct{}

// Intake says what platforms may order, and until when.
type Intake struct {
	Channels []string            `json:"channels,omitempty"` // none is all platforms
	Mode     capacity.IntakeMode `json:"mode"`               // open, slots or paused
	Until    time.Time           `json:"until,omitzero"`     // needed unless it is open
	Reason   string              `json:"reason,omitempty"`   // one of [shop.PauseReasons]
}

// Staff says how many people are at a station.
type Staff struct {
	Station string `json:"station"`
	Staff   int    `json:"staff"`
}

// Notice answers a campaign.
type Notice struct {
	Campaign string      `json:"campaign"`
	Revision int         `json:"revision"` // that the person saw
	Limit    *shop.Limit `json:"limit"`    // null is no limit
}

// NewKey tells the fleet's next key.
type NewKey struct {
	ID     string `json:"id"`
	Public []byte `json:"public"` // base64
}

// KeyName names a key that is not used any more.
type KeyName struct {
	ID string `json:"id"`
}

// Answer is what a shop says to a command.
type Answer struct {
	V     int       `json:"v"`
	ID    string    `json:"id"` // of the command
	Shop  string    `json:"shop"`
	Epoch int64     `json:"epoch"`
	Box   string    `json:"box"`
	At    time.Time `json:"at"`
	// Status is what HTTP would say: 200 done, 4xx not done, 503 not done now. Again is that it had been answered before.
	Status  int    `json:"status"`
	Again   bool   `json:"again,omitempty"`
	Problem string `json:"problem,omitempty"` // type of what is wrong
	Detail  string `json:"detail,omitempty"`
	View    *View  `json:"view,omitempty"` // how the shop stands now
}

// Problems that only commands from outside have.
const (
	ProblemEpoch   = "epoch"   // the shop's epoch is another one: sign it anew with that
	ProblemExpired = "expired" //
	ProblemClock   = "clock"   // the shop's clock is in doubt, or the command is from the future
)

// Sign signs a command with a key of the fleet.
func (c Command) Sign(key ed25519.PrivateKey, keyID string) []byte {
	text, _ := json.Marshal(c) // nothing in it cannot be written
	return Seal(key, keyID, TypeCommand, text)
}

// OpenAnswer reads an answer that a shop has signed with its own key.
func OpenAnswer(message []byte, public ed25519.PublicKey) (a Answer, err error) {
	text, _, err := Open(message, TypeAnswer, func(string) (ed25519.PublicKey, bool) { return public, true })
	if err != nil {
		return a, err
	}
	if json.Unmarshal(text, &a) != nil { // a newer shop may say more
		return a, ErrMalformed
	}
	return a, nil
}
