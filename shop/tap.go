package shop

import (
	"slices"
	"time"
)

// Tap moves cups to a state: started, done, undone, recalled, voided or discarded.
type Tap struct {
	By      string
	Cups    []CupID
	To      CupState
	Station string    // where it was tapped: the station's own part of the cup moves; "" is the whole cup
	Seen    *CupState // state that the person saw, at the station; nil when it does not matter
	// Some accepts that a few of the cups cannot be moved, as when two tablets start the same batch:
	// the decision names those that were.
	Some   bool
	Reason string // why cups are voided or discarded; the customer is told when it was the last one
}

func (c Tap) subject() Subject { return Subject{Orders: ordersOf(c.Cups)} }

// CupsMoved says which cups of one order changed state.
type CupsMoved struct {
	Moves   []Move `json:"moves"`
	Implied bool   `json:"implied,omitempty"` // nobody tapped: it follows from the order having left
	Reason  string `json:"reason,omitempty"`  // why a part leaves or leaves unscanned, or why cups are voided or discarded
}

// Move is one cup's change of state.
type Move struct {
	N        int      `json:"n"`
	From     CupState `json:"from"`
	To       CupState `json:"to"`
	Station  string   `json:"station,omitempty"`  // where it was tapped
	Passed   []string `json:"passed,omitempty"`   // stations whose parts are done by it
	Unpassed int      `json:"unpassed,omitempty"` // of the parts done last so many are taken back before
	Taken    bool     `json:"taken,omitempty"`    // the station has it in hand now
	Laid     bool     `json:"laid,omitempty"`     // it lies before its station now
}

func (CupsMoved) name() string { return "cups.moved" }

// Made is how many cups were made by it, less those that were undone or recalled.
func (f CupsMoved) Made() (n int) {
	for _, m := range f.Moves {
		n += m.made()
	}
	return n
}

// made is 1 for a cup that was made by the move, -1 for one that was undone or recalled.
func (m Move) made() int {
	switch {
	case m.To == Made && m.From < Made:
		return 1
	case m.From == Made && m.To < Made:
		return -1
	}
	return 0
}

// forward reports whether somebody went on with a cup by the move.
func (m Move) forward() bool {
	return m.Taken && m.Unpassed == 0 || len(m.Passed) > 0 || m.To > m.From && m.To <= Made
}

// UndoTime is how long a bump can be taken back before the channel is told that the order is ready.
const UndoTime = 5 * time.Second

// cupMoves are the moves a tap may make; made to waiting is the recall, made to making the undo. A
// single bump takes a waiting cup straight to made.
var cupMoves = map[CupState][]CupState{
	Booked:  {Voided},
	Waiting: {Making, Made, Voided},
	Making:  {Made, Waiting, Voided},
	Made:    {Making, Waiting, Discarded},
}

// decide moves cups. A cup that has the state already is not refused: two tablets may tap at once.
func (c Tap) decide(d *decider) error {
	d.by = c.By
	if len(c.Cups) == 0 {
		return invalid(ProblemInvalid, "name the cups", FieldError{"/cups", "is empty"})
	}
	if err := d.state.Config.knows(c.Station); err != nil {
		return err
	}
	byOrder := map[OrderID][]Move{}
	for _, id := range c.Cups {
		move, err := d.tapOne(c, id)
		if err != nil && !c.Some {
			return err
		}
		if err == nil && move != nil && !slices.Contains(d.out.Cups, id) {
			byOrder[id.Order] = append(byOrder[id.Order], *move)
			d.out.Cups = append(d.out.Cups, id)
		}
	}
	d.out.Order = c.Cups[0].Order
	for _, id := range ordersOf(d.out.Cups) {
		d.moveFor(id, byOrder[id], c.Reason)
	}
	d.labelsOfBegun(d.out.Cups)
	return nil
}

// tapOne judges one cup; nil is a repeated tap, which moves nothing.
func (d *decider) tapOne(c Tap, id CupID) (*Move, error) {
	q, err := d.queued(id)
	if err != nil {
		return nil, err
	}
	station := d.state.tapped(c, q)
	if station != "" && !d.state.Config.has(station, q.Line()) {
		e := conflict(ProblemInvalidTransition, "station %s has no part in cup %s", station, id)
		e.Order, e.Cups = q.Order, []CupID{id}
		return nil, e
	}
	at := d.state.At(station, q).Cup.State
	if at == c.To {
		return nil, nil
	}
	var move *Move
	if allowed := slices.Contains(cupMoves[at], c.To) && (c.Seen == nil || *c.Seen == at); allowed {
		move = d.state.moveAt(q, station, at, c.To)
	}
	if move == nil {
		e := conflict(ProblemInvalidTransition, "cup %s is %s and cannot become %s from what you saw", id, at, c.To)
		e.Order, e.Cups = q.Order, []CupID{id}
		return nil, e
	}
	return move, nil
}

