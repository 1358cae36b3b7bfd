package api

import (
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"weir/shop"
	"weir/shop/wire"
	"weir/templates/page"
)

// Errors sets up what everything on this server gets, the screens too: errors as problems, panics that
// end one request only, and the durations in the metrics. Call it once.
func (a *API) Errors(e *echo.Echo) {
	e.HTTPErrorHandler = a.fail
	e.Pre(a.observe, a.recover)
}

// errPanicked is a handler's panic, which has been logged.
var errPanicked = errors.New("the handler panicked")

// recover lets a mistake in one handler end one request and not the shop.
func (a *API) recover(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if p == http.ErrAbortHandler {
				panic(p) // net/http's own way to end a connection
			}
			a.log.Error("handler panicked", "method", c.Request().Method, "route", c.Path(), "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = errPanicked
		}()
		return next(c)
	}
}

// observe measures every request but streams, whose length says nothing, and has every answer of the contract say whose
// it is, a refusal of the key too.
func (a *API) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := time.Now()
		if strings.HasPrefix(c.Request().URL.Path, "/v1/") {
			a.stamp(c, a.shop.Snapshot().Counters.Epoch)
		}
		if err := next(c); err != nil {
			c.Error(err)
		}
		if !strings.HasPrefix(c.Response().Header().Get("Content-Type"), "text/event-stream") {
			a.metrics.request(c.Path(), c.Request().Method, c.Response().Status, time.Since(start))
		}
		return nil
	}
}

// fail is echo's error handler: every error of every handler ends here as a problem (RFC 9457), and
// what is our own fault is logged here and nowhere else.
func (a *API) fail(err error, c echo.Context) {
	if c.Response().Committed {
		return // a stream that broke; the client sees its end
	}
	err = translate(err)
	p := wire.NewProblem(err, a.shop.Snapshot().Config.Menu)
	if p.Status == http.StatusInternalServerError && !errors.Is(err, errPanicked) && c.Request().Context().Err() == nil {
		a.log.Error("request failed", "method", c.Request().Method, "route", c.Path(), "error", err)
	}
	person := page.WantsHTML(c) && !strings.HasPrefix(c.Request().URL.Path, "/v1/")
	if err := page.Refuse(c, page.Refusal{Problem: p}, person); err != nil {
		a.log.Debug("answer not sent", "error", err) // the client has gone
	}
}

// translate makes the contract's problems of what echo and the store say.
func translate(err error) error {
	var e *echo.HTTPError
	switch {
	case errors.Is(err, errNotFound):
		return &shop.Error{Kind: shop.NotFound, Type: shop.ProblemNotFound, Detail: "there is no such order"}
	case !errors.As(err, &e):
		return err
	case e.Code == http.StatusNotFound:
		return &shop.Error{Kind: shop.NotFound, Type: shop.ProblemNotFound, Detail: "there is nothing at this path"}
	case e.Code == http.StatusMethodNotAllowed:
		return refuse(wire.ProblemWrongMethod, "this path does not take that method")
	case e.Code == http.StatusRequestEntityTooLarge:
		return refuse(wire.ProblemTooLarge, "the request is too large")
	case e.Code >= 400 && e.Code < 500:
		return refuse(wire.ProblemMalformed, fmt.Sprint(e.Message))
	}
	return err
}

func refuse(problem, detail string) error {
	return &shop.Error{Kind: shop.Invalid, Type: problem, Detail: detail}
}

// send answers a program with a problem.
func send(c echo.Context, p wire.Problem) error {
	return page.Refuse(c, page.Refusal{Problem: p}, false)
}
