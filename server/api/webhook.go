package api

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"weir/shop/wire"
)

// Hooks keeps where channels want their events; package webhook does.
type Hooks interface {
	// Register takes an address; fresh reports whether the channel had none. A refusal is a *shop.Error.
	Register(ctx context.Context, channel string, ask wire.WebhookAsk) (w wire.Webhook, fresh bool, err error)
	// Look is how it stands. It is a *shop.Error where there is none.
	Look(channel string) (wire.Webhook, error)
	Remove(ctx context.Context, channel string) error
}

// putWebhook takes where a channel wants its events.
func (a *API) putWebhook(c echo.Context, channel string) error {
	text, err := body(c)
	if err != nil {
		return err
	}
	ask, err := wire.DecodeWebhook(text)
	if err != nil {
		return err
	}
	w, fresh, err := a.hooks.Register(c.Request().Context(), channel, ask)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if fresh {
		status = http.StatusCreated
	}
	return a.json(c, status, w)
}

func (a *API) webhook(c echo.Context, channel string) error {
	w, err := a.hooks.Look(channel)
	if err != nil {
		return err
	}
	return a.json(c, http.StatusOK, w)
}

func (a *API) removeWebhook(c echo.Context, channel string) error {
	if err := a.hooks.Remove(c.Request().Context(), channel); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
