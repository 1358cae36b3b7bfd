package api

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"weir/shop/wire"
)

// bodyTimeout is how long a body of at most wire.BodyMax bytes may take on the slowest line.
const bodyTimeout = 20 * time.Second

// bounded bounds the body of each request in size and time, whether its handler reads it or not: the server reads what a
// handler has left.
func bounded(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if r.ContentLength == 0 {
			return next(c)
		}
		line := http.NewResponseController(c.Response())
		if err := line.SetReadDeadline(time.Now().Add(bodyTimeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return fmt.Errorf("bound the time to read: %w", err)
		}
		r.Body = timed{http.MaxBytesReader(c.Response().Writer, r.Body, wire.BodyMax), line}
		return next(c)
	}
}

// timed is a body that has to come to its end by a time. After that the handler has the time that it needs.
type timed struct {
	io.ReadCloser
	line *http.ResponseController
}

// Read implements [io.Reader].
func (b timed) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF {
		_ = b.line.SetReadDeadline(time.Time{}) // a connection that cannot be told so has ended
	}
	return n, err
}
