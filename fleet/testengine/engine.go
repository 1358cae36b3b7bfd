// Package testengine is the engine that tests of the fleet's rooms use. Only tests import it.
package testengine

import (
	"log/slog"
	"testing"

	"weir/fleet/engine"
)

// Start starts an engine without shops, with its streams made. It ends with the test.
func Start(t testing.TB) *engine.Engine {
	t.Helper()
	e, err := engine.Start(engine.Config{Dir: t.TempDir(), Name: "n", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	if err := e.MakeStreams(t.Context(), engine.OrdersKeepMin); err != nil {
		t.Fatal(err)
	}
	return e
}
