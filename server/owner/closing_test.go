package owner

import (
	"strings"
	"testing"
	"time"
)

// The owner closes early from the page: what is typed wrongly is said in its fold, and the page says when the shop closes.
func TestTheOwnerClosesEarly(t *testing.T) {
	h := opened(t, t.TempDir())
	manager := h.manager()
	if page := manager.get("/owner"); strings.Contains(page, "今天提前到") || !strings.Contains(page, `action="/owner/closing"`) {
		t.Error("a shop that keeps its hours says that it closes early, or offers no form for it")
	}
	if page := manager.post("/owner/closing", 422, "at", "soon"); !strings.Contains(page, `<details class="home" open`) ||
		!strings.Contains(page, "请填写打烊时间") {
		t.Error("a time that cannot be read is not said in the open fold")
	}
	if at := h.tally.Snapshot().Counters.ClosesAt; !at.IsZero() {
		t.Errorf("a wrong time closes the shop at %v", at)
	}
	local := h.clock.Now().In(h.tally.Snapshot().Config.Location)
	at := local.Add(2 * time.Hour).Format("15:04")
	if page := manager.post("/owner/closing", 200, "at", at); !strings.Contains(page, "今天提前到 "+at+" 打烊") {
		t.Errorf("the page does not say that the shop closes at %s", at)
	}
	if got := h.tally.Snapshot().Counters.ClosesAt.In(local.Location()).Format("15:04"); got != at {
		t.Errorf("the shop closes at %s, want %s", got, at)
	}
	manager.post("/owner/closing", 422, "at", local.Add(3*time.Hour).Format("15:04")) // it cannot be taken back
}
