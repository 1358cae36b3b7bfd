package main

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestStreamsRestoredFromACopy: the fleet is put back from a copy of its directory that is older than an order. With the
// time of the restore the order is given to nobody, because a shop may have it, a new one is, and no credit is spent before
// the shop has heard of the loss. Without that time, the order is made by a second shop.
func TestStreamsRestoredFromACopy(t *testing.T) {
	t.Parallel()
	data, broker := t.TempDir(), freePort(t)
	n := startNode(t, data, "--mqtt-addr", broker)
	n.line("ready")
	key := run(t, "weir-fleet", "key", "add", "--data", data, "--channel", "shangou")
	for i, id := range []string{"a", "b"} {
		startShop(t, id, addStore(t, data, id, 30.27+0.005*float64(i), 120.15), t.TempDir())
	}
	n.key = key
	n.fresh(2)
	n.place(order("before", "a"))
	n.kill()
	copied, copied2 := filepath.Join(t.TempDir(), "copy"), filepath.Join(t.TempDir(), "copy")
	for _, to := range []string{copied, copied2} {
		os.Remove(filepath.Join(data, windowFile)) // sockets cannot be copied
		os.Remove(filepath.Join(data, controlSocket.File))
		if err := os.CopyFS(to, os.DirFS(data)); err != nil {
			t.Fatal(err)
		}
	}
	again := func(data string, args ...string) {
		n = startNode(t, data, append([]string{"--mqtt-addr", broker}, args...)...)
		n.key = key
		n.line("ready")
		n.fresh(2)
	}
	again(data)
	n.place(order("lost", "a"))
	n.kill()

	restored := time.Now().UTC().Truncate(time.Second).Add(time.Second)
	time.Sleep(time.Until(restored)) // the flag may not lie in the future
	again(copied, "--restored-at", restored.Format(time.RFC3339))
	if was := n.must("POST", "/v1/fleet/orders", order("before", "b"), 200); was["store"] != "a" {
		t.Errorf("what the copy has: %v", was)
	}
	for _, text := range []string{order("lost", "b"), timed("lost", restored.Add(-time.Second), "b")} {
		if got := n.must("POST", "/v1/fleet/orders", text, 503); got["outcome"] != "unknown" || got["not_made"] == true {
			t.Errorf("what a shop may have: %v", got)
		}
	}
	if got := n.must("GET", "/v1/fleet/orders?ref=lost", "", 200); got["outcome"] != "unknown" {
		t.Errorf("asked for: %v", got)
	}
	if got := n.must("POST", "/v1/fleet/cancellations", `{"ref":"lost"}`, 503); got["not_made"] == true {
		t.Errorf("cancelled: %v", got)
	}
	a, err := newAgent(t, n)
	if err != nil {
		t.Fatal(err)
	}
	drink := func(ref string, more map[string]any) map[string]any {
		in := map[string]any{"ref": ref, "lat": 30.27, "lon": 120.15, "items": []any{map[string]any{"drink": "茉莉奶绿"}}}
		maps.Copy(in, more)
		return in
	}
	for _, got := range []told{a.call("place_order", drink("lost", map[string]any{"store": "b"})),
		a.call("place_order", drink("lost", map[string]any{"within_min": 1})),
		a.call("order_status", map[string]any{"ref": "lost"}), a.call("cancel_order", map[string]any{"ref": "lost"})} {
		if got.State != "unknown" {
			t.Errorf("an agent is told of what a shop may have: %+v", got)
		}
	}
	fresh := a.call("place_order", drink("new", map[string]any{"placed_at": restored.Format(time.RFC3339)}))
	if fresh.State != "accepted" {
		t.Errorf("an agent's new order: %+v", fresh)
	}
	for _, id := range []string{"a", "b"} {
		n.place(timed("new-"+id, restored, id))
	}
	s, err := n.look()
	if err != nil {
		t.Fatal(err)
	}
	for id, c := range s.Counters {
		if !strings.HasPrefix(c.Counter.Hello, "restored-") {
			t.Errorf("%s: the counter of the copy is still in use: %+v", id, c.Counter)
		}
	}
	if os.Getenv("WEIR_LONG") != "" { // a shop says so when every lease of before is dead
		n.within(leasesDieIn, "the shops have heard that the counters were lost", func() bool {
			s, err := n.look()
			return err == nil && strings.HasPrefix(s.Counters["a"].Lease.Hello, "restored-") &&
				strings.HasPrefix(s.Counters["b"].Lease.Hello, "restored-")
		})
	}
	if where, twice := n.lines(); len(twice) > 0 || len(where["lost"]) != 1 {
		t.Errorf("at two shops: %v, lost is at %v", twice, where["lost"])
	}
	n.kill()

	again(copied2) // control
	n.place(order("lost", "b"))
	if _, twice := n.lines(); len(twice) == 0 {
		t.Error("without the time of the restore the order is not made twice: then what is the time for?")
	}
}

// leasesDieIn is an idle lease's life of five minutes, the way of its last order, and time for a busy machine.
const leasesDieIn = 8 * time.Minute

// timed is an order that says when it was placed.
func timed(ref string, at time.Time, stores ...string) string {
	return strings.Replace(order(ref, stores...), "{", `{"placed_at":"`+at.Format(time.RFC3339)+`",`, 1)
}
