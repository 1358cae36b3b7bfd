package kds

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"weir/templates"
)

// langCookie remembers the language of a tablet, fitCookie how many cards its screen holds.
const (
	langCookie = "weir_lang"
	fitCookie  = "weir_fit"
)

// cookieAge is how long a tablet remembers: longer than it lives.
const cookieAge = 5 * 365 * 24 * time.Hour

// nonceKey is where the response's nonce is kept in echo's context.
const nonceKey = "weir.nonce"

// headers sets what a browser must not do with our pages. Scripts run only with the response's own nonce.
func (s *Screens) headers(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		var raw [16]byte
		rand.Read(raw[:]) // never fails (crypto/rand since Go 1.24)
		nonce := base64.RawStdEncoding.EncodeToString(raw[:])
		c.Set(nonceKey, nonce)
		h := c.Response().Header()
		h.Set("Content-Security-Policy", "default-src 'self'; script-src 'nonce-"+nonce+"'; style-src 'self'; img-src 'self'; connect-src 'self'; "+
			"form-action 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		return next(c)
	}
}

// show answers with a page. It is rendered completely before the first byte goes out, so that an error
// can still become an error page.
func show(c echo.Context, status int, page templ.Component) error {
	nonce, _ := c.Get(nonceKey).(string)
	var html bytes.Buffer
	if err := page.Render(templ.WithNonce(c.Request().Context(), nonce), &html); err != nil {
		return fmt.Errorf("render %s: %w", c.Path(), err)
	}
	return c.HTMLBlob(status, html.Bytes())
}

// page is the frame of a page at the request's address.
func (s *Screens) page(c echo.Context, title, style string) templates.Page {
	l := langOf(c)
	p := templates.Page{Lang: l, Title: title, Base: s.Base, Path: c.Request().URL.RequestURI(), Theme: "dark", Style: style}
	if s.Base != "" {
		p.Banner = l.T("演练 · 不是真的单，不要制作 · 有真单就自动结束", "PRACTICE · these are not real orders, do not make them · ends at the first real order")
	}
	return p
}

// langOf is the language of the tablet: what was chosen on it, otherwise Chinese.
func langOf(c echo.Context) templates.Lang {
	if chosen := c.QueryParam("lang"); chosen == string(templates.EN) || chosen == string(templates.ZH) {
		return templates.Lang(chosen)
	}
	if cookie, err := c.Cookie(langCookie); err == nil && cookie.Value == string(templates.EN) {
		return templates.EN
	}
	return templates.ZH
}

// setLang remembers the language of this tablet.
func (s *Screens) setLang(c echo.Context) error {
	to := templates.ZH
	if c.FormValue("to") == string(templates.EN) {
		to = templates.EN
	}
	c.SetCookie(&http.Cookie{
		Name: langCookie, Value: string(to), Path: "/", MaxAge: int(cookieAge / time.Second),
		HttpOnly: true, Secure: c.IsTLS(), SameSite: http.SameSiteLaxMode,
	})
	return s.back(c)
}

// back returns to the page that a form was on. Only our own pages are returned to.
func (s *Screens) back(c echo.Context) error {
	to := c.FormValue("back")
	u, err := url.Parse(to)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(to, s.Base+"/") || strings.HasPrefix(to, "//") || strings.Contains(to, "\\") {
		to = s.Base + "/kds"
	}
	return c.Redirect(http.StatusSeeOther, to)
}
