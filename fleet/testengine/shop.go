package testengine

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"weir/fleet/engine"
	"weir/shop/capacity"
	"weir/shop/shopfile"
	"weir/shop/wire"
)

// A shop of these tests is its messages only. What it answers is up to the test.

// Publish has a shop say something.
func Publish(t testing.TB, e *engine.Engine, store, what string, message any) {
	t.Helper()
	text, err := json.Marshal(message)
	if err == nil {
		err = e.Conn.Publish("weir.v1."+store+"."+what, text)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Open has a shop say that it is there, has room and lends a channel credit.
func Open(t testing.TB, e *engine.Engine, store, channel string, seq uint64) {
	t.Helper()
	now := time.Now().UTC()
	demo, err := shopfile.Demo()
	if err != nil {
		t.Fatal(err)
	}
	Publish(t, e, store, "status", wire.Status{V: 1, Shop: store, Epoch: 1, Conn: 1, Online: true, At: now, Box: "box-" + store})
	Publish(t, e, store, "capacity", wire.Capacity{V: 1, Shop: store, Epoch: 1, Seq: seq, At: now, ExpiresAt: now.Add(time.Hour),
		BacklogCups: int(seq), Rate: wire.Rate{P10: 1.9, P50: 2.2}, Quote: wire.ReportQuote{P50: 300, P90: 500, Coverage90: 0.9},
		Slots: []wire.Slot{{Start: Slot(now), Work: 1200}}, SoldOut: []string{"grape"}, MenuRev: demo.Menu.Rev})
	Publish(t, e, store, "lease."+channel, wire.Lease{V: 1, Shop: store, Lease: capacity.Lease{Channel: channel, Epoch: 1, Seq: int64(seq),
		IssuedAt: now, ExpiresAt: now.Add(time.Hour), Limit: 100_000, MaxOrder: 100_000, NextS: 60}})
}

// Slot is the start of the one slot that an open shop has: an hour or more from now.
func Slot(now time.Time) time.Time {
	return now.UTC().Truncate(capacity.SlotLength).Add(time.Hour + capacity.SlotLength)
}

// Answer has a shop answer what a channel tells it: kind is orders or cancel. A status of 0 is no answer.
func Answer(t testing.TB, e *engine.Engine, store, channel, kind string, do func(message []byte) (status int, body string)) {
	t.Helper()
	sub, err := e.Conn.Subscribe("weir.v1."+store+"."+kind+"."+channel, func(m *nats.Msg) {
		if status, body := do(m.Data); status > 0 {
			Reply(t, e, store, channel, kind, m.Data, status, body)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sub.Unsubscribe() }) // the engine may have gone
}

// Reply has a shop answer one message.
func Reply(t testing.TB, e *engine.Engine, store, channel, kind string, message []byte, status int, body string) {
	seen, re := wire.Look(message), kind
	if kind == "orders" {
		re = "order"
	}
	text, err := json.Marshal(wire.Answer{Re: re, Ref: seen.Ref, Nonce: seen.Nonce, Epoch: 1, Box: "box-" + store, Status: status,
		Body: json.RawMessage(body)})
	if err != nil {
		t.Errorf("%s cannot be an answer: %v", body, err)
		return
	}
	_ = e.Conn.Publish("weir.v1."+store+".answers."+channel, text) // what is lost is asked for again
}
