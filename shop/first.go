package shop

import "fmt"

// PutFirst puts an order before all others that wait, for a reason that a person answers for.
type PutFirst struct {
	By     string
	Order  OrderID
	Reason string
}

func (c PutFirst) subject() Subject { return Subject{Orders: []OrderID{c.Order}} }

// OrderPutFirst says that a person has put an order before all others.
type OrderPutFirst struct {
	Reason string `json:"reason"`
}

// OrderPassed says that an order's channel was told that another order goes before it.
type OrderPassed struct {
	By OrderID `json:"by"`
}

func (OrderPutFirst) name() string { return "order.put_first" }
func (OrderPassed) name() string   { return "order.passed" }

// ReasonPutFirst is why an order that waits is made later than its turn.
const ReasonPutFirst = "put-first"

// reasonBytesMax is the length of a reason that a person gives.
const reasonBytesMax = 200

// decide puts an order first. Everybody who is passed by that is told; their promises stay.
func (c PutFirst) decide(d *decider) error {
	d.by = c.By
	o, err := d.open(c.Order)
	if err != nil {
		return err
	}
	d.out.Order = o.ID
	switch {
	case c.Reason == "":
		return invalid(ProblemInvalid, "say why this order goes before the others: they are told that one does",
			FieldError{"/reason", "is missing"})
	case len(c.Reason) > reasonBytesMax:
		return invalid(ProblemInvalid, fmt.Sprintf("a reason has at most %d bytes", reasonBytesMax), FieldError{"/reason", "is too long"})
	case !o.Promise.First.IsZero():
		d.out.Replayed = true
		return nil
	case !o.waits():
		e := conflict(ProblemInvalidTransition, "order %s is %s: only an order that waits in the kitchen can be put first", o.ID, o.State())
		e.Order = o
		return e
	}
	turn := o.Promise.turn()
	d.emit(o.ID, OrderPutFirst{Reason: c.Reason})
	var passed []*Order
	for other := range d.state.Orders.All() {
		if other.ID != o.ID && other.waits() && other.Promise.First.IsZero() && !other.Promise.turn().After(turn) {
			passed = append(passed, other)
		}
	}
	for _, other := range passed {
		d.emitTold(other.ID, OrderPassed{By: o.ID}, tell(ToldPassed, other, other.State(), ReasonPutFirst))
	}
	return nil
}

// waits reports whether the kitchen has the order and has not made all of it.
func (o *Order) waits() bool {
	if o.End != "" || o.KitchenAt.IsZero() {
		return false
	}
	in := o.count()
	return in[Waiting]+in[Making] > 0
}

func (f OrderPutFirst) apply(s State, e Event) State {
	return s.change(e, func(o *Order) { o.Promise.First = e.At })
}

func (OrderPassed) apply(s State, _ Event) State { return s }
