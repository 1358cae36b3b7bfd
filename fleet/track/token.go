package track

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"

	"weir/fleet/orders"
)

// May is what a page lets its reader do.
type May byte

// What there is. The number stands in tokens and stays for ever.
const (
	Look May = 1 // see how the order stands: on paper, which a rider reads, too
	Act  May = 2 // also cancel it: in the answer to whoever placed it
)

const (
	// keySize is the fleet's key, bytes.
	keySize = 32
	// sealSize is what of the seal stands in a token, bytes: 128 bits, which nobody finds by trying.
	sealSize = 16
	// headSize is what stands before the seal: what it allows, the partition, the hash of the ref.
	headSize = 1 + 1 + 16
	// tokenMax is longer than any token, in characters.
	tokenMax = 160
)

// key makes tokens, and knows them again. A token is the place of an order's record under a seal, so that nothing is
// stored for it; it says neither the ref nor anything of the customer.
type key [keySize]byte

// seal is an HMAC over what a token says. The first word keeps it apart from whatever else may be signed with the key.
func (k key) seal(said []byte) []byte {
	mac := hmac.New(sha256.New, k[:])
	mac.Write([]byte("weir-track-1\x00")) // a hash takes every byte
	mac.Write(said)
	return mac.Sum(nil)[:sealSize]
}

// token is the token of an order's page: what it allows, partition, hash, channel, and last the seal.
func (k key) token(may May, p orders.Place) string {
	said := append([]byte{byte(may), p.Partition}, p.Hash[:]...)
	said = append(said, p.Channel...)
	return base64.RawURLEncoding.EncodeToString(append(said, k.seal(said)...))
}

// errToken says that a token was not made with the key.
var errToken = errors.New("not a token of this fleet")

// open reads a token. There is one way to write each: a text that only decodes to the same bytes is none.
func (k key) open(token string) (May, orders.Place, error) {
	if len(token) > tokenMax {
		return 0, orders.Place{}, errToken
	}
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) <= headSize+sealSize || base64.RawURLEncoding.EncodeToString(raw) != token {
		return 0, orders.Place{}, errToken
	}
	said, seal := raw[:len(raw)-sealSize], raw[len(raw)-sealSize:]
	if !hmac.Equal(seal, k.seal(said)) {
		return 0, orders.Place{}, errToken
	}
	p := orders.Place{Partition: said[1], Hash: [16]byte(said[2:headSize]), Channel: string(said[headSize:])}
	return May(said[0]), p, nil
}
