package shop

import "fmt"

// Walkin adds cups sold at the counter, so that the backlog is true although the till is elsewhere.
type Walkin struct {
	By   string
	Cups int
	Tap  string // names the tap, so that sending it again adds nothing
}

func (c Walkin) subject() Subject { return Subject{Channel: CounterChannel, Ref: c.Tap} }

// WalkinItem is the item of cups that were tapped in at the counter, where only their number is entered.
const WalkinItem = "walk-in"

// WalkinLine is so many of them, by the name that paper and other programs show.
func WalkinLine(cups int) Line { return Line{Item: WalkinItem, Name: "柜台 Walk-in", Qty: cups} }

// walkinMax is the highest number on the board's counter strip.
const walkinMax = 9

// decide takes cups sold at the counter into the backlog.
func (c Walkin) decide(d *decider) error {
	if c.Cups < 1 || c.Cups > walkinMax {
		return invalid(ProblemInvalid, "a walk-in is 1 to 9 cups", FieldError{"/cups", fmt.Sprint(c.Cups)})
	}
	ref := c.Tap
	if ref == "" {
		ref = fmt.Sprintf("walkin-%d-%d", d.state.Counters.Epoch, d.state.Counters.Order+1)
	}
	if _, ok := d.state.Config.Channel(CounterChannel); !ok {
		return notFound("shop.yaml has no channel %q", CounterChannel)
	}
	return Place{Channel: CounterChannel, Draft: Draft{
		Ref: ref, Fulfilment: Counter, Totals: &Totals{},
		Lines: []Line{WalkinLine(c.Cups)},
	}}.decide(d)
}
