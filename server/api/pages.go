package api

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"

	"github.com/labstack/echo/v4"

	"weir/shop"
	"weir/shop/wire"
)

//go:embed openapi.yaml
var openAPIText []byte

//go:embed pages.html
var pagesText string

//go:embed pages.css
var style string

// pages are what explains the calls: made once from openapi.yaml and the table of problems.
type pages struct {
	docs     []byte
	problems []byte
	problem  map[string][]byte
}

// pagesPolicy lets a page have the one style sheet it carries and nothing else.
var pagesPolicy = func() string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"
}()

func newPages() (p pages, err error) {
	t, err := template.New("pages").Funcs(template.FuncMap{"style": func() template.CSS { return template.CSS(style) }}).Parse(pagesText)
	if err != nil {
		return p, fmt.Errorf("read pages.html: %w", err)
	}
	book, err := readBook(openAPIText)
	if err != nil {
		return p, err
	}
	render := func(name string, view any) []byte {
		var page bytes.Buffer
		if e := t.ExecuteTemplate(&page, name, view); e != nil && err == nil {
			err = fmt.Errorf("draw page %s: %w", name, e)
		}
		return page.Bytes()
	}
	p.docs = render("docs", book)
	p.problems = render("problems", wire.Problems)
	p.problem = map[string][]byte{}
	for _, entry := range wire.Problems {
		p.problem[entry.Name] = render("problem", entry)
	}
	return p, err
}

func (a *API) openAPI(c echo.Context) error {
	return c.Blob(http.StatusOK, "application/yaml", openAPIText) // RFC 9512
}

func (a *API) docs(c echo.Context) error     { return document(c, a.pages.docs) }
func (a *API) problems(c echo.Context) error { return document(c, a.pages.problems) }

// problem explains one problem type.
func (a *API) problem(c echo.Context) error {
	text, ok := a.pages.problem[c.Param("name")]
	if !ok {
		return &shop.Error{Kind: shop.NotFound, Type: shop.ProblemNotFound, Detail: "there is no such problem type; see /problems"}
	}
	return document(c, text)
}

func document(c echo.Context, text []byte) error {
	c.Response().Header().Set("Content-Security-Policy", pagesPolicy)
	return c.HTMLBlob(http.StatusOK, text)
}
