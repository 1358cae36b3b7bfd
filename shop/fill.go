package shop

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"weir/shop/capacity"
)

// Fill says what is in an order that came without its lines, as a person read it on the platform's own screen or paper.
// A channel says it by sending the order again.
type Fill struct {
	By    string
	Order OrderID
	Lines []Line
}

func (c Fill) subject() Subject { return Subject{Orders: []OrderID{c.Order}} }

// LinesFilled says what is in an order that came without its lines. Its cups take the place of those it was counted for.
type LinesFilled struct {
	Lines    []Line   `json:"lines"`
	Sent     []Line   `json:"sent,omitempty"` // as the channel sent them, see [Order.Sent]
	Cups     []Cup    `json:"cups"`
	Customer Customer `json:"-"` // in a table of its own
}

func (LinesFilled) name() string { return "order.filled" }

const (
	// ReasonNoLines is why an order is released whose lines never came.
	ReasonNoLines = "lines-missing"
	// LinesPatience is how long after its promise an order waits for its lines. Nobody can make it without them, and
	// after a quarter of an hour its customer has to hear so.
	LinesPatience = 15 * time.Minute
	// LinesNotice is how long before its lines are needed an order is an alarm: as long as a person needs to read them on
	// the platform's screen and to enter them.
	LinesNotice = 5 * time.Minute
	// linesFactor is how many times the cups it was counted for an order may turn out to have. More is another order
	// than the one that there was room for.
	linesFactor = 2
	// linesCupsMax bounds the cups of an order without lines, as the wire bounds those of any order.
	linesCupsMax = 500
)

// bare reports whether a channel has left the lines out: it is under load.
func (d Draft) bare() bool { return len(d.Lines) == 0 }

// said are the lines that a receipt is signed over.
func (d Draft) said() []Line {
	if d.bare() {
		return saidLines(d.Cups, d.TotalFen)
	}
	return d.Lines
}

// said are the lines of an order that its receipt is signed over.
func (o *Order) said() []Line {
	if o.LinesUnknown && o.SaidFen > 0 {
		return saidLines(0, o.SaidFen)
	}
	return o.SentLines()
}

// saidLines are what a channel says of an order without lines: how many cups, or else how much money.
func saidLines(cups int, fen int64) []Line {
	if cups == 0 {
		return []Line{{Name: strconv.FormatInt(fen, 10)}}
	}
	return unknownLines(cups)
}

// unknownLines stand in an order for those that are not known.
func unknownLines(cups int) []Line { return []Line{{Qty: cups}} }

// unlisted are the lines of an order that came without any: so many cups, or as many as its total buys.
func (d *decider) unlisted(draft Draft, channel Channel) ([]Line, error) {
	if !channel.Provisional {
		return nil, invalid(ProblemInvalidOrder, "this channel may not send orders without items; see provisional in shop.yaml",
			FieldError{"/items", "want at least one item"})
	}
	cups := draft.Cups
	if cups == 0 {
		cups = d.state.Usuals[channel.ID].cups(d.state.Config.Menu, draft.TotalFen)
	}
	if cups > linesCupsMax {
		return nil, invalid(ProblemInvalidOrder, fmt.Sprintf("an order has at most %d cups", linesCupsMax), FieldError{"/cups", "is too much"})
	}
	return unknownLines(cups), nil
}

// decide takes a person's word for what is in an order.
func (c Fill) decide(d *decider) error {
	d.by = c.By
	o, err := d.open(c.Order)
	if err != nil {
		return err
	}
	d.out.Order = o.ID
	if len(c.Lines) == 0 {
		return invalid(ProblemInvalid, "say what is in the order", FieldError{"/items", "want at least one item"})
	}
	if !o.LinesUnknown {
		if d.out.Replayed = sameLines(d.state.Config.Menu, o.SentLines(), c.Lines); d.out.Replayed {
			return nil // two people have entered the same
		}
		e := conflict(ProblemInvalidTransition, "it is known what is in order %s", o.ID)
		e.Order = o
		return e
	}
	return d.fillIn(o, Draft{Ref: o.Ref, Lines: c.Lines, Customer: o.Customer})
}

// fillIn puts the lines into an order that came without them, and sends it to the kitchen when nothing else is to be
// waited for. The shop has said yes, so a larger order is taken than was counted, within bounds. What is sold out by
// now is taken off, and the channel told.
func (d *decider) fillIn(o *Order, draft Draft) error {
	channel, _ := d.state.Config.Channel(o.Channel)
	soldOut := map[int]bool{}
	lines, sent, err := d.known(d.state.Config.Menu.named(draft.Lines), channel,
		func(line int, _ error) error { soldOut[line] = true; return nil })
	if err != nil {
		return err
	}
	f := LinesFilled{Lines: lines, Sent: sent, Cups: d.cupsOf(lines, Booked), Customer: o.Customer}
	if most := linesFactor * len(o.Cups); len(f.Cups) > most {
		e := conflict(ProblemOrderConflict, "order %s was accepted for %d cups and is now said to have %d; at most %d can be filled in. "+
			"Send the rest as an order of its own", o.ID, len(o.Cups), len(f.Cups), most)
		e.Order = o
		return e
	}
	f.Customer.Notes = draft.Customer.Notes
	after := *o
	after.Cups = f.Cups
	d.emitTold(o.ID, f, tellChanged(&after, "", nil))
	d.voidSoldOut(o.ID, soldOut)
	if o, _ = d.state.Order(o.ID); o.End == "" && o.wanted() {
		d.kitchen(o, "lines")
	}
	return nil
}

