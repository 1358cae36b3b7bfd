package owner

import (
	"context"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
	"rsc.io/qr"

	"weir/fleet/engine"
	"weir/shop"
	"weir/shop/guard"
	"weir/shop/wire"
	"weir/templates"
	"weir/templates/page"
)

// session is somebody who has signed in.
type session struct {
	Person  string    `json:"person"`
	Since   time.Time `json:"since,omitzero"` // of the person, when they signed in
	BeganAt time.Time `json:"began_at"`
	SeenAt  time.Time `json:"seen_at"` // to the quarter of an hour
}

const (
	sessionCookie = "weir_fleet"
	// seenEvery is how often it is written that a session is used.
	seenEvery = 15 * time.Minute
	// formMax bounds a form, bytes.
	formMax = 8 << 10
)

// span is how long a sign-in lasts, on a phone that is looked at several times a day.
var span = guard.Span{Idle: 12 * time.Hour, Limit: 7 * 24 * time.Hour}

// errStarting is the answer until [Owner.Open] has returned.
var errStarting = &shop.Error{Kind: shop.Unavailable, Type: shop.ProblemStorage,
	Detail: "the fleet is starting; ask again"}

type visitor struct{}

// guarded is before every page: the request names this server, and no page of another site made it.
func (o *Owner) guarded(h echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		headers(c)
		if err := o.front.Load().Check(c.Request()); err != nil {
			return page.Refuse(c, page.Refusal{Problem: wire.NewProblem(&shop.Error{Kind: shop.Unauthorized, Type: wire.ProblemCrossOrigin,
				Detail: err.Error()}, nil)}, true)
		}
		if !o.ready.Load() {
			return page.Refuse(c, page.Refusal{Problem: wire.NewProblem(errStarting, nil),
				Say: page.Lang(c).T("far.starting")}, true)
		}
		c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, formMax)
		return h(c)
	}
}

// headers are those of all pages, and that no index may have them.
func headers(c echo.Context) {
	page.Headers(c)
	c.Response().Header().Set("X-Robots-Tag", "noindex, nofollow")
}

// signed is before every page that somebody has to be signed in for.
func (o *Owner) signed(h echo.HandlerFunc) echo.HandlerFunc {
	return o.guarded(func(c echo.Context) error {
		p, ok := o.who(c)
		if !ok {
			return c.Redirect(http.StatusSeeOther, "/owner/signin")
		}
		c.SetRequest(c.Request().WithContext(context.WithValue(c.Request().Context(), visitor{}, p)))
		return h(c)
	})
}

// personOf is who asks.
func personOf(c echo.Context) Person {
	p, _ := c.Request().Context().Value(visitor{}).(Person)
	return p
}

func (o *Owner) cookies() guard.Cookies {
	return guard.Cookies{Secure: len(*o.base.Load()) > 8 && (*o.base.Load())[:8] == "https://"}
}

// who finds out who asks.
func (o *Owner) who(c echo.Context) (Person, bool) {
	h, ok := o.cookies().Token(c.Request(), sessionCookie)
	if !ok {
		return Person{}, false
	}
	id, now := hex.EncodeToString(h[:]), time.Now()
	o.mu.Lock()
	s, known := o.sessions[id]
	p, there := o.people[s.is.Person]
	o.mu.Unlock()
	if !known || !there || p.is.Password == "" || !s.is.Since.Equal(p.is.Since) || span.Over(s.is.BeganAt, s.is.SeenAt, now) {
		return Person{}, false
	}
	if now.Sub(s.is.SeenAt) > seenEvery {
		next := s.is
		next.SeenAt = now.UTC().Truncate(time.Second)
		_ = o.put(c.Request().Context(), sessionAt+id, next, s.revision) // somebody else has just written the same, or it is next time
	}
	return p.is, true
}

// enter signs somebody in on this browser, as they were known when their password was looked at.
func (o *Owner) enter(c echo.Context, p Person) error {
	token, h := guard.NewToken()
	now := time.Now().UTC().Truncate(time.Second)
	if err := o.put(c.Request().Context(), sessionAt+hex.EncodeToString(h[:]), session{p.ID, p.Since, now, now}, 0); err != nil {
		return err
	}
	c.SetCookie(o.cookies().Make(sessionCookie, token, span.Limit))
	return nil
}

