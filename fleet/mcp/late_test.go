package mcp

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"weir/fleet/api"
	"weir/fleet/directory"
	"weir/fleet/testengine"
	"weir/fleet/testrouter"
	"weir/shop/wire"
)

// TestWhatIsPromisedTooLateIsTakenBack: the shop's report says that it can be in time, and its answer says that it cannot.
// The order is cancelled there, and the agent is told what the shop says to that. Control: what is in time stays.
func TestWhatIsPromisedTooLateIsTakenBack(t *testing.T) {
	t.Parallel()
	const channel = "shangou"
	e := testengine.Start(t)
	r := testrouter.Start(t, e, directory.Shop{ID: "a", Name: "湖滨店", City: "hz", Lat: 30, Lon: 120}, channel)
	testengine.Answer(t, e, "a", channel, "orders", func(order []byte) (int, string) {
		ready := 40 * time.Minute
		if wire.Look(order).Ref == "in time" {
			ready = 10 * time.Minute
		}
		return http.StatusCreated, fmt.Sprintf(`{"id":%q,"state":"accepted","pickup_number":"7","quote":{"ready_by":%q}}`,
			wire.Look(order).Ref, time.Now().Add(ready).UTC().Format(time.RFC3339))
	})
	answers := map[string]struct {
		status int
		body   string
	}{
		"cancelled": {http.StatusOK, `{"id":"cancelled","state":"cancelled"}`},
		"begun":     {http.StatusConflict, `{"type":"/problems/cancel-too-late","status":409}`},
		"no answer": {http.StatusTooManyRequests, `{"type":"/problems/too-many-requests","status":429}`},
	}
	cancels := atomic.Int64{}
	testengine.Answer(t, e, "a", channel, "cancel", func(cancel []byte) (int, string) {
		cancels.Add(1)
		a := answers[wire.Look(cancel).Ref]
		return a.status, a.body
	})
	a := New(api.New(directory.New(nil), time.Now, slog.New(slog.DiscardHandler)), time.UTC, time.Now)
	for _, c := range []struct {
		ref     string
		want    State
		says    string
		cancels int64
	}{
		{"in time", Accepted, "has accepted it", 0},
		{"cancelled", Refused, "cannot be done within 15 minutes", 1},
		{"begun", Accepted, "cannot be cancelled", 1},
		{"no answer", Unknown, "not known yet whether it is cancelled", 1},
	} {
		cancels.Store(0)
		got := a.place(t.Context(), caller{channel, r}, Order{Where: Where{Lat: 30, Lon: 120, Lang: "en"}, Ref: c.ref, WithinMin: 15,
			Items: []Drink{{Drink: "jasmine-milk-tea"}}})
		if got.State != c.want || !strings.Contains(got.Say, c.says) || got.Ref != c.ref || got.PriceFen == 0 || cancels.Load() != c.cancels {
			t.Errorf("%s: %+v, cancelled %d times; want %s, %q, %d times", c.ref, got, cancels.Load(), c.want, c.says, c.cancels)
		}
	}
}
