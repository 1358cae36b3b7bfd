package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"weir/shop"
	"weir/shop/wire"
)

// order shows one order of the channel.
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
	return a.show(c, o)
}

// orderByRef shows the order that the channel calls so.
func (a *API) orderByRef(c echo.Context, channel string) error {
	ref := c.QueryParam("ref")
	if ref == "" {
		return badParameter("ref", "is missing")
	}
	o, err := a.shop.OrderByRef(c.Request().Context(), channel, ref)
	if err != nil {
		return err
	}
	return a.show(c, o)
}

func (a *API) show(c echo.Context, o *shop.Order) error {
	state := a.shop.Snapshot()
	return a.json(c, http.StatusOK, wire.Own(o, state))
}
