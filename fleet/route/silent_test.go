package route

import (
	"context"
	"net/http"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"weir/fleet/orders"
	"weir/fleet/record"
	"weir/fleet/testengine"
	"weir/shop/capacity"
	"weir/shop/wire"
)

// A shop that has been stopped is not there to hear; one that is frozen hears and does not answer. The table believes both.

// asking is how long callers of these tests wait for a certain answer.
const asking = time.Second

// ask gives an order for two shops to a router and does not wait long. Only the first has credit, so it is asked first.
func ask(t *testing.T, r *Router, ref string) Reply {
	t.Helper()
	text := oneCup(ref)
	draft, err := wire.DecodeOrder([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), asking)
	defer cancel()
	reply, err := r.Place(ctx, Order{Channel: channel, Draft: draft, Body: []byte(text), Stores: []string{"a", "b"}})
	if p, ok := ProblemOf(err); ok {
		return Reply{Status: p.Status, Body: p}
	}
	if err != nil {
		t.Fatal(err)
	}
	return reply
}

// first has two shops open of which the first one is asked first.
func first(t *testing.T) (r *Router, atB *atomic.Int64) {
	t.Helper()
	e := testengine.Start(t)
	r = startRouter(t, e, "a", "b")
	known(t, e, r, "a", "b")
	none := capacity.Lease{Channel: channel, Epoch: 1, Seq: 2, ExpiresAt: time.Now().Add(time.Hour)}
	testengine.Publish(t, e, "b", "lease."+channel, wire.Lease{V: 1, Shop: "b", Lease: none})
	until(t, "b has no credit to give", func() bool { s, _ := r.Table.Get("b"); return s.Lease(channel).Seq == 2 })
	atB = &atomic.Int64{}
	take(t, e, "b", func([]byte) (int, string) {
		atB.Add(1)
		return http.StatusCreated, `{"id":"b1","state":"accepted"}`
	})
	return r, atB
}

// stands is the record of an order.
func stands(t *testing.T, r *Router, ref string) Status {
	t.Helper()
	s, err := r.Find(t.Context(), orders.Key{Channel: channel, Ref: ref})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestAStoppedShopIsPassedOverAtOnce: nobody hears the order, the engine says so, and the next shop has it, without a time
// that has to pass: the first shop is asked once. Control: where somebody hears it and is silent, nobody else gets it.
func TestAStoppedShopIsPassedOverAtOnce(t *testing.T) {
	r, atB := first(t)
	began := time.Now()
	got := ask(t, r, "stopped")
	t.Logf("the next shop had it after %v", time.Since(began).Round(time.Millisecond))
	if s := stands(t, r, "stopped"); got.Status != http.StatusCreated || s.Store != "b" || atB.Load() != 1 {
		t.Errorf("told %+v; the record: %+v; b has %d", got, s, atB.Load())
	}
	if sent, unheard := r.Counts.Sent.Load(), r.Counts.Unheard.Load(); sent != 2 || unheard != 1 {
		t.Errorf("%d sends of which %d were not heard, want 2 and 1", sent, unheard)
	}

	hears(t, r, func([]byte) {}) // control
	if got := ask(t, r, "frozen"); got.Status != http.StatusServiceUnavailable || atB.Load() != 1 {
		t.Errorf("where a shop hears and is silent: %+v; b has %d", got, atB.Load())
	}
}

// hears has the first shop hear its orders.
func hears(t *testing.T, r *Router, do func(order []byte)) {
	t.Helper()
	sub, err := r.Engine.Conn.Subscribe("weir.v1.a.orders."+channel, func(m *nats.Msg) { do(m.Data) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sub.Unsubscribe() }) // the engine may have gone
	if err := r.Engine.Conn.Flush(); err != nil {
		t.Fatal(err)
	}
}

// tell has the first shop answer a question.
func tell(t *testing.T, r *Router, kind string, question []byte, status int, body string) {
	t.Helper()
	testengine.Reply(t, r.Engine, "a", channel, kind, question, status, body)
}

// TestAFrozenShopKeepsItsOrder: while it is silent the order is unknown and goes nowhere else, also when it is given again.
// When it answers, it has the order. One that is taken back meanwhile is cancelled when the shop has said so, not before.
// Control: the shop that is not there at all loses its order at once, see above; and without a rule that the record keeps,
// package record's tests see an order made twice.
func TestAFrozenShopKeepsItsOrder(t *testing.T) {
	r, atB := first(t)
	held := make(chan []byte, 100)
	hears(t, r, func(order []byte) { held <- order })
	for _, ref := range []string{"frozen", "frozen", "taken back"} {
		p, _ := ask(t, r, ref).Body.(Problem)
		if p.Outcome != "unknown" || p.NotMade || p.Store != "a" {
			t.Errorf("%s, while the shop is silent: %+v", ref, p)
		}
	}
	cancels, err := r.Engine.Conn.SubscribeSync("weir.v1.a.cancel." + channel)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), asking)
	defer cancel()
	back, err := r.Cancel(ctx, orders.Key{Channel: channel, Ref: "taken back"}, false)
	if p, _ := back.Body.(Problem); err != nil || p.Outcome != "unknown" || stands(t, r, "taken back").NotMade {
		t.Errorf("taken back while the shop is silent: %+v %v", back, err)
	}
	m, err := cancels.NextMsg(testPatience)
	if err != nil {
		t.Fatal("the shop is not told: ", err)
	}
	tell(t, r, "cancel", m.Data, http.StatusOK, `{"id":"a2","state":"cancelled"}`)
	until(t, "it is cancelled", func() bool { return stands(t, r, "taken back").State == "cancelled" })
	for order := range held {
		if wire.Look(order).Ref == "frozen" {
			tell(t, r, "orders", order, http.StatusCreated, `{"id":"a1","state":"accepted"}`)
			break
		}
	}
	until(t, "it is placed", func() bool { return stands(t, r, "frozen").State == "placed" })
	if s := stands(t, r, "frozen"); s.Store != "a" || atB.Load() != 0 {
		t.Errorf("it is %+v, and b has %d", s, atB.Load())
	}
}

// TestAnOrderGoesElsewhereAfterTheTombstone: a shop that stays silent is asked again for a minute and then told to cancel.
// Only its answer to that frees the order, and then the next shop has it.
func TestAnOrderGoesElsewhereAfterTheTombstone(t *testing.T) {
	if os.Getenv("WEIR_LONG") == "" {
		t.Skip("a silent shop is asked for a minute: WEIR_LONG=1")
	}
	r, atB := first(t)
	hears(t, r, func([]byte) {})
	cancels, err := r.Engine.Conn.SubscribeSync("weir.v1.a.cancel." + channel)
	if err != nil {
		t.Fatal(err)
	}
	ask(t, r, "silent")
	m, err := cancels.NextMsg(3 * time.Minute)
	if err != nil {
		t.Fatal("the shop is never told to cancel: ", err)
	}
	if s := stands(t, r, "silent"); s.State != string(record.Open) || atB.Load() != 0 {
		t.Errorf("before the shop has answered: %+v, b has %d", s, atB.Load())
	}
	tell(t, r, "cancel", m.Data, http.StatusOK, `{"id":"a1","state":"cancelled"}`)
	until(t, "nobody makes it", func() bool { return stands(t, r, "silent").NotMade })
	if got := ask(t, r, "silent"); got.Status != http.StatusCreated || stands(t, r, "silent").Store != "b" {
		t.Errorf("after it: %+v", got)
	}
}
