// Package testrouter is a router in tests of the rooms that ask one. Only tests import it; those of package route have their
// own, because they stand inside it.
package testrouter

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"weir/fleet/directory"
	"weir/fleet/engine"
	"weir/fleet/route"
	"weir/fleet/testengine"
	"weir/shop"
	"weir/shop/shopfile"
)

// patience bounds each wait; the machine may be busy.
const patience = 30 * time.Second

// Start runs a router that knows the demo's menu and one shop that is open for a channel, until the test ends.
func Start(t *testing.T, e *engine.Engine, listed directory.Shop, channel string) *route.Router {
	t.Helper()
	demo, err := shopfile.Demo()
	if err != nil {
		t.Fatal(err)
	}
	r := route.New(route.Config{Engine: e, Directory: directory.New(nil), Menus: map[string]*shop.Menu{demo.Menu.Rev: demo.Menu},
		Keep: engine.OrdersKeepMin, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	r.Table.Listed(nil, &listed)
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
	case <-time.After(patience):
		t.Fatal("the router is not ready")
	}
	testengine.Open(t, e, listed.ID, channel, 1)
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) { // between two looks
		if s, ok := r.Table.Get(listed.ID); ok && s.Fresh(time.Now()) && s.Lease(channel).Seq > 0 {
			return r
		}
		if time.Now().After(end) {
			t.Fatal("the shop is not there")
		}
	}
}
