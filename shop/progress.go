package shop

import (
	"fmt"
	"time"
)

// Progress reports a step. Channel is empty when the shop itself reports it.
type Progress struct {
	By      string // the person who saw it; "" is the channel
	Channel string
	Order   OrderID
	Step    Step
	Eta     time.Time // of courier_assigned: when the rider is expected; zero is not known
}

// Step is something that happens to an order outside the kitchen.
type Step string

// The steps of a [Progress] call.
const (
	Arrived        Step = "arrived"         // the customer is here
	CourierArrived Step = "courier_arrived" // the rider is here
	// CourierAssigned: a rider will come, expected at an eta
	CourierAssigned Step = "courier_assigned"
	// CourierCancelled: the rider does not come, or has left without it
	CourierCancelled Step = "courier_cancelled"
	PickedUp         Step = "picked_up" // it has left the shop
	Reminded         Step = "reminded"  // the customer asks where it stays
)

// Steps are the steps there are.
func Steps() []Step {
	return []Step{Arrived, CourierAssigned, CourierArrived, CourierCancelled, PickedUp, Reminded}
}

// remindedGap is how far apart reminders of one order are that are written down: a customer who taps and taps wants the
// answer, and the crew reads it once.
const remindedGap = time.Minute

func (c Progress) subject() Subject { return Subject{Orders: []OrderID{c.Order}} }

// OrderStepped says what happened to an order outside the kitchen.
type OrderStepped struct {
	Step Step      `json:"step"`
	Eta  time.Time `json:"eta,omitzero"`
}

func (OrderStepped) name() string { return "order.stepped" }

// decide follows an order outside the kitchen. It leaving the shop implies that it was made: work
// that nobody tapped must not stand on the board for ever.
func (c Progress) decide(d *decider) error {
	if d.by = c.By; c.By == "" {
		d.by = c.Channel
	}
	o, ok := d.state.Order(c.Order)
	if !ok || c.Channel != "" && o.Channel != c.Channel {
		return notFound("there is no order %s", c.Order)
	}
	d.out.Order = o.ID
	if o.State().Ended() {
		d.out.Replayed = true
		return nil
	}
	switch c.Step {
	case Arrived, CourierArrived:
		if c.Step == Arrived && o.ArrivedAt.IsZero() || c.Step == CourierArrived && o.CourierAt.IsZero() {
			d.emit(o.ID, OrderStepped{Step: c.Step})
		}
		if (o.DueOnArrival || o.waitsForTime()) && o.KitchenAt.IsZero() && !o.OnStandby() {
			d.kitchen(o, string(c.Step))
		}
	case CourierAssigned:
		return d.assign(o, c.Eta)
	case CourierCancelled:
		if d.out.Replayed = o.CourierTold.IsZero() && o.CourierAt.IsZero(); !d.out.Replayed {
			d.emit(o.ID, OrderStepped{Step: c.Step})
		}
	case Reminded:
		if d.now.Sub(o.RemindedAt) >= remindedGap {
			d.emit(o.ID, OrderStepped{Step: c.Step})
		} else {
			d.out.Replayed = true
		}
	case PickedUp:
		d.emit(o.ID, OrderStepped{Step: c.Step})
		going, _ := goingOut(o, Handover{})
		return d.give(o, going, "")
	default:
		return invalid(ProblemInvalid, fmt.Sprintf("there is no such step; want one of %v", Steps()), FieldError{"/step", string(c.Step)})
	}
	return nil
}

func (f OrderStepped) apply(s State, e Event) State {
	return s.change(e, func(o *Order) {
		switch f.Step {
		case Arrived:
			o.ArrivedAt = e.At
		case CourierArrived:
			o.CourierAt = e.At
		case CourierAssigned:
			o.CourierEta, o.CourierTold = f.Eta, e.At
		case CourierCancelled:
			o.CourierAt, o.CourierEta, o.CourierTold = time.Time{}, time.Time{}, time.Time{}
		case Reminded:
			o.RemindedAt = e.At
		}
	})
}
