package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"weir/shop"
	"weir/shop/wire"
)

// place takes an order. The answer comes after the commit.
func (a *API) place(c echo.Context, channel string) error {
	text, err := body(c)
	if err != nil {
		return a.counted(channel, err)
	}
	draft, err := wire.DecodeOrder(text)
	if err != nil {
		return a.counted(channel, err)
	}
	result, err := a.shop.Do(c.Request().Context(), shop.Place{Channel: channel, Draft: draft})
	if err != nil {
		return a.counted(channel, err)
	}
	status, answer := wire.Placed(result.Order, result.Replayed, a.shop.Snapshot().Config.Menu)
	if result.Replayed {
		a.metrics.Order(channel, OutcomeReplayed)
		replayed(c)
	} else {
		a.metrics.Order(channel, OutcomeAccepted)
		c.Response().Header().Set("Location", "/v1/orders/"+answer.ID.String())
	}
	return a.json(c, status, answer)
}

// replayed marks an answer to what had been carried out before.
func replayed(c echo.Context) { c.Response().Header().Set("Idempotent-Replayed", "true") }

// counted counts a refused order on the way out.
func (a *API) counted(channel string, err error) error {
	a.metrics.Order(channel, Outcome(err))
	return err
}

func (a *API) order(c echo.Context, channel string) error {
	id, err := shop.ParseOrderID(c.Param("id"))
	if err != nil {
		return errNotFound
	}
	o, err := a.shop.Order(c.Request().Context(), id)
	if err != nil {
		return err
	}
	if o.Channel != channel {
		return errNotFound // another channel's: that it exists is none of this one's business
	}
	return a.json(c, http.StatusOK, wire.NewOrder(o, a.shop.Snapshot().Config.Menu))
}

func (a *API) orderByRef(c echo.Context, channel string) error {
	ref := c.QueryParam("ref")
	if ref == "" {
		return badParameter("ref", "is missing")
	}
	o, err := a.shop.OrderByRef(c.Request().Context(), channel, ref)
	if err != nil {
		return err
	}
	return a.json(c, http.StatusOK, wire.NewOrder(o, a.shop.Snapshot().Config.Menu))
}

// cancel takes an order back, or leaves a tombstone for one that has not come yet.
func (a *API) cancel(c echo.Context, channel string) error {
	text, err := body(c)
	if err != nil {
		return err
	}
	want, err := wire.DecodeCancellation(text)
	if err != nil {
		return err
	}
	result, err := a.shop.Do(c.Request().Context(), shop.Cancel{Channel: channel, Ref: want.Ref, Final: want.Final})
	if err != nil {
		return err
	}
	if result.Replayed {
		replayed(c)
	}
	status, answer := wire.Cancelled(result.Order, result.Deferred, a.shop.Snapshot().Config.Menu)
	return a.json(c, status, answer)
}

// progress follows an order outside the kitchen.
func (a *API) progress(c echo.Context, channel string) error {
	id, err := shop.ParseOrderID(c.Param("id"))
	if err != nil {
		return errNotFound
	}
	text, err := body(c)
	if err != nil {
		return err
	}
	p, err := wire.DecodeProgress(text)
	if err != nil {
		return err
	}
	result, err := a.shop.Do(c.Request().Context(), shop.Progress{Channel: channel, Order: id, Step: p.Step})
	if err != nil {
		return err
	}
	if result.Replayed {
		replayed(c)
	}
	return a.json(c, http.StatusOK, wire.NewOrder(result.Order, a.shop.Snapshot().Config.Menu))
}
