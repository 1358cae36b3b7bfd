package page

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"weir/shop/wire"
	"weir/templates"
)

// Refusal is what is answered instead of what was asked for.
type Refusal struct {
	wire.Problem
	// Say is what is true now, in one sentence and in the page's language; "" where the problem's own title
	// and text say all there is.
	Say string `json:"say,omitempty"`

	Frame templates.Page `json:"-"` // of the page for a person; the zero value is a light page
	Back  string         `json:"-"` // where that page leads; "" is the start page
}

// Refuse answers with a problem: with a page and a way back where a person is to read it, with the document of
// RFC 9457 otherwise.
func Refuse(c echo.Context, r Refusal, person bool) error {
	entry, known := wire.Lookup(strings.TrimPrefix(r.Type, "/problems/"))
	h := c.Response().Header()
	h.Set("Cache-Control", "no-store")
	if r.RetryAfter > 0 {
		h.Set("Retry-After", strconv.FormatInt(r.RetryAfter, 10))
	}
	if known && person {
		return showProblem(c, entry, r)
	}
	if r.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="weir"`)
	}
	body, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode the problem: %w", err)
	}
	return c.Blob(r.Status, wire.ProblemMediaName, body)
}

func showProblem(c echo.Context, entry wire.Entry, r Refusal) error {
	Headers(c)
	l := Lang(c)
	p := templates.Problem{Page: r.Frame, Say: r.Say, Back: r.Back}
	if p.Lang == "" {
		p.Page = Light.New(c, entry.Title(l), "")
	}
	if p.Say == "" {
		p.Say, p.Text = entry.Title(l), entry.Text(l)
	}
	if p.Back == "" {
		p.Back = "/"
	}
	return Show(c, r.Status, templates.ProblemPage(p))
}
