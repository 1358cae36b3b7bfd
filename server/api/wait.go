package api

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"weir/shop"
	"weir/shop/guard"
)

const (
	// waitMax is the longest a call waits for a change: shorter than what proxies cut.
	waitMax = 30 * time.Second
	// waitersMax bounds the calls of channels that wait at the same time, and channelWaitersMax those of one channel: a
	// router with its replicas. More are answered at once, as if they had not asked to wait.
	waitersMax, channelWaitersMax = 512, 64
	// strangersWaitMax bounds the calls without a key that wait, which take no channel's place, and addressWaitersMax those
	// of one address. This machine itself has no bound of its own: a proxy may run on it.
	strangersWaitMax, addressWaitersMax = 128, 16
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

// waiters counts the calls that wait, so that strangers take no channel's place, and nobody takes all.
type waiters struct {
	mu        sync.Mutex
	channels  int
	strangers int
	of        map[string]int // by channel or address
}

// enter takes a place for a call, of a channel or of everybody. It reports false where there is none.
func (w *waiters) enter(c echo.Context, channel string) (leave func(), ok bool) {
	who, all, max, each := "channel:"+channel, &w.channels, waitersMax, channelWaitersMax
	if channel == everybody {
		who, all, max, each = guard.AddressKey(c.Request().RemoteAddr), &w.strangers, strangersWaitMax, addressWaitersMax
		if guard.IsLoopback(c.Request().RemoteAddr) {
			each = max
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if *all >= max || w.of[who] >= each {
		return nil, false
	}
	*all++
	w.of[who]++
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		*all--
		if w.of[who]--; w.of[who] == 0 {
			delete(w.of, who)
		}
	}, true
}

// await waits until a change is news to the client, but not longer than it wants to. Whether there was
// one is for the caller to look again.
func (a *API) await(c echo.Context, channel string, wait time.Duration, news func(*shop.State) bool) {
	if wait <= 0 {
		return
	}
	leave, ok := a.waiters.enter(c, channel)
	if !ok {
		return
	}
	defer leave()
	// The server's own deadline is for reading a request; when it passes, the request's context ends.
	if err := http.NewResponseController(c.Response()).SetReadDeadline(time.Now().Add(wait + readAfter)); err != nil &&
		!errors.Is(err, http.ErrNotSupported) {
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
