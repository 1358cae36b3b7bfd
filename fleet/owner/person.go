package owner

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" // RFC 6238: what every authenticator has
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"weir/fleet/directory"
	"weir/shop"
	"weir/shop/guard"
)

// Role is what somebody may do.
type Role string

// The roles.
const (
	RoleOwner Role = "owner" // of named shops: look and act
	RoleBrand Role = "brand" // every shop, and the other people; without named shops
	RoleRead  Role = "read"  // look
)

// Person is somebody who may sign in.
type Person struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"` // with which they sign in, and which shops read
	Role     Role      `json:"role"`
	Shops    []string  `json:"shops,omitempty"` // that they see; none is all, for brand and read; brand has none
	Password string    `json:"password,omitempty"`
	Factor   []byte    `json:"factor,omitempty"` // secret of the second factor
	Step     int64     `json:"step,omitempty"`   // of the last code that was used
	Link     string    `json:"link,omitempty"`   // hash of the one-time link, hex
	Until    time.Time `json:"link_until,omitzero"`
	AddedAt  time.Time `json:"added_at"`
	Since    time.Time `json:"since,omitzero"` // of the last link: sign-ins and asks from before it are good no more
}

const (
	// linkLife is how long a one-time link is good: somebody sends it to somebody else.
	linkLife = 24 * time.Hour
	// nameMax bounds a name, in bytes; shops take no longer one.
	nameMax = 60
	// peopleMax and shopsMax bound what is kept.
	peopleMax, shopsMax = 10_000, 500
	// factorBytes is the secret of the second factor (RFC 4226, 4, R6).
	factorBytes = 20
	// factorStep is how long a code is shown, and factorDigits how long it is (RFC 6238, 4.1; RFC 4226, 5.3).
	factorStep, factorDigits = 30, 6
)

// What is wrong with a person.
var (
	ErrName  = errors.New("a name is one line of at most 60 bytes that nobody else has")
	ErrRole  = errors.New("a role is owner (with shops), brand (without shops: it is every shop) or read")
	ErrFull  = errors.New("there are too many people")
	ErrTaken = errors.New("the link is wrong, was used, or is too old")
)

// Sees reports whether somebody sees a shop.
func (p Person) Sees(s *directory.Shop) bool {
	return len(p.Shops) == 0 && p.Role != RoleOwner || slices.Contains(p.Shops, s.ID)
}

// Acts reports whether somebody may act in the shops that they see.
func (p Person) Acts() bool { return p.Role != RoleRead }

// Manages reports whether somebody manages the other people. Somebody of the brand who was limited to some shops does not.
func (p Person) Manages() bool { return p.Role == RoleBrand && len(p.Shops) == 0 }

// Add takes somebody in and returns the path of the one-time link with which they set their password.
func (o *Owner) Add(ctx context.Context, p Person) (link string, err error) {
	p.Name = strings.TrimSpace(p.Name)
	if p.Name == "" || len(p.Name) > nameMax || !utf8.ValidString(p.Name) ||
		strings.ContainsFunc(p.Name, func(r rune) bool { return unicode.IsControl(r) || shop.Invisible(r) }) || o.named(p.Name) != nil {
		return "", ErrName
	}
	if !slices.Contains([]Role{RoleOwner, RoleBrand, RoleRead}, p.Role) || p.Role == RoleOwner && len(p.Shops) == 0 ||
		p.Role == RoleBrand && len(p.Shops) > 0 ||
		len(p.Shops) > shopsMax {
		return "", ErrRole
	}
	for _, id := range p.Shops {
		if _, ok := o.Directory.Shop(id); !ok {
			return "", fmt.Errorf("store %s: %w", id, directory.ErrNotFound)
		}
	}
	o.mu.Lock()
	full := len(o.people) >= peopleMax
	o.mu.Unlock()
	if full {
		return "", ErrFull
	}
	raw := make([]byte, 8)
	rand.Read(raw)
	p.ID, p.AddedAt = hex.EncodeToString(raw), time.Now().UTC().Truncate(time.Second)
	token := p.relink()
	return "/owner/begin/" + token, o.put(ctx, personAt+p.ID, p, 0)
}

