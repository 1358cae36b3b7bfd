package shop

import (
	"fmt"
	"time"
)

// Cause is why a customer is compensated: how the shop did not keep its word.
type Cause string

// The causes.
const (
	CauseReleased Cause = "released" // it was accepted, and is not made
	CauseLate     Cause = "late"     // it was ready later than promised
	CauseWrong    Cause = "wrong"    // something else was handed out than what was ordered; only a person can know
)

// Causes are all there are, in the order in which they are shown.
var Causes = []Cause{CauseReleased, CauseLate, CauseWrong}

// Payer is who bears a compensation.
type Payer string

// Who can bear it, as the channel's terms say.
const (
	PaidByChannel Payer = "channel"
	PaidByShop    Payer = "shop" // the channel gives it to the customer, and charges the shop
)

// CompensationRule is the owner's rule of one channel for one cause.
type CompensationRule struct {
	What      string        // what the customer gets, in the words that the customer reads
	Fen       int64         // what it is worth
	Pays      Payer         //
	ValidDays int           // usable from the beginning of so many business days later; 0 is at once
	After     time.Duration // of [CauseLate]: how much later than promised
}

// Compensation is what the customer of an order is given because the shop did not keep its word. An order has one at most.
type Compensation struct {
	Cause     Cause     `json:"cause"`
	What      string    `json:"what"`
	Fen       int64     `json:"fen"`
	ValidFrom time.Time `json:"valid_from"`
	Pays      Payer     `json:"pays"`
}

// text is the compensation as [Digest] has it.
func (c *Compensation) text() string {
	if c == nil {
		return ""
	}
	return fmt.Sprintf("\t%s\t%d\t%s", c.Cause, c.Fen, c.Pays)
}

// SettledCompensation is what a channel's customers were given for a day, by who bears it.
type SettledCompensation struct {
	Orders     int   `json:"orders"`
	ChannelFen int64 `json:"channel_fen"`
	ShopFen    int64 `json:"shop_fen"` // the channel charges the shop for it; not taken off what is due
}

func (sum *SettledCompensation) add(c *Compensation) {
	sum.Orders++
	if c.Pays == PaidByShop {
		sum.ShopFen += c.Fen
	} else {
		sum.ChannelFen += c.Fen
	}
}

// Compensate gives the customer of an order what the owner's rule says, because a person says why.
type Compensate struct {
	By    string
	Order OrderID
	Cause Cause
}

func (c Compensate) subject() Subject { return Subject{Orders: []OrderID{c.Order}} }

// OrderCompensated says what the customer of an order is given. It is a fact of an order once at most.
type OrderCompensated struct{ Compensation }

func (OrderCompensated) name() string { return "order.compensated" }

// decide gives it, once for an order: whoever asks again, for the same cause or another, changes nothing.
func (c Compensate) decide(d *decider) error {
	d.by = c.By
	o, ok := d.state.Order(c.Order)
	if !ok || o.Tombstone() {
		return notFound("there is no order %s", c.Order)
	}
	d.out.Order = o.ID
	if o.Compensation != nil {
		d.out.Replayed = true
		return nil
	}
	rule, ok := d.state.Config.compensation(o.Channel, c.Cause)
	if !ok {
		return invalid(ProblemInvalid, fmt.Sprintf("the owner's rules of channel %s give nothing for this", o.Channel),
			FieldError{"/cause", fmt.Sprintf("%q has no rule; want released, late or wrong, with a rule in shop.yaml", c.Cause)})
	}
	if !o.gives(c.Cause, d.now) {
		e := conflict(ProblemInvalidTransition, "order %s is %s, and was not %s", o.ID, o.State(), c.Cause)
		e.Order = o
		return e
	}
	given := d.given(c.Cause, rule)
	told := tell(ToldCompensated, o, o.State(), "")
	told.Compensation = &given
	d.emitTold(o.ID, OrderCompensated{given}, told)
	return nil
}

