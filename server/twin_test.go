package main

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"weir/shop"
)

// TestABoxThatStandsDownAnswersNoOrder starts a box that was found to be a copy, and has a person say that it is the shop.
func TestABoxThatStandsDownAnswersNoOrder(t *testing.T) {
	nobody, err := net.Listen("tcp", "127.0.0.1:0") // a broker that never says a word
	if err != nil {
		t.Fatal(err)
	}
	defer nobody.Close()
	data := t.TempDir()
	if err := os.WriteFile(filepath.Join(data, "twin.json"), []byte(`{"standing_down":true,"claim":0,"met":"2026-02-06T04:00:00Z"}`),
		0o600); err != nil {
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
	r.watch("/kds/live").until(t, "认领门店")
	r.watch("/handoff/live").until(t, "认领门店")

	if err := runCommand(t.Context(), []string{"claim", "--data", data}, io.Discard); err != nil {
		t.Fatal(err)
	}
	if status, answer := r.call("POST", "/v1/orders", key, twoGrapes("a-1")); status != 201 {
		t.Errorf("the shop that a person named answers %d %v", status, answer)
	}
	if got := r.audited(); !slices.Equal(got, []string{"console key.added", "console shop.claimed"}) {
		t.Errorf("the log says %q", got)
	}
}

// TestAClaimWithoutARunningShopIsInItsLog runs the command on a data directory that no shop is running on.
func TestAClaimWithoutARunningShopIsInItsLog(t *testing.T) {
	data := t.TempDir()
	r := start(t, data)
	r.key("shangou")
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if err := runCommand(t.Context(), []string{"claim", "--data", data}, io.Discard); err != nil {
		t.Fatal(err)
	}
	if got := start(t, data).audited(); !slices.Equal(got, []string{"console key.added", "console shop.claimed"}) {
		t.Errorf("the log says %q", got)
	}
}

// audited is who did what to the shop from outside its rules, the oldest first.
func (r *running) audited() (list []string) {
	r.t.Helper()
	entries, err := r.house.store.Audit(r.t.Context(), 0, 50)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, e := range slices.Backward(entries) {
		if f, err := shop.DecodeFact(e.Name, e.Body); err == nil {
			if _, ok := f.(shop.Audited); ok {
				list = append(list, e.By+" "+e.Name)
			}
		}
	}
	return list
}
