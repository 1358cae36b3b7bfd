// Package page answers a browser with a page of ours: language, frame, headers, the way back, and what it
// shows when something is wrong. The screens, the owner's pages and the sign-in share it.
package page

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"weir/shop/words"
	"weir/templates"
)

// LangCookie remembers the language that was chosen on this device.
const LangCookie = "weir_lang"

// cookieAge is how long a device remembers what was chosen on it: longer than it lives.
const cookieAge = 5 * 365 * 24 * time.Hour

// Lang is the language of a page: what was chosen on this device, otherwise what the browser asks for, otherwise Chinese.
func Lang(c echo.Context) words.Lang {
	if chosen, ok := words.Parse(c.QueryParam("lang")); ok {
		return chosen
	}
	if cookie, err := c.Cookie(LangCookie); err == nil {
		if chosen, ok := words.Parse(cookie.Value); ok {
			return chosen
		}
	}
	return words.Accepted(c.Request().Header.Get("Accept-Language"))
}

// SetLang remembers the language that a form has chosen, its field "to", on this device.
func SetLang(c echo.Context) {
	to, ok := words.Parse(c.FormValue("to"))
	if !ok {
		to = words.ZH
	}
	remember(c, LangCookie, string(to))
}

// SizeCookie remembers how large this device shows everything.
const SizeCookie = "weir_size"

// Size is how large this device shows everything, percent: one of [templates.Sizes].
func Size(c echo.Context) string {
	if cookie, err := c.Cookie(SizeCookie); err == nil && slices.Contains(templates.Sizes, cookie.Value) {
		return cookie.Value
	}
	return templates.Sizes[0]
}

// SetSize remembers the size that a form has chosen, its field "size", on this device.
func SetSize(c echo.Context) {
	to := c.FormValue("size")
	if !slices.Contains(templates.Sizes, to) {
		to = templates.Sizes[0]
	}
	remember(c, SizeCookie, to)
}

// remember sets a cookie of this device. What a proxy says of the way to it is believed: nothing hangs on it.
func remember(c echo.Context, name, value string) {
	c.SetCookie(&http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: int(cookieAge / time.Second),
		HttpOnly: true, Secure: c.Scheme() == "https", SameSite: http.SameSiteLaxMode,
	})
}

// Frame is what all pages of a room have around their content.
type Frame struct {
	Base string // path before every address: "" or "/practice"
	Dark bool   // for screens that hang in a kitchen
}

// Light is the frame of pages for a phone or a desk.
var Light Frame

// New is a page at the request's address. style is a file of package static, or "".
func (f Frame) New(c echo.Context, title, style string) templates.Page {
	p := templates.Page{
		Lang: Lang(c), Title: title, Base: f.Base, Path: c.Request().URL.RequestURI(), Theme: "light", Style: style, Size: Size(c),
	}
	if f.Dark {
		p.Theme = "dark"
	}
	switch speed, demo := c.Get(demoKey).(int); {
	case f.Base != "":
		p.Banner, p.Leave = p.Lang.T("practice.practice_these_are_not"), p.Lang.T("practice.to_real")
	case demo:
		p.Banner = p.Lang.T("page.demo", speed)
	}
	return p
}

// demoKey is where the context of a request says that the shop is a demo.
const demoKey = "weir.demo"

// Demo marks every page as one of a demo, whose clock runs so many times as fast as a real one.
func Demo(speed int) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			c.Set(demoKey, speed)
			return next(c)
		}
	}
}

// Show answers with a page. It is rendered completely before the first byte goes out, so that an error can
// still become an error page.
func Show(c echo.Context, status int, page templ.Component) error {
	var html bytes.Buffer
	if err := page.Render(c.Request().Context(), &html); err != nil {
		return fmt.Errorf("render %s: %w", c.Path(), err)
	}
	return c.HTMLBlob(status, html.Bytes())
}

// Back is a path of our own that a form wants to return to, or otherwise: nobody is sent to another site.
func Back(to, otherwise string) string {
	u, err := url.Parse(to)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") ||
		strings.ContainsAny(to, "\\\r\n") {
		return otherwise
	}
	return to
}

// WantsHTML tells a browser's page from a program or a page's script.
func WantsHTML(c echo.Context) bool {
	return strings.Contains(c.Request().Header.Get(echo.HeaderAccept), echo.MIMETextHTML)
}

// Headers tells browsers what they must not do with our pages. Scripts run only with the response's own nonce,
// which templates find in the context.
func Headers(c echo.Context) {
	raw := make([]byte, 16)
	rand.Read(raw)
	nonce := base64.RawStdEncoding.EncodeToString(raw)
	c.SetRequest(c.Request().WithContext(templ.WithNonce(c.Request().Context(), nonce)))
	h := c.Response().Header()
	h.Set("Content-Security-Policy", "default-src 'self'; script-src 'nonce-"+nonce+"'; style-src 'self'; img-src 'self'; "+
		"connect-src 'self'; form-action 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}
