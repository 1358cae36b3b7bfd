package setup

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"weir/shop"
	"weir/shop/words"
	"weir/templates"
	"weir/templates/page"
)

// step is one page of a setup. The caller of its functions holds the lock.
type step struct {
	id string
	// view makes the page. form is what was typed in vain, nil for what is saved.
	view func(s *Setup, p templates.Setup, form url.Values) templ.Component
	// take changes the draft as a form says, or nothing.
	take func(s *Setup, l words.Lang, form url.Values) error
}

// steps are the pages in their order; the last one ends the setup.
var steps []step

func init() { // not in the declaration: the last page names the others
	steps = []step{
		{"shop", (*Setup).viewShop, (*Setup).takeShop},
		{"line", (*Setup).viewLine, (*Setup).takeLine},
		{"menu", (*Setup).viewMenu, (*Setup).takeMenu},
		{"printers", (*Setup).viewPrinters, (*Setup).takePrinters},
		{ownerStep, (*Setup).viewOwner, (*Setup).takeOwner},
	}
}

// ownerStep is the last one.
const ownerStep = "owner"

func (t step) path() string { return "/setup/" + t.id }

// wrong is something that a person typed wrongly, by the text that says it.
type wrong struct {
	id   string
	args []any
}

// Error implements error.
func (w wrong) Error() string { return words.EN.T(w.id, w.args...) }

// show shows a step as it is saved.
func (t step) show(s *Setup) echo.HandlerFunc {
	return func(c echo.Context) error { return s.answer(c, t, http.StatusOK, "", nil) }
}

// save takes a form, and leads on.
func (t step) save(s *Setup) echo.HandlerFunc {
	return func(c echo.Context) error {
		form, err := c.FormParams()
		if err != nil {
			return echo.NewHTTPError(http.StatusBadRequest).SetInternal(err)
		}
		s.mu.Lock()
		if !s.over {
			if err = t.take(s, page.Lang(c), form); err == nil {
				s.filled[t.id] = true
			}
		}
		over := s.over
		s.mu.Unlock()
		switch {
		case err != nil:
			return s.refuse(c, t.id, err, form)
		case over:
			c.Response().Header().Set("Connection", "close") // the shop answers on another one
			return c.Redirect(http.StatusSeeOther, LeftPath)
		}
		return c.Redirect(http.StatusSeeOther, steps[slices.IndexFunc(steps, t.is)+1].path())
	}
}

func (t step) is(other step) bool { return t.id == other.id }

// refuse shows a step again with what was wrong and what was typed.
func (s *Setup) refuse(c echo.Context, id string, err error, form url.Values) error {
	var w wrong
	if !errors.As(err, &w) {
		return err
	}
	t := steps[slices.IndexFunc(steps, step{id: id}.is)]
	return s.answer(c, t, http.StatusUnprocessableEntity, page.Lang(c).T(w.id, w.args...), form)
}

// frame is the frame of every page.
func (s *Setup) frame(c echo.Context, path, text string) templates.Setup {
	p := templates.Setup{Page: page.Light.New(c, page.Lang(c).T("setup.title"), "owner.css"), Error: text}
	p.Path, p.Guest = path, true
	return p
}

func (s *Setup) answer(c echo.Context, t step, status int, text string, form url.Values) error {
	return s.answerAs(c, s.frame(c, t.path(), text), t, status, form)
}

func (s *Setup) answerAs(c echo.Context, p templates.Setup, t step, status int, form url.Values) error {
	s.mu.Lock()
	for i, other := range steps {
		p.Steps = append(p.Steps, templates.SetupStep{Number: i + 1, Name: p.Lang.T("setup.step." + other.id), Href: other.path(),
			Done: s.filled[other.id], Here: other.is(t)})
	}
	view := t.view(s, p, form)
	s.mu.Unlock()
	return page.Show(c, status, view)
}

func (s *Setup) showCode(c echo.Context, status int, text string) error {
	return page.Show(c, status, templates.SetupCodePage(s.frame(c, "/setup", text), !s.Secure))
}

// textMax is how many characters a name or an address has at most.
const textMax = 60

// plain makes a text of one line of what a person typed. ok is false when it is too long.
func plain(s string) (clean string, ok bool) {
	clean = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r) || shop.Invisible(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))), " ")
	return clean, utf8.RuneCountInString(clean) <= textMax
}

// field is what a form has for a name, or what is saved when there is no form.
func field(form url.Values, name, saved string) string {
	if form == nil {
		return saved
	}
	if text := form.Get(name); len(text) <= 4*textMax {
		return text
	}
	return saved
}

// number is a number of a form.
func number(form url.Values, name string, saved int) string {
	return field(form, name, fmt.Sprint(saved))
}
