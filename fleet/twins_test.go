package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestTwoBoxesWithOneName: a second real shop signs in with the URL of the first. Both take each other's connection away in
// turn. The fleet says so, gives the name no order and asks no shop twice. Control: before the second one comes, the name
// gets orders, and a shop that only connects again is not taken for two.
func TestTwoBoxesWithOneName(t *testing.T) {
	t.Parallel()
	data, broker := t.TempDir(), freePort(t)
	n := startNode(t, data, "--mqtt-addr", broker)
	n.line("ready")
	key := run(t, "weir-fleet", "key", "add", "--data", data, "--channel", "shangou")
	n.key = key
	url, first := addStore(t, data, "a", 30.27, 120.15), t.TempDir()
	box := startShop(t, "a", url, first)
	startShop(t, "b", addStore(t, data, "b", 30.275, 120.15), t.TempDir())
	n.fresh(2)
	alarms := func() string {
		for _, s := range n.must("GET", "/v1/fleet/stores", "", 200)["stores"].([]any) {
			if s := s.(map[string]any); s["id"] == "a" {
				return fmt.Sprint(s["alarms"])
			}
		}
		return ""
	}
	if got := n.place(order("one", "a")); got["store"] != "a" {
		t.Errorf("one box: %v", got)
	}
	box.kill()
	startShop(t, "a", url, first)
	n.eventually("the box is back", func() bool {
		status, got, err := n.do("POST", "/v1/fleet/orders", order("back", "a"))
		return err == nil && status < 300 && got["store"] == "a"
	})
	if got := alarms(); strings.Contains(got, "two-boxes") {
		t.Errorf("one box that was off: %s", got)
	}
	startShop(t, "a", url, t.TempDir())
	n.within(3*patience, "two boxes are noticed", func() bool { return strings.Contains(alarms(), "two-boxes") })
	if got := n.must("POST", "/v1/fleet/orders", order("two", "a"), 503); got["not_made"] != true {
		t.Errorf("to two boxes: %v", got)
	}
	if got := n.place(order("other", "a", "b")); got["store"] != "b" {
		t.Errorf("another shop: %v", got)
	}
	// What was asked before stays where it is, whichever of the two boxes answers now.
	for _, ref := range []string{"one", "back"} {
		if status, got, err := n.do("POST", "/v1/fleet/orders", order(ref, "b")); err != nil || got["store"] == "b" ||
			!slices.Contains([]int{200, 503}, status) || got["not_made"] == true {
			t.Errorf("%s: %d %v %v", ref, status, got, err)
		}
	}
}
