package kds

import (
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"weir/shop/words"
	"weir/templates"
	"weir/templates/page"
)

// fitCookie remembers how many cards a tablet's screen holds.
const fitCookie = "weir_fit"

// cookieAge is how long a tablet remembers: longer than it lives.
const cookieAge = 5 * 365 * 24 * time.Hour

// page is the frame of a page at the request's address.
func (s *Screens) page(c echo.Context, title, style string) templates.Page {
	l := page.Lang(c)
	p := templates.Page{Lang: l, Title: title, Base: s.Base, Path: c.Request().URL.RequestURI(), Theme: "dark", Style: style}
	if s.Base != "" {
		p.Banner = l.T("practice.practice_these_are_not")
	}
	return p
}

// setLang remembers the language of this tablet.
func (s *Screens) setLang(c echo.Context) error {
	to, ok := words.Parse(c.FormValue("to"))
	if !ok {
		to = words.ZH
	}
	c.SetCookie(&http.Cookie{
		Name: page.LangCookie, Value: string(to), Path: "/", MaxAge: int(cookieAge / time.Second),
		HttpOnly: true, Secure: c.IsTLS(), SameSite: http.SameSiteLaxMode,
	})
	return s.back(c)
}

// back returns to the page that a form was on.
func (s *Screens) back(c echo.Context) error { return c.Redirect(http.StatusSeeOther, s.whereFrom(c)) }

// whereFrom is the page that a form was on. Only our own pages are returned to.
func (s *Screens) whereFrom(c echo.Context) string {
	to := page.Back(c.FormValue("back"), s.Base+"/kds")
	if !strings.HasPrefix(to, s.Base+"/") {
		return s.Base + "/kds"
	}
	return to
}
