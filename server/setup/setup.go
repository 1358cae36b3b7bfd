// Package setup is the first start of a shop's box: pages that lead through what a shop.yaml needs, write it, and end for good.
// Afterwards, on the owner's pages, it says what is left to be done.
package setup

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"weir/shop/guard"
	"weir/shop/shopfile"
	"weir/shop/wire"
	"weir/shop/words"
	"weir/static"
	"weir/templates/page"
)

// Config is what a [Setup] is made of.
type Config struct {
	File     string   // the shop.yaml to be made; it must not exist
	Loopback bool     // the listener can be reached from this machine only
	Secure   bool     // browsers reach it over HTTPS
	Hosts    []string // names it is reached by, besides its addresses
	Port     uint16   // where printers are looked for; 0 is [printerPort]
	// Tell shows a new one-time code to whoever stands at the box.
	Tell func(code string)
	Now  func() time.Time
	Log  *slog.Logger
}

// Owner is who set the shop up.
type Owner struct{ Name, Password string }

const (
	// codeFor is the purpose of the code that lets a browser in.
	codeFor = "setup"
	// sessionLife is how long a browser stays in: a setup takes minutes, and may wait over lunch.
	sessionLife = 12 * time.Hour
	// sessionsMax is how many browsers are in at once; the oldest goes first.
	sessionsMax = 8
	// sessionCookie holds a browser's token.
	sessionCookie = "weir_setup"
	// formMax is the size of a form in bytes: a menu with its prices, and room.
	formMax = 32 << 10
)

// Setup is a first start. What was filled in is kept in memory until the file is written, for all browsers together.
type Setup struct {
	Config
	front    *guard.Front
	tries    *guard.Tries
	codes    guard.Codes
	cookies  guard.Cookies
	finished chan Owner
	network  chan struct{} // held by whoever looks for printers or prints

	mu       sync.Mutex
	draft    shopfile.Draft
	filled   map[string]bool // steps that were saved
	found    []netip.AddrPort
	sessions map[guard.Hash]time.Time
	over     bool
}

// New begins a first start and tells a one-time code. It is asked for on loopback, too: a proxy on the same machine brings
// strangers there, and need not say so in a header.
func New(c Config) (*Setup, error) {
	if c.Port == 0 {
		c.Port = printerPort
	}
	id, err := rand.Int(rand.Reader, big.NewInt(1e6))
	if err != nil {
		return nil, fmt.Errorf("make an id for the shop: %w", err)
	}
	s := &Setup{
		Config: c, front: guard.NewFront(c.Loopback, c.Hosts), tries: guard.NewTries(), cookies: guard.Cookies{Secure: c.Secure},
		codes: guard.Codes{Life: codeLife}, finished: make(chan Owner, 1), network: make(chan struct{}, 1),
		filled: map[string]bool{}, sessions: map[guard.Hash]time.Time{},
	}
	s.draft = shopfile.Draft{ID: fmt.Sprintf("shop-%06d", id), TimeZone: zones[0], Open: "10:00", Close: "22:00", Staff: []int{1, 2, 1}}
	s.useMenu(shopfile.StarterMenus[0])
	return s, s.newCode()
}

// codeLife is how long a code is good: as long as a box waits for somebody to set it up. What holds off who guesses is that
// strangers are let try once a second, all together.
const codeLife = 365 * 24 * time.Hour

func (s *Setup) newCode() error {
	code, err := s.codes.New(codeFor, "console", s.Now())
	if err == nil {
		s.Tell(code.Spaced())
	}
	return err
}

// Finished gives the owner once the file has been written. Nothing is taken from then on.
func (s *Setup) Finished() <-chan Owner { return s.finished }

// Handler serves the pages.
func (s *Setup) Handler() http.Handler {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = s.fail
	e.Use(s.protect)
	e.GET(static.Prefix+"*", echo.WrapHandler(static.Handler()))
	e.GET("/healthz", func(c echo.Context) error { return c.String(http.StatusOK, "ok\n") })
	e.GET("/setup", s.begin)
	e.POST("/setup", s.enter)
	e.POST("/lang", func(c echo.Context) error {
		page.SetLang(c)
		return c.Redirect(http.StatusSeeOther, page.Back(c.FormValue("back"), "/setup"))
	})
	for _, step := range steps {
		e.GET(step.path(), step.show(s), s.inside)
		e.POST(step.path(), step.save(s), s.inside)
	}
	e.POST("/setup/menu/start", s.startMenu, s.inside)
	e.POST("/setup/printers/search", s.searchPrinters, s.inside)
	e.POST("/setup/printers/add", s.addPrinter, s.inside)
	e.POST("/setup/printers/remove", s.removePrinter, s.inside)
	e.POST("/setup/printers/test", s.tryPrinter, s.inside)
	return e
}

