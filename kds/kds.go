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
	"golang.org/x/sync/errgroup"

	"weir/printer"
	"weir/printer/virtual"
	"weir/shop"
	"weir/shop/guard"
	"weir/shop/words"
	"weir/static"
	"weir/templates"
	"weir/templates/page"
)

// Kitchen is the shop as the screens need it; [store.Store] is one.
type Kitchen interface {
	// Do has a command carried out; it returns when the outcome is certain. A refusal is a [*shop.Error].
	Do(ctx context.Context, c shop.Command) (shop.Result, error)
	// Snapshot is the state after the last change. It does not change.
	Snapshot() *shop.State
	// Bell is closed at the next change.
	Bell() <-chan struct{}
	// Order finds an order, open or ended; [shop.ErrNotFound] when there is none.
	Order(ctx context.Context, id shop.OrderID) (*shop.Order, error)
	// OrdersOfDay lists the orders of a business day, open and ended, of one channel or ("") of all.
	OrdersOfDay(ctx context.Context, day shop.Day, channel string) ([]*shop.Order, error)
}

// Printer is a printer as the screens show it; [printer.Printer] is one.
type Printer interface {
	Status() printer.Status
	Virtual() *virtual.Printer // nil unless the printer is virtual
	Test()                     // asks for a test page
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
	Network  func(words.Lang) []templates.Light // links to the outside; nil: none to show. Called once a second and at each change
	Troubles func(words.Lang) []string          // what else nobody may miss: an order unanswered, storage failing; nil: none
	Start    func() Start                       // nil: nothing to say
	Refusals func() []shop.Refused              // the last orders that were not accepted, the newest first; nil: none to show
	Who      func(echo.Context) string          // who taps, for the audit; nil is "tablet"
	Watcher  func(echo.Context) Watcher         // who looks at a screen; nil is a paired device without a bound of its own
	Base     string                             // path before every address, "" or "/practice"
	// PracticePrinters makes the virtual printers of a practice, which has a clock of its own, and what runs them until its
	// context ends; nil: a practice prints nothing.
	PracticePrinters func(k Kitchen, now func() time.Time) ([]Printer, func(context.Context) error)

	// over is where a screen leads that has nothing to show any more, "" while it has, and how many real orders it has
	// to make known before; nil: it always has something to show.
	over func() (to string, orders int)
}

// Screens serves the pages of one shop. Make it with [New], mount it with [Screens.Routes], run it with
// [Screens.Run].
type Screens struct {
	Config
	hub      *hub
	hands    hands
	scans    *guard.Quota // of readers, by device
	levels   levelChanges
	practice *practice // nil in a practice
}

// New returns the screens of a shop.
func New(c Config) *Screens {
	if c.Network == nil {
		c.Network = func(words.Lang) []templates.Light { return nil }
	}
	if c.Troubles == nil {
		c.Troubles = func(words.Lang) []string { return nil }
	}
	if c.Refusals == nil {
		c.Refusals = func() []shop.Refused { return nil }
	}
	if c.Start == nil {
		c.Start = func() Start { return Start{} }
	}
	if c.Who == nil {
		c.Who = func(echo.Context) string { return "tablet" }
	}
	if c.Watcher == nil {
		c.Watcher = func(echo.Context) Watcher { return Watcher{Paired: true} }
	}
	s := &Screens{Config: c, scans: newScanQuota()}
	s.hub = newHub(s)
	if s.Base == "" {
		s.practice = newPractice(s)
	}
	return s
}

