// Package kds is the screens of the shop: the kitchen board, the hand-over, the pick-up screen, and the
// stream that keeps them up to date.
//
// A screen is built from one snapshot by a function that decides what is on it (board.go, head.go …),
// shown by package templates, rendered once per change for all tablets that look at the same thing
// (live.go), and changed by taps (tap.go), which are commands like any other.
package kds

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"weir/printer"
	"weir/printer/virtual"
	"weir/server/store"
	"weir/shop"
	"weir/static"
	"weir/templates"
)

// Kitchen is the shop as the screens need it; [store.Store] is one.
type Kitchen interface {
	// Do has a command carried out; it returns when the outcome is certain. A refusal is a [*shop.Error].
	Do(ctx context.Context, c shop.Command) (store.Result, error)
	// Snapshot is the state after the last change. It does not change.
	Snapshot() *shop.State
	// Bell is closed at the next change.
	Bell() <-chan struct{}
	// Order finds an order, open or ended; [store.ErrNotFound] when there is none.
	Order(ctx context.Context, id shop.OrderID) (*shop.Order, error)
}

// Printer is a printer as the screens show it; [printer.Printer] is one.
type Printer interface {
	Status() printer.Status
	Virtual() *virtual.Printer // nil unless the printer is virtual
}

// Start is what the start page says about the running server.
type Start struct {
	Addresses []string // under which the shop can be reached
	Broker    string   // address of the broker in use
	Version   string   //
	Demo      bool     // a simulated day is running
	Open      bool     // on loopback, without sign-in
}

// Config is what the screens need. Only Kitchen, Now and Log must be given.
type Config struct {
	Kitchen  Kitchen
	Now      func() time.Time
	Log      *slog.Logger
	Printers []Printer
	Network  func() []templates.Light  // links to the outside; nil: none to show. Called once a second and at each change
	Troubles func() []shop.Name        // what else nobody may miss: an order unanswered, storage failing; nil: none
	Start    func() Start              // nil: nothing to say
	Guard    echo.MiddlewareFunc       // lets paired tablets in; nil lets everybody in
	Who      func(echo.Context) string // who taps, for the audit; nil is "tablet"
	Base     string                    // path before every address, "" or "/practice"
}

// Screens serves the pages of one shop. Make it with [New], mount it with [Screens.Routes], run it with
// [Screens.Run].
type Screens struct {
	Config
	hub *hub
}

// New returns the screens of a shop.
func New(c Config) *Screens {
	if c.Network == nil {
		c.Network = func() []templates.Light { return nil }
	}
	if c.Troubles == nil {
		c.Troubles = func() []shop.Name { return nil }
	}
	if c.Start == nil {
		c.Start = func() Start { return Start{} }
	}
	if c.Guard == nil {
		c.Guard = func(next echo.HandlerFunc) echo.HandlerFunc { return next }
	}
	if c.Who == nil {
		c.Who = func(echo.Context) string { return "tablet" }
	}
	s := &Screens{Config: c}
	s.hub = newHub(s)
	return s
}

// Routes mounts every page and call of the screens.
func (s *Screens) Routes(e *echo.Echo) {
	if s.Base == "" {
		e.GET(static.Prefix+"*", echo.WrapHandler(static.Handler()))
		e.HEAD(static.Prefix+"*", echo.WrapHandler(static.Handler()))
		e.GET("/manifest.webmanifest", manifest)
	}
	g := e.Group(s.Base, s.headers, s.Guard)
	g.GET("/", s.startPage)
	g.POST("/lang", s.setLang)

	g.GET("/kds", s.boardPage)
	g.GET("/kds/:station", s.boardPage)
	g.GET("/kds/live", s.live(boardScreen))
	g.GET("/kds/recall", s.recallPage)
	g.GET("/kds/sold-out", s.soldOutPage)
	g.GET("/kds/why", s.whyPage)
	g.GET("/kds/cups/:id", s.cupPage)
	g.GET("/kds/clear", s.clearPage)
	g.GET("/kds/release", s.releasePage)

	g.POST("/kds/cups/:id/:verb", s.tapCup)
	g.POST("/kds/undo", s.undoCups)
	g.POST("/kds/batches/:verb", s.tapBatch)
	g.POST("/kds/stops/:id/dismiss", s.dismissStop)
	g.POST("/kds/release", s.releaseMany)
	g.POST("/kds/stock/:ingredient", s.setStock)
	g.POST("/kds/orders/:id/handover", s.handOver)
	g.POST("/kds/orders/:id/release", s.endOrder(shop.OrderReleased))
	g.POST("/kds/orders/:id/unclaimed", s.endOrder(shop.OrderUnclaimed))
	g.POST("/kds/counter", s.walkIn)
	g.POST("/kds/sold-out/:item", s.setSoldOut)

	g.GET("/handoff", s.handoffPage)
	g.GET("/handoff/live", s.live(handoffScreen))
	g.POST("/handoff/scan", s.scan)
	g.POST("/handoff/unclaimed", s.unclaimedMany)
	g.POST("/handoff/orders/:id/arrived", s.arrived)

	g.GET("/board", s.pickupPage)
	g.GET("/board/live", s.live(pickupScreen))

	g.GET("/printers", s.printersPage)
	g.GET("/printers/:name/paper/:sheet", s.paper)
	g.POST("/printers/jobs/:id/:verb", s.decideJob)
}

// Run keeps the screens live until ctx ends; then every open stream ends, so that the HTTP server can
// shut down.
func (s *Screens) Run(ctx context.Context) error { return s.hub.run(ctx) }

// manifest lets a tablet install the board like an app.
func manifest(c echo.Context) error {
	l := langOf(c)
	type icon struct {
		Src     string `json:"src"`
		Sizes   string `json:"sizes"`
		Type    string `json:"type"`
		Purpose string `json:"purpose"`
	}
	c.Response().Header().Set("Content-Type", "application/manifest+json")
	return c.JSON(http.StatusOK, map[string]any{
		"id": "/kds", "name": l.T("堰 · 出杯屏", "Weir kitchen board"), "short_name": l.T("堰", "Weir"), "lang": l.Tag(), "dir": "ltr",
		"start_url": "/kds", "scope": "/", "display": "fullscreen", "orientation": "any",
		"background_color": "#0e1319", "theme_color": "#0e1319",
		"icons": []icon{
			{static.URL("icon/weir-192.png"), "192x192", "image/png", "any"},
			{static.URL("icon/weir-512.png"), "512x512", "image/png", "any"},
			{static.URL("icon/weir.svg"), "any", "image/svg+xml", "any"},
		},
	})
}
