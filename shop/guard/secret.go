package guard

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// Hash is what is stored of a token: its SHA-256. A token is random, so nobody finds it by trying, and a
// slow hash is not needed.
type Hash [sha256.Size]byte

// tokenBytes is the randomness of a token in bytes: 128 bits (OWASP ASVS 5.0.0, 7.2.3).
const tokenBytes = 16

// NewToken makes the token of a device or a session, and what is stored of it. The token itself is stored
// nowhere.
func NewToken() (token string, h Hash) {
	raw := make([]byte, tokenBytes)
	rand.Read(raw) // never fails: the process ends if the system has no randomness
	token = base64.RawURLEncoding.EncodeToString(raw)
	return token, HashOf(token)
}

// HashOf is the hash of a token that somebody has sent.
func HashOf(token string) Hash { return sha256.Sum256([]byte(token)) }

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

// Hasher hashes PINs and passwords with argon2id, a few at a time. Several goroutines may use it.
type Hasher struct {
	Memory uint32 // KiB, of new hashes; a stored hash says its own. Tests about other things lower it
	slots  chan struct{}
}

// NewHasher makes a hasher of full strength.
func NewHasher() *Hasher { return &Hasher{argonMemory, make(chan struct{}, hashingMax)} }

// stored is a hash in the format of argon2's reference implementation.
const stored = "$argon2id$v=%d$m=%d,t=%d,p=1$%s"

// Hash is what is stored of a secret. It waits for its turn, until ctx ends.
func (h *Hasher) Hash(ctx context.Context, secret string) (string, error) {
	salt := make([]byte, argonSalt)
	rand.Read(salt)
	key, err := h.key(ctx, secret, salt, argonTime, h.Memory)
	if err != nil {
		return "", err
	}
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf(stored, argon2.Version, h.Memory, argonTime, encode(salt)+"$"+encode(key)), nil
}

// Fits reports whether a secret is the one that was stored as text. An empty text fits nothing, after the same
// time, so that the time does not say whether a person exists. An error is damage to what was stored, or the end of
// ctx while it waited for its turn.
func (h *Hasher) Fits(ctx context.Context, secret, text string) (bool, error) {
	if text == "" {
		_, err := h.key(ctx, secret, nil, argonTime, h.Memory)
		return false, err
	}
	var version int
	var passes, memory uint32
	var rest string
	_, err := fmt.Sscanf(text, stored, &version, &memory, &passes, &rest)
	if err != nil || version != argon2.Version || passes == 0 || memory > argonMemory {
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

func (h *Hasher) key(ctx context.Context, secret string, salt []byte, passes, memory uint32) ([]byte, error) {
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

// GoodPIN reports whether a PIN may be used: 4 to 8 digits, and not the ones that are tried first.
func GoodPIN(pin string) bool {
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

// GoodPassword reports whether a password may be used: 8 characters to 200 bytes, at least 4 different characters,
// and not one of those that are tried first.
func GoodPassword(p string) bool {
	distinct := map[rune]bool{}
	for _, r := range p {
		distinct[r] = true
	}
	return utf8.ValidString(p) && utf8.RuneCountInString(p) >= passwordMin && len(p) <= passwordMax &&
		len(distinct) >= distinctMin && !slices.Contains(firstTried, strings.ToLower(p))
}

// secretFileMax is larger than any two secrets, in bytes.
const secretFileMax = 4 << 10

// ReadSecret reads a file that holds a secret, without the space around it. Errors name the file and nothing of what is in it.
func ReadSecret(file string) (string, error) {
	info, err := os.Stat(file)
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() || info.Size() > secretFileMax {
		return "", fmt.Errorf("%s: want a file of at most %d bytes", file, secretFileMax)
	}
	text, err := os.ReadFile(file)
	return strings.TrimSpace(string(text)), err
}
