// Package api is the fleet's HTTP door for platforms. Handlers are thin: read with package wire, ask the router, answer.
//
// The whole of it is on this page: the list in [API.Routes].
package api

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"weir/fleet/directory"
	"weir/fleet/route"
	"weir/shop"
	"weir/shop/guard"
	"weir/shop/wire"
)

// OpenAPI is the description of the door.
//
//go:embed openapi.yaml
var OpenAPI []byte

// API is the door. Until [API.Open] it answers that it is not ready.
type API struct {
	directory *directory.Directory
	quota     *guard.Quota
	now       func() time.Time
	log       *slog.Logger
	parts     atomic.Pointer[parts]
	limit     limiter
	beside    []prometheus.Collector // metrics of other rooms
}

// parts are what is there once the streams answer.
type parts struct{ router *route.Router }

// Quotas of a platform's channel: a fleet's whole day goes through it, a loop that has gone wild is stopped.
const quotaRate, quotaBurst = 5000, 20000

// New makes the door.
func New(d *directory.Directory, now func() time.Time, log *slog.Logger) *API {
	return &API{directory: d, quota: guard.NewQuota(quotaRate, quotaBurst), now: now, log: log}
}

// Measure adds the metrics of another room. Call it before [API.Routes].
func (a *API) Measure(c prometheus.Collector) { a.beside = append(a.beside, c) }

// Open lets requests through to a router that is ready.
func (a *API) Open(r *route.Router) { a.parts.Store(&parts{r}) }

// Routes adds the calls. What it says of errors and bodies holds for every route of e, also of other rooms.
func (a *API) Routes(e *echo.Echo) {
	e.HTTPErrorHandler = a.fail
	e.Use(bounded)
	e.POST("/v1/fleet/orders", a.keyed(a.place))
	e.GET("/v1/fleet/orders", a.keyed(a.order))
	e.POST("/v1/fleet/cancellations", a.keyed(a.cancel))
	e.POST("/v1/fleet/progress", a.keyed(a.progress))
	e.GET("/v1/fleet/near", a.keyed(a.near))
	e.POST("/v1/fleet/quotes", a.keyed(a.quotes))
	e.GET("/v1/fleet/slots", a.keyed(a.slots))
	e.POST("/v1/fleet/drills", a.keyed(a.drill))
	e.POST("/v1/fleet/admissions", a.keyed(a.admission))
	e.GET("/v1/fleet/capacity", a.keyed(a.capacity))
	e.GET("/v1/fleet/events", a.keyed(a.events))
	e.GET("/v1/fleet/reconciliation", a.keyed(a.reconciliation))
	e.GET("/v1/fleet/stores", a.keyed(a.stores))

	e.GET("/healthz", func(c echo.Context) error { return answer(c, http.StatusOK, map[string]string{"status": "ok"}) })
	e.GET("/readyz", a.readyz)
	e.GET("/metrics", a.metrics)
	e.GET("/openapi.yaml", func(c echo.Context) error { return c.Blob(http.StatusOK, "application/yaml", OpenAPI) })
	e.GET("/docs", a.docs)
	e.GET("/problems/:name", a.problem)
}

// Keyed lets a handler of another room have only requests with a good key, at the quota of the door.
func (a *API) Keyed(h func(c echo.Context, channel string, router *route.Router) error) echo.HandlerFunc {
	return a.keyed(func(c call) error { return h(c.Context, c.channel, c.router) })
}

// call is one keyed request.
type call struct {
	echo.Context
	channel string
	router  *route.Router
}

// keyed lets a handler have only requests with a good key, and stops floods.
func (a *API) keyed(h func(c call) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		p := a.parts.Load()
		if p == nil {
			return errNotReady
		}
		scheme, key, _ := strings.Cut(c.Request().Header.Get("Authorization"), " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return refuse(wire.ProblemKeyMissing, "send Authorization: Bearer and the platform's key")
		}
		channel, ok := a.directory.Channel(strings.TrimSpace(key))
		if !ok {
			return refuse(wire.ProblemKeyInvalid, "this key is not known here, or has been revoked")
		}
		if wait := a.quota.Wait(channel, time.Now()); wait > 0 {
			return send(c, wire.TooMany(wait), wire.TooMany(wait).Status, wire.TooMany(wait).RetryAfter)
		}
		a.quota.Charge(channel, time.Now())
		return h(call{c, channel, p.router})
	}
}

