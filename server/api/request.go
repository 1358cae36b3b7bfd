package api

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"weir/shop"
	"weir/shop/guard"
	"weir/shop/wire"
)

var errNotFound = shop.ErrNotFound

// Keyed lets a handler have only requests with a good key and within the channel's quota, and tells it whose it is.
func (a *API) Keyed(h func(c echo.Context, channel string) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		channel, err := a.Channel(c)
		if err != nil {
			return err
		}
		return a.metered(c, channel, func() error { return h(c, channel) })
	}
}

// Channel is the channel whose key came with a request: key-missing or key-invalid otherwise.
func (a *API) Channel(c echo.Context) (string, error) {
	header := c.Request().Header.Get("Authorization")
	scheme, key, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", refuse(wire.ProblemKeyMissing, "send Authorization: Bearer and the channel's key")
	}
	channel, ok := a.keys.Channel(strings.TrimSpace(key))
	if !ok {
		return "", refuse(wire.ProblemKeyInvalid, "this key is not known here, or has been revoked")
	}
	guard.Trust(c.Request().Context())
	if _, ok := a.shop.Snapshot().Config.Channel(channel); !ok {
		return "", refuse(wire.ProblemKeyInvalid, fmt.Sprintf("the shop has no channel %q any more", channel))
	}
	return channel, nil
}

// metered answers a request unless its channel floods.
func (a *API) metered(c echo.Context, channel string, answer func() error) error {
	if wait := a.door.Admit(channel); wait > 0 {
		return send(c, wire.TooMany(wait))
	}
	return answer()
}

// body reads a JSON body. The server bounds how long that takes.
func body(c echo.Context) ([]byte, error) {
	r := c.Request()
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset := params["charset"]
	if err != nil || kind != "application/json" || charset != "" && !strings.EqualFold(charset, "utf-8") {
		return nil, refuse(wire.ProblemMediaType, "send Content-Type: application/json")
	}
	if r.Header.Get("Content-Encoding") != "" {
		return nil, refuse(wire.ProblemMediaType, "send the body without Content-Encoding")
	}
	text, err := io.ReadAll(http.MaxBytesReader(c.Response().Writer, r.Body, wire.BodyMax))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, refuse(wire.ProblemTooLarge, fmt.Sprintf("at most %d bytes", wire.BodyMax))
	}
	if err != nil {
		return nil, refuse(wire.ProblemMalformed, "the body did not come to its end")
	}
	return text, nil
}

// number reads a whole number from the query, or what it is when absent.
func number(c echo.Context, name string, absent, min, max int) (int, error) {
	text := c.QueryParam(name)
	if text == "" {
		return absent, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < min || n > max {
		return 0, badParameter(name, fmt.Sprintf("want a whole number from %d to %d", min, max))
	}
	return n, nil
}

// badParameter is a fault in the query: the pointer names the parameter.
func badParameter(name, detail string) error {
	return &shop.Error{Kind: shop.Invalid, Type: shop.ProblemInvalid, Detail: "a parameter is wrong",
		Fields: []shop.FieldError{{Pointer: "/" + name, Detail: detail}}}
}
