package api

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"weir/fleet/directory"
	"weir/shop/wire"
)

// lines records until when a request may be read.
type lines struct {
	*httptest.ResponseRecorder
	until []time.Time
}

// SetReadDeadline is what [http.ResponseController] calls.
func (l *lines) SetReadDeadline(at time.Time) error {
	l.until = append(l.until, at)
	return nil
}

// TestABodyIsBoundedWhoeverReadsIt: also on a route of another room, and where nobody reads it. Once it has been read the
// handler has time. Control: a request without a body has no such bound, so a stream of events does not end.
func TestABodyIsBoundedWhoeverReadsIt(t *testing.T) {
	e := echo.New()
	New(directory.New(nil), time.Now, slog.New(slog.DiscardHandler)).Routes(e)
	e.POST("/another/room", func(c echo.Context) error {
		_, err := io.ReadAll(c.Request().Body)
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			return c.NoContent(http.StatusRequestEntityTooLarge)
		}
		return err
	})
	for _, tt := range []struct {
		method, path string
		bytes        int
		status       int
		bound, freed bool
	}{
		{http.MethodPost, "/another/room", wire.BodyMax, http.StatusOK, true, true},
		{http.MethodPost, "/another/room", wire.BodyMax + 1, http.StatusRequestEntityTooLarge, true, false},
		{http.MethodPost, "/v1/fleet/orders", 10, http.StatusServiceUnavailable, true, false}, // the door is not open yet
		{http.MethodPost, "/not/there", 10, http.StatusNotFound, true, false},
		{http.MethodGet, "/healthz", 0, http.StatusOK, false, false},
	} {
		w := &lines{ResponseRecorder: httptest.NewRecorder()}
		e.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), tt.method, tt.path, strings.NewReader(strings.Repeat("x", tt.bytes))))
		bound := len(w.until) > 0 && !w.until[0].IsZero() && time.Until(w.until[0]) <= bodyTimeout
		freed := len(w.until) > 1 && w.until[1].IsZero()
		if w.Code != tt.status || bound != tt.bound || freed != tt.freed {
			t.Errorf("%s %s with %d bytes: %d, read until %v", tt.method, tt.path, tt.bytes, w.Code, w.until)
		}
	}
}
