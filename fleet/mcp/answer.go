package mcp

import (
	"cmp"
	"math"
	"time"

	"weir/fleet/orders"
	"weir/fleet/record"
	"weir/fleet/route"
	"weir/shop/words"
)

// State is what an answer comes to.
type State string

// The states.
const (
	Accepted  State = "accepted"  // a shop makes it
	Refused   State = "refused"   // for certain nobody makes it
	Unknown   State = "unknown"   // it is not known yet: repeat the call
	Unclear   State = "unclear"   // what was asked for cannot be read: nothing was done
	Cancelled State = "cancelled" // nobody makes it any more
	TooLate   State = "too_late"  // it cannot be cancelled: something of it is made
	Ended     State = "ended"     // it was given out, or has ended in another way
	Found     State = "found"     // shops that take orders
	Nothing   State = "nothing"   // there is none
)

// Answer is what an agent is told.
type Answer struct {
	Say          string    `json:"say" jsonschema:"a sentence for the customer, in the language asked for"`
	State        State     `json:"state" jsonschema:"accepted, refused, unknown, unclear, cancelled, too_late, ended, found or nothing"`
	Ref          string    `json:"ref,omitempty"`
	Shop         string    `json:"shop,omitempty" jsonschema:"its name"`
	Store        string    `json:"store,omitempty" jsonschema:"its id"`
	PickupNumber string    `json:"pickup_number,omitempty"`
	ReadyBy      time.Time `json:"ready_by,omitzero" jsonschema:"when nine of ten such orders are ready"`
	AtDoorBy     time.Time `json:"at_door_by,omitzero" jsonschema:"ready_by and the ride, which is estimated from the distance"`
	PriceFen     int64     `json:"price_fen,omitempty" jsonschema:"by the menu, before any discount"`
	TrackURL     string    `json:"track_url,omitempty" jsonschema:"the customer's page of this order; whoever has it can cancel"`
	Instead      []Choice  `json:"instead,omitempty" jsonschema:"shops and times that are possible now, nearest first"`
}

// Choice is a shop with the time that an order takes there now, or a slot that can be booked at one.
type Choice struct {
	Shop       string    `json:"shop"`
	Store      string    `json:"store"`
	DistanceM  int       `json:"distance_m"`
	ReadyInMin int       `json:"ready_in_min,omitempty" jsonschema:"minutes from now until it is ready, nine times of ten"`
	ReadyBy    time.Time `json:"ready_by,omitzero"`
	AtDoorBy   time.Time `json:"at_door_by,omitzero"`
	SlotStart  time.Time `json:"slot_start,omitzero" jsonschema:"no room now, but from then on"`
}

// rideMetres is how far a rider comes in a minute, along the straight line: 15 km/h on streets, which are longer. An
// estimate, and said to be one.
const rideMetres = 180

func ride(metres int) time.Duration {
	return time.Duration(math.Ceil(float64(metres)/rideMetres)) * time.Minute
}

// choices are what shops near by offer.
func choices(list []route.Alternative, delivery bool, now time.Time) []Choice {
	out := []Choice{}
	for _, a := range list {
		c := Choice{Shop: cmp.Or(a.Name, a.Store), Store: a.Store, DistanceM: a.DistanceM}
		switch {
		case a.ReadyBy != nil:
			c.ReadyBy, c.ReadyInMin = *a.ReadyBy, int(math.Ceil(a.ReadyBy.Sub(now).Minutes()))
			if delivery {
				c.AtDoorBy = c.ReadyBy.Add(ride(a.DistanceM))
			}
		case a.Start != nil:
			c.SlotStart = *a.Start
		}
		out = append(out, c)
	}
	return out
}

// instead is what could be had in place of what was refused, in words.
func (a *Agents) instead(l words.Lang, list []Choice) string {
	if len(list) == 0 {
		return l.T("agent.instead_nothing")
	}
	switch best := list[0]; {
	case !best.SlotStart.IsZero():
		return l.T("agent.instead_slot", best.Shop, a.clock(best.SlotStart))
	case !best.AtDoorBy.IsZero():
		return l.T("agent.instead_door", best.Shop, a.clock(best.AtDoorBy))
	default:
		return l.T("agent.instead_ready", best.Shop, a.clock(best.ReadyBy))
	}
}

func (a *Agents) clock(at time.Time) string { return at.In(a.zone).Format("15:04") }

func (a *Agents) nameOf(r *route.Router, store string) string {
	if s, ok := r.Table.Get(store); ok { // a shop that was taken out of the directory has its id only
		return cmp.Or(s.Name, store)
	}
	return store
}

// stands says how an order stands by its record. What is not certain now, after a restore or while the streams do not
// answer, is unknown.
func (a *Agents) stands(who caller, l words.Lang, s route.Status) Answer {
	out := Answer{Ref: s.Ref, Store: s.Store, PickupNumber: s.PickupNumber, ReadyBy: s.ReadyBy, TrackURL: s.TrackURL}
	if s.Store != "" {
		out.Shop = a.nameOf(who.router, s.Store)
	}
	if !s.ExpectedAt.IsZero() {
		out.ReadyBy = s.ExpectedAt
	}
	if s.Outcome == "unknown" {
		out.State, out.Say = Unknown, l.T("agent.unknown")
		return out
	}
	switch record.State(s.State) {
	case record.Placed:
		out.State = Accepted
		switch record.Step(s.Step) {
		case record.Ready:
			out.Say = l.T("agent.ready", out.Shop, s.PickupNumber)
		case record.Making:
			out.Say = l.T("agent.making", out.Shop, s.PickupNumber, a.clock(out.ReadyBy))
		default:
			out.Say = l.T("agent.waiting", out.Shop, s.PickupNumber, a.clock(out.ReadyBy))
		}
	case record.Ended:
		out.State, out.Say = Ended, l.T("agent.ended")
		switch s.Reason {
		case "handed":
			out.Say = l.T("agent.handed", out.Shop)
		case "cancelled":
			out.State, out.Say = Cancelled, l.T("agent.cancelled")
		case "released":
			out.State, out.Say = Refused, l.T("agent.released", out.Shop)
		}
	case record.Cancelled:
		out.State, out.Say = Cancelled, l.T("agent.cancelled")
	default:
		out.State, out.Say = Refused, l.T("agent.nobody")
	}
	if s.Stale {
		out.State, out.Say = Unknown, l.T("agent.stale")+out.Say
	}
	return out
}

// key is the order of a ref.
func (c caller) key(ref string) orders.Key { return orders.Key{Channel: c.channel, Ref: ref} }