// protect refuses foreign hosts and foreign pages, bounds forms, and tells browsers what they must not do.
func (s *Setup) protect(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		page.Headers(c)
		if err := s.front.Check(c.Request()); err != nil {
			return echo.NewHTTPError(http.StatusForbidden).SetInternal(err)
		}
		c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, formMax)
		if c.Request().Method == http.MethodPost {
			if _, err := c.FormParams(); err != nil {
				return echo.NewHTTPError(http.StatusBadRequest).SetInternal(err)
			}
		}
		return next(c)
	}
}

// inside lets only those on who have shown a code.
func (s *Setup) inside(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !s.isIn(c.Request()) {
			return c.Redirect(http.StatusSeeOther, "/setup")
		}
		guard.Trust(c.Request().Context())
		return next(c)
	}
}

func (s *Setup) isIn(r *http.Request) bool {
	h, ok := s.cookies.Token(r, sessionCookie)
	if !ok {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	since, known := s.sessions[h]
	return known && s.Now().Sub(since) < sessionLife
}

// begin leads to the first step that is not filled in, or asks for the code.
func (s *Setup) begin(c echo.Context) error {
	if !s.isIn(c.Request()) {
		return s.showCode(c, http.StatusOK, "")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, step := range steps {
		if !s.filled[step.id] {
			return c.Redirect(http.StatusSeeOther, step.path())
		}
	}
	return c.Redirect(http.StatusSeeOther, steps[0].path())
}

// enter takes a code. It is used up; another one is told for another browser.
func (s *Setup) enter(c echo.Context) error {
	r, l := c.Request(), page.Lang(c)
	guess, err := s.tries.Guess(guard.AddressKey(r.RemoteAddr), true, s.Now())
	if soon := (guard.TooSoon{}); errors.As(err, &soon) {
		seconds := int(soon.Wait.Seconds()) + 1
		c.Response().Header().Set("Retry-After", fmt.Sprint(seconds))
		return s.showCode(c, http.StatusTooManyRequests, l.T("sign_in.too_many_wrong_ones", seconds))
	}
	if _, ok := s.codes.Take(wire.Typed(c.FormValue("code")), codeFor, s.Now()); !ok {
		return s.showCode(c, http.StatusForbidden, l.T("setup.the_code_is_wrong"))
	}
	guess.Right()
	token, h := guard.NewToken()
	s.mu.Lock()
	if len(s.sessions) >= sessionsMax {
		var oldest guard.Hash
		for other, since := range s.sessions {
			if at, ok := s.sessions[oldest]; !ok || since.Before(at) {
				oldest = other
			}
		}
		delete(s.sessions, oldest)
	}
	s.sessions[h] = s.Now()
	s.mu.Unlock()
	if err := s.newCode(); err != nil {
		return err
	}
	c.SetCookie(s.cookies.Make(sessionCookie, token, sessionLife))
	return c.Redirect(http.StatusSeeOther, "/setup")
}

// fail answers what is no page of a setup: a person is led to it, a program is told that there is no shop yet.
func (s *Setup) fail(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	status := http.StatusInternalServerError
	if http := (*echo.HTTPError)(nil); errors.As(err, &http) {
		status = http.Code
	} else {
		s.Log.Error("setup", "route", c.Path(), "error", err)
	}
	l := page.Lang(c)
	switch {
	case status != http.StatusNotFound && status != http.StatusMethodNotAllowed:
		err = s.showCode(c, status, l.T("setup.not_understood"))
	case page.WantsHTML(c):
		err = c.Redirect(http.StatusSeeOther, "/setup")
	default:
		c.Response().Header().Set("Retry-After", "60")
		err = c.String(http.StatusServiceUnavailable, words.EN.T("setup.no_shop_yet")+"\n")
	}
	if err != nil {
		s.Log.Error("setup", "route", c.Path(), "error", err)
	}
}

// busy takes the network for one who looks for printers or prints; ok is false when another one has it.
func (s *Setup) busy() (done func(), ok bool) {
	select {
	case s.network <- struct{}{}:
		return func() { <-s.network }, true
	default:
		return nil, false
	}
}

// networkContext bounds what is done on the shop's network for one request.
func networkContext(c echo.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(c.Request().Context(), networkMax)
}
