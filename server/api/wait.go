package api

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"weir/shop"
)

const (
	// waitMax is the longest a call waits for a change: shorter than what proxies cut.
	waitMax = 30 * time.Second
	// waitersMax bounds the calls that wait at the same time; more are answered at once, as if they had
	// not asked to wait.
	waitersMax = 512
	// lookAgain is how often a waiting call looks although the bell has not rung: what a shop can promise
	// also changes as time passes.
	lookAgain = time.Second
	// readAfter is how long after a wait a client may still send what it began to send before.
	readAfter = 5 * time.Second
)

// preferWait is how long the client wants to wait for a change: Prefer: wait=N in seconds (RFC 7240).
// Of a number that is no number nothing is preferred.
func preferWait(c echo.Context) time.Duration {
	for _, header := range c.Request().Header.Values("Prefer") {
		for preference := range strings.SplitSeq(header, ",") {
			token, _, _ := strings.Cut(preference, ";")
			name, value, _ := strings.Cut(token, "=")
			n, err := strconv.Atoi(strings.Trim(strings.TrimSpace(value), `"`))
			if strings.EqualFold(strings.TrimSpace(name), "wait") && err == nil && n > 0 {
				return min(time.Duration(n)*time.Second, waitMax)
			}
		}
	}
	return 0
}

// await waits until a change is news to the client, but not longer than it wants to. Whether there was
// one is for the caller to look again.
func (a *API) await(c echo.Context, wait time.Duration, news func(*shop.State) bool) {
	if wait <= 0 {
		return
	}
	select {
	case a.waiters <- struct{}{}:
		defer func() { <-a.waiters }()
	default:
		return
	}
	// The server's own deadline is for reading a request; when it passes, the request's context ends.
	if err := http.NewResponseController(c.Response()).SetReadDeadline(time.Now().Add(wait + readAfter)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return // the client has gone
	}
	c.Response().Header().Set("Preference-Applied", fmt.Sprintf("wait=%d", int(wait.Seconds())))
	over := time.NewTimer(wait)
	defer over.Stop()
	again := time.NewTicker(lookAgain)
	defer again.Stop()
	for {
		bell := a.shop.Bell()
		if news(a.shop.Snapshot()) {
			return
		}
		select {
		case <-bell:
		case <-again.C:
		case <-over.C:
			return
		case <-a.stopping:
			return
		case <-c.Request().Context().Done():
			return
		}
	}
}
