package api

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"weir/shop/door"
	"weir/shop/wire"
)

// Headers of requests and answers that are not HTTP's own.
const (
	headerNonce    = "Weir-Nonce"          // the nonce of a request, repeated in its answer
	headerEpoch    = "Weir-Epoch"          // the shop's epoch
	headerBox      = "Weir-Box"            // the id of its data directory
	headerReplayed = "Idempotent-Replayed" // the request had been carried out before
)

// call carries a request with a good key to the door, and its answer back.
func (a *API) call(call door.Call) echo.HandlerFunc {
	return func(c echo.Context) error {
		channel, err := a.Channel(c)
		if err != nil {
			return err
		}
		return a.carry(c, channel, call)
	}
}

// callOf carries a request about what its path names.
func (a *API) callOf(of func(id string) door.Call) echo.HandlerFunc {
	return func(c echo.Context) error { return a.call(of(c.Param("id")))(c) }
}

// reconciliation lists a business day, today's unless another is named.
func (a *API) reconciliation(c echo.Context) error {
	return a.call(door.ReconcileDay(c.QueryParam("day")))(c)
}

// carry carries a request of a channel to the door, and its answer back.
func (a *API) carry(c echo.Context, channel string, call door.Call) error {
	m := door.Message{Nonce: nonce(c)}
	if method := c.Request().Method; method != http.MethodGet && method != http.MethodDelete {
		m.Body = func() ([]byte, error) { return body(c) }
	}
	answer := a.door.Do(c.Request().Context(), channel, call, m)
	h := c.Response().Header()
	a.stamp(c, answer.Epoch)
	if answer.Nonce != "" {
		h.Set(headerNonce, answer.Nonce)
	}
	if problem, wrong := answer.Body.(wire.Problem); wrong {
		return send(c, problem)
	}
	if answer.Replayed {
		h.Set(headerReplayed, "true")
	}
	if answer.Location != "" {
		h.Set(echo.HeaderLocation, answer.Location)
	}
	return a.json(c, answer.Status, answer.Body)
}

// stamp says of which epoch of the shop, and of which data directory, an answer is.
func (a *API) stamp(c echo.Context, epoch int64) {
	h := c.Response().Header()
	h.Set(headerEpoch, strconv.FormatInt(epoch, 10))
	h.Set(headerBox, a.door.Box())
}

// nonce is what tells this attempt of a request from another; "" when the client does not say.
func nonce(c echo.Context) string {
	text := c.Request().Header.Get(headerNonce)
	if len(text) > wire.NonceMax {
		return ""
	}
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' { // ASCII alone survives as a header
			return ""
		}
	}
	return text
}
