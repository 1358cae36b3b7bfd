package access

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"weir/server/store"
	"weir/shop"
	"weir/shop/guard"
	"weir/shop/wire"
)

// The cookies.
const (
	deviceCookie  = "weir_device"
	sessionCookie = "weir_session"
	// deviceCookieAge is the longest a browser keeps a cookie; it is sent again every day.
	deviceCookieAge = 400 * 24 * time.Hour
	renewEvery      = 24 * time.Hour
)

// slowTold is the wrong answer in a row that is written into the log.
const slowTold = 6

// SignIn begins a session. A member of the crew needs a paired device and a PIN; the owner may come from
// anywhere with the password. It is [ErrWrong], or [guard.TooSoon] after several wrong ones: that slows this
// person on this device and nobody else. The token is for the session's cookie.
func (g *Guard) SignIn(ctx context.Context, c Caller, memberID, secret, address string) (token string, err error) {
	if memberID != ownerID && c.DeviceID == "" && !c.Open {
		return "", ErrWrong // a PIN is only the second factor
	}
	m, err := g.prove(ctx, c, memberID, secret, address)
	if err != nil {
		return "", err
	}
	if m.ID == ownerID {
		if err := g.audit(ctx, nameOf(c, m), shop.AuditOwnerSignedIn, c.Device); err != nil {
			return "", err
		}
	}
	token, h := guard.NewToken()
	now := g.Now().UTC()
	s := store.Session{Hash: h[:], Member: m.ID, Device: c.DeviceID, BeganAt: now, SeenAt: now, ProvedAt: now}
	if err := g.Store.PutSession(ctx, s); err != nil {
		return "", err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if now, ok := g.members[m.ID]; !ok || now.Secret != m.Secret {
		return "", ErrWrong // removed or changed in this very moment
	}
	g.sessions[h] = &session{Session: s, written: now}
	return token, nil
}

// nameOf is what the log will call a caller once a member has signed in.
func nameOf(c Caller, m store.Member) string {
	c.MemberID, c.Member = m.ID, m.Name
	return c.By()
}

// Prove takes the PIN or password of who is signed in once more, before what must not be done by somebody
// who has found an open phone.
func (g *Guard) Prove(ctx context.Context, c Caller, secret, address string) error {
	if _, err := g.prove(ctx, c, c.MemberID, secret, address); err != nil {
		return err
	}
	g.mu.Lock()
	s, ok := g.sessions[c.session]
	if !ok {
		g.mu.Unlock()
		return ErrWrong
	}
	s.ProvedAt = g.Now().UTC()
	row := s.Session
	g.mu.Unlock()
	return g.Store.PutSession(ctx, row)
}

// prove checks a PIN or password, with the waits that wrong ones earn.
func (g *Guard) prove(ctx context.Context, c Caller, memberID, secret, address string) (store.Member, error) {
	if memberID != ownerID {
		secret = wire.Typed(secret) // a PIN is digits; a password is whatever its owner typed
	}
	key, now := "member:"+memberID+" on "+c.DeviceID, g.Now()
	stranger := c.DeviceID == ""
	if stranger {
		key = "member:" + memberID + " at " + address
	}
	guess, err := g.tries.Guess(key, stranger, now)
	if err != nil {
		return store.Member{}, err
	}
	g.mu.Lock()
	m := g.members[memberID]
	g.mu.Unlock()
	fits, err := g.hasher.Fits(ctx, secret, m.Secret)
	if err != nil {
		guess.Undo()
		return store.Member{}, err
	}
	if fits {
		guess.Right()
		return m, nil
	}
	if guess.Wrong == slowTold && m.ID != "" {
		if err := g.audit(ctx, c.By(), shop.AuditSignInSlowed, m.Name); err != nil {
			return store.Member{}, err
		}
	}
	return store.Member{}, ErrWrong
}

// SignOut ends a session. Signing out twice is signing out.
func (g *Guard) SignOut(ctx context.Context, c Caller) error {
	if c.session == (guard.Hash{}) {
		return nil
	}
	return g.endSession(ctx, c.session)
}

func (g *Guard) endSession(ctx context.Context, h guard.Hash) error {
	ctx, cancel := finish(ctx)
	defer cancel()
	g.mu.Lock()
	delete(g.sessions, h)
	g.cut(func(c Caller) bool { return c.session == h })
	g.mu.Unlock()
	if err := g.Store.RemoveSession(ctx, h[:]); err != nil && !errors.Is(err, shop.ErrNotFound) {
		return err
	}
	return nil
}

// resolve finds out who asks.
func (g *Guard) resolve(r *http.Request) Caller {
	now := g.Now()
	deviceHash, byDevice := g.deviceToken(r)
	sessionHash, bySession := g.cookies.Token(r, sessionCookie)
	watching := isWatching(r)
	var c Caller
	g.mu.Lock()
	defer g.mu.Unlock()
	if d := g.deviceOf(deviceHash); byDevice && d != nil {
		c = Caller{Role: Tablet, DeviceID: d.ID, Device: d.Name}
		d.SeenAt = now.UTC().Truncate(flushEvery)
	}
	open := g.openTo(r)
	if s := g.sessions[sessionHash]; bySession && s != nil && !g.over(s, now) && s.fits(c.DeviceID, open) {
		m := g.members[s.Member]
		c.Role, c.MemberID, c.Member, c.ProvedAt, c.session = RoleOf(m), m.ID, m.Name, s.ProvedAt, sessionHash
		if !watching {
			s.SeenAt = now.UTC().Truncate(flushEvery)
		}
	}
	if open {
		c.Role, c.Open = Owner, true
	}
	return c
}

// isWatching reports whether a request is a page that was left open and not a person: a stream, or what a
// script reads by itself.
func isWatching(r *http.Request) bool {
	return isStream(r) || r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Dest") == "empty"
}

func isStream(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "text/event-stream")
}

// fits reports whether a session is good on a device: the one it was begun on. The owner's may have been
// begun on none; the crew's only where nobody needs one.
func (s *session) fits(device string, open bool) bool {
	if s.Device == "" {
		return s.Member == ownerID || open
	}
	return s.Device == device
}

// openTo reports whether a request reached an open trial from this machine. A proxy on this machine that adds no header
// looks the same: that is why a trial gives out nothing that lasts, and why a shop that has an owner, host names or TLS
// asks its own machine, too.
func (g *Guard) openTo(r *http.Request) bool {
	return g.open() && guard.IsLoopback(r.RemoteAddr) && !guard.ViaProxy(r)
}

// deviceOf finds the device a token is of. The caller holds the lock.
func (g *Guard) deviceOf(h guard.Hash) *device {
	for _, d := range g.devices {
		if guard.Hash(d.Hash) == h {
			return d
		}
	}
	return nil
}

// deviceToken is the hash of the token that a device has sent: in its cookie, or as a bearer token, as a monitor does
// that keeps no cookies.
func (g *Guard) deviceToken(r *http.Request) (h guard.Hash, ok bool) {
	if h, ok := g.cookies.Token(r, deviceCookie); ok {
		return h, true
	}
	if bearer := guard.Bearer(r); bearer != "" {
		return guard.HashOf(bearer), true
	}
	return guard.Hash{}, false
}
