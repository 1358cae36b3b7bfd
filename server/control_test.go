package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weir/server/control"
	"weir/server/store"
	"weir/shop"
)

// TestADeepDataDirectory: a socket's address has room for 107 bytes, a directory's name for more.
func TestADeepDataDirectory(t *testing.T) {
	data := filepath.Join(t.TempDir(), strings.Repeat("deep/", 30))
	if err := os.MkdirAll(data, 0o700); err != nil {
		t.Fatal(err)
	}
	r := start(t, data)
	if key := r.key("shangou"); !strings.HasPrefix(key, "weir_") {
		t.Errorf("key add beside the running shop printed %q", key)
	}
}

// TestADemoBesideARealShop: their orders are apart, but the control socket is in the same place.
func TestADemoBesideARealShop(t *testing.T) {
	data := t.TempDir()
	r := start(t, data)
	demo, err := build(t.Context(), &Serve{Data: data, Addr: "127.0.0.1:0", BrokerAddr: "off", Demo: true}, nil)
	if closed := demo.close(); closed != nil {
		t.Error(closed)
	}
	if !errors.Is(err, store.ErrRunning) {
		t.Errorf("a demo beside a real shop: %v, want %v", err, store.ErrRunning)
	}
	if key := r.key("shangou"); !strings.HasPrefix(key, "weir_") {
		t.Errorf("the real shop's socket then answered %q", key)
	}
}

// TestTheConsoleIsInTheLog: what somebody with a shell does to keys is as visible as what the owner does.
func TestTheConsoleIsInTheLog(t *testing.T) {
	r := start(t, t.TempDir())
	r.key("shangou")
	log, err := r.house.store.Audit(t.Context(), 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	if len(log) == 0 || log[0].By != control.Console || log[0].Name != shop.AuditKeyAdded {
		t.Errorf("the log's last line is %+v", log)
	}
}
