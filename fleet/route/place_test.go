package route

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"weir/fleet/orders"
	"weir/fleet/testengine"
	"weir/shop"
	"weir/shop/capacity"
	"weir/shop/wire"
)

// TestWhoCreatesAnOrderIsTold201: also where the shop's event says that it has the order before its answer does. Who asks
// again is told 200, and of the same order.
func TestWhoCreatesAnOrderIsTold201(t *testing.T) {
	e := testengine.Start(t)
	r := startRouter(t, e, "a")
	known(t, e, r, "a")
	sends := 0
	take(t, e, "a", func(order []byte) (int, string) {
		ref := wire.Look(order).Ref
		if sends++; ref == "event first" && sends == 1 {
			testengine.Publish(t, e, "a", "events."+channel, wire.Event{ID: wire.Cursor{Epoch: 1, Seq: 1}, Type: "order.accepted", Epoch: 1,
				Seq: 1, Data: wire.EventData{Ref: ref, ID: "o1", PickupNumber: "7"}})
			until(t, "the record is placed by the event", func() bool {
				s, err := r.Find(t.Context(), orders.Key{Channel: channel, Ref: ref})
				return err == nil && s.State == "placed" && s.PickupNumber == "7"
			})
		}
		return http.StatusCreated, `{"id":"o1","state":"accepted","pickup_number":"7"}`
	})
	for _, ref := range []string{"event first", "answer first"} {
		sends = 0
		first, again := place(t, r, oneCup(ref), "a"), place(t, r, oneCup(ref), "a")
		if first.Status != http.StatusCreated || first.Replayed {
			t.Errorf("%s: first %+v", ref, first)
		}
		if again.Status != http.StatusOK || !again.Replayed {
			t.Errorf("%s: again %+v", ref, again)
		}
		for _, got := range []Reply{first, again} {
			if members := fmt.Sprintf("%s", got.Body); got.Body == nil || !strings.Contains(members, `"7"`) {
				t.Errorf("%s: told %s", ref, members)
			}
		}
	}
}

// TestWhatIsRememberedByShopIsBounded: more shops than are remembered change what is remembered, and not how much.
func TestWhatIsRememberedByShopIsBounded(t *testing.T) {
	e := testengine.Start(t)
	r := startRouter(t, e)
	now := r.Now()
	for i := range busyMax + 10 {
		r.busy.add(storeName(i), capacity.Cup, now)
	}
	if n := r.busy.recent.Len(); n > busyMax || r.busy.of(storeName(busyMax+9), now) != capacity.Cup {
		t.Errorf("work sent to %d shops is remembered", n)
	}
	for i := range resyncedMax + 10 {
		r.resync(storeName(i), channel, nil)
	}
	if n := r.resynced.Len(); n > resyncedMax {
		t.Errorf("%d channels are remembered", n)
	}
}

// TestAnOrderWithoutItems: a shop that takes none says 422, and so does the fleet, without asking another shop. One that was
// refused for want of room may come again with its items and is then given out by them.
func TestAnOrderWithoutItems(t *testing.T) {
	e := testengine.Start(t)
	r := startRouter(t, e, "a", "b")
	known(t, e, r, "a", "b")
	take(t, e, "b", func([]byte) (int, string) { return http.StatusCreated, `{"id":"o2","state":"accepted"}` })
	refusal := `{"type":"/problems/invalid-order","status":422,"detail":"not without items"}`
	take(t, e, "a", func(order []byte) (int, string) {
		if wire.Look(order).Ref == "full" {
			return http.StatusServiceUnavailable, `{"type":"/problems/temporary-reduced-capacity","not_made":true}`
		}
		return http.StatusUnprocessableEntity, refusal
	})
	bare := func(ref string) string {
		return fmt.Sprintf(`{"ref":%q,"downgraded":true,"items":[],"cups":2,"totals":null}`, ref)
	}
	if got := place(t, r, bare("strict"), "a"); got.Status != http.StatusUnprocessableEntity {
		t.Errorf("to a shop that takes none: %+v", got)
	}
	if got := place(t, r, bare("full"), "a"); got.Status != http.StatusServiceUnavailable {
		t.Errorf("to a full shop: %+v", got)
	}
	if got := place(t, r, oneCup("full"), "b"); got.Status != http.StatusCreated {
		t.Errorf("with its items: %+v", got)
	}
	if s, err := r.Find(t.Context(), orders.Key{Channel: channel, Ref: "full"}); err != nil || s.Store != "b" {
		t.Errorf("it is at %q: %v", s.Store, err)
	}
}

