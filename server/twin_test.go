package main

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestABoxThatStandsDownAnswersNoOrder starts a box that was found to be a copy, and has a person say that it is the shop.
func TestABoxThatStandsDownAnswersNoOrder(t *testing.T) {
	nobody, err := net.Listen("tcp", "127.0.0.1:0") // a broker that never says a word
	if err != nil {
		t.Fatal(err)
	}
	defer nobody.Close()
	data := t.TempDir()
	if err := os.WriteFile(filepath.Join(data, "twin.json"), []byte(`{"standing_down":true,"claim":0,"met":"2026-02-06T04:00:00Z"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	r := start(t, data, func(s *Serve) { s.Broker = "tcp://" + nobody.Addr().String() })
	key := r.key("shangou")
	unknown := func(path string, body any) {
		t.Helper()
		status, answer := r.call("POST", path, key, body)
		if status != 503 || answer["outcome"] != "unknown" || !strings.HasSuffix(answer["type"].(string), "storage-unavailable") {
			t.Errorf("POST %s: %d %v, want 503 of unknown outcome", path, status, answer)
		}
	}
	unknown("/v1/orders", twoGrapes("a-1"))
	unknown("/v1/cancellations", map[string]any{"ref": "a-1", "final": true})
	if _, report := r.call("GET", "/v1/capacity", key, nil); report["lease"] != nil || report["reason"] != "storage" {
		t.Errorf("it lends: lease %v, reason %v", report["lease"], report["reason"])
	}
	r.watch("/kds/live").until(t, "weir claim")
	r.watch("/handoff/live").until(t, "weir claim")

	if err := runCommand(t.Context(), []string{"claim", "--data", data}, io.Discard); err != nil {
		t.Fatal(err)
	}
	if status, answer := r.call("POST", "/v1/orders", key, twoGrapes("a-1")); status != 201 {
		t.Errorf("the shop that a person named answers %d %v", status, answer)
	}
}
