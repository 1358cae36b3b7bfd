package shop

import (
	"time"
)

// Decision is what came of a command.
type Decision struct {
	Events []Event // to be written; none when nothing changed
	Next   State   // the state with Events applied
	Outcome
}

// Outcome is what came of a command beside its events.
type Outcome struct {
	Order    OrderID    // the order it is about, 0 when none is
	Hold     HoldID     // the hold that was made, 0 when none was
	Campaign CampaignID // the campaign it is about, 0 when none is
	Carried  string     // id of the command from outside, "" when it is none
	Replayed bool       // the command had been carried out before
	Deferred bool       // a cancellation that waits for its order
	Cups     []CupID    // cups that were really moved
	Broken   Broken     // what it did to promises that had been given
}

// Decide judges a command. It changes nothing: the caller commits Decision.Events and then goes on
// with Decision.Next, or forgets both. A refusal is an [*Error]; only one that is pinned, or that names what a strict
// channel sent, has events, and it is to be told after they are committed.
func Decide(s State, c Command, now time.Time) (Decision, error) {
	d := &decider{state: s, now: now.UTC().Truncate(time.Millisecond), by: clock}
	d.putBack()
	err := c.decide(d)
	if err != nil && !isPinned(err) {
		return refusing(s, c, err, now)
	}
	d.noteRefused(c, err)
	d.announce(s)
	return Decision{d.events, d.state, d.out}, err
}

// refusing is a refusal that is not final. Nothing of the command is kept, but the names that it was refused for are.
func refusing(s State, c Command, err error, now time.Time) (Decision, error) {
	d := &decider{state: s, now: now.UTC().Truncate(time.Millisecond), by: clock}
	d.putBack()
	before := len(d.events)
	if d.noteRefused(c, err); len(d.events) == before {
		return Decision{Next: s}, err
	}
	return Decision{Events: d.events, Next: d.state}, err
}

// decider holds a decision while it is made. Facts are applied to its own copy of the state as they
// are established, so that what follows from them can be decided too.
type decider struct {
	state  State
	now    time.Time // UTC, whole milliseconds, as it will come back from the rows
	by     string
	events []Event
	out    Outcome
}

// clock is the actor of what happens by itself.
const clock = "clock"

// emit establishes a fact about an order (0 for none).
func (d *decider) emit(order OrderID, f Fact) { d.emitTold(order, f, nil) }

// emitTold establishes a fact that a channel is told of.
func (d *decider) emitTold(order OrderID, f Fact, told *Told) {
	e := Event{Seq: d.state.Counters.Seq + 1, At: d.now, By: d.by, Order: order, Fact: f, Told: told}
	if told != nil {
		told.Feed = d.state.Counters.Feeds[told.Channel] + 1
	}
	d.state = Apply(d.state, e)
	d.events = append(d.events, e)
}

// open returns an order that has not ended.
func (d *decider) open(id OrderID) (*Order, error) {
	o, ok := d.state.Order(id)
	if !ok {
		return nil, notFound("there is no order %s", id)
	}
	if o.State().Ended() {
		e := conflict(ProblemInvalidTransition, "order %s is %s", id, o.State())
		e.Order = o
		return nil, e
	}
	return o, nil
}
