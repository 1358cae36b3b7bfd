package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// hash is SHA-256 of a token. Tokens are random, so that nobody finds one by trying.
type hash [sha256.Size]byte

// tokenBytes is the randomness of a device's or session's token.
const tokenBytes = 16

// newToken makes a token and what is stored of it.
func newToken() (token string, h hash) {
	raw := make([]byte, tokenBytes)
	rand.Read(raw) // never fails: the process ends if the system has no randomness
	token = base64.RawURLEncoding.EncodeToString(raw)
	return token, hashOf(token)
}

func hashOf(token string) hash { return sha256.Sum256([]byte(token)) }

// How PINs and passwords are hashed: OWASP's recommendation for argon2id, which takes 30 ms on a shop's box.
const (
	argonTime   = 2
	argonMemory = 19 << 10 // KiB
	argonKey    = 32
	argonSalt   = 16
	// hashingMax bounds how many are computed at once, so that a flood of sign-ins costs neither the memory
	// nor the processor that orders need.
	hashingMax = 2
)

// hasher hashes PINs and passwords, a few at a time.
type hasher struct {
	slots  chan struct{}
	memory uint32 // KiB, of new ones; what is stored says its own
}

func newHasher() hasher { return hasher{make(chan struct{}, hashingMax), argonMemory} }

// stored is a hash in the format of argon2's reference implementation.
const stored = "$argon2id$v=%d$m=%d,t=%d,p=1$%s"

// hash is what is stored of a secret.
func (h hasher) hash(ctx context.Context, secret string) (string, error) {
	salt := make([]byte, argonSalt)
	rand.Read(salt)
	key, err := h.key(ctx, secret, salt, argonTime, h.memory)
	if err != nil {
		return "", err
	}
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf(stored, argon2.Version, h.memory, argonTime, encode(salt)+"$"+encode(key)), nil
}

// fits reports whether a secret is the one that was stored as text. No text fits nothing, after the same time.
func (h hasher) fits(ctx context.Context, secret, text string) (bool, error) {
	if text == "" {
		_, err := h.key(ctx, secret, nil, argonTime, h.memory)
		return false, err
	}
	var version int
	var passes, memory uint32
	var rest string
	if _, err := fmt.Sscanf(text, stored, &version, &memory, &passes, &rest); err != nil || version != argon2.Version || passes == 0 || memory > argonMemory {
		return false, errors.New("read a stored secret: it is not argon2id as this program writes it")
	}
	saltText, keyText, _ := strings.Cut(rest, "$")
	salt, saltErr := base64.RawStdEncoding.DecodeString(saltText)
	want, keyErr := base64.RawStdEncoding.DecodeString(keyText)
	if err := errors.Join(saltErr, keyErr); err != nil || len(want) != argonKey {
		return false, fmt.Errorf("read a stored secret: %w", errors.Join(err, errors.New("its parts are damaged")))
	}
	key, err := h.key(ctx, secret, salt, passes, memory)
	return err == nil && subtle.ConstantTimeCompare(key, want) == 1, err
}

func (h hasher) key(ctx context.Context, secret string, salt []byte, passes, memory uint32) ([]byte, error) {
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-ctx.Done():
		return nil, fmt.Errorf("wait to check a secret: %w", context.Cause(ctx))
	}
	return argon2.IDKey([]byte(secret), salt, passes, memory, 1, argonKey), nil
}

const (
	// pinMin and pinMax are the digits of a PIN. It is the second factor: the tablet is the first.
	pinMin, pinMax = 4, 8
	// passwordMin is the length in characters of the owner's password, passwordMax in bytes.
	passwordMin, passwordMax = 8, 200
	// distinctMin is how many different characters a password has.
	distinctMin = 4
)

// goodPIN reports whether a PIN may be used: digits, and not the ones that are tried first.
func goodPIN(pin string) bool {
	if len(pin) < pinMin || len(pin) > pinMax || strings.Trim(pin, "0123456789") != "" {
		return false
	}
	step := int(pin[1]) - int(pin[0])
	if step < -1 || step > 1 {
		return true
	}
	for i := 1; i < len(pin); i++ {
		if int(pin[i])-int(pin[i-1]) != step {
			return true
		}
	}
	return false // 1111, 1234, 4321
}

// firstTried are passwords that everybody tries first and that are long and varied enough otherwise.
var firstTried = []string{"password", "12345678", "123456789", "1234567890", "87654321", "qwertyuiop", "abcd1234", "1qaz2wsx"}

// goodPassword reports whether a password may be used.
func goodPassword(p string) bool {
	distinct := map[rune]bool{}
	for _, r := range p {
		distinct[r] = true
	}
	return utf8.ValidString(p) && utf8.RuneCountInString(p) >= passwordMin && len(p) <= passwordMax &&
		len(distinct) >= distinctMin && !slices.Contains(firstTried, strings.ToLower(p))
}
