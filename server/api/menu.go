package api

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"weir/shop"
	"weir/shop/wire"
)

// menu shows what can be ordered now.
func (a *API) menu(c echo.Context, _ string) error {
	return a.json(c, http.StatusOK, wire.NewMenu(a.shop.Snapshot()))
}

// setAvailable marks an item as sold out or back. All channels are told.
func (a *API) setAvailable(c echo.Context, channel string) error {
	id := c.Param("item")
	item := a.shop.Snapshot().Config.Menu.Item(id)
	if item == nil {
		return &shop.Error{Kind: shop.NotFound, Type: shop.ProblemNotFound, Detail: fmt.Sprintf("the menu has no item %.64q", id)}
	}
	text, err := body(c)
	if err != nil {
		return err
	}
	available, err := wire.DecodeAvailability(text)
	if err != nil {
		return err
	}
	if _, err := a.shop.Do(c.Request().Context(), shop.SetAvailable{By: channel, Item: id, Available: available}); err != nil {
		return err
	}
	return a.json(c, http.StatusOK, wire.NewMenuItem(a.shop.Snapshot(), item))
}
