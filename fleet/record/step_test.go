package record

import (
	"testing"
	"time"
)

// TestTheRecordKnowsHowFarTheShopIs: events of the shop that has the order say its step and its time; those of another
// shop, and of an order that is not placed, do not.
func TestTheRecordKnowsHowFarTheShopIs(t *testing.T) {
	later := time.Date(2026, 2, 6, 12, 30, 0, 0, time.UTC)
	placed := Record{State: Placed, At: &Attempt{Store: "a", Step: Waiting}}
	tell := func(r Record, store string, types ...string) Record {
		for _, kind := range types {
			r, _ = Decide(r, Happened{Store: store, Type: kind, Expected: later})
		}
		return r
	}
	for _, tt := range []struct {
		store   string
		events  []string
		step    Step
		changed bool
	}{
		{"a", nil, Waiting, false},
		{"a", []string{"order.accepted"}, Waiting, false},
		{"a", []string{"order.making"}, Making, false},
		{"a", []string{"order.making", "order.delayed"}, Making, true},
		{"a", []string{"order.making", "order.ready"}, Ready, false},
		{"a", []string{"order.making", "order.ready", "order.unready"}, Making, false},
		{"a", []string{"order.early"}, Waiting, true},
		{"b", []string{"order.making", "order.delayed"}, Waiting, false},
	} {
		got := tell(placed, tt.store, tt.events...)
		if got.At.Step != tt.step || got.At.Changed.IsZero() == tt.changed || got.State != Placed {
			t.Errorf("%s tells %v: %q, %v", tt.store, tt.events, got.At.Step, got.At.Changed)
		}
	}
	asked := Record{State: Open, At: &Attempt{Store: "a"}}
	told, _ := Decide(asked, Happened{Store: "a", Type: "order.accepted", ID: "o1", Number: "7", ReadyBy: later})
	if told.State != Placed || told.At.ID != "o1" || told.At.Number != "7" || !told.At.ReadyBy.Equal(later) {
		t.Errorf("the event came before the answer: %+v", told.At)
	}
	if placed.At.Step != Waiting {
		t.Error("the record that was given has changed")
	}
	ended := tell(placed, "a", "order.making", "order.handed", "order.delayed")
	if ended.State != Ended || !ended.At.Changed.IsZero() {
		t.Errorf("an order that has ended is delayed: %+v", ended)
	}
}
