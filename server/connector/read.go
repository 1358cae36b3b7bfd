package connector

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"weir/shop/connector"
	"weir/shop/guard"
)

// read reads a push and verifies it. status is 200 when it is the platform's. Until then a stranger may have sent it: the time
// and the room for reading are small, and it takes nothing of the room for signed pushes.
func (l *Links) read(c echo.Context, one *link) (m connector.Message, status int, err error) {
	r := c.Request()
	key := guard.AddressKey(r.RemoteAddr)
	if guard.IsLoopback(r.RemoteAddr) {
		key = "" // a tunnel on this machine: everybody comes from here
	}
	if !l.reading.enter(key) {
		return m, http.StatusServiceUnavailable, nil
	}
	defer l.reading.leave(key)
	control := http.NewResponseController(c.Response())
	control.SetReadDeadline(time.Now().Add(l.readWithin)) //nolint:errcheck // where there is none, the server's own time holds
	body, err := io.ReadAll(http.MaxBytesReader(c.Response().Writer, r.Body, pushMax))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return m, http.StatusRequestEntityTooLarge, nil
	} else if err != nil {
		return m, http.StatusBadRequest, nil
	}
	control.SetReadDeadline(time.Time{}) //nolint:errcheck // as above
	account, err := one.account()
	if err != nil {
		return m, 0, err
	}
	m, err = one.by.Read(account, connector.Request{Method: r.Method, Path: r.URL.Path, Last: c.Param("kind"), Query: r.URL.Query(),
		Header: r.Header, Body: body}, one.Now())
	switch {
	case errors.Is(err, connector.ErrForged):
		one.refuse("pushes are refused: they are not signed by this platform. If it sent them, look at secret_file and url", err)
		return m, http.StatusUnauthorized, nil
	case errors.Is(err, connector.ErrElsewhere):
		one.refuse("pushes are refused: look at app and shop", err)
		return m, http.StatusForbidden, nil
	case err != nil:
		one.Log.Warn("a platform's push cannot be read", "channel", one.channel, "error", err)
		return m, http.StatusBadRequest, nil
	}
	return m, http.StatusOK, nil
}

// reading are the pushes that are being read, together and by address. The address "" has no bound of its own.
type reading struct {
	mu  sync.Mutex
	all int
	of  map[string]int
}

// enter takes a place; false says that there is none.
func (r *reading) enter(key string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.all >= readingMax || key != "" && r.of[key] >= readingOfOne {
		return false
	}
	r.all++
	r.of[key]++
	return true
}

// leave gives a place back.
func (r *reading) leave(key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all--
	if r.of[key]--; r.of[key] == 0 {
		delete(r.of, key)
	}
}

// refused are the pushes of one platform's channel that were refused and are not logged yet.
type refused struct {
	mu     sync.Mutex
	pushes int
	logged time.Time // by the shop's clock
}

// refuse logs that pushes are refused, at most every [warnEvery].
func (l *link) refuse(text string, err error) {
	now := l.Now()
	l.refused.mu.Lock()
	l.refused.pushes++
	n, due := l.refused.pushes, now.Sub(l.refused.logged) >= warnEvery
	if due {
		l.refused.pushes, l.refused.logged = 0, now
	}
	l.refused.mu.Unlock()
	if due {
		l.Log.Warn(text, "channel", l.channel, "pushes", n, "error", err)
	}
}
