package main

import (
	"errors"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"weir/server/access"
	"weir/server/control"
	"weir/server/testshop"
)

// TestPairPrintsACodeOfTheRunningShop, once for tablets and once for the owner; each lets its own in and not the other.
func TestPairPrintsACodeOfTheRunningShop(t *testing.T) {
	data := t.TempDir()
	guard := controlled(t, data)
	digits := regexp.MustCompile(`: (\d{4}) (\d{4})\n`)
	ask := func(args ...string) string {
		t.Helper()
		var out strings.Builder
		if err := runCommand(t.Context(), append([]string{"pair", "--data", data}, args...), &out); err != nil {
			t.Fatal(err)
		}
		m := digits.FindStringSubmatch(out.String())
		if m == nil || !strings.Contains(out.String(), "http://192.168.1.20:8080/") || !strings.Contains(out.String(), "█") {
			t.Fatalf("printed:\n%s\nwant a code, where to type it, and a QR code", out.String())
		}
		return m[1] + m[2]
	}
	owners, tablets := ask("--owner"), ask()
	if _, err := guard.Pair(t.Context(), owners, "前台", "test"); !errors.Is(err, access.ErrCode) {
		t.Errorf("the owner's code on a tablet: %v", err)
	}
	if _, err := guard.Pair(t.Context(), tablets, "前台", "test"); err != nil {
		t.Errorf("the tablet's code: %v", err)
	}
	if err := guard.SetOwner(t.Context(), owners, "老板", "correct horse", "test"); err != nil {
		t.Errorf("the owner's code: %v", err)
	}
}

func TestPairWithoutARunningShopSaysSo(t *testing.T) {
	var out strings.Builder
	err := runCommand(t.Context(), []string{"pair", "--data", t.TempDir()}, &out)
	if err == nil || !strings.Contains(err.Error(), "no weir is running") || out.Len() > 0 {
		t.Errorf("%v, printed %q; want to hear that none runs", err, out.String())
	}
}

// controlled runs a shop's store with its control socket, as run.go does.
func controlled(t *testing.T, data string) *access.Guard {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	s := testshop.Open(t, testshop.Setup{Dir: data, Now: time.Now}).Store
	keys, err := access.NewKeys(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	guard, err := access.New(t.Context(), access.Config{Store: s, Log: log,
		URLs: func() []string { return []string{"http://192.168.1.20:8080"} }})
	if err != nil {
		t.Fatal(err)
	}
	socket, err := control.Socket.Listen(data)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: control.Serve(control.NewRunning(control.NewLocal(s.Snapshot().Config, s, keys, nil), guard, nil))}
	go server.Serve(socket)
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return guard
}
