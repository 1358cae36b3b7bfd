// Package templates shows view values as HTML. It decides nothing: what is on a page, in which order and
// in which words for a state, has been decided by whoever filled the value.
package templates

//go:generate go run github.com/a-h/templ/cmd/templ@v0.3.977 generate

import (
	"fmt"

	"weir/shop"
)

// Lang is the language of a page.
type Lang string

// The languages there are.
const (
	ZH Lang = "zh"
	EN Lang = "en"
)

// T is the text in the page's language. Both are written side by side, so that none can be missing.
func (l Lang) T(zh, en string) string {
	if l == EN {
		return en
	}
	return zh
}

// Of is a name in the page's language.
func (l Lang) Of(n shop.Name) string { return n.In(string(l)) }

// Tag is the language as BCP 47 writes it.
func (l Lang) Tag() string { return l.T("zh-Hans", "en") }

// N is a text about n things, with a "%d" for n: Chinese, English for one, English for any other number.
func (l Lang) N(n int, zh, one, many string) string {
	if n == 1 {
		many = one
	}
	return fmt.Sprintf(l.T(zh, many), n)
}

// Other is the language that the switch on a page leads to.
func (l Lang) Other() Lang {
	if l == EN {
		return ZH
	}
	return EN
}

// Page is what every page has around its content.
type Page struct {
	Lang    Lang
	Title   string
	Base    string // path before every address: "" or "/practice"
	Path    string // of this page with its query, to come back to after a form
	Theme   string // "dark" or "light"
	Style   string // the screen's own style sheet, a file of package static, or ""
	Scripts []string
	Live    string // address of the stream that keeps #frame up to date, or ""
	Banner  string // striped across the top: practice mode
	Open    bool   // on loopback without sign-in: the page says so
}

// Light is one thing that works or does not. Word is how it stands, in the page's language; whoever does
// not know the language gives Words.
type Light struct {
	Name  string
	OK    bool
	Word  string
	Words shop.Name
}
