// Package templates shows view values as HTML. It decides nothing: what is on a page, in which order and
// in which words for a state, has been decided by whoever filled the value.
package templates

import "weir/shop/words"

//go:generate go run github.com/a-h/templ/cmd/templ@v0.3.977 generate -include-version=false

// Page is what every page has around its content.
type Page struct {
	Lang    words.Lang
	Title   string
	Base    string // path before every address: "" or "/practice"
	Path    string // of this page with its query, to come back to after a form
	Theme   string // "dark" or "light"
	Size    string // how large this device shows everything, percent: one of [Sizes]
	Style   string // the screen's own style sheet, a file of package static, or ""
	Scripts []string
	Live    string // address of the stream that keeps #frame up to date, or ""
	Banner  string // striped across the top: practice mode
	Leave   string // beside the banner: the way back to the real board, or ""
	Guest   bool   // of a customer: there is nothing to install on their phone
	Again   int    // seconds after which a browser without script loads the page anew; 0 is never
	Open    bool   // on loopback without sign-in: the page says so
}

// Sizes are how large a device may show everything, percent of the usual. Each is a rule of weir.css.
var Sizes = []string{"100", "125", "150", "200"}

// Light is one thing that works or does not, and how it stands.
type Light struct {
	Name string
	OK   bool
	Word string // in the page's language
}
