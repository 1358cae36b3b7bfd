package shop

import (
	"errors"

	"weir/shop/capacity"
)

// Pinned is a refusal that is final for its ref: whoever sends the ref again gets it again.
type Pinned struct {
	Kind   Kind            `json:"kind"`
	Type   string          `json:"type"`
	Detail string          `json:"detail"`
	Fields []FieldError    `json:"fields,omitempty"`
	Reason capacity.Reason `json:"reason,omitempty"` // of a refusal for want of room
}

// ReasonPinned marks a ref whose order was refused for ever.
const ReasonPinned = "pinned"

// OrderPinned says that an order was refused for ever, as it had asked for. Nothing of it is kept but its ref.
type OrderPinned struct {
	Order *Order `json:"-"` // in a row of its own
	Type  string `json:"type"`
}

func (OrderPinned) name() string { return "order.pinned" }

// pin makes a refusal final for the order's ref. Any other error, and a refusal for which there is no room, is returned
// in its place: what is not kept must not be called final.
func (d *decider) pin(c Place, cause error) error {
	e := (*Error)(nil)
	if !errors.As(cause, &e) || e.Unknown {
		return cause
	}
	o, err := d.grave(c.Channel, c.Draft.Ref, ReasonPinned)
	if err != nil {
		return err
	}
	o.Refused = &Pinned{Kind: e.Kind, Type: e.Type, Detail: e.Detail, Fields: e.Fields}
	if e.Refusal != nil {
		o.Refused.Reason = e.Refusal.Reason
	}
	d.emit(o.ID, OrderPinned{Order: o, Type: e.Type})
	e.Pinned = true
	return e
}

// again is the refusal as it was given. What else would be possible it does not say: that was long ago.
func (p *Pinned) again() *Error {
	e := &Error{Kind: p.Kind, Type: p.Type, Detail: p.Detail, Fields: p.Fields, Pinned: true}
	if p.Reason != "" {
		e.Refusal = &Refusal{Reason: p.Reason}
	}
	return e
}

func (f OrderPinned) apply(s State, _ Event) State { return s.buried(f.Order) }

// isPinned reports whether an error is a refusal that is final for its ref.
func isPinned(err error) bool {
	e := (*Error)(nil)
	return errors.As(err, &e) && e.Pinned
}
