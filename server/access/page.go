package access

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"weir/templates"
)

// LangCookie remembers the language of a tablet; the board sets it.
const LangCookie = "weir_lang"

// Lang is the language of a page: what was chosen on this tablet, otherwise Chinese.
func Lang(c echo.Context) templates.Lang {
	if chosen := c.QueryParam("lang"); chosen == string(templates.EN) || chosen == string(templates.ZH) {
		return templates.Lang(chosen)
	}
	if cookie, err := c.Cookie(LangCookie); err == nil && cookie.Value == string(templates.EN) {
		return templates.EN
	}
	return templates.ZH
}

// Page is the frame of a light page at the request's address.
func Page(c echo.Context, title, style string) templates.Page {
	return templates.Page{Lang: Lang(c), Title: title, Path: c.Request().URL.RequestURI(), Theme: "light", Style: style}
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
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n") {
		return otherwise
	}
	return to
}

// formMax is the size of a form of these pages in bytes: a password and two names, and room.
const formMax = 4 << 10

// readForm reads a small form.
func readForm(c echo.Context) (url.Values, error) {
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, formMax)
	form, err := c.FormParams()
	if err != nil {
		return nil, echo.NewHTTPError(http.StatusBadRequest, "the form cannot be read").SetInternal(err)
	}
	return form, nil
}
