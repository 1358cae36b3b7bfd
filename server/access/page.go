package access

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"
)

// formMax is the size of a form of these pages in bytes: a password and two names, and room.
const formMax = 4 << 10

// readForm reads a small form.
func readForm(c echo.Context) (url.Values, error) {
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, formMax)
	form, err := c.FormParams()
	if err != nil {
		return nil, echo.NewHTTPError(http.StatusBadRequest, "the form cannot be read").SetInternal(err)
	}
	return form, nil
}
