package shop

import "time"

// The types of what a channel is told. They are part of the contract; see docs/protocol.md.
const (
	ToldAccepted    = "order.accepted"
	ToldBooked      = "order.booked"
	ToldMaking      = "order.making"
	ToldReady       = "order.ready"
	ToldUnready     = "order.unready"
	ToldDelayed     = "order.delayed"
	ToldEarly       = "order.early"
	ToldHanded      = "order.handed"
	ToldCancelled   = "order.cancelled"
	ToldReleased    = "order.released"
	ToldUnclaimed   = "order.unclaimed"
	ToldWaiting     = "order.waiting"     // it is on the waiting list
	ToldExpired     = "order.expired"     // it was on the waiting list, and is not accepted
	ToldChanged     = "order.changed"     // other cups than before: what was missing was filled in, or a part was taken off
	ToldCompensated = "order.compensated" // its customer is given something because the shop did not keep its word
	ToldPassed      = "order.passed"      // a person has put another order before it; its promise stays
	ToldSoldOut     = "item.sold_out"
	ToldAvailable   = "item.available"

	ToldOptionSoldOut   = "option.sold_out"
	ToldOptionAvailable = "option.available"

	ToldIntake    = "intake.changed"
	ToldDayClosed = "day.closed"
	ToldCampaign  = "campaign.acknowledged"
)

// Told is one entry of a channel's feed: gap-free and in order by (epoch, Feed).
type Told struct {
	Channel  string     `json:"-"`
	Feed     uint64     `json:"-"` // number in the channel's feed, from 1
	Type     string     `json:"-"`
	Order    OrderID    `json:"id,omitempty"`
	Ref      string     `json:"ref,omitempty"`
	State    OrderState `json:"state,omitempty"`
	Number   int        `json:"number,omitempty"`
	ReadyBy  time.Time  `json:"ready_by,omitzero"`
	Until    time.Time  `json:"until,omitzero"` // how long it waits for room, or when what is sold out is back by itself
	Reason   string     `json:"reason,omitempty"`
	Expected time.Time  `json:"expected_at,omitzero"`
	Made     int        `json:"cups_made,omitempty"`
	Cups     int        `json:"cups,omitempty"`   // of order.changed: how many the order has now
	Voided   []CupID    `json:"voided,omitempty"` // of order.changed: which of them will not be made any more
	Totals   *Totals    `json:"totals,omitempty"` // of order.changed: its money, for the cups that it has now
	// Compensation is what the customer is given, in everything that is told of the order from then on
	Compensation *Compensation `json:"compensation,omitempty"`
	Item         string        `json:"item,omitempty"`
	Option       string        `json:"option,omitempty"` // with its group, as "topping/pearl"
	Intake       *Intake       `json:"intake,omitempty"`
	Day          Day           `json:"day,omitempty"`

	Elsewhere *Elsewhere `json:"alternatives,omitempty"` // for an order that will not be made

	Campaign *ToldOfCampaign `json:"campaign,omitempty"`
	Settled  *Settled        `json:"settled,omitempty"`
}

// ToldOfCampaign is what a person said to a notice, and what the shop could take of it at that moment.
type ToldOfCampaign struct {
	ID       CampaignID `json:"id"`
	Revision int        `json:"revision"`
	Limit    *Limit     `json:"limit,omitempty"` // nil: no limit
	Expected int        `json:"expected_cups"`
	CanTake  int        `json:"can_take_cups"`
}

// tell is what the order's channel reads about it, now that it is in the state given.
func tell(kind string, o *Order, state OrderState, reason string) *Told {
	return &Told{
		Channel: o.Channel, Type: kind, Order: o.ID, Ref: o.Ref, State: state, Number: o.Number,
		ReadyBy: o.Promise.By(), Reason: reason, Made: len(made(o)), Compensation: o.Compensation,
	}
}

// tellChanged is what the order's channel reads when its cups are others than before.
func tellChanged(o *Order, reason string, voided []CupID) *Told {
	t := tell(ToldChanged, o, o.State(), reason)
	t.Voided = voided
	for i := range o.Cups {
		if s := o.Cups[i].State; s != Voided && s != Discarded {
			t.Cups++
		}
	}
	if o.Totals != nil {
		ordered, _ := o.MadeOf()
		share := func(fen int64) int64 { return shareOf(fen, t.Cups, ordered) }
		t.Totals = &Totals{TotalFen: share(o.Totals.TotalFen), PaidFen: share(o.Totals.PaidFen), SubsidyFen: share(o.Totals.SubsidyFen),
			Parts: o.Totals.Parts.share(t.Cups, ordered)}
	}
	return t
}

// OrderTold says that the order's channel has been told of the order's new state.
type OrderTold struct {
	State OrderState `json:"state"` // making, ready, or accepted for "not ready after all"
}

func (OrderTold) name() string { return "order.told" }

// Announced says that one channel has been told of something that concerns every channel.
type Announced struct{}

func (Announced) name() string { return "announced" }

// tellReady tells the channels what can be fetched, once the bump can no longer be undone.
func (d *decider) tellReady() {
	for o := range d.state.Orders.All() {
		if o.End == "" && !o.ReadyTold && !o.ReadyAt.IsZero() && d.now.Sub(o.ReadyAt) >= UndoTime && o.Complete(d.state.Settings.CheckMode) {
			d.emitTold(o.ID, OrderTold{State: OrderReady}, tell(ToldReady, o, OrderReady, ""))
		}
	}
}

func (f OrderTold) apply(s State, e Event) State {
	return s.change(e, func(o *Order) {
		o.MakingTold = true
		o.ReadyTold = f.State == OrderReady
	})
}

func (Announced) apply(s State, _ Event) State { return s }
