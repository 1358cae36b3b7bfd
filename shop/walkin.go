package shop

import (
	"fmt"
	"time"
)

// Walkin adds cups sold at the counter, so that the backlog is true although the till is elsewhere. Whoever taps says what
// was ordered, or only how many cups.
type Walkin struct {
	By    string
	Cups  int    // how many, where only that is entered
	Lines []Line // what was ordered, instead of Cups
	Tap   string // names the tap, so that sending it again adds nothing
}

func (c Walkin) subject() Subject { return Subject{Channel: CounterChannel, Ref: c.Tap} }

// WalkinItem is the item of cups that were tapped in at the counter, where only their number is entered.
const WalkinItem = "walk-in"

// WalkinLine is so many of them, by the name that paper and other programs show.
func WalkinLine(cups int) Line { return Line{Item: WalkinItem, Name: "柜台 Walk-in", Qty: cups} }

const (
	walkinMax      = 9  // cups of one tap: the highest number on the board's counter strip
	walkinLinesMax = 20 // kinds in one order at the counter: more is a platform's order, or a mistake
)

// lines are what the tap orders.
func (c Walkin) lines() ([]Line, error) {
	if len(c.Lines) == 0 {
		if c.Cups < 1 || c.Cups > walkinMax {
			return nil, invalid(ProblemInvalid, fmt.Sprintf("a walk-in is 1 to %d cups", walkinMax), FieldError{"/cups", fmt.Sprint(c.Cups)})
		}
		return []Line{WalkinLine(c.Cups)}, nil
	}
	if c.Cups != 0 {
		return nil, invalid(ProblemInvalid, "say how many cups, or which", FieldError{"/cups", "goes without lines alone"})
	}
	if len(c.Lines) > walkinLinesMax {
		return nil, invalid(ProblemInvalid, fmt.Sprintf("a walk-in is at most %d kinds", walkinLinesMax),
			FieldError{"/lines", fmt.Sprint(len(c.Lines))})
	}
	for i, l := range c.Lines {
		if l.Qty < 1 || l.Qty > walkinMax {
			return nil, invalid(ProblemInvalid, fmt.Sprintf("want 1 to %d of each", walkinMax),
				FieldError{fmt.Sprintf("/lines/%d", i), fmt.Sprint(l.Qty)})
		}
	}
	return c.Lines, nil
}

// decide takes cups sold at the counter into the backlog.
func (c Walkin) decide(d *decider) error {
	lines, err := c.lines()
	if err != nil {
		return err
	}
	ref := c.Tap
	if ref == "" {
		ref = fmt.Sprintf("walkin-%d-%d", d.state.Counters.Epoch, d.state.Counters.Order+1)
	}
	if _, ok := d.state.Config.Channel(CounterChannel); !ok {
		return notFound("shop.yaml has no channel %q", CounterChannel)
	}
	return Place{Channel: CounterChannel, Draft: Draft{Ref: ref, Fulfilment: Counter, Totals: &Totals{}, Lines: lines, Tapped: true}}.decide(d)
}

// WalkinUndoTime is how long cups from the counter strip can be taken back: long enough to see that +9 was meant as +6.
const WalkinUndoTime = 30 * time.Second

// ReasonWalkinUndone is why an order of the counter strip was cancelled by whoever had tapped it in.
const ReasonWalkinUndone = "tapped by mistake"

// UndoWalkin takes back all that one tap added at the counter, before anybody has begun one of the cups.
type UndoWalkin struct {
	By    string
	Order OrderID
}

func (c UndoWalkin) subject() Subject { return Subject{Orders: []OrderID{c.Order}} }

// UndoableWalkin reports whether the order was tapped in at the counter a moment ago, and nobody has begun it.
func (o *Order) UndoableWalkin(now time.Time) bool {
	if !o.Tapped || now.Sub(o.AcceptedAt) >= WalkinUndoTime {
		return false
	}
	return !o.State().Ended() && o.count()[Waiting] == len(o.Cups)
}

func (c UndoWalkin) decide(d *decider) error {
	d.by = c.By
	o, ok := d.state.Order(c.Order)
	if !ok {
		return notFound("there is no order %s", c.Order)
	}
	d.out.Order = o.ID
	if o.State() == OrderCancelled {
		d.out.Replayed = true
		return nil
	}
	if !o.UndoableWalkin(d.now) {
		e := conflict(ProblemInvalidTransition, "order %s is %s and cannot be taken back at the counter", o.ID, o.State())
		e.Order = o
		return e
	}
	d.finish(o, OrderCancelled, ToldCancelled, ReasonWalkinUndone)
	return nil
}