// endSessions signs somebody out everywhere.
func (o *Owner) endSessions(ctx context.Context, person string) error {
	o.mu.Lock()
	var list []string
	for id, s := range o.sessions {
		if s.is.Person == person {
			list = append(list, id)
		}
	}
	o.mu.Unlock()
	for _, id := range list {
		if err := o.endSession(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

func (o *Owner) endSession(ctx context.Context, id string) error {
	return o.engine.Set(ctx, engine.People, sessionAt+id, nil)
}

func (o *Owner) signOut(c echo.Context) error {
	if h, ok := o.cookies().Token(c.Request(), sessionCookie); ok {
		if err := o.endSession(c.Request().Context(), hex.EncodeToString(h[:])); err != nil {
			return err
		}
	}
	c.SetCookie(o.cookies().Make(sessionCookie, "", 0))
	return c.Redirect(http.StatusSeeOther, "/owner/signin")
}

func (o *Owner) lang(c echo.Context) error {
	page.SetLang(c)
	return c.Redirect(http.StatusSeeOther, page.Back(c.FormValue("back"), "/owner"))
}

func (o *Owner) signInPage(c echo.Context) error { return o.showSignIn(c, http.StatusOK, "", "") }

func (o *Owner) showSignIn(c echo.Context, status int, wrong, name string) error {
	l := page.Lang(c)
	v := templates.FarSignIn{Page: o.page(c, l.T("far.sign_in")), Wrong: wrong, Name: name}
	return page.Show(c, status, templates.FarSignInPage(v))
}

// signIn looks at name, password and code together: what was wrong is not said.
func (o *Owner) signIn(c echo.Context) error {
	name, l := c.FormValue("name"), page.Lang(c)
	if len(name) > nameMax {
		name = ""
	}
	k := o.named(name)
	key := guard.AddressKey(c.Request().RemoteAddr)
	if k != nil {
		key = "name:" + name + " " + key // who guesses somewhere else does not keep them out
	}
	guess, err := o.tries.Guess(key, true, time.Now())
	if soon := (guard.TooSoon{}); errors.As(err, &soon) {
		wait := int(math.Ceil(soon.Wait.Seconds()))
		c.Response().Header().Set("Retry-After", strconv.Itoa(wait))
		return o.showSignIn(c, http.StatusTooManyRequests, l.T("sign_in.too_many_wrong_ones", wait), name)
	}
	stored := ""
	if k != nil {
		stored = k.is.Password
	}
	ok, err := o.hasher.Fits(c.Request().Context(), c.FormValue("password"), stored)
	if err != nil {
		guess.Undo()
		return err
	}
	if ok {
		next := k.is
		if next.Step, ok = fits(next.Factor, c.FormValue("code"), next.Step, time.Now()); ok {
			if err := o.put(c.Request().Context(), personAt+next.ID, next, k.revision); err != nil {
				guess.Undo() // two at once with one code: one of them is not first
				return o.showSignIn(c, http.StatusConflict, l.T("far.sign_in_wrong"), name)
			}
		}
	}
	if !ok {
		o.Log.Warn("sign-in refused", "from", c.Request().RemoteAddr, "wrong", guess.Wrong)
		return o.showSignIn(c, http.StatusForbidden, l.T("far.sign_in_wrong"), name)
	}
	guess.Right()
	o.Log.Info("signed in", "person", k.is.ID, "from", c.Request().RemoteAddr)
	if err := o.enter(c, k.is); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/owner")
}

// beginPage is where somebody sets their password and their second factor, with a one-time link.
func (o *Owner) beginPage(c echo.Context) error {
	return o.showBegin(c, http.StatusOK, "", newFactor())
}

func (o *Owner) showBegin(c echo.Context, status int, wrong string, factor []byte) error {
	l := page.Lang(c)
	c.Response().Header().Set("Referrer-Policy", "no-referrer")
	k := o.linked(c.Param("token"))
	if k == nil {
		if _, err := o.links.Guess(guard.AddressKey(c.Request().RemoteAddr), true, time.Now()); err != nil {
			return o.showSignIn(c, http.StatusTooManyRequests, l.T("far.link_gone"), "")
		}
		return o.showSignIn(c, http.StatusNotFound, l.T("far.link_gone"), "")
	}
	v := templates.FarBegin{Page: o.page(c, l.T("far.begin")), Wrong: wrong, Name: k.is.Name, Secret: spelled(factor)}
	v.Path = "/owner/begin/" + c.Param("token")
	v.Address = "otpauth://totp/" + url.PathEscape(o.Name+":"+k.is.Name) + "?secret=" + v.Secret + "&issuer=" + url.QueryEscape(o.Name)
	var err error
	if v.QR, v.Size, err = qrPath(v.Address); err != nil {
		return err
	}
	return page.Show(c, status, templates.FarBeginPage(v))
}

func (o *Owner) begin(c echo.Context) error {
	l, ctx := page.Lang(c), c.Request().Context()
	factor, err := readFactor(c.FormValue("secret"))
	k := o.linked(c.Param("token"))
	if k == nil || err != nil {
		return o.showBegin(c, http.StatusNotFound, "", newFactor())
	}
	password := c.FormValue("password")
	if !guard.GoodPassword(password) {
		return o.showBegin(c, http.StatusUnprocessableEntity, l.T("sign_in.a_password_has_at"), factor)
	}
	step, ok := fits(factor, c.FormValue("code"), 0, time.Now())
	if !ok {
		return o.showBegin(c, http.StatusUnprocessableEntity, l.T("far.code_wrong"), factor)
	}
	next := k.is
	if next.Password, err = o.hasher.Hash(ctx, password); err != nil {
		return err
	}
	next.Factor, next.Step, next.Link, next.Until = factor, step, "", time.Time{}
	if err := o.put(ctx, personAt+next.ID, next, k.revision); err != nil {
		return o.showBegin(c, http.StatusConflict, "", factor) // somebody else was first: the link is gone
	}
	o.Log.Info("a password was set", "person", next.ID, "from", c.Request().RemoteAddr)
	if err := o.enter(c, next); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/owner")
}

// Trial makes a person of the brand, and a link that signs them in from this machine while the process lives. It is for the demo
// alone; the name, password and secret are for who wants to try the sign-in.
func (o *Owner) Trial(ctx context.Context, name string) (link, password, secret string, err error) {
	if _, err = o.Add(ctx, Person{Name: name, Role: RoleBrand}); err != nil {
		return "", "", "", err
	}
	k := o.named(name)
	p := k.is
	token, h := guard.NewToken()
	password, _ = guard.NewToken()
	if p.Password, err = o.hasher.Hash(ctx, password); err != nil {
		return "", "", "", err
	}
	p.Factor, p.Link = newFactor(), ""
	if err := o.put(ctx, personAt+p.ID, p, k.revision); err != nil {
		return "", "", "", err
	}
	o.trial = h
	o.isDemo.Store(true)
	return "/owner/demo/" + token + "?person=" + p.ID, password, spelled(p.Factor), nil
}

// demo signs in with the demo's link, on the machine itself.
func (o *Owner) demo(c echo.Context) error {
	h := guard.HashOf(c.Param("token"))
	r := c.Request()
	if !o.isDemo.Load() || !guard.IsLoopback(r.RemoteAddr) || guard.ViaProxy(r) || subtle.ConstantTimeCompare(h[:], o.trial[:]) != 1 {
		return o.showSignIn(c, http.StatusNotFound, page.Lang(c).T("far.link_gone"), "")
	}
	o.mu.Lock()
	p := o.people[c.QueryParam("person")].is
	o.mu.Unlock()
	if err := o.enter(c, p); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/owner")
}

// qrPath is a QR code as the path of an SVG whose sides are size long.
func qrPath(text string) (path string, size int, err error) {
	const border = 2
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return "", 0, fmt.Errorf("make a QR code: %w", err)
	}
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				path += fmt.Sprintf("M%d %dh1v1h-1z", x+border, y+border)
			}
		}
	}
	return path, code.Size + 2*border, nil
}

// hostOf is the host of an address.
func hostOf(base string) string {
	u, err := url.Parse(base)
	if err != nil || net.ParseIP(u.Hostname()) != nil {
		return ""
	}
	return u.Hostname()
}
