package access

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"weir/server/store"
	"weir/shop"
)

// The cookies. Under HTTPS they have the prefix __Host-, which keeps other hosts of the same domain from
// setting them (RFC 6265bis, 4.1.3.2).
const (
	deviceCookie  = "weir_device"
	sessionCookie = "weir_session"
	securePrefix  = "__Host-"
	// deviceCookieAge is the longest a browser keeps a cookie; it is sent again every day.
	deviceCookieAge = 400 * 24 * time.Hour
	renewEvery      = 24 * time.Hour
)

// SignIn begins a session. A member of the crew needs a paired device and a PIN; the owner may come from
// anywhere with the password. It is [ErrWrong], or [TooSoon] after several wrong ones: that slows this
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
	token, h := newToken()
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
	key, now := "member:"+memberID+" on "+c.DeviceID, g.Now()
	stranger := c.DeviceID == ""
	if stranger {
		key = "member:" + memberID + " at " + address
	}
	wrong, err := g.tries.guess(key, stranger, now)
	if err != nil {
		return store.Member{}, err
	}
	g.mu.Lock()
	m := g.members[memberID]
	g.mu.Unlock()
	fits, err := g.hasher.fits(ctx, secret, m.Secret)
	if err != nil {
		g.tries.undo(key)
		return store.Member{}, err
	}
	if fits {
		g.tries.right(key)
		return m, nil
	}
	if wrong == slowTold && m.ID != "" {
		if err := g.audit(ctx, c.By(), shop.AuditSignInSlowed, m.Name); err != nil {
			return store.Member{}, err
		}
	}
	return store.Member{}, ErrWrong
}

// SignOut ends a session. Signing out twice is signing out.
func (g *Guard) SignOut(ctx context.Context, c Caller) error {
	if c.session == (hash{}) {
		return nil
	}
	return g.endSession(ctx, c.session)
}

func (g *Guard) endSession(ctx context.Context, h hash) error {
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
	deviceHash, byDevice := g.token(r, deviceCookie)
	sessionHash, bySession := g.token(r, sessionCookie)
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

// openTo reports whether a request is from this machine and everybody on it may do everything. What came
// through a proxy is from anywhere.
func (g *Guard) openTo(r *http.Request) bool {
	return g.open() && isLoopback(r.RemoteAddr) && !viaProxy(r)
}

// deviceOf finds the device a token is of. The caller holds the lock.
func (g *Guard) deviceOf(h hash) *device {
	for _, d := range g.devices {
		if hash(d.Hash) == h {
			return d
		}
	}
	return nil
}

// token is the hash of a cookie's token. A device may also send it as a bearer token, as a monitor does
// that keeps no cookies.
func (g *Guard) token(r *http.Request, name string) (h hash, ok bool) {
	if cookie, err := r.Cookie(g.cookieName(name)); err == nil {
		return hashOf(cookie.Value), true
	}
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok && name == deviceCookie {
		return hashOf(bearer), true
	}
	return hash{}, false
}

func (g *Guard) cookieName(name string) string {
	if g.Secure {
		return securePrefix + name
	}
	return name
}

// cookie is a cookie of ours. No token ends it.
func (g *Guard) cookie(name, token string, age time.Duration) *http.Cookie {
	c := &http.Cookie{
		Name: g.cookieName(name), Value: token, Path: "/", MaxAge: int(age / time.Second),
		Secure: g.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
	if token == "" {
		c.MaxAge = -1
	}
	return c
}
