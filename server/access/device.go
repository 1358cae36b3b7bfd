package access

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"weir/server/store"
	"weir/shop"
	"weir/shop/guard"
	"weir/shop/wire"
)

const (
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

// What the log says that a code was made for.
const (
	CodeForTablet = "tablet"
	CodeForOwner  = "owner"
)

// NewCode makes a one-time code. by is who asked for it.
func (g *Guard) NewCode(ctx context.Context, by string, owner bool) (guard.Code, error) {
	about := CodeForTablet
	if owner {
		about = CodeForOwner
	}
	if err := g.audit(ctx, by, shop.AuditCodeMade, about); err != nil {
		return guard.Code{}, err
	}
	return g.codes.New(about, by, g.Now())
}

// useCode takes a code that somebody typed.
func (g *Guard) useCode(typed, forWhat, address string) (guard.Code, error) {
	now := g.Now()
	guess, err := g.tries.Guess("code:"+address, true, now)
	if err != nil {
		return guard.Code{}, err
	}
	c, ok := g.codes.Take(wire.Typed(typed), forWhat, now)
	if !ok {
		return guard.Code{}, ErrCode
	}
	guess.Right()
	return c, nil
}

// Pair lets the device in that a code was typed on, under a name that is not taken. The token is for its
// cookie and is kept nowhere. A name that will not do leaves the code good.
func (g *Guard) Pair(ctx context.Context, typed, name, address string) (token string, err error) {
	name, ok := cleanName(name)
	if !ok {
		return "", ErrName
	}
	c, err := g.useCode(typed, CodeForTablet, address)
	if err != nil {
		return "", err
	}
	// Only now: whoever has no code learns nothing about the devices there are.
	if g.deviceNamed(name) {
		g.codes.Back(c)
		return "", ErrName
	}
	if len(g.Devices()) >= devicesMax {
		g.codes.Back(c)
		return "", ErrFull
	}
	if err := g.audit(ctx, c.By, shop.AuditDevicePaired, name); err != nil {
		return "", err
	}
	token, h := guard.NewToken()
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

// GoodName reports whether a name may be a device's or a person's.
func GoodName(name string) bool {
	_, ok := cleanName(name)
	return ok
}

// cleanName takes out of a name what cannot be seen or would break a line. Every space in it becomes the plain one.
func cleanName(name string) (clean string, ok bool) {
	clean = strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Zs, r):
			return ' '
		case !unicode.IsPrint(r) || shop.Invisible(r):
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
