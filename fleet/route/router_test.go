package route

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"weir/fleet/directory"
	"weir/fleet/engine"
	"weir/fleet/testengine"
	"weir/shop"
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

// take has a shop do something with each order that it gets.
func take(t *testing.T, e *engine.Engine, store string, do func(order []byte) (status int, body string)) {
	t.Helper()
	testengine.Answer(t, e, store, channel, "orders", do)
}

// place gives an order for some shops to a router.
func place(t *testing.T, r *Router, text string, stores ...string) Reply {
	t.Helper()
	draft, err := wire.DecodeOrder([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	reply, err := r.Place(t.Context(), Order{Channel: channel, Draft: draft, Body: []byte(text), Stores: stores})
	if p, ok := ProblemOf(err); ok {
		return Reply{Status: p.Status, Body: p}
	}
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return reply
}

// known has a router know of shops that are open.
func known(t *testing.T, e *engine.Engine, r *Router, stores ...string) {
	t.Helper()
	for _, id := range stores {
		testengine.Open(t, e, id, channel, 1)
		until(t, id+" is open", func() bool {
			s, ok := r.Table.Get(id)
			return ok && s.Fresh(time.Now()) && s.Lease(channel).Seq > 0
		})
	}
}

// oneCup is an order of a cup.
func oneCup(ref string) string {
	return fmt.Sprintf(`{"ref":%q,"items":[{"item":"jasmine-milk-tea","qty":1,"options":{"size":"m"}}],
		"totals":{"total_fen":1500,"paid_fen":0,"subsidy_fen":1500}}`, ref)
}
