package api

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"weir/shop"
	"weir/shop/wire"
)

// settlement shows the channel what is owed for a business day. Another channel's part is none of its business.
func (a *API) settlement(c echo.Context, channel string) error {
	day, err := dayOf(c.Param("date"), "date")
	if err != nil {
		return err
	}
	ctx, state := c.Request().Context(), a.shop.Snapshot()
	orders, err := a.shop.OrdersOfDay(ctx, day, channel)
	if err != nil {
		return err
	}
	ours := func(s shop.Settled) bool { return s.Channel == channel }
	lines := state.Settlement(orders)
	line := lines[slices.IndexFunc(lines, ours)] // every channel of shop.yaml has one
	closed, err := a.shop.ClosedDay(ctx, day)
	if errors.Is(err, errNotFound) {
		return a.json(c, http.StatusOK, wire.NewSettlement(state, day, line, nil, time.Time{}))
	}
	if err != nil {
		return err
	}
	then := &shop.Settled{Channel: channel, Digest: shop.Digest(nil)} // of a channel that came later
	if i := slices.IndexFunc(closed.Told.Channels, ours); i >= 0 {
		then = &closed.Told.Channels[i]
	}
	return a.json(c, http.StatusOK, wire.NewSettlement(state, day, line, then, closed.At))
}

// dayOf reads a business day.
func dayOf(text, parameter string) (shop.Day, error) {
	if _, err := time.Parse(time.DateOnly, text); err != nil {
		return "", badParameter(parameter, "want a day, as in 2026-02-06")
	}
	return shop.Day(text), nil
}