// wanted reports whether nothing keeps the order from the kitchen but that it has not gone there.
func (o *Order) wanted() bool {
	here := !o.ArrivedAt.IsZero() || !o.CourierAt.IsZero()
	return o.KitchenAt.IsZero() && o.Promise.SlotStart.IsZero() && (o.DeliverAt.IsZero() && !o.DueOnArrival || here)
}

// voidSoldOut takes off an order the lines that cannot be made.
func (d *decider) voidSoldOut(id OrderID, lines map[int]bool) {
	o, _ := d.state.Order(id)
	var moves []Move
	for _, c := range o.Cups {
		if lines[c.Line] {
			moves = append(moves, Move{N: c.N, From: c.State, To: Voided})
		}
	}
	d.moveFor(id, moves, RefusedSoldOut)
}

// releaseUnlisted ends orders whose lines never came, so that their customers are told.
func (d *decider) releaseUnlisted() {
	for o := range d.state.Orders.All() {
		if o.LinesUnknown && o.End == "" && d.now.Sub(o.Promise.due()) >= LinesPatience {
			d.finish(o, OrderReleased, ToldReleased, ReasonNoLines)
		}
	}
}

// Unlisted is an open order whose lines are not known.
type Unlisted struct {
	Order *Order
	Last  time.Time // when its lines are needed: its turn in the kitchen comes, or no more time is left for its own cups
}

// Unlisted are the open orders whose lines are not known, the most urgent first.
func (s *State) Unlisted(now time.Time) (all []Unlisted) {
	var orders []*Order
	for o := range s.Orders.All() {
		if o.LinesUnknown && o.End == "" {
			orders = append(orders, o)
		}
	}
	if len(orders) == 0 {
		return nil
	}
	before := map[OrderID]capacity.Demand{}
	ahead, works := s.ahead()
	for i, o := range ahead {
		before[o.ID] = works[i].Less(o.demand())
	}
	for _, o := range orders {
		work, waits := before[o.ID]
		u := Unlisted{o, o.Promise.due()} // of one that waits for its customer
		if slot := o.Promise.SlotStart; !slot.IsZero() {
			u.Last = slot
		} else if !o.DeliverAt.IsZero() {
			u.Last = u.Last.Add(-s.Capacity.Expect(now, now, []capacity.Demand{o.demand()})[0].P90)
		} else if e := s.Capacity.Expect(now, headSince(ahead, now), []capacity.Demand{work, o.demand()}); waits {
			u.Last = now.Add(e[0].P50)
			if own := o.Promise.due().Add(-e[1].P90); own.Before(u.Last) {
				u.Last = own
			}
		}
		all = append(all, u)
	}
	slices.SortStableFunc(all, func(a, b Unlisted) int { return a.Last.Compare(b.Last) })
	return all
}

// Danger reports whether the promise is in danger unless the lines come now.
func (u Unlisted) Danger(now time.Time) bool { return !now.Before(u.Last.Add(-LinesNotice)) }

func (f LinesFilled) apply(s State, e Event) State {
	old, o := s.edit(e.Order, func(o *Order) {
		o.Lines, o.Sent, o.Cups, o.Customer = f.Lines, f.Sent, f.Cups, f.Customer
		o.LinesUnknown, o.FilledAt = false, e.At
	})
	if o == nil {
		return s
	}
	s.Ledger = s.Ledger.refilled(old, o)
	s.Orders = s.Orders.With(int64(o.ID), o)
	s.Capacity = s.Capacity.Swap(old.load(), o.load())
	s.Usuals = s.Usuals.with(o)
	s.Unread = s.unread(o, e.At)
	return s.counted(o, o.takes()-old.takes()).used(nil, o).ordered(o, e.At)
}

// named are lines that a channel names by ids alone, with the names of what has left the menu since the order was accepted:
// it is made by its name.
func (m *Menu) named(lines []Line) []Line {
	lines = slices.Clone(lines)
	for i := range lines {
		if l := &lines[i]; l.Name == "" && m.Item(l.Item) == nil && m.Ever(l.Item) != nil {
			l.Name = m.Ever(l.Item).Name.In("zh")
		}
	}
	return lines
}

// cupsOf are the cups of lines, all in one state.
func (d *decider) cupsOf(lines []Line, state CupState) (cups []Cup) {
	for i := range lines {
		work, each, _ := d.state.Config.Menu.lineWork(&lines[i])
		spare := d.state.Config.Menu.lineSpare(&lines[i])
		for range each * lines[i].Qty {
			cups = append(cups, Cup{N: len(cups) + 1, Line: i, Work: work, Spare: spare, State: state, At: d.now})
		}
	}
	return cups
}

// unknownCups are those of an order without lines, each as heavy as its channel's usually are.
func (d *decider) unknownCups(channel string, n int) (cups []Cup) {
	work, spare := d.state.Usuals[channel].work()
	for range n {
		cups = append(cups, Cup{N: len(cups) + 1, Work: work, Spare: spare, State: Booked, At: d.now})
	}
	return cups
}
