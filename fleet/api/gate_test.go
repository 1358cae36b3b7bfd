package api

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"weir/fleet/directory"
	"weir/fleet/gate"
	"weir/fleet/route"
	"weir/fleet/testengine"
	"weir/fleet/testrouter"
)

// TestAnOrderForLaterPassesTheGate: in a city that takes slots only, an order for a slot and one for a time at the door later
// today go on to a shop, and take nothing of the present. Controls: an order for now, and one that is wanted at the door so
// soon that no slot is left, are stopped; when the city is open, an order for now is counted.
func TestAnOrderForLaterPassesTheGate(t *testing.T) {
	const city, channel = "hz", "shangou"
	e := testengine.Start(t)
	r := testrouter.Start(t, e, directory.Shop{ID: "a", City: city, Lat: 30, Lon: 120}, channel)
	testengine.Answer(t, e, "a", channel, "orders", func([]byte) (int, string) {
		return http.StatusCreated, `{"id":"o1","state":"accepted","pickup_number":"7"}`
	})
	now := time.Now().UTC()
	a := New(directory.New(nil), func() time.Time { return now }, slog.New(slog.DiscardHandler))
	at := func(member string, when time.Time) string {
		return fmt.Sprintf(`,%q:%q`, member, when.Format(time.RFC3339))
	}
	open, _ := r.Table.Get("a")
	for _, c := range []struct {
		name, more string
		level      gate.Level
		passes     bool
		counted    int
	}{
		{"now", "", gate.Slots, false, 0},
		{"at the door at once", at("deliver_at", now.Add(10*time.Minute)), gate.Slots, false, 0},
		{"a slot", at("slot_start", open.Report.Slots[0].Start), gate.Slots, true, 0},
		{"at the door later", at("deliver_at", now.Add(3*time.Hour)), gate.Slots, true, 0},
		{"now, in an open city", "", gate.Open, true, 2},
	} {
		// looking: the figures of the cities stay as they are set here.
		a.limit.cities, a.limit.looking = map[string]gate.City{city: {Level: c.level}}, true
		text := fmt.Sprintf(`{"ref":%q,"stores":["a"],"items":[{"item":"jasmine-milk-tea","qty":2,"options":{"size":"m"}}],
			"totals":{"total_fen":3000,"paid_fen":0,"subsidy_fen":3000}%s}`, c.name, c.more)
		got, err := a.Place(t.Context(), r, channel, []byte(text))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		p, refused := got.Body.(route.Problem)
		if c.passes && got.Status != http.StatusCreated || !c.passes && (!refused || !p.NotMade || !strings.Contains(p.Detail, "city")) {
			t.Errorf("%s: %d %+v, want it let in: %v", c.name, got.Status, got.Body, c.passes)
		}
		if load := a.limit.cities[city].Load(); load != float64(c.counted) {
			t.Errorf("%s: %v cups are counted, want %d", c.name, load, c.counted)
		}
	}
}
