// Package api is HTTP for platforms: orders, capacity, the feed and what explains them. What changes the shop is carried
// to package door and its answer back; what only reads is answered here.
//
// The whole of it is on this page: the list in [API.Routes].
package api

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"weir/server/store"
	"weir/shop"
	"weir/shop/door"
	"weir/shop/wire"
)

// Shop is what HTTP needs of the shop beside the door; [store.Store] is one.
type Shop interface {
	// Do returns after the commit. A refusal is a *shop.Error.
	Do(ctx context.Context, c shop.Command) (shop.Result, error)
	Snapshot() *shop.State
	Bell() <-chan struct{}
	Order(ctx context.Context, id shop.OrderID) (*shop.Order, error)
	OrderByRef(ctx context.Context, channel, ref string) (*shop.Order, error)
	OrdersOfDay(ctx context.Context, day shop.Day, channel string) ([]*shop.Order, error)
	ClosedDay(ctx context.Context, day shop.Day) (store.ClosedDay, error)
	Feed(ctx context.Context, channel string, after uint64, limit int) ([]store.FeedEntry, error)
	Healthy() bool
	Short() bool
	Counts() (commits, orders int64)
	Batches() (atMost map[float64]uint64, commands uint64)
}

// Keys tells whose key it is; package access does.
type Keys interface {
	Channel(key string) (channel string, ok bool)
}

// Config is what an API is made of.
type Config struct {
	Shop     Shop
	Door     *door.Door // the one that MQTT uses too
	Keys     Keys
	Reporter *wire.Reporter         // the one that MQTT uses too
	Log      *slog.Logger           //
	Now      func() time.Time       // the shop's clock
	Figures  []prometheus.Collector // of other parts of the program, for /metrics
	Hooks    Hooks                  // where channels want their events
	// Checks are what readyz names to an Insider who asks for all; both may be nil: nothing, and nobody.
	Checks  func() []Check
	Insider func(echo.Context) bool
}

// API is HTTP for platforms.
type API struct {
	shop     Shop
	door     *door.Door
	keys     Keys
	reporter *wire.Reporter
	log      *slog.Logger
	now      func() time.Time
	metrics  *metrics
	pages    pages
	waiters  waiters
	hooks    Hooks

	checks   func() []Check
	insider  func(echo.Context) bool
	stop     sync.Once
	stopping chan struct{} // closed when the server ends
}

// New makes an API. It is an error when the built-in documentation cannot be read.
func New(c Config) (*API, error) {
	a := &API{
		shop: c.Shop, door: c.Door, keys: c.Keys, reporter: c.Reporter, log: c.Log, now: c.Now,
		waiters: waiters{of: map[string]int{}}, stopping: make(chan struct{}), hooks: c.Hooks, checks: c.Checks, insider: c.Insider,
	}
	a.metrics = newMetrics(a, c.Figures)
	var err error
	if a.pages, err = newPages(); err != nil {
		return nil, fmt.Errorf("make the documentation: %w", err)
	}
	return a, nil
}

// Routes adds the calls. Those that are keyed are a channel's own business and see nothing of others'.
func (a *API) Routes(e *echo.Echo) {
	get(e, "/v1/capacity", a.capacity)
	e.POST("/v1/quotes", a.Keyed(a.quote))
	get(e, "/v1/slots", a.Keyed(a.slots))
	e.POST("/v1/holds", a.call(door.Hold))
	e.DELETE("/v1/holds/:id", a.callOf(door.DropHold))
	e.POST("/v1/orders", a.call(door.Order))
	get(e, "/v1/orders", a.Keyed(a.orderByRef))
	get(e, "/v1/orders/:id", a.Keyed(a.order))
	e.POST("/v1/orders/:id/cancellations", a.callOf(door.CancelPartOf))
	e.POST("/v1/orders/:id/progress", a.callOf(door.ProgressOf))
	e.POST("/v1/cancellations", a.call(door.Cancel))
	get(e, "/v1/events", a.Keyed(a.events))
	e.POST("/v1/events/ack", a.call(door.Ack))
	e.PUT("/v1/webhook", a.Keyed(a.putWebhook))
	get(e, "/v1/webhook", a.Keyed(a.webhook))
	e.DELETE("/v1/webhook", a.Keyed(a.removeWebhook))
	get(e, "/v1/reconciliation", a.reconciliation)
	e.POST("/v1/campaigns", a.call(door.NewNotice))
	get(e, "/v1/campaigns", a.Keyed(a.campaigns))
	get(e, "/v1/campaigns/:id", a.Keyed(a.campaign))
	e.PUT("/v1/campaigns/:id", a.callOf(door.ReviseNotice))
	e.DELETE("/v1/campaigns/:id", a.callOf(door.CancelNotice))
	get(e, "/v1/settlement/:date", a.Keyed(a.settlement))
	get(e, "/v1/menu", a.Keyed(a.menu))
	e.PUT("/v1/menu/:item/availability", a.setAvailable)
	e.POST("/v1/availability", a.call(door.Mark))

	get(e, "/healthz", a.healthz)
	get(e, "/readyz", a.readyz)
	get(e, "/metrics", echo.WrapHandler(a.metrics.handler()))
	get(e, "/openapi.yaml", a.openAPI)
	get(e, "/docs", a.docs)
	get(e, "/problems", a.problems)
	get(e, "/problems/:name", a.problem)
}

// get answers HEAD as well, as a server of the web has to (RFC 9110, 9.3.2); net/http drops the body.
func get(e *echo.Echo, path string, h echo.HandlerFunc) {
	e.GET(path, h)
	e.HEAD(path, h)
}

// Stop answers the calls that wait for a change at once, and from now on, and makes readyz say that the server stops.
// Call it when the server begins to stop: otherwise the calls that wait hold up its end for half a minute.
func (a *API) Stop() { a.stop.Do(func() { close(a.stopping) }) }

// json answers with a value.
func (a *API) json(c echo.Context, status int, body any) error {
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(status, body)
}

func (a *API) healthz(c echo.Context) error {
	return a.json(c, http.StatusOK, map[string]string{"status": "ok"})
}
