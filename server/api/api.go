// Package api is the shop's HTTP door for platforms: orders, capacity, the feed and what explains
// them. Handlers are thin: read with package wire, ask the shop, answer with package wire.
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

	"weir/server/store"
	"weir/shop"
	"weir/shop/guard"
	"weir/shop/wire"
)

// Shop is what the door needs of the shop; [store.Store] is one.
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

// Keys tells whose key it is; [weir/server/access.Keys] does.
type Keys interface {
	Channel(key string) (channel string, ok bool)
}

// Config is what an API is made of.
type Config struct {
	Shop     Shop
	Keys     Keys
	Reporter *wire.Reporter   // the one that the MQTT door asks too
	Quota    *guard.Quota     // nil: guard.QuotaRate and guard.QuotaBurst for each channel
	Log      *slog.Logger     //
	Now      func() time.Time // the shop's clock
}

// API is the HTTP door.
type API struct {
	shop     Shop
	keys     Keys
	reporter *wire.Reporter
	quota    *guard.Quota
	log      *slog.Logger
	now      func() time.Time
	metrics  *Metrics
	pages    pages
	waiters  chan struct{} // holds one token per request that waits for a change

	stop     sync.Once
	stopping chan struct{} // closed when the server ends
}

// New makes the door. It is an error when the built-in documentation cannot be read.
func New(c Config) (*API, error) {
	a := &API{
		shop: c.Shop, keys: c.Keys, reporter: c.Reporter, quota: c.Quota, log: c.Log, now: c.Now,
		waiters: make(chan struct{}, waitersMax), stopping: make(chan struct{}),
	}
	if a.quota == nil {
		a.quota = guard.NewQuota(guard.QuotaRate, guard.QuotaBurst)
	}
	a.metrics = newMetrics(a)
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
	e.POST("/v1/orders", a.Keyed(a.place))
	get(e, "/v1/orders", a.Keyed(a.orderByRef))
	get(e, "/v1/orders/:id", a.Keyed(a.order))
	e.POST("/v1/orders/:id/progress", a.Keyed(a.progress))
	e.POST("/v1/cancellations", a.Keyed(a.cancel))
	get(e, "/v1/events", a.Keyed(a.events))
	e.POST("/v1/events/ack", a.Keyed(a.ack))
	get(e, "/v1/reconciliation", a.Keyed(a.reconciliation))
	e.POST("/v1/campaigns", a.Keyed(a.giveNotice))
	get(e, "/v1/campaigns", a.Keyed(a.campaigns))
	get(e, "/v1/campaigns/:id", a.Keyed(a.campaign))
	e.PUT("/v1/campaigns/:id", a.Keyed(a.reviseNotice))
	e.DELETE("/v1/campaigns/:id", a.Keyed(a.cancelNotice))
	get(e, "/v1/settlement/:date", a.Keyed(a.settlement))
	get(e, "/v1/menu", a.Keyed(a.menu))
	e.PUT("/v1/menu/:item/availability", a.Keyed(a.setAvailable))

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

// Metrics are the figures of /metrics, for the MQTT door to count its orders in.
func (a *API) Metrics() *Metrics { return a.metrics }

// Stop answers the calls that wait for a change at once, and from now on. Register it with
// [http.Server.RegisterOnShutdown]: otherwise they hold the end up for half a minute.
func (a *API) Stop() { a.stop.Do(func() { close(a.stopping) }) }

// json answers with a value.
func (a *API) json(c echo.Context, status int, body any) error {
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(status, body)
}

func (a *API) healthz(c echo.Context) error {
	return a.json(c, http.StatusOK, map[string]string{"status": "ok"})
}

// readyz says whether orders can be stored.
func (a *API) readyz(c echo.Context) error {
	select {
	case <-a.stopping:
		return &shop.Error{Kind: shop.Unavailable, Type: shop.ProblemStorage, Detail: "the shop's server is stopping"}
	default:
	}
	switch {
	case !a.shop.Healthy():
		return &shop.Error{Kind: shop.Unavailable, Type: shop.ProblemStorage, Detail: "the last write failed"}
	case a.shop.Short():
		return &shop.Error{Kind: shop.Unavailable, Type: shop.ProblemStorage, Detail: "the disk is nearly full: no new orders are taken"}
	}
	return a.json(c, http.StatusOK, map[string]string{"status": "ready"})
}
