package kds

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"weir/templates/page"
)

// fitCookie remembers how much a tablet's screen holds, with an "x" between: cards, rows of the list at the side, and how
// wide and high a card is.
const fitCookie = "weir_fit"

// frame is what the pages of this shop have around them.
func (s *Screens) frame() page.Frame { return page.Frame{Base: s.Base, Dark: true} }

// setLang remembers the language of this tablet.
func (s *Screens) setLang(c echo.Context) error {
	page.SetLang(c)
	return s.back(c)
}

// setSize remembers how large this tablet shows everything.
func (s *Screens) setSize(c echo.Context) error {
	page.SetSize(c)
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