var errNotReady = &shop.Error{Kind: shop.Unavailable, Type: shop.ProblemStorage, Unknown: true,
	Detail: "the fleet is not ready yet, or has lost the majority of its nodes"}

func refuse(problem, detail string) error {
	return &shop.Error{Kind: shop.Invalid, Type: problem, Detail: detail}
}

// readyz says whether orders can be taken: the streams answer and every shop is known.
func (a *API) readyz(c echo.Context) error {
	p := a.parts.Load()
	if p == nil || !p.router.Healthy(c.Request().Context()) {
		return errNotReady
	}
	return answer(c, http.StatusOK, map[string]string{"status": "ready"})
}

func answer(c echo.Context, status int, body any) error {
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(status, body)
}

func reply(c echo.Context, r route.Reply) error {
	if r.Replayed {
		c.Response().Header().Set("Idempotent-Replayed", "true")
	}
	if p, ok := r.Body.(route.Problem); ok {
		return send(c, p, p.Status, p.RetryAfter)
	}
	if r.Status >= 400 {
		return send(c, r.Body, r.Status, 0)
	}
	return answer(c, r.Status, r.Body)
}

// send answers with a problem.
func send(c echo.Context, body any, status int, retry int64) error {
	c.Response().Header().Set("Cache-Control", "no-store")
	if retry > 0 {
		c.Response().Header().Set("Retry-After", strconv.FormatInt(retry, 10))
	}
	if status == http.StatusUnauthorized {
		c.Response().Header().Set("WWW-Authenticate", "Bearer")
	}
	c.Response().Header().Set(echo.HeaderContentType, wire.ProblemMediaName)
	c.Response().WriteHeader(status)
	return c.Echo().JSONSerializer.Serialize(c, body, "")
}

// fail answers with what went wrong.
func (a *API) fail(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	if errors.Is(err, shop.ErrNotFound) {
		err = &shop.Error{Kind: shop.NotFound, Type: shop.ProblemNotFound, Detail: "there is no such order"}
	}
	var out error
	known, own := (*shop.Error)(nil), (*echo.HTTPError)(nil)
	if p, ok := route.ProblemOf(err); ok {
		out = send(c, p, p.Status, p.RetryAfter)
	} else if errors.As(err, &own) && own.Code < 500 {
		name := shop.ProblemNotFound
		if own.Code == http.StatusMethodNotAllowed {
			name = wire.ProblemWrongMethod
		}
		p := wire.NewProblem(refuse(name, http.StatusText(own.Code)), nil)
		out = send(c, p, own.Code, 0)
	} else {
		if !errors.As(err, &known) && c.Request().Context().Err() == nil {
			a.log.Error("request failed", "path", c.Path(), "error", err)
		}
		p := wire.NewProblem(err, nil)
		out = send(c, p, p.Status, p.RetryAfter)
	}
	if out != nil {
		a.log.Debug("answer not sent", "error", out) // the caller has gone
	}
}

// body reads a JSON body.
func body(c echo.Context) ([]byte, error) {
	r := c.Request()
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset := params["charset"]
	plain := kind == "application/json" && (charset == "" || strings.EqualFold(charset, "utf-8")) && r.Header.Get("Content-Encoding") == ""
	if err != nil || !plain {
		return nil, refuse(wire.ProblemMediaType, "send Content-Type: application/json, in UTF-8 and not compressed")
	}
	text, err := io.ReadAll(r.Body)
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, refuse(wire.ProblemTooLarge, fmt.Sprintf("at most %d bytes", wire.BodyMax))
	}
	if err != nil {
		return nil, refuse(wire.ProblemMalformed, "the body did not come to its end")
	}
	return text, nil
}

func badParameter(name, detail string) error {
	return &shop.Error{Kind: shop.Invalid, Type: shop.ProblemInvalid, Detail: "a parameter is wrong",
		Fields: []shop.FieldError{{Pointer: "/" + name, Detail: detail}}}
}

// number reads a number from the query, or what it is when absent.
func number(c echo.Context, name string, absent, min, max float64) (float64, error) {
	text := c.QueryParam(name)
	if text == "" {
		return absent, nil
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || !(n >= min && n <= max) {
		return 0, badParameter(name, fmt.Sprintf("want a number from %v to %v", min, max))
	}
	return n, nil
}
