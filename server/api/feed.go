package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"weir/shop"
	"weir/shop/wire"
)

const (
	// eventsDefault and eventsMax are how many events one answer has; the longest is some 200 KB.
	eventsDefault = 100
	eventsMax     = 500
)

// events reads the channel's feed from a cursor, or from the last acknowledgement.
func (a *API) events(c echo.Context, channel string) error {
	limit, err := number(c, "limit", eventsDefault, 1, eventsMax)
	if err != nil {
		return err
	}
	state := a.shop.Snapshot()
	after := wire.Cursor{Epoch: state.Counters.Epoch, Seq: state.Counters.Acks[channel]}
	if text := c.QueryParam("after"); text != "" {
		if after, err = wire.ParseCursor(text); err != nil {
			return err
		}
	}
	a.await(c, preferWait(c), func(s *shop.State) bool {
		state = s
		return after.Check(s, channel) != nil || s.Counters.Feeds[channel] > after.Seq
	})
	if err := after.Check(state, channel); err != nil {
		return err
	}
	answer, err := a.read(c, state, channel, after, limit)
	if err != nil {
		return err
	}
	return a.json(c, http.StatusOK, answer)
}

// read reads what comes after a cursor. A hole where the cursor points is an old event that is no longer
// kept: the reader is told and not given less.
func (a *API) read(c echo.Context, state *shop.State, channel string, after wire.Cursor, limit int) (wire.Events, error) {
	answer := wire.Events{Events: []wire.Event{}, Cursor: after}
	entries, err := a.shop.Feed(c.Request().Context(), channel, after.Seq, limit)
	if err != nil {
		return answer, err
	}
	for _, entry := range entries {
		if entry.Feed != answer.Cursor.Seq+1 {
			return answer, wire.Expired("the events after this cursor are no longer kept")
		}
		event, err := wire.NewEvent(state, channel, entry.Feed, entry.Type, entry.At, entry.Told)
		if err != nil {
			return answer, err
		}
		answer.Events = append(answer.Events, event)
		answer.Cursor.Seq = entry.Feed
	}
	if len(entries) == 0 && state.Counters.Feeds[channel] > after.Seq {
		return answer, wire.Expired("the events after this cursor are no longer kept")
	}
	return answer, nil
}

// ack takes the channel's word for how far it has read.
func (a *API) ack(c echo.Context, channel string) error {
	text, err := body(c)
	if err != nil {
		return err
	}
	cursor, err := wire.DecodeAck(text)
	if err != nil {
		return err
	}
	if err := cursor.Check(a.shop.Snapshot(), channel); err != nil {
		return err
	}
	if _, err := a.shop.Do(c.Request().Context(), shop.Ack{Channel: channel, Through: cursor.Seq}); err != nil {
		return err
	}
	counters := &a.shop.Snapshot().Counters
	return a.json(c, http.StatusOK, wire.Acked{Cursor: wire.Cursor{Epoch: counters.Epoch, Seq: counters.Acks[channel]}})
}

// reconciliation lists a business day, today's unless another is named.
func (a *API) reconciliation(c echo.Context, channel string) error {
	day := a.shop.Snapshot().Counters.Day
	if text := c.QueryParam("day"); text != "" {
		var err error
		if day, err = dayOf(text, "day"); err != nil {
			return err
		}
	}
	orders, err := a.shop.OrdersOfDay(c.Request().Context(), day, channel)
	if err != nil {
		return err
	}
	return a.json(c, http.StatusOK, wire.NewReconciliation(a.shop.Snapshot(), day, orders))
}
