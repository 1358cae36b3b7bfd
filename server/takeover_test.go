package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestAnotherMachineTakesOver: by a person's word, and only while nobody writes the copy. It knows the orders, its epoch is
// higher, and it claims the shop, so that an old box that comes back stands down.
func TestAnotherMachineTakesOver(t *testing.T) {
	copies := t.TempDir()
	old := start(t, t.TempDir(), func(s *Serve) { s.Replica = copies })
	key := old.key("shangou")
	status, order := old.call("POST", "/v1/orders", key, twoGrapes("t-1"))
	if status != http.StatusCreated {
		t.Fatalf("%d %v", status, order)
	}
	epoch := old.house.store.Snapshot().Counters.Epoch
	old.eventually("the order is copied", func() bool { return old.house.copy.Status().Until.After(time.Now().Add(-time.Second)) })
	dir := filepath.Join(t.TempDir(), "data")
	ask := func(more ...string) error {
		var said bytes.Buffer
		return runCommand(t.Context(), append([]string{"takeover", "--data", dir, "--from", copies, "--watch", "2s"}, more...), &said)
	}
	if usage := (*usageError)(nil); !errors.As(ask(), &usage) {
		t.Error("it took over without a person's word")
	}
	working, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { // the old box is at work
		defer close(ended)
		for n := 0; working.Err() == nil; n++ {
			old.call("POST", "/v1/orders", key, twoGrapes(fmt.Sprintf("at-work-%d", n)))
		}
	}()
	err := ask("--old-box-is-off")
	stop()
	<-ended
	if !errors.Is(err, errAlive) {
		t.Errorf("beside the old box: %v, want %v", err, errAlive)
	}
	if err := old.stop(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := ask("--old-box-is-off"); err != nil {
		t.Fatal(err)
	}
	other := start(t, dir, func(s *Serve) { s.Replica = copies })
	t.Logf("the other machine is the shop after %v", time.Since(began))
	if status, again := other.call("POST", "/v1/orders", key, twoGrapes("t-1")); status != http.StatusOK || again["id"] != order["id"] {
		t.Errorf("the order sent again: %d %v", status, again)
	}
	if now := other.house.store.Snapshot().Counters.Epoch; now <= epoch {
		t.Errorf("epoch %d, was %d", now, epoch)
	}
	log, err := other.house.store.Audit(t.Context(), 0, 20)
	if err != nil {
		t.Fatal(err)
	}
	claimed := false
	for _, e := range log {
		claimed = claimed || e.Name == "shop.claimed"
	}
	if !claimed {
		t.Errorf("no claim in the log: %+v", log)
	}
	if err := ask("--old-box-is-off"); err == nil || !strings.Contains(err.Error(), "is a box already") {
		t.Errorf("a second time: %v", err)
	}
}
