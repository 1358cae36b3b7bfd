package access

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"weir/server/store"
	"weir/shop"
)

const (
	// codeDigits makes 100 million codes, 26 bits; digits are typed on any keypad.
	codeDigits = 8
	// CodeLife is how long a code is good: long enough to walk to the tablet.
	CodeLife = 10 * time.Minute
	// codesMax is how many codes are good at once; the oldest goes first.
	codesMax = 8
	// devicesMax is far more tablets and phones than a shop has.
	devicesMax = 64
	// nameMax is the length in characters of a device's or person's name: what fits on a button.
	nameMax = 16
)

// What can be wrong with what a person typed.
var (
	ErrCode  = errors.New("the code is wrong, has been used or is too old")
	ErrName  = errors.New("a name has 1 to 16 characters and is not taken yet")
	ErrFull  = errors.New("there are too many already")
	ErrWrong = errors.New("that is not right")
)

// TooSoon is the answer to a guess that came too soon after a wrong one. It was not looked at.
type TooSoon struct{ Wait time.Duration }

// Error implements error.
func (e TooSoon) Error() string { return fmt.Sprintf("too soon after a wrong one: wait %v", e.Wait) }

// Code lets one device in, or sets the owner's password, once.
type Code struct {
	Digits  string
	Owner   bool // sets the owner's password
	Expires time.Time
	by      string
}

// Spaced is the code as people read it.
func (c Code) Spaced() string { return c.Digits[:codeDigits/2] + " " + c.Digits[codeDigits/2:] }

// What the log says that a code was made for.
const (
	CodeForTablet = "tablet"
	CodeForOwner  = "owner"
)

// NewCode makes a one-time code. by is who asked for it.
func (g *Guard) NewCode(ctx context.Context, by string, owner bool) (Code, error) {
	about := CodeForTablet
	if owner {
		about = CodeForOwner
	}
	if err := g.audit(ctx, by, shop.AuditCodeMade, about); err != nil {
		return Code{}, err
	}
	n, err := rand.Int(rand.Reader, new(big.Int).Exp(big.NewInt(10), big.NewInt(codeDigits), nil))
	if err != nil {
		return Code{}, fmt.Errorf("make a code: %w", err)
	}
	c := Code{Digits: fmt.Sprintf("%0*d", codeDigits, n), Owner: owner, Expires: g.Now().Add(CodeLife), by: by}
	g.mu.Lock()
	defer g.mu.Unlock()
	for len(g.codes) >= codesMax {
		oldest := c
		for _, other := range g.codes {
			if other.Expires.Before(oldest.Expires) || oldest.Digits == c.Digits {
				oldest = other
			}
		}
		delete(g.codes, oldest.Digits)
	}
	g.codes[c.Digits] = c
	return c, nil
}

// useCode takes a code that somebody typed. It is good once, whatever comes of it.
func (g *Guard) useCode(typed string, owner bool, address string) (Code, error) {
	now := g.Now()
	if _, err := g.tries.guess("code:"+address, true, now); err != nil {
		return Code{}, err
	}
	digits := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '-' {
			return -1
		}
		return r
	}, typed)
	g.mu.Lock()
	defer g.mu.Unlock()
	c, ok := g.codes[digits]
	if !ok || c.Owner != owner || !now.Before(c.Expires) {
		return Code{}, ErrCode
	}
	delete(g.codes, digits)
	g.tries.right("code:" + address)
	return c, nil
}

// Pair lets the device in that a code was typed on, under a name that is not taken. The token is for its
// cookie and is kept nowhere. A name that will not do leaves the code good.
func (g *Guard) Pair(ctx context.Context, typed, name, address string) (token string, err error) {
	name, ok := cleanName(name)
	if !ok || g.deviceNamed(name) {
		return "", ErrName
	}
	if len(g.Devices()) >= devicesMax {
		return "", ErrFull
	}
	c, err := g.useCode(typed, false, address)
	if err != nil {
		return "", err
	}
	if err := g.audit(ctx, c.by, shop.AuditDevicePaired, name); err != nil {
		return "", err
	}
	token, h := newToken()
	now := g.Now().UTC()
	d := store.Device{ID: newID("d"), Name: name, Hash: h[:], PairedAt: now, SeenAt: now}
	if err := g.Store.AddDevice(ctx, d); err != nil {
		return "", err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.devices[d.ID] = &device{Device: d, written: now, renewedAt: now}
	return token, nil
}

// newID names something in lists; it is no secret.
func newID(prefix string) string {
	raw := make([]byte, idBytes)
	rand.Read(raw)
	return prefix + hex.EncodeToString(raw)
}

// cleanName takes out of a name what cannot be seen or would break a line.
func cleanName(name string) (clean string, ok bool) {
	clean = strings.TrimSpace(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) && r != ' ' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, "")))
	return clean, clean != "" && utf8.RuneCountInString(clean) <= nameMax
}

func (g *Guard) deviceNamed(name string) bool {
	return slices.ContainsFunc(g.Devices(), func(d store.Device) bool { return strings.EqualFold(d.Name, name) })
}

// Devices lists the paired devices, the oldest first.
func (g *Guard) Devices() []store.Device {
	g.mu.Lock()
	defer g.mu.Unlock()
	list := make([]store.Device, 0, len(g.devices))
	for _, d := range g.devices {
		list = append(list, d.Device)
	}
	slices.SortFunc(list, func(a, b store.Device) int {
		if c := a.PairedAt.Compare(b.PairedAt); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return list
}

// RevokeDevice ends a device at once, with whoever is signed in on it and every stream to it. It is
// [shop.ErrNotFound] when there is none of that id.
func (g *Guard) RevokeDevice(ctx context.Context, by, id string) error {
	ctx, cancel := finish(ctx)
	defer cancel()
	g.mu.Lock()
	d := g.devices[id]
	if d != nil {
		delete(g.devices, id)
		for h, s := range g.sessions {
			if s.Device == id {
				delete(g.sessions, h)
			}
		}
		g.cut(func(c Caller) bool { return c.DeviceID == id })
	}
	g.mu.Unlock()
	if d == nil {
		return shop.ErrNotFound
	}
	if err := g.Store.RemoveDevice(ctx, id); err != nil {
		return err // it is out until a restart; whoever asked hears that it has to be asked again
	}
	return g.audit(ctx, by, shop.AuditDeviceRevoked, d.Name)
}
