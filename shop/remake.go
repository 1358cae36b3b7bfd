package shop

import "time"

// Remake asks for a cup to be made again.
type Remake struct {
	By     string
	Cup    CupID
	Reason string // "" is that it was made badly
}

func (c Remake) subject() Subject { return Subject{Orders: []OrderID{c.Cup.Order}} }

// CupRemade says that a new cup stands in the place of another.
type CupRemade struct {
	Cup    Cup    `json:"cup"`
	Reason string `json:"reason,omitempty"`
}

func (CupRemade) name() string { return "cup.remade" }

// OrderReopened says that an order that had ended is open again, because a cup of it is made again.
type OrderReopened struct{}

func (OrderReopened) name() string { return "order.reopened" }

// decide makes a cup again: spilt, wrong or not what was ordered. The cup it replaces keeps its place
// in the ledger.
func (c Remake) decide(d *decider) error {
	d.by = c.By
	o, ok := d.state.Order(c.Cup.Order)
	if !ok || o.Cup(c.Cup.N) == nil {
		return notFound("there is no cup %s", c.Cup)
	}
	if state := o.State(); state.Ended() && state != OrderHanded {
		e := conflict(ProblemInvalidTransition, "order %s is %s", o.ID, state)
		e.Order = o
		return e
	}
	old := o.Cup(c.Cup.N)
	for i := range o.Cups {
		if o.Cups[i].Replaces == old.N && o.Cups[i].State.Unmade() {
			d.out.Order, d.out.Replayed = o.ID, true // the second tap on remake
			return nil
		}
	}
	switch old.State {
	case Waiting, Booked:
		e := conflict(ProblemInvalidTransition, "cup %s is %s: it has not been made yet", c.Cup, old.State)
		e.Order, e.Cups = o, []CupID{c.Cup}
		return e
	case Making:
		d.emit(o.ID, CupsMoved{Moves: []Move{{N: old.N, From: Making, To: Voided}}})
	case Made:
		d.emit(o.ID, CupsMoved{Moves: []Move{{N: old.N, From: Made, To: Discarded}}})
	}
	if o.State() == OrderHanded {
		d.emit(o.ID, OrderReopened{})
	}
	cup := Cup{N: len(o.Cups) + 1, Line: old.Line, Work: old.Work, Spare: old.Spare, State: Waiting, At: d.now, Replaces: old.N}
	d.emit(o.ID, CupRemade{Cup: cup, Reason: c.Reason})
	o, _ = d.state.Order(o.ID)
	d.paperFor(o, cup.N)
	d.out.Order, d.out.Cups = o.ID, []CupID{o.CupID(cup.N)}
	if o.ReadyTold {
		d.emitTold(o.ID, OrderTold{State: OrderAccepted}, tell(ToldUnready, o, o.State(), ""))
	}
	return nil
}

func (f CupRemade) apply(s State, e Event) State {
	s.Ledger = s.Ledger.remade()
	return s.change(e, func(o *Order) {
		o.Cups = append(o.Cups, f.Cup)
		o.ReadyAt = time.Time{}
	})
}

func (OrderReopened) apply(s State, e Event) State {
	return s.change(e, func(o *Order) {
		o.End, o.Reason, o.EndedAt, o.ReadyAt, o.ReadyTold = "", "", time.Time{}, time.Time{}, true
	})
}
