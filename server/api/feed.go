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
	a.await(c, channel, preferWait(c), func(s *shop.State) bool {
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
