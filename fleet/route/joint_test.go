package route

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"weir/fleet/engine"
	"weir/fleet/orders"
	"weir/fleet/testengine"
	"weir/shop/capacity"
	"weir/shop/wire"
)

// TestCreditIsSpentWithTheRecord: two routers open many orders at one shop that has credit for some of them. Every stamp is
// another interval of the credit, no credit is spent on nothing, and what came too late for credit is sent without.
func TestCreditIsSpentWithTheRecord(t *testing.T) {
	const cups, all = 2, 4
	e := testengine.StartJoint(t)
	routers := []*Router{startRouter(t, e, "a"), startRouter(t, e, "a")}
	take(t, e, "a", func([]byte) (int, string) { return 201, `{"id":"1","state":"accepted"}` })
	testengine.Open(t, e, "a", channel, 1)
	lease := capacity.Lease{Channel: channel, Epoch: 1, Seq: 2, IssuedAt: time.Now(), ExpiresAt: time.Now().Add(time.Hour),
		Limit: cups * capacity.Cup, MaxOrder: 100_000, NextS: 60}
	testengine.Publish(t, e, "a", "lease."+channel, wire.Lease{V: 1, Shop: "a", Lease: lease})
	for _, r := range routers {
		until(t, "the shop lends credit", func() bool {
			s, ok := r.Table.Get("a")
			return ok && s.Fresh(time.Now()) && s.Lease(channel).Seq == 2
		})
	}
	var wait sync.WaitGroup
	for i := range all {
		wait.Go(func() {
			until(t, fmt.Sprintf("order %d is made", i), func() bool { // a slow disk makes a caller ask again
				return place(t, routers[i%2], oneCup(fmt.Sprint("r", i)), "a").Status < 300
			})
		})
	}
	wait.Wait()
	stamps := map[capacity.Work]int{}
	for i := range all {
		entry, err := routers[0].orders.Get(t.Context(), orders.Key{Channel: channel, Ref: fmt.Sprint("r", i)})
		if err != nil || entry.Record.At == nil {
			t.Fatalf("the record of order %d: %+v %v", i, entry.Record, err)
		}
		if s := entry.Record.At.Stamp; s != nil {
			stamps[s.Spent]++
		}
	}
	for i := range cups {
		if at := capacity.Work(i+1) * capacity.Cup; stamps[at] != 1 {
			t.Errorf("the interval that ends at %d is %d orders'", at, stamps[at])
		}
	}
	if len(stamps) != cups {
		t.Errorf("stamps: %v", stamps)
	}
}

// TestAWriteOfWhichNobodyKnowsIsNotARefusal: the streams do not answer to what opens an order, and are read as before. The
// record may be there in the next moment, so the caller is not told that nobody makes it. Control: nobody is there to ask.
func TestAWriteOfWhichNobodyKnowsIsNotARefusal(t *testing.T) {
	t.Parallel()
	e := testengine.StartJoint(t)
	r := startRouter(t, e, "a")
	if got := place(t, r, oneCup("control"), "nobody"); !notMade(got) {
		t.Fatalf("without a shop: %d %v", got.Status, got.Body)
	}
	known(t, e, r, "a")
	deafTo(t, e, "fleet.ord.*.*.*")
	if got := place(t, r, oneCup("r"), "a"); notMade(got) || got.Status != 503 {
		t.Errorf("the record may be written: %d %v", got.Status, got.Body)
	}
	// Asked again when no shop is there, it may still be written; once the record has another revision it cannot.
	until(t, "nobody has the order in hand", func() bool { return r.opening(orders.Key{Channel: channel, Ref: "r"}) == nil })
	if got := place(t, r, oneCup("r"), "nobody"); notMade(got) || got.Status != 503 {
		t.Errorf("asked again: %d %v", got.Status, got.Body)
	}
	hearAgain(t, e, "fleet.ord.*.*.*")
	if got := place(t, r, oneCup("r"), "nobody"); !notMade(got) {
		t.Errorf("when the write is ruled out: %d %v", got.Status, got.Body)
	}
}

func notMade(got Reply) bool {
	p, ok := got.Body.(Problem)
	return ok && p.NotMade
}

// deafTo has the stream of orders hear one kind of subject no more. What it has stays, and can be read.
func deafTo(t *testing.T, e *engine.Engine, subject string) {
	t.Helper()
	subjects(t, e, func(list []string) []string {
		return slices.DeleteFunc(list, func(other string) bool { return other == subject })
	})
}

// hearAgain ends [deafTo].
func hearAgain(t *testing.T, e *engine.Engine, subject string) {
	t.Helper()
	subjects(t, e, func(list []string) []string { return append(list, subject) })
}

func subjects(t *testing.T, e *engine.Engine, change func([]string) []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testPatience)
	defer cancel()
	s, err := e.JS.Stream(ctx, engine.Orders+"-0-1")
	if err != nil {
		t.Fatal(err)
	}
	config := s.CachedInfo().Config
	config.Subjects = change(config.Subjects)
	if _, err := e.JS.UpdateStream(ctx, config); err != nil {
		t.Fatal(err)
	}
}
