package route

import (
	"time"

	"weir/fleet/orders"
	"weir/fleet/record"
)

// Status is what the fleet knows of an order without asking its shop.
type Status struct {
	Ref          string    `json:"ref"`
	State        string    `json:"state"` // free, open, placed, cancelled, ended, doubt; unknown after a restore
	Store        string    `json:"store,omitempty"`
	ID           string    `json:"id,omitempty"` // at the store
	PickupNumber string    `json:"pickup_number,omitempty"`
	ReadyBy      time.Time `json:"ready_by,omitzero"`
	ExpectedAt   time.Time `json:"expected_at,omitzero"` // where the shop has told another time since
	Step         string    `json:"step,omitempty"`       // how far the store is: making, ready; none is that it waits for its turn
	Reason       string    `json:"reason,omitempty"`     // of its end
	PlacedAt     time.Time `json:"placed_at,omitzero"`
	NotMade      bool      `json:"not_made,omitempty"` // certain
	Outcome      string    `json:"outcome,omitempty"`  // "unknown" while it is not known who makes it
	NextAskAt    time.Time `json:"next_ask_at,omitzero"`
	Stale        bool      `json:"stale,omitempty"`     // the streams do not answer; this is what was last heard
	TrackURL     string    `json:"track_url,omitempty"` // of the customer's page, where they may also cancel
}

const (
	// stateFree is of a record of which nobody makes anything.
	stateFree = "free"
	// stateUnknown is where there is no record after a restore: a shop may have the order.
	stateUnknown = "unknown"
)

// Free reports whether no shop has the order as far as the fleet knows. After a restore a shop may have it all the same, see
// [Router.Forgotten].
func (s Status) Free() bool { return s.State == stateFree || s.State == stateUnknown }

// statusOf shows a record.
func statusOf(e orders.Entry) Status {
	rec := e.Record
	s := Status{Ref: e.Key.Ref, State: string(rec.State), Store: rec.Store(), Reason: rec.Why, PlacedAt: rec.PlacedAt, NextAskAt: rec.NextAt}
	switch rec.State {
	case record.Free:
		s.State, s.NotMade = stateFree, true
	case record.Cancelled:
		s.NotMade = true
	case record.Open, record.Doubt:
		s.Outcome = "unknown"
	case record.Placed, record.Ended:
		s.ID, s.PickupNumber, s.ReadyBy, s.ExpectedAt = rec.At.ID, rec.At.Number, rec.At.ReadyBy, rec.At.Changed
		if rec.State == record.Placed {
			s.Step = string(rec.At.Step)
		}
	}
	return s
}