// queued finds a cup of an order that the state has.
func (d *decider) queued(id CupID) (Queued, error) {
	o, ok := d.state.Order(id.Order)
	if !ok {
		return Queued{}, notFound("there is no order %s", id.Order)
	}
	cup := o.Cup(id.N)
	if cup == nil {
		return Queued{}, notFound("order %s has no cup %d", id.Order, id.N)
	}
	if o.LinesUnknown {
		e := conflict(ProblemInvalidTransition, "it is not known yet what is in order %s; fill that in, or release the order", o.ID)
		e.Order = o
		return Queued{}, e
	}
	return Queued{Order: o, Cup: cup}, nil
}

// move moves cups of one order and tells its channel what that makes of the order.
func (d *decider) move(id OrderID, moves []Move) { d.moveFor(id, moves, "") }

// moveFor moves cups for a reason that a person gave, "" when nobody did.
func (d *decider) moveFor(id OrderID, moves []Move, why string) {
	if len(moves) == 0 {
		return
	}
	d.emitTold(id, CupsMoved{Moves: moves, Reason: why}, d.takenOff(id, moves, why))
	o, _ := d.state.Order(id)
	for _, m := range moves {
		if m.To == Voided {
			d.dropLabel(id, m.N)
		}
	}
	in := o.count()
	switch {
	case o.left() == 0 && in[Handed] > 0:
		d.handed(o) // a part has left, and nothing more will
	case o.left() == 0 && in[Discarded] == 0:
		// Every cup was voided one by one: the order will not be made.
		if why == "" {
			why = ReasonVoided
		}
		d.ending(o, OrderEnded{State: OrderReleased, Reason: why}, tell(ToldReleased, o, OrderReleased, why))
		d.dropPaper(id, "order ended", nil)
	case o.ReadyTold && (in[Waiting]+in[Making] > 0 || o.gone()):
		d.emitTold(id, OrderTold{State: OrderAccepted}, tell(ToldUnready, o, o.State(), ""))
	case !o.MakingTold && in[Making]+in[Made] > 0:
		d.emitTold(id, OrderTold{State: OrderMaking}, tell(ToldMaking, o, OrderMaking, ""))
	}
}

// takenOff is what the channel is told when cups will not be made any more of an order that goes on; nil is nothing.
func (d *decider) takenOff(id OrderID, moves []Move, why string) *Told {
	var off []CupID
	for _, m := range moves {
		if m.To == Voided || m.To == Discarded && why == ReasonPartCancelled {
			off = append(off, CupID{Order: id, N: m.N})
		}
	}
	_, after := d.state.edit(id, func(o *Order) { o.moved(moves, d.now) })
	if len(off) == 0 || after.left() == 0 {
		return nil
	}
	return tellChanged(after, why, off)
}

func (f CupsMoved) apply(s State, e Event) State {
	old, o := s.edit(e.Order, func(o *Order) { o.moved(f.Moves, e.At) })
	if o == nil {
		return s
	}
	paced := false
	for _, m := range f.Moves {
		s.Ledger = s.Ledger.moved(m.From, m.To)
		paced = paced || m.made() != 0
	}
	s.Orders = s.Orders.With(int64(o.ID), o)
	if !f.Implied && slices.ContainsFunc(f.Moves, Move.forward) {
		s.Counters.BegunAt = e.At
	}
	s = s.used(old, o).paced(old, o, f.Moves, e.At)
	if paced {
		s.Capacity = s.Capacity.Made(e.At, old.load(), o.load(), !f.Implied)
	} else {
		s.Capacity = s.Capacity.Swap(old.load(), o.load())
	}
	return s
}

func (o *Order) moved(moves []Move, at time.Time) {
	for _, m := range moves {
		c := &o.Cups[m.N-1]
		c.pass(m, at)
		c.State, c.At = m.To, at
		if m.To < Made {
			c.PackedAt = time.Time{}
		}
		if m.To == Voided {
			c.Labelled = false
		}
		switch {
		case m.To == Waiting:
			c.Started = time.Time{}
		case c.Started.IsZero() && (m.To == Making || m.To == Made):
			c.Started = at
		}
	}
	in := o.count()
	if in[Booked]+in[Waiting]+in[Making] > 0 || in[Made]+in[Handed] == 0 {
		o.ReadyAt = time.Time{} // what went out was ready when it was: the reports count by it
	} else if o.ReadyAt.IsZero() {
		o.ReadyAt = at
	}
}
