package remote

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"net"
	"net/url"
	"strings"
	"time"

	"weir/shop/guard"
)

// Code lets a shop join a fleet, once. It says where the fleet is, and what its key must look like.
type Code struct {
	URL         string // of the fleet's pages
	Secret      string // 128 bits
	Fingerprint string // of the fleet's key
}

const (
	// CodeLife is how long a code is good: long enough to walk to the box.
	CodeLife = 10 * time.Minute
	// secretBytes is the randomness of a code: 128 bits.
	secretBytes = 16
	// fingerprintBytes is how much of a key's hash stands for it: 128 bits, which nobody finds a second key for.
	fingerprintBytes = 16
	// codeMax bounds a code in bytes.
	codeMax = 500
)

// NewCode makes a code.
func NewCode(address string, key ed25519.PublicKey) Code {
	raw := make([]byte, secretBytes)
	rand.Read(raw) // never fails
	return Code{URL: strings.TrimRight(address, "/"), Secret: base64url.EncodeToString(raw), Fingerprint: Fingerprint(key)}
}

// Fingerprint stands for a key.
func Fingerprint(key ed25519.PublicKey) string {
	sum := sha256.Sum256(key)
	return base64url.EncodeToString(sum[:fingerprintBytes])
}

// String is the code as it is copied. What is behind the # goes to no server that the address is opened at.
func (c Code) String() string { return c.URL + "/#" + c.Secret + "." + c.Fingerprint }

// errCode says that a text is no code.
var errCode = errors.New("this is not a code of a fleet's page: want https://…/#…, the whole line")

// ParseCode reads a code. A fleet that is not on this machine is reached over HTTPS only.
func ParseCode(text string) (Code, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || len(text) > codeMax || u.Host == "" || u.User != nil || u.RawQuery != "" {
		return Code{}, errCode
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !guard.IsLoopback(net.JoinHostPort(u.Hostname(), "80"))) {
		return Code{}, errors.New("a fleet is joined over https:// only, so that nobody in between can put a key of their own in")
	}
	secret, fingerprint, ok := strings.Cut(u.Fragment, ".")
	for part, size := range map[string]int{secret: secretBytes, fingerprint: fingerprintBytes} {
		if raw, err := base64url.DecodeString(part); err != nil || len(raw) != size {
			ok = false
		}
	}
	if !ok {
		return Code{}, errCode
	}
	u.Fragment = ""
	return Code{URL: strings.TrimRight(u.String(), "/"), Secret: secret, Fingerprint: fingerprint}, nil
}

// JoinPath is where a fleet is joined, below its URL.
const JoinPath = "/owner/join"

// JoinRequest is what a shop sends to join.
type JoinRequest struct {
	Secret string `json:"secret"`
	Shop   string `json:"shop"`
	Public []byte `json:"public"` // with which it signs its answers
	// Linked is that the shop is on the fleet's broker already, as far as it knows: its broker's host and port.
	Broker string `json:"broker,omitempty"`
}

// JoinAnswer is what it gets.
type JoinAnswer struct {
	Fleet  string `json:"fleet"` // its name
	Key    NewKey `json:"key"`
	Broker string `json:"broker,omitempty"` // where commands come from, with the shop's key in it; "" is where the shop is already
}
