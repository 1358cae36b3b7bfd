package shop

import (
	"fmt"
	"slices"
)

// CancelPart takes cups of an order back, by their names or by the order's lines. With Final those that are made are
// taken back too; the channel then owes for them.
type CancelPart struct {
	Channel string
	Order   OrderID
	Cups    []CupID
	Lines   []int // indexes of lines, each with all its cups
	Final   bool
}

func (c CancelPart) subject() Subject { return Subject{Orders: []OrderID{c.Order}} }

// ReasonPartCancelled is why cups are taken off an order that goes on: their channel took them back.
const ReasonPartCancelled = "part-cancelled"

// decide takes cups back as long as none of them is made. It takes all of them or none. With the last cup the order
// itself is cancelled.
func (c CancelPart) decide(d *decider) error {
	d.by = c.Channel
	o, ok := d.state.Order(c.Order)
	if !ok || o.Channel != c.Channel {
		return notFound("there is no order %s", c.Order)
	}
	d.out.Order = o.ID
	if o.Tombstone() || o.End == OrderCancelled || o.End == OrderReleased || o.End == OrderExpired {
		d.out.Replayed = true // none of it is made any more
		return nil
	}
	if o.LinesUnknown || o.OnStandby() {
		e := conflict(ProblemInvalidTransition, "order %s has no cups yet: its items are not known, or it waits for room; cancel all of it", o.ID)
		e.Order = o
		return e
	}
	cups, err := c.of(o)
	if err != nil {
		return err
	}
	var moves []Move
	var tooLate []CupID
	for _, n := range cups {
		switch cup := o.Cup(n); cup.State {
		case Booked, Waiting, Making:
			moves = append(moves, Move{N: n, From: cup.State, To: Voided})
		case Made:
			moves = append(moves, Move{N: n, From: Made, To: Discarded})
			tooLate = append(tooLate, o.CupID(n))
		case Handed:
			tooLate = append(tooLate, o.CupID(n)) // it has left, and is owed for as before
		}
	}
	if len(tooLate) > 0 && !c.Final {
		e := conflict(ProblemCancelTooLate, "%d of these cups are made; send final:true to take them back and settle them as made", len(tooLate))
		e.Order, e.Cups = o, tooLate
		return e
	}
	if len(moves) == 0 {
		d.out.Replayed = true
		return nil
	}
	if len(moves) == o.left() && o.count()[Handed] == 0 {
		return Cancel{Channel: c.Channel, Ref: o.Ref, Final: c.Final}.decide(d)
	}
	d.takeOff(o, moves)
	return nil
}

// of is the numbers of the cups that a command names, as they are now: one that is made again is the new cup.
func (c CancelPart) of(o *Order) ([]int, error) {
	var named []int
	var fields []FieldError
	for i, id := range c.Cups {
		if id.Order != o.ID || o.Cup(id.N) == nil {
			fields = append(fields, FieldError{fmt.Sprintf("/cups/%d", i), fmt.Sprintf("is no cup of order %s", o.ID)})
			continue
		}
		named = append(named, id.N)
	}
	for i, line := range c.Lines {
		if sent := len(o.SentLines()); line < 0 || line >= sent {
			fields = append(fields, FieldError{fmt.Sprintf("/lines/%d", i),
				fmt.Sprintf("order %s has %d lines, counted from 0", o.ID, sent)})
			continue
		}
		for _, cup := range o.Cups {
			if o.SentLine(cup.Line) == line {
				named = append(named, cup.N)
			}
		}
	}
	if len(fields) > 0 {
		return nil, invalid(ProblemInvalid, "this is not a part of the order", fields...)
	}
	for i := range named {
		for n := range o.Cups {
			if o.Cups[n].Replaces == named[i] {
				named[i] = o.Cups[n].N // a cup stands behind the one that it replaces
			}
		}
	}
	slices.Sort(named)
	return slices.Compact(named), nil
}

// takeOff takes cups off an order that goes on. Who has one in hand is stopped, and what may be on paper is called back.
func (d *decider) takeOff(o *Order, moves []Move) {
	off := func(n int) bool { return slices.ContainsFunc(moves, func(m Move) bool { return m.N == n }) }
	d.stopCups(o, off, OrderCancelled, ReasonPartCancelled)
	var slips []Job
	for _, p := range d.state.Config.Printers {
		for _, m := range moves {
			if p.Cancelled && m.To == Voided && d.mayBeOut(p, o) {
				slips = append(slips, Job{Printer: p.Name, Kind: JobCancellation, Order: o.ID, Cup: m.N})
			}
		}
	}
	d.moveFor(o.ID, moves, ReasonPartCancelled)
	for _, j := range slips {
		d.queue(j)
	}
	for _, m := range moves {
		d.out.Cups = append(d.out.Cups, o.CupID(m.N))
	}
}

// LiveQty is how many of a line are still to be had: its quantity less those whose cups were taken off.
func (o *Order) LiveQty(line int) int {
	all, live := 0, 0
	for i := range o.Cups {
		c := &o.Cups[i]
		if c.Line != line {
			continue
		}
		if c.Replaces == 0 {
			all++
		}
		if c.State != Voided && c.State != Discarded {
			live++
		}
	}
	qty := o.Lines[line].Qty
	if all == 0 || live >= all {
		return qty
	}
	return (live*qty + all - 1) / all
}
