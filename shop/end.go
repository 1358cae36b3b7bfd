package shop

import (
	"slices"
	"time"
)

// End closes an order without hand-over: [OrderReleased] with a reason, or [OrderUnclaimed].
type End struct {
	By     string
	Order  OrderID
	To     OrderState
	Reason string
}

func (c End) subject() Subject { return Subject{Orders: []OrderID{c.Order}} }

// OrderEnded says that an order has ended, and how.
type OrderEnded struct {
	State  OrderState `json:"state"`
	Reason string     `json:"reason,omitempty"`
}

func (OrderEnded) name() string { return "order.ended" }

// Why an order was released by itself.
const (
	ReasonVoided    = "voided"    // its cups were all voided by hand
	ReasonDiscarded = "discarded" // its cups were all thrown away, and nobody made them again within GoneTime
)

// GoneTime is how long an order of which every cup was thrown away waits to be made again.
const GoneTime = 10 * time.Minute

// decide closes an order that will not be handed over.
func (c End) decide(d *decider) error {
	d.by = c.By
	o, ok := d.state.Order(c.Order)
	if !ok {
		return notFound("there is no order %s", c.Order)
	}
	d.out.Order = o.ID
	if o.State() == c.To {
		d.out.Replayed = true
		return nil
	}
	if _, err := d.open(c.Order); err != nil {
		return err
	}
	switch c.To {
	case OrderReleased:
		if c.Reason == "" {
			return invalid(ProblemInvalid, "say why the order will not be made: the customer is told", FieldError{"/reason", "is missing"})
		}
		d.finish(o, OrderReleased, ToldReleased, c.Reason)
	case OrderUnclaimed:
		if o.State() != OrderReady {
			e := conflict(ProblemInvalidTransition, "order %s is %s: only a ready order can be unclaimed", o.ID, o.State())
			e.Order = o
			return e
		}
		d.finish(o, OrderUnclaimed, ToldUnclaimed, c.Reason)
	default:
		return invalid(ProblemInvalid, "an order can be released or unclaimed", FieldError{"/to", string(c.To)})
	}
	return nil
}

// finish ends an order: what is not made is voided, what is made and still here is discarded, and
// paper that has not come out is not wanted any more.
func (d *decider) finish(o *Order, to OrderState, kind, reason string) {
	d.finishTelling(o, to, reason, tell(kind, o, to, reason))
}

// finishWith releases an order and says what its customer can have instead.
func (d *decider) finishWith(o *Order, to OrderState, reason string, instead *Elsewhere) {
	told := tell(ToldReleased, o, to, reason)
	told.Elsewhere = instead
	d.finishTelling(o, to, reason, told)
}

func (d *decider) finishTelling(o *Order, to OrderState, reason string, told *Told) {
	d.stop(o, to, reason)
	var moves []Move
	for i := range o.Cups {
		switch c := &o.Cups[i]; c.State {
		case Booked, Waiting, Making:
			moves = append(moves, Move{N: c.N, From: c.State, To: Voided})
		case Made:
			moves = append(moves, Move{N: c.N, From: Made, To: Discarded})
		}
	}
	if len(moves) > 0 {
		d.emit(o.ID, CupsMoved{Moves: moves})
	}
	d.ending(o, OrderEnded{State: to, Reason: reason}, told)
	d.withdrawPaper(o, to)
}

// releaseGone ends orders of which nothing is left, so that their customers are told.
func (d *decider) releaseGone() {
	for o := range d.state.Orders.All() {
		if o.End != "" || !o.gone() {
			continue
		}
		last := slices.MaxFunc(o.Cups, func(a, b Cup) int { return a.At.Compare(b.At) })
		if d.now.Sub(last.At) >= GoneTime {
			d.finish(o, OrderReleased, ToldReleased, ReasonDiscarded)
		}
	}
}

// apply ends the order. What it counted to a campaign and was not made is given back.
func (f OrderEnded) apply(s State, e Event) State {
	old, ok := s.Order(e.Order)
	if !ok {
		return s
	}
	s = s.change(e, func(o *Order) { o.End, o.Reason, o.EndedAt = f.State, f.Reason, e.At })
	o, _ := s.Order(e.Order)
	return s.counted(o, o.takes()-old.takes())
}
