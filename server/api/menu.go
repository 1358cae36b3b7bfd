package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"weir/shop/door"
	"weir/shop/wire"
)

// menu shows what the channel can order now.
func (a *API) menu(c echo.Context, channel string) error {
	return a.json(c, http.StatusOK, wire.NewMenu(a.shop.Snapshot(), channel))
}

// setAvailable marks an item as sold out or back.
func (a *API) setAvailable(c echo.Context) error {
	return a.call(door.Availability(c.Param("item")))(c)
}
