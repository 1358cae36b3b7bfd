package kds

import (
	"net/url"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"weir/shop"
	"weir/templates"
)

// Bounds of what a page shows.
const (
	cardsMax = 60   // laying out more costs a tablet 300 ms a frame
	cardsMin = 4    //
	pageMax  = 1000 // more than any backlog has
)

// look is what a tablet looks at. Tablets with the same look share one frame.
type look struct {
	station string
	page    int // from 1
	fit     int // cards on a page
	lang    templates.Lang
}

// lookOf reads the look from an address. A station that the shop does not have is not found.
func lookOf(c echo.Context, config *shop.Config) (look, error) {
	v := look{station: c.Param("station"), page: 1, fit: cardsMax, lang: langOf(c)}
	if v.station == "" {
		v.station = c.QueryParam("station")
	}
	if v.station != "" && !slices.ContainsFunc(config.Stations, func(s shop.Station) bool { return s.ID == v.station }) {
		return v, echo.ErrNotFound
	}
	if n, err := strconv.Atoi(c.QueryParam("page")); err == nil {
		v.page = min(max(n, 1), pageMax)
	}
	fit := c.QueryParam("fit")
	if cookie, err := c.Cookie(fitCookie); fit == "" && err == nil {
		fit = cookie.Value
	}
	if n, err := strconv.Atoi(fit); err == nil {
		v.fit = min(max(n, cardsMin), cardsMax)
	}
	return v, nil
}

// path is the address of the board with another page of the same look.
func (v look) path(base string, page int) string {
	p := base + "/kds"
	if v.station != "" {
		p += "/" + v.station
	}
	if page > 1 {
		p += "?page=" + strconv.Itoa(page)
	}
	return p
}

// stream is the address of the events that keep the look up to date. The tablet adds how much it holds.
func (v look) stream(base string) string {
	q := url.Values{"lang": {string(v.lang)}, "page": {strconv.Itoa(v.page)}}
	if v.station != "" {
		q.Set("station", v.station)
	}
	return base + "/kds/live?" + q.Encode()
}