// MayCompensate is the owner's rule by which a person may give an order's customer something for a cause now; ok is false where
// there is none, or the order gives no cause.
func (s *State) MayCompensate(o *Order, cause Cause, now time.Time) (rule CompensationRule, ok bool) {
	rule, ok = s.Config.compensation(o.Channel, cause)
	return rule, ok && o.Compensation == nil && !o.Tombstone() && o.gives(cause, now)
}

// gives reports whether a person may say this of an order.
func (o *Order) gives(cause Cause, now time.Time) bool {
	switch state := o.State(); cause {
	case CauseReleased:
		return state == OrderReleased
	case CauseLate:
		if state == OrderCancelled || state == OrderReleased || state == OrderExpired || state == OrderWaiting {
			return false
		}
		if !o.EndedAt.IsZero() {
			now = o.EndedAt
		}
		promised := o.promised()
		return !promised.IsZero() && now.After(promised)
	case CauseWrong:
		return o.State() == OrderHanded || o.count()[Handed] > 0
	}
	return false
}

// promised is when the order was to be ready by the promise that its customer accepted. A delay that was told later does not
// count: a customer who is told of it still has to wait longer than promised.
func (o *Order) promised() time.Time {
	if !o.Promise.Moved.IsZero() {
		return o.Promise.Moved
	}
	return o.Promise.ReadyBy
}

// lateBy is how much later than promised an order that leaves now was ready. Where nobody has tapped that it was made, it was
// so at the latest when it left; how late it was is known only if somebody stood there for it.
func (o *Order) lateBy(now time.Time) time.Duration {
	promised := o.promised()
	if promised.IsZero() || o.remadeAfterHandover() {
		return 0
	}
	ready := o.ReadyAt
	if ready.IsZero() || !ready.Before(now) {
		came, waited := o.RiderWaits()
		if !waited {
			return 0
		}
		ready = now
		if came.After(promised) {
			promised = came
		}
	}
	return ready.Sub(promised)
}

// remadeAfterHandover reports whether a cup that had left was made again: when the rest was ready is not known any more.
func (o *Order) remadeAfterHandover() bool {
	for i := range o.Cups {
		if old := o.Cup(o.Cups[i].Replaces); old != nil && old.State == Handed {
			return true
		}
	}
	return false
}

// ending ends an order. Its customer is given what the owner's rule says of an order that is released or was late.
func (d *decider) ending(o *Order, f OrderEnded, told *Told) {
	if given, ok := d.owed(o, f); ok {
		d.emit(o.ID, OrderCompensated{given})
		told.Compensation = &given
	}
	d.emitTold(o.ID, f, told)
}

// owed is what the customer of an order that ends is given by the owner's rule. An order that is released because its channel
// never said what is in it was not broken by the shop.
func (d *decider) owed(o *Order, f OrderEnded) (given Compensation, ok bool) {
	if o.Compensation != nil || o.OnStandby() {
		return given, false
	}
	cause := CauseReleased
	switch {
	case f.State == OrderReleased && f.Reason != ReasonNoLines:
	case f.State == OrderHanded || f.State == OrderUnclaimed:
		cause = CauseLate
	default:
		return given, false
	}
	rule, ok := d.state.Config.compensation(o.Channel, cause)
	if !ok || cause == CauseLate && o.lateBy(d.now) <= rule.After {
		return given, false
	}
	return d.given(cause, rule), true
}

// given is what a rule gives now.
func (d *decider) given(cause Cause, rule CompensationRule) Compensation {
	from := d.now
	if rule.ValidDays > 0 {
		config := d.state.Config
		from = config.wall(config.Day(d.now), time.Duration(rule.ValidDays)*24*time.Hour+config.Cutoff)
	}
	return Compensation{Cause: cause, What: rule.What, Fen: rule.Fen, ValidFrom: from.UTC(), Pays: rule.Pays}
}

// compensation is the owner's rule of a channel for a cause.
func (c *Config) compensation(channel string, cause Cause) (CompensationRule, bool) {
	ch, _ := c.Channel(channel)
	rule, ok := ch.Compensation[cause]
	return rule, ok
}

func (f OrderCompensated) apply(s State, e Event) State {
	given := f.Compensation
	return s.change(e, func(o *Order) { o.Compensation = &given })
}
