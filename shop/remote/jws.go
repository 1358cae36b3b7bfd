// Package remote is what an owner who is not in the shop may ask of it: commands that their fleet signs, the shop's signed
// answers, how a shop joins a fleet, and the desk at which a shop takes such commands.
//
// Both ends use it: the shop (the real one and the simulated ones of a demo) and the fleet. It does no I/O.
//
// A message is a JSON Web Signature (RFC 7515) in the flattened JSON serialization with Ed25519 (RFC 8037), so that what is
// signed is the very bytes that were sent and any library for JOSE can check it. Its type says what it is, so that an answer
// cannot pass for a command.
package remote

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
)

// The types of messages, which are signed, too.
const (
	TypeCommand = "weir-owner-1"
	TypeAnswer  = "weir-owner-answer-1"
)

// MessageMax is the size of a message in bytes, signed and encoded: an answer with a day's curve and a shop's campaigns.
const MessageMax = 64 << 10

// sealed is a message as it is sent (RFC 7515, 7.2.2).
type sealed struct {
	Protected string `json:"protected"`
	Payload   string `json:"payload"`
	Signature string `json:"signature"`
}

// header is what is signed beside the payload (RFC 7515, 4.1).
type header struct {
	Alg string `json:"alg"`
	Key string `json:"kid"`
	Typ string `json:"typ"`
}

// algorithm is the only one (RFC 8037, 3.1). A message that names another one is not looked at.
const algorithm = "EdDSA"

var base64url = base64.RawURLEncoding.Strict()

// Seal signs a payload.
func Seal(key ed25519.PrivateKey, keyID, typ string, payload []byte) []byte {
	head, _ := json.Marshal(header{algorithm, keyID, typ}) // texts only: nothing that cannot be written
	m := sealed{Protected: base64url.EncodeToString(head), Payload: base64url.EncodeToString(payload)}
	m.Signature = base64url.EncodeToString(ed25519.Sign(key, []byte(m.Protected+"."+m.Payload)))
	text, _ := json.Marshal(m)
	return text
}

// What is wrong with a message.
var (
	ErrMalformed = errors.New("the message cannot be read")
	ErrKey       = errors.New("the key is not known")
	ErrSignature = errors.New("the signature is wrong")
)

// Open returns the payload of a message whose signature is good. key finds a public key by its id.
func Open(message []byte, typ string, key func(id string) (ed25519.PublicKey, bool)) (payload []byte, keyID string, err error) {
	var m sealed
	var h header
	if len(message) > MessageMax || strictly(message, &m) != nil {
		return nil, "", ErrMalformed
	}
	head, err := base64url.DecodeString(m.Protected)
	if err != nil || strictly(head, &h) != nil || h.Alg != algorithm || h.Typ != typ {
		return nil, "", ErrMalformed
	}
	payload, err = base64url.DecodeString(m.Payload)
	signature, wrong := base64url.DecodeString(m.Signature)
	if err != nil || wrong != nil {
		return nil, h.Key, ErrMalformed
	}
	public, ok := key(h.Key)
	switch {
	case !ok || len(public) != ed25519.PublicKeySize:
		return nil, h.Key, ErrKey
	case !ed25519.Verify(public, []byte(m.Protected+"."+m.Payload), signature):
		return nil, h.Key, ErrSignature
	}
	return payload, h.Key, nil
}

// strictly reads one JSON value with the members of v and no others. What it does not know it must not obey.
func strictly(text []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return ErrMalformed
	}
	return nil
}
