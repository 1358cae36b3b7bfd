package route

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"weir/fleet/directory"
	"weir/fleet/engine"
	"weir/shop"
	"weir/shop/capacity"
	"weir/shop/shopfile"
	"weir/shop/wire"
)

// patience bounds each wait; the machine may be busy.
const testPatience = 30 * time.Second

// channel is the platform of these tests.
const channel = "shangou"

// startRouter runs a router on an engine that knows of some shops, until the test ends. It has its own connection.
func startRouter(t *testing.T, e *engine.Engine, shops ...string) *Router {
	t.Helper()
	demo, err := shopfile.Demo()
	if err != nil {
		t.Fatal(err)
	}
	r := New(Config{Engine: e, Directory: directory.New(nil), Menus: map[string]*shop.Menu{demo.Menu.Rev: demo.Menu},
		Keep: engine.OrdersKeepMin, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	for i, id := range shops {
		r.Table.Listed(nil, &directory.Shop{ID: id, City: "hz", Lat: 30 + float64(i)/10_000, Lon: 120})
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ready, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- r.Run(ctx, func() { close(ready) }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	select {
	case <-ready:
	case <-time.After(testPatience):
		t.Fatal("the router is not ready")
	}
	return r
}

// publish has a shop say something.
func publish(t *testing.T, e *engine.Engine, store, what string, message any) {
	t.Helper()
	text, err := json.Marshal(message)
	if err == nil {
		err = e.Conn.Publish("weir.v1."+store+"."+what, text)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// open has a shop say that it is there, has room and lends credit.
func open(t *testing.T, e *engine.Engine, store string, seq uint64) {
	t.Helper()
	now := time.Now().UTC()
	demo, err := shopfile.Demo()
	if err != nil {
		t.Fatal(err)
	}
	publish(t, e, store, "status", wire.Status{V: 1, Shop: store, Epoch: 1, Conn: 1, Online: true, At: now, Box: "box-" + store})
	publish(t, e, store, "capacity", wire.Capacity{V: 1, Shop: store, Epoch: 1, Seq: seq, At: now, ExpiresAt: now.Add(time.Hour),
		BacklogCups: int(seq), Rate: wire.Rate{P10: 1.9, P50: 2.2}, Quote: wire.ReportQuote{P50: 300, P90: 500, Coverage90: 0.9},
		Slots: []wire.Slot{{Start: now.Add(time.Hour), Work: 1200}}, SoldOut: []string{"grape"}, MenuRev: demo.Menu.Rev})
	publish(t, e, store, "lease."+channel, wire.Lease{V: 1, Shop: store, Lease: capacity.Lease{Channel: channel, Epoch: 1, Seq: int64(seq),
		IssuedAt: now, ExpiresAt: now.Add(time.Hour), Limit: 100_000, MaxOrder: 100_000, NextS: 60}})
}

// until waits for something.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(testPatience); !is(); time.Sleep(5 * time.Millisecond) { // between two looks
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

func storeName(i int) string { return fmt.Sprintf("s%03d", i) }
