package access

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"weir/shop"
	"weir/shop/guard"
	"weir/shop/wire"
	"weir/shop/words"
	"weir/templates/page"
)

// Protect stands in front of every route (echo.Use): it refuses foreign hosts and foreign pages, tells
// browsers what they must not do with ours, finds out who asks, and turns away who may not. Handlers read
// the caller with [CallerOf] or [Who].
func (g *Guard) Protect(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		c.Response().Header().Set("X-Content-Type-Options", "nosniff")
		if g.Secure {
			c.Response().Header().Set("Strict-Transport-Security", hsts)
		}
		if err := g.front.Check(r); errors.Is(err, guard.ErrHost) {
			return g.refuse(c, wire.ProblemWrongHost, "")
		} else if err != nil {
			return g.refuse(c, wire.ProblemCrossOrigin, "")
		}
		if c.Path() == "" {
			return next(c) // not found
		}
		rule := ruleOf(c)
		if rule.need == Anyone && (rule.route == "/v1" || rule.route == "/static") {
			return next(c) // has keys of its own, or nothing to hide
		}
		page.Headers(c)
		caller := g.resolve(r)
		switch {
		case !g.permits(rule, caller):
			return g.turnAway(c, rule, caller)
		case rule.also&lasts != 0 && caller.Open:
			return g.refuse(c, wire.ProblemNotPermitted, page.Lang(c).T("sign_in.trial_gives_nothing_that_lasts"))
		case rule.also&again != 0 && !g.provedLately(caller, r.Method):
			return g.askAgain(c, caller)
		}
		if caller.known() {
			guard.Trust(r.Context())
		}
		ctx := context.WithValue(c.Request().Context(), callerKey{}, caller)
		if caller.Role > Anyone && rule.need > Anyone {
			g.renew(c, caller)
			held, done := g.hold(ctx, caller)
			own := ctx
			defer func() {
				done()
				c.SetRequest(c.Request().WithContext(own)) // an error is answered after this, and is no less to be answered
			}()
			ctx = held
		}
		c.SetRequest(r.WithContext(ctx))
		return next(c)
	}
}

// hsts keeps a browser on HTTPS for a year (RFC 6797; OWASP ASVS 5.0.0, 3.4.1). Browsers heed it for names and not for
// addresses.
const hsts = "max-age=31536000"

// renew sends the device's cookie again now and then: browsers drop it after 400 days.
func (g *Guard) renew(c echo.Context, caller Caller) {
	cookie, err := c.Cookie(g.cookies.Name(deviceCookie))
	if err != nil || !page.WantsHTML(c) {
		return // a monitor with a bearer token, or no page
	}
	now := g.Now()
	g.mu.Lock()
	d := g.devices[caller.DeviceID]
	due := d != nil && now.Sub(d.renewedAt) > renewEvery
	if due {
		d.renewedAt = now
	}
	g.mu.Unlock()
	if due {
		c.SetCookie(g.cookies.Make(deviceCookie, cookie.Value, deviceCookieAge))
	}
}

// turnAway leads a person to where they can become somebody who may, and tells a program that it may not.
func (g *Guard) turnAway(c echo.Context, r rule, caller Caller) error {
	if r.route == "/v1/device" && guard.Bearer(c.Request()) != "" {
		return g.refuse(c, wire.ProblemKeyInvalid, "")
	} else if r.route == "/v1/device" {
		return g.refuse(c, wire.ProblemKeyMissing, "")
	}
	l := page.Lang(c)
	to, say := "/pair", l.T("sign_in.pair_this_device_first")
	switch {
	case r.need >= Manager && !g.HasOwner():
		to, say = "/owner/setup", l.T("sign_in.set_the_owners_password_first")
	case r.need >= Manager:
		to, say = "/owner/signin", l.T("sign_in.sign_in_first")
	case caller.DeviceID != "":
		to, say = "/signin", l.T("sign_in.sign_in_with_your")
	}
	if page.WantsHTML(c) {
		return c.Redirect(http.StatusSeeOther, to+"?back="+url.QueryEscape(returnTo(c)))
	}
	return g.refuse(c, wire.ProblemNotPermitted, say)
}

// askAgain asks for PIN or password once more.
func (g *Guard) askAgain(c echo.Context, caller Caller) error {
	if page.WantsHTML(c) {
		return c.Redirect(http.StatusSeeOther, "/owner/again?back="+url.QueryEscape(returnTo(c)))
	}
	return g.refuse(c, wire.ProblemNotPermitted, page.Lang(c).T("sign_in.give_your_password_once"))
}

// returnTo is the page a person was on: this one, or the one with the form.
func returnTo(c echo.Context) string {
	r := c.Request()
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return r.URL.RequestURI()
	}
	if from, err := url.Parse(r.Referer()); err == nil && from.Host == r.Host {
		return from.RequestURI()
	}
	return "/"
}

// refuse answers with a problem; say is what the person can do about it, "" for the problem's own title.
func (g *Guard) refuse(c echo.Context, problem, say string) error {
	entry, _ := wire.Lookup(problem)
	if say == "" {
		say = entry.Title(page.Lang(c))
	}
	page.Headers(c)
	p := wire.NewProblem(&shop.Error{Kind: shop.Unauthorized, Type: problem, Detail: entry.Text(words.EN)}, nil)
	return page.Refuse(c, page.Refusal{Problem: p, Say: say}, page.WantsHTML(c) && !strings.HasPrefix(c.Path(), "/v1/"))
}
