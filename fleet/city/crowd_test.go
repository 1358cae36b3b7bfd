package city

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"weir/shop"
)

// TestTheTallySeesWhatMustNotBe is the control of every test that trusts it: an order that ends at two shops, one that ends
// twice at one, and an answer that no fleet gives are counted as what they are.
func TestTheTallySeesWhatMustNotBe(t *testing.T) {
	door := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write([]byte("{}")) // what is no JSON is no answer at all, and is asked again
	}))
	defer door.Close()
	c := newCrowd(Config{Door: door.URL, Keys: map[string]string{"shangou": "k"}, Log: slog.New(slog.DiscardHandler)})
	c.ends("shangou/once", "a", shop.ToldHanded, "")
	c.ends("shangou/never", "a", shop.ToldCancelled, shop.ReasonCancelledBefore)
	if got := c.tally(); got.Twice != 0 || got.Made != 1 || got.Cancelled != 0 {
		t.Errorf("what is well: %+v", got)
	}
	c.ends("shangou/once", "b", shop.ToldHanded, "")
	c.ends("shangou/once", "b", shop.ToldHanded, "")
	c.order(t.Context(), person{channel: "shangou", ref: "r", order: map[string]any{}})
	if got := c.tally(); got.Twice != 2 || got.Wrong != 1 {
		t.Errorf("two orders too many and a wrong answer: %+v", got)
	}
}