// Routes mounts every page and call of the screens.
func (s *Screens) Routes(e *echo.Echo) {
	if s.Base == "" {
		e.GET(static.Prefix+"*", echo.WrapHandler(static.Handler()))
		e.HEAD(static.Prefix+"*", echo.WrapHandler(static.Handler()))
		e.GET("/manifest.webmanifest", manifest)
		e.POST("/v1/device/scans", s.deviceScan)
		s.practice.routes(e)
	}
	// Each route carries the middleware itself: a group that has it answers every path nobody else has, and with
	// it every wrong method.
	g := e.Group(s.Base)
	get := func(path string, h echo.HandlerFunc) { g.GET(path, h, s.onlyWhileThere) }
	post := func(path string, h echo.HandlerFunc) { g.POST(path, h, s.onlyWhileThere) }
	get("/", s.startPage)
	post("/lang", s.setLang)
	post("/size", s.setSize)

	get("/kds", s.boardPage)
	get("/kds/:station", s.boardPage)
	get("/kds/live", s.live(boardScreen))
	get("/kds/recall", s.recallPage)
	get("/kds/sold-out", s.soldOutPage)
	get("/kds/stock", s.stockPage)
	get("/kds/stock/:ingredient", s.stockedPage)
	get("/kds/stock-day", s.stockDayPage)
	get("/kds/why", s.whyPage)
	get("/kds/sound", s.soundPage)
	get("/kds/orders", s.ordersPage)
	get("/kds/orders/:id", s.orderPage)
	get("/kds/cups/:id", s.cupPage)
	get("/kds/totals", s.totalsPage)
	get("/kds/counter", s.counterPage)
	get("/kds/clear", s.clearPage)
	get("/kds/release", s.releasePage)
	get("/kds/lines", s.linesPage)

	post("/kds/scan", s.scanCup)
	post("/kds/cups/:id/void", s.takeOff(shop.Voided))
	post("/kds/cups/:id/discard", s.takeOff(shop.Discarded))
	post("/kds/cups/:id/back", s.bringBack)
	post("/kds/cups/:id/:verb", s.tapCup)
	post("/kds/undo", s.undoCups)
	post("/kds/batches/:verb", s.tapBatch)
	post("/kds/stops/:id/dismiss", s.dismissStop)
	post("/kds/release", s.releaseMany)
	post("/kds/stock/:ingredient", s.setStock)
	post("/kds/stock/:ingredient/received", s.receiveStock)
	post("/kds/stock/:ingredient/wasted", s.wasteStock)
	post("/kds/cook/:ingredient/:step", s.cook)
	post("/kds/orders/:id/handover", s.handOver)
	post("/kds/orders/:id/release", s.endOrder(shop.OrderReleased))
	post("/kds/orders/:id/first", s.putFirst)
	post("/kds/orders/:id/compensation", s.compensate)
	post("/kds/orders/:id/print", s.printAgain)
	post("/kds/orders/:id/lines", s.fillLines)
	post("/kds/orders/:id/unclaimed", s.endOrder(shop.OrderUnclaimed))
	post("/kds/counter", s.walkIn)
	post("/kds/counter/undo", s.undoWalkIn)
	post("/kds/sold-out", s.setSoldOut)
	post("/kds/sold-out/:item", s.setSoldOut)

	get("/handoff", s.handoffPage)
	get("/handoff/live", s.live(handoffScreen))
	post("/handoff/scan", s.scan)
	post("/handoff/unclaimed", s.unclaimedMany)
	post("/handoff/orders/:id/arrived", s.arrived)

	get("/board", s.pickupPage)
	get("/board/live", s.live(pickupScreen))

	get("/printers", s.printersPage)
	get("/printers/:name/paper/:sheet", s.paper)
	post("/printers/jobs/:id/:verb", s.decideJob)
	post("/printers/:name/test", s.testPage)
}

// Run keeps the screens live until ctx ends; then every open stream ends, so that the HTTP server can
// shut down.
func (s *Screens) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.hub.run(ctx) })
	if s.practice != nil {
		group.Go(func() error { return s.practice.run(ctx) })
	}
	return group.Wait()
}

// onlyWhileThere leads away from the screens of a practice that is over.
func (s *Screens) onlyWhileThere(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		to := ""
		if s.over != nil {
			to, _ = s.over()
		}
		if to == "" {
			return next(c)
		}
		if c.Request().Method != http.MethodGet {
			return s.refuse(c, &shop.Error{Kind: shop.Conflict, Type: shop.ProblemInvalidTransition, Detail: "the practice is over"})
		}
		return c.Redirect(http.StatusSeeOther, to)
	}
}

// manifest lets a tablet install the board like an app.
func manifest(c echo.Context) error {
	l := page.Lang(c)
	type icon struct {
		Src     string `json:"src"`
		Sizes   string `json:"sizes"`
		Type    string `json:"type"`
		Purpose string `json:"purpose"`
	}
	c.Response().Header().Set("Content-Type", "application/manifest+json")
	return c.JSON(http.StatusOK, map[string]any{
		"id": "/kds", "name": l.T("page.weir_kitchen_board"), "short_name": l.T("page.weir"), "lang": l.Tag(), "dir": "ltr",
		"start_url": "/kds", "scope": "/", "display": "fullscreen", "orientation": "any",
		"background_color": "#0e1319", "theme_color": "#0e1319",
		"icons": []icon{
			{static.URL("icon/weir-192.png"), "192x192", "image/png", "any"},
			{static.URL("icon/weir-512.png"), "512x512", "image/png", "any"},
			{static.URL("icon/weir.svg"), "any", "image/svg+xml", "any"},
		},
	})
}
