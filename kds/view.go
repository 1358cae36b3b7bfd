package kds

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"weir/shop"
	"weir/shop/words"
	"weir/templates/page"
)

// Bounds of what a page shows.
const (
	cardsMax = 60   // laying out more costs a tablet 300 ms a frame
	cardsMin = 1    // a phone has room for three
	pageMax  = 1000 // more than any backlog has
	rowsMin  = 4    // of the list at the side: a drink, a topping and their headings
	rowsMax  = 40   // on a wall
	rowsHere = 13   // what a 10-inch tablet has
)

// screen is one of the live screens.
type screen string

const (
	boardScreen   screen = "kds"
	handoffScreen screen = "handoff"
	pickupScreen  screen = "board"
)

// view is what a tablet shows. Tablets with the same view share one frame.
type view struct {
	screen  screen
	lang    words.Lang
	station string       // board: "" is the whole shop
	batch   bool         // board: identical cups together
	page    int          // board: from 1
	fit     int          // board: cards on a page
	rows    int          // board: rows of the list at the side
	card    size         // board: the room of a card
	order   shop.OrderID // hand-over: the one in hand, 0 is none
	bag     bool         // hand-over: its bag's code was read
}

// viewOf reads the view from an address. A station that the shop does not have is not found.
func viewOf(c echo.Context, sc screen, config *shop.Config) (view, error) {
	v := view{screen: sc, lang: page.Lang(c)}
	switch sc {
	case boardScreen:
		return v.boardOf(c, config)
	case handoffScreen:
		if id, err := shop.ParseOrderID(c.QueryParam("order")); err == nil {
			v.order = id
		}
		v.bag = v.order != 0 && c.QueryParam("bag") == "1"
	}
	return v, nil
}

func (v view) boardOf(c echo.Context, config *shop.Config) (view, error) {
	v.page, v.fit, v.rows, v.card = 1, cardsMax, rowsHere, cardHere
	var known bool
	if v.station, known = stationAsked(c, config); !known {
		return v, echo.ErrNotFound
	}
	v.batch = c.QueryParam("view") == "batch"
	if n, err := strconv.Atoi(c.QueryParam("page")); err == nil {
		v.page = min(max(n, 1), pageMax)
	}
	room := []string{c.QueryParam("fit"), c.QueryParam("rows"), c.QueryParam("wide"), c.QueryParam("high")}
	if cookie, err := c.Cookie(fitCookie); room[0] == "" && err == nil {
		room = strings.Split(cookie.Value, "x")
	}
	for i, r := range []struct {
		of          *int
		least, most int
	}{
		{&v.fit, cardsMin, cardsMax}, {&v.rows, rowsMin, rowsMax}, {&v.card.wide, cardLeast.wide, cardMost.wide},
		{&v.card.high, cardLeast.high, cardMost.high},
	} {
		if i < len(room) {
			if n, err := strconv.Atoi(room[i]); err == nil {
				*r.of = min(max(n, r.least), r.most)
			}
		}
	}
	return v, nil
}

// stationAsked is the station that an address names, "" for the whole shop. known is false when there is no such station.
func stationAsked(c echo.Context, config *shop.Config) (station string, known bool) {
	station = c.Param("station")
	if station == "" {
		station = c.QueryParam("station")
	}
	if station == "" || slices.ContainsFunc(config.Stations, func(s shop.Station) bool { return s.ID == station }) {
		return station, true
	}
	return "", false
}

// query is the part of a view that is in an address, apart from the station.
func (v view) query() url.Values {
	q := url.Values{}
	if v.batch {
		q.Set("view", "batch")
	}
	if v.page > 1 {
		q.Set("page", strconv.Itoa(v.page))
	}
	if v.order != 0 {
		q.Set("order", v.order.String())
	}
	if v.bag {
		q.Set("bag", "1")
	}
	return q
}

// path is the address of the page that shows the view.
func (v view) path(base string) string {
	p := base + "/" + string(v.screen)
	if v.station != "" {
		p += "/" + v.station
	}
	if q := v.query(); len(q) > 0 {
		p += "?" + q.Encode()
	}
	return p
}

// stream is the address of the events that keep the view up to date. A board adds how much it holds.
func (v view) stream(base string) string {
	q := v.query()
	q.Set("lang", string(v.lang))
	if v.station != "" {
		q.Set("station", v.station)
	}
	return base + "/" + string(v.screen) + "/live?" + q.Encode()
}

// at is the view at another page.
func (v view) at(page int) view {
	v.page = page
	return v
}