// relink gives somebody a new one-time link. Nothing that they had is good any more.
func (p *Person) relink() (token string) {
	token, h := guard.NewToken()
	p.Link, p.Until = hex.EncodeToString(h[:]), time.Now().Add(linkLife).UTC()
	p.Password, p.Factor, p.Step, p.Since = "", nil, 0, time.Now().UTC().Round(0)
	return token
}

// Relink gives somebody a new one-time link by their name, as when a phone was stolen, and signs them out everywhere.
func (o *Owner) Relink(ctx context.Context, name string) (link string, err error) {
	k := o.named(name)
	if k == nil {
		return "", fmt.Errorf("%s: %w", name, directory.ErrNotFound)
	}
	p := k.is
	token := p.relink()
	if err := o.put(ctx, personAt+p.ID, p, k.revision); err != nil {
		return "", err
	}
	return "/owner/begin/" + token, o.endSessions(ctx, p.ID)
}

// Remove takes somebody out and signs them out everywhere.
func (o *Owner) Remove(ctx context.Context, name string) error {
	k := o.named(name)
	if k == nil {
		return fmt.Errorf("%s: %w", name, directory.ErrNotFound)
	}
	if err := o.put(ctx, personAt+k.is.ID, nil, k.revision); err != nil {
		return err
	}
	return o.endSessions(ctx, k.is.ID)
}

// People are all of them, by name.
func (o *Owner) People() (list []Person) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, k := range o.people {
		list = append(list, k.is)
	}
	slices.SortFunc(list, func(a, b Person) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// named is somebody by name; nil is nobody.
func (o *Owner) named(name string) *kept[Person] {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, k := range o.people {
		if k.is.Name == name {
			return &k
		}
	}
	return nil
}

// linked is whose one-time link a token is of; nil is nobody's.
func (o *Owner) linked(token string) *kept[Person] {
	h := guard.HashOf(token)
	text := hex.EncodeToString(h[:])
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, k := range o.people {
		if k.is.Link != "" && subtle.ConstantTimeCompare([]byte(k.is.Link), []byte(text)) == 1 && time.Now().Before(k.is.Until) {
			return &k
		}
	}
	return nil
}

// newFactor makes the secret of a second factor.
func newFactor() []byte {
	raw := make([]byte, factorBytes)
	rand.Read(raw)
	return raw
}

// spelled is the secret as people type it, and as an authenticator reads it.
func spelled(secret []byte) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
}

// codeAtStep is the code of a step of time (RFC 4226, 5.3; RFC 6238, 4.2).
func codeAtStep(secret []byte, step int64) string {
	mac := hmac.New(sha1.New, secret)
	var counter [8]byte
	binary.BigEndian.PutUint64(counter[:], uint64(step))
	mac.Write(counter[:])
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 15
	return fmt.Sprintf("%0*d", factorDigits, binary.BigEndian.Uint32(sum[at:at+4])&0x7fffffff%1_000_000)
}

// fits finds the step of a code that somebody typed: of now, or one before or after (RFC 6238, 5.2). A code is good once: only
// one after the last that was used is looked at.
func fits(secret []byte, typed string, last int64, now time.Time) (step int64, ok bool) {
	typed = strings.Join(strings.Fields(typed), "")
	for step := now.Unix()/factorStep - 1; step <= now.Unix()/factorStep+1; step++ {
		if step > last && subtle.ConstantTimeCompare([]byte(codeAtStep(secret, step)), []byte(typed)) == 1 {
			return step, true
		}
	}
	return 0, false
}

// listed reads ids that are written with commas or blanks between them.
func listed(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == '，' || r == '、' || unicode.IsSpace(r) })
}
