package main

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

// TestAShopMovesToANewBox: the directory of a shop that was stopped, copied, is that shop: its orders, keys and devices are
// there, and its epoch does not rise, so that no channel has to be asked for anything.
func TestAShopMovesToANewBox(t *testing.T) {
	old := start(t, t.TempDir())
	key := old.key("shangou")
	status, order := old.call("POST", "/v1/orders", key, twoGrapes("move-1"))
	if status != http.StatusCreated {
		t.Fatalf("%d %v", status, order)
	}
	device := old.monitor()
	before := old.house.store.Snapshot().Counters
	if err := old.stop(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(old.data, "weir.sock")); err != nil { // no program answers there any more
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(old.data)); err != nil {
		t.Fatal(err)
	}
	moved := start(t, dir)
	if after := moved.house.store.Snapshot().Counters; after.Epoch != before.Epoch || after.Order != before.Order {
		t.Errorf("after the move %+v, before %+v", after, before)
	}
	if status, again := moved.call("POST", "/v1/orders", key, twoGrapes("move-1")); status != http.StatusOK || again["id"] != order["id"] {
		t.Errorf("the order sent again: %d %v", status, again)
	}
	if status, _ := moved.fetch("/metrics", device); status != http.StatusOK {
		t.Errorf("the paired device: %d", status)
	}
}
