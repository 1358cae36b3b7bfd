package owner

import (
	"strings"
	"testing"
	"time"
)

// TestTheRotaPage: one goes home in two taps, a line comes and goes, what is wrong is said, and the page says which
// promises a change broke.
func TestTheRotaPage(t *testing.T) {
	h := opened(t, t.TempDir())
	now, manager := h.clock.Now(), h.manager()
	manager.post("/owner/rota/home", 200, "station", "shake", "at", "27:00")
	state := h.tally.Snapshot()
	if r := state.Settings.Rota; len(r) != 1 || !r[0].More || r[0].Staff != -1 || r[0].From != 27*time.Hour ||
		r[0].Date != string(state.Config.Day(now)) {
		t.Errorf("one goes home: %+v", r)
	}
	manager.post("/owner/rota", 200, "station", "shake", "kind", "staff", "people", "3", "from", "11:30", "to", "13:30", "day", "1")
	state = h.tally.Snapshot()
	if r := state.Settings.Rota; len(r) != 2 || r[1].Staff != 3 || r[1].From != 11*time.Hour+30*time.Minute || !r[1].Days.Has(time.Monday) ||
		r[1].Days.Has(time.Tuesday) {
		t.Errorf("three over noon: %+v", r)
	}
	manager.post("/owner/rota", 422, "station", "shake", "kind", "staff", "people", "3", "from", "noon")
	manager.post("/owner/rota", 422, "station", "shake", "kind", "staff", "people", "99", "from", "11:00")
	manager.post("/owner/rota", 422, "station", "shake", "kind", "staff", "people", "1", "from", "12:00", "to", "11:00")
	manager.post("/owner/rota", 404, "station", "roof", "kind", "staff", "people", "1", "from", "11:00")
	body := manager.get("/owner/rota?moved=2&released=1")
	for _, want := range []string{"11:30", "2", turnKey(state.Settings.Rota[0])} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	manager.post("/owner/rota/remove", 200, "turn", turnKey(state.Settings.Rota[1]))
	if r := h.tally.Snapshot().Settings.Rota; len(r) != 1 {
		t.Errorf("after taking one out: %+v", r)
	}
	manager.post("/owner/rota/file", 200)
	if r := h.tally.Snapshot().Settings.Rota; len(r) != 0 {
		t.Errorf("back to shop.yaml, which has none: %+v", r)
	}
}
