// Package testengine is the engine that tests of the fleet's rooms use. Only tests import it.
package testengine

import (
	"log/slog"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"weir/fleet/engine"
)

// Start starts an engine without shops, with its streams made. It ends with the test.
func Start(t testing.TB) *engine.Engine {
	t.Helper()
	return begin(t, func(*engine.Engine) {})
}

// StartJoint is Start with the streams as a cluster has them: what opens an order is written together.
func StartJoint(t testing.TB) *engine.Engine {
	t.Helper()
	e := begin(t, func(e *engine.Engine) { OneStream(t, e) })
	if !e.Joint(t.Context()) {
		t.Fatal("an engine with one stream of orders takes no batches")
	}
	return e
}

// OneStream makes one stream for all orders, in an engine that has none: one that has it keeps it.
func OneStream(t testing.TB, e *engine.Engine) {
	t.Helper()
	if _, err := e.JS.CreateStream(t.Context(), jetstream.StreamConfig{Name: engine.Orders + "-0-1", MaxMsgsPerSubject: 1,
		Subjects: []string{"fleet.ord.*.*.*", "fleet.body.*.*.*", "fleet.credit.*.*.*"}}); err != nil {
		t.Fatal(err)
	}
}

func begin(t testing.TB, first func(*engine.Engine)) *engine.Engine {
	t.Helper()
	e, err := engine.Start(engine.Config{Dir: t.TempDir(), Name: "n", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	first(e)
	if err := e.MakeStreams(t.Context(), engine.OrdersKeepMin); err != nil {
		t.Fatal(err)
	}
	return e
}
