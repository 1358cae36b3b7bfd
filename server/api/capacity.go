package api

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"weir/shop"
	"weir/shop/capacity"
	"weir/shop/wire"
)

// everybody is the quota of those who read the public capacity without a key, all together.
const everybody = ""

// capacity answers with the report, and with a key the channel's lease. With Prefer: wait=N it waits for
// something other than the client's If-None-Match, or, without one, other than what there is now.
func (a *API) capacity(c echo.Context) error {
	if c.Request().Header.Get("Authorization") == "" {
		return a.metered(c, everybody, func() error { return a.report(c, everybody) })
	}
	return a.Keyed(a.report)(c)
}

func (a *API) report(c echo.Context, channel string) error {
	known := c.Request().Header.Get("If-None-Match")
	var r wire.Capacity
	var tag string
	look := func(state *shop.State) bool {
		r, tag = a.look(state, channel)
		if known == "" {
			known = tag
		}
		return !matches(known, tag)
	}
	look(a.shop.Snapshot())
	a.await(c, channel, preferWait(c), look)
	h := c.Response().Header()
	h.Set("ETag", tag)
	h.Set("Vary", "Authorization")
	visible := "public"
	if channel != everybody {
		visible = "private"
	}
	h.Set("Cache-Control", visible+", max-age=1") // a report changes at most as fast as people move
	if matches(c.Request().Header.Get("If-None-Match"), tag) {
		return c.NoContent(http.StatusNotModified)
	}
	return c.JSON(http.StatusOK, r)
}

// look is the report that holds now and its tag. The tag is weak: a report that says the same with a
// later expiry has the same, so that 304 means "that still holds".
func (a *API) look(state *shop.State, channel string) (wire.Capacity, string) {
	r := a.reporter.Report(state, a.now())
	if channel == everybody {
		return r, fmt.Sprintf(`W/"%d.%d"`, r.Epoch, r.Since)
	}
	if r.Lease = wire.NewLease(state, channel); r.Lease == nil {
		return r, fmt.Sprintf(`W/"%d.%d.none"`, r.Epoch, r.Since)
	}
	return r, fmt.Sprintf(`W/"%d.%d.%d.%d"`, r.Epoch, r.Since, r.Lease.Epoch, r.Lease.Seq)
}

// matches compares weakly, as If-None-Match has to (RFC 9110, 13.1.2).
func matches(header, tag string) bool {
	for candidate := range strings.SplitSeq(header, ",") {
		candidate = strings.TrimSpace(candidate)
		if candidate == "*" || strings.TrimPrefix(candidate, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}

// quote says what an order could expect. It holds nothing.
func (a *API) quote(c echo.Context, channel string) error {
	text, err := body(c)
	if err != nil {
		return err
	}
	ask, err := wire.DecodeAsk(text)
	if err != nil {
		return err
	}
	state, work := a.shop.Snapshot(), ask.Work()
	if len(ask.Lines) > 0 {
		if work, err = state.Weigh(channel, ask.Lines); err != nil {
			return err
		}
	}
	return a.json(c, http.StatusOK, wire.NewQuote(state, channel, work, a.now()))
}

// slotCupsMax is more cups than any slot holds.
const slotCupsMax = 500

// slots lists what can be booked until closing.
func (a *API) slots(c echo.Context, channel string) error {
	cups, err := number(c, "cups", 1, 1, slotCupsMax)
	if err != nil {
		return err
	}
	return a.json(c, http.StatusOK, wire.NewSlots(a.shop.Snapshot(), channel, c.QueryParam("campaign"), capacity.Work(cups)*capacity.Cup,
		a.now()))
}
