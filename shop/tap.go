package shop

import (
	"slices"
	"time"
)

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

// tap moves cups. A cup that is already there is no mistake: two tablets may tap at once.
func (d *decider) tap(c Tap) error {
	d.by = c.By
	if len(c.Cups) == 0 {
		return invalid(ProblemInvalid, "name the cups", FieldError{"/cups", "is empty"})
	}
	byOrder := map[OrderID][]Move{}
	for _, id := range c.Cups {
		move, err := d.tapOne(c, id)
		if err != nil && !c.Some {
			return err
		}
		if err == nil && move.From != move.To && !slices.Contains(d.out.Cups, id) {
			byOrder[id.Order] = append(byOrder[id.Order], move)
			d.out.Cups = append(d.out.Cups, id)
		}
	}
	d.out.Order = c.Cups[0].Order
	for _, id := range ordersOf(d.out.Cups) {
		d.move(id, byOrder[id])
	}
	return nil
}

// tapOne judges one cup; a move that goes nowhere is a repeated tap.
func (d *decider) tapOne(c Tap, id CupID) (Move, error) {
	o, ok := d.state.Order(id.Order)
	if !ok {
		return Move{}, notFound("there is no order %s", id.Order)
	}
	cup := o.Cup(id.N)
	if cup == nil {
		return Move{}, notFound("order %s has no cup %d", id.Order, id.N)
	}
	if cup.State == c.To {
		return Move{N: cup.N, From: cup.State, To: c.To}, nil
	}
	if c.Seen != nil && *c.Seen != cup.State || !slices.Contains(cupMoves[cup.State], c.To) {
		e := conflict(ProblemInvalidTransition, "cup %s is %s and cannot become %s from what you saw", id, cup.State, c.To)
		e.Order, e.Cups = o, []CupID{id}
		return Move{}, e
	}
	return Move{N: cup.N, From: cup.State, To: c.To}, nil
}

// move moves cups of one order and tells its channel what that makes of the order.
func (d *decider) move(id OrderID, moves []Move) {
	if len(moves) == 0 {
		return
	}
	d.emit(id, CupsMoved{Moves: moves})
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
		d.emitTold(id, OrderEnded{State: OrderReleased, Reason: ReasonVoided}, tell(ToldReleased, o, OrderReleased, ReasonVoided))
		d.dropPaper(id, "order ended", nil)
	case o.ReadyTold && (in[Waiting]+in[Making] > 0 || o.gone()):
		d.emitTold(id, OrderTold{State: OrderAccepted}, tell(ToldUnready, o, o.State(), ""))
	case !o.MakingTold && in[Making]+in[Made] > 0:
		d.emitTold(id, OrderTold{State: OrderMaking}, tell(ToldMaking, o, OrderMaking, ""))
	}
}

// Why an order was released by itself.
const (
	ReasonVoided    = "voided"    // its cups were all voided by hand
	ReasonDiscarded = "discarded" // its cups were all thrown away, and nobody made them again within GoneTime
)

// remake makes a cup again: spilt, wrong or not what was ordered. The cup it replaces keeps its place
// in the ledger.
func (d *decider) remake(c Remake) error {
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
	cup := Cup{N: len(o.Cups) + 1, Line: old.Line, Work: old.Work, State: Waiting, At: d.now, Replaces: old.N}
	d.emit(o.ID, CupRemade{Cup: cup})
	o, _ = d.state.Order(o.ID)
	d.paperFor(o, cup.N)
	d.out.Order, d.out.Cups = o.ID, []CupID{o.CupID(cup.N)}
	if o.ReadyTold {
		d.emitTold(o.ID, OrderTold{State: OrderAccepted}, tell(ToldUnready, o, o.State(), ""))
	}
	return nil
}
