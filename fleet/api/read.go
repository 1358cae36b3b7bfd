package api

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"weir/fleet/feed"
	"weir/fleet/route"
	"weir/fleet/table"
	"weir/shop"
	"weir/shop/capacity"
	"weir/shop/wire"
)

const (
	// nearMost is how many shops one question may ask for: more than anybody chooses from.
	nearMost = 50
	// cupsMax is the most cups that a question may be about, as in an order.
	cupsMax = 500
)

// place reads lat, lon and radius_m from the query.
func placeOf(c call) (o route.Order, err error) {
	o.Channel = c.channel
	if c.QueryParam("lat") == "" || c.QueryParam("lon") == "" {
		return o, badParameter("lat", "give lat and lon, in degrees, GCJ-02")
	}
	if o.Near.Lat, err = number(c, "lat", 0, -90, 90); err != nil {
		return o, err
	}
	if o.Near.Lon, err = number(c, "lon", 0, -180, 180); err != nil {
		return o, err
	}
	if o.RadiusM, err = number(c, "radius_m", table.RadiusUsual, 1, table.RadiusMax); err != nil {
		return o, err
	}
	if by := c.QueryParam("by"); by != "" {
		at, err := time.Parse(time.RFC3339, by)
		if err != nil {
			return o, badParameter("by", "want a time by RFC 3339, as in 2026-02-06T12:00:00+08:00")
		}
		o.By = at
	}
	for _, item := range strings.FieldsFunc(c.QueryParam("items"), func(r rune) bool { return r == ',' }) {
		name, topping, _ := strings.Cut(item, "+")
		l := shop.Line{Item: name, Qty: 1}
		if topping != "" {
			l.Options.Toppings = strings.Split(topping, "+")
		}
		o.Draft.Lines = append(o.Draft.Lines, l)
	}
	return o, nil
}

// near lists the shops that would take an order.
func (a *API) near(c call) error {
	o, err := placeOf(c)
	if err != nil {
		return err
	}
	k, err := number(c, "k", table.NearMax, 1, nearMost)
	if err != nil {
		return err
	}
	cups, err := number(c, "cups", 1, 1, cupsMax)
	if err != nil {
		return err
	}
	if len(o.Draft.Lines) == 0 {
		o.Draft.Lines = []shop.Line{{Qty: int(cups)}}
	}
	return a.shops(c, o, int(k))
}

// shopsBytes is room for an ordinary answer.
const shopsBytes = 2048

// shops answers with the shops that would take an order.
func (a *API) shops(c call, o route.Order, most int) error {
	c.Response().Header().Set("Cache-Control", "no-store")
	text := append(append(make([]byte, 0, shopsBytes), `{"at":"`...), a.now().UTC().Truncate(time.Second).Format(time.RFC3339)...)
	text = append(text, `","shops":[`...)
	for i, s := range c.router.Near(o, most) {
		if i > 0 {
			text = append(text, ',')
		}
		text = s.AppendJSON(text)
	}
	return c.JSONBlob(http.StatusOK, append(text, "]}\n"...))
}

// quotes is near for what is in a body, as a shop's quote.
func (a *API) quotes(c call) error {
	text, err := body(c)
	if err != nil {
		return err
	}
	ask, err := wire.DecodeAsk(text)
	if err != nil {
		return err
	}
	o := route.Order{Channel: c.channel}
	var x extra
	if err := x.read(text, &o); err != nil {
		return err
	}
	o.Draft.Lines = ask.Lines
	if ask.Cups > 0 {
		o.Draft.Lines = []shop.Line{{Qty: ask.Cups}}
	}
	return a.shops(c, o, table.NearMax)
}

func (a *API) slots(c call) error {
	o, err := placeOf(c)
	if err != nil {
		return err
	}
	cups, err := number(c, "cups", 1, 1, cupsMax)
	if err != nil {
		return err
	}
	work := capacity.Work(cups) * capacity.Cup
	return answer(c, http.StatusOK, map[string]any{"work": work, "slots": c.router.Slots(o, work)})
}

// capacity sums what all shops report.
func (a *API) capacity(c call) error {
	by := c.QueryParam("by")
	if by == "" {
		by = "city"
	}
	if by != "city" && by != "store" {
		return badParameter("by", "want city or store")
	}
	now := a.now()
	return answer(c, http.StatusOK, map[string]any{"by": by, "at": now.UTC().Truncate(time.Second),
		"rows": c.router.Capacity(by == "store", now)})
}

// eventsMax is a page of events.
const eventsMax = 500

func (a *API) events(c call) error {
	limit, err := number(c, "limit", 100, 1, eventsMax)
	if err != nil {
		return err
	}
	list, err := c.router.Feed.After(c.Request().Context(), c.channel, c.QueryParam("after"), int(limit))
	if errors.Is(err, feed.ErrCursor) {
		return refuse(shop.ProblemCursorInvalid, "this cursor was not given out here")
	}
	if err != nil {
		return err
	}
	cursor := c.QueryParam("after")
	if len(list) > 0 {
		cursor = list[len(list)-1].Cursor
	}
	return answer(c, http.StatusOK, map[string]any{"events": list, "cursor": cursor})
}

// reconciliation compares a day across shops.
func (a *API) reconciliation(c call) error {
	day := c.QueryParam("day")
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return badParameter("day", "want a day, as in 2026-02-06")
	}
	var stores []string
	if text := c.QueryParam("stores"); text != "" {
		stores = strings.Split(text, ",")
	}
	out, err := c.router.Reconcile(c.Request().Context(), c.channel, day, stores)
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, out)
}

// stores lists the directory with what each shop said last.
func (a *API) stores(c call) error {
	return answer(c, http.StatusOK, map[string]any{"stores": c.router.Stores(a.now())})
}