// TestLinesAreFilledIn: the shop that has an order without its lines gets them, and its new receipt is kept. While it is
// silent the caller is told that it has the order. Once the order has ended, the shop is not asked any more.
func TestLinesAreFilledIn(t *testing.T) {
	e := testengine.Start(t)
	r := startRouter(t, e, "a")
	known(t, e, r, "a")
	asked, silent := atomic.Int64{}, atomic.Bool{}
	take(t, e, "a", func([]byte) (int, string) {
		if silent.Load() {
			return 0, ""
		}
		return http.StatusCreated, fmt.Sprintf(`{"id":"o1","state":"accepted","receipt":"r%d"}`, asked.Add(1))
	})
	bare := func(ref string) string {
		return fmt.Sprintf(`{"ref":%q,"downgraded":true,"items":[],"cups":1,"totals":null}`, ref)
	}
	receipt := func(ref string) string {
		got, err := r.orders.Get(t.Context(), orders.Key{Channel: channel, Ref: ref})
		if err != nil || got.Record.At == nil {
			t.Fatalf("%s: %+v %v", ref, got, err)
		}
		return got.Record.At.Receipt
	}
	place(t, r, bare("filled"), "a")
	if place(t, r, oneCup("filled"), "a"); receipt("filled") != "r2" {
		t.Errorf("the receipt is %q, want that of the order with its lines", receipt("filled"))
	}

	place(t, r, bare("ends"), "a")
	silent.Store(true)
	got, _ := place(t, r, oneCup("ends"), "a").Body.(Problem)
	if got.Store != "a" || got.Outcome != "unknown" || !strings.Contains(got.Detail, "the shop has the order") {
		t.Errorf("while the shop is silent: %+v", got)
	}
	silent.Store(false)
	testengine.Publish(t, e, "a", "events."+channel, wire.Event{ID: wire.Cursor{Epoch: 1, Seq: 1}, Type: "order.handed", Epoch: 1, Seq: 1,
		Data: wire.EventData{Ref: "ends", ID: "o1"}})
	until(t, "it has ended", func() bool { return stands(t, r, "ends").State == "ended" })
	before := asked.Load()
	if end := place(t, r, oneCup("ends"), "a"); end.Status != http.StatusOK || asked.Load() != before {
		t.Errorf("after its end: %+v, and the shop was asked %d times more", end, asked.Load()-before)
	}
}

// TestAnOrderForLaterTakesNoCredit: for a slot that it names, and for one that its shop chooses for a time at the door.
// Control: an order for now takes some.
func TestAnOrderForLaterTakesNoCredit(t *testing.T) {
	e := testengine.Start(t)
	r := startRouter(t, e, "a")
	known(t, e, r, "a")
	leased := make(chan bool, 10)
	take(t, e, "a", func(order []byte) (int, string) {
		leased <- strings.Contains(string(order), `"lease"`)
		return http.StatusCreated, `{"id":"o1","state":"accepted"}`
	})
	at := func(ref string, in time.Duration) string {
		door := time.Now().Add(in).UTC().Format(time.RFC3339)
		return strings.Replace(oneCup(ref), "{", `{"deliver_at":"`+door+`",`, 1)
	}
	for _, c := range []struct {
		text string
		want bool
	}{{oneCup("now"), true}, {at("later", 3*time.Hour), false}} {
		if got := place(t, r, c.text, "a"); got.Status != http.StatusCreated {
			t.Errorf("%s: %+v", c.text, got)
		}
		if got := <-leased; got != c.want {
			t.Errorf("%s: with credit: %v", c.text, got)
		}
	}
	_, err := r.Place(t.Context(), orderOf(t, at("later", 5*time.Hour)))
	if refused := (*shop.Error)(nil); !errors.As(err, &refused) || refused.Type != shop.ProblemOrderConflict {
		t.Errorf("the same ref for another time: %v", err)
	}
}

func orderOf(t *testing.T, text string) Order {
	t.Helper()
	draft, err := wire.DecodeOrder([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return Order{Channel: channel, Draft: draft, Body: []byte(text), Stores: []string{"a"}}
}
