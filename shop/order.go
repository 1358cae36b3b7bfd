package shop

import (
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"time"

	"weir/shop/capacity"
)

// OrderState is where an order stands. It follows from the cups; see [Order.State].
type OrderState string

// The states of an order; the last five are its ends.
const (
	OrderWaiting   OrderState = "waiting"   // on the waiting list: not accepted yet
	OrderBooked    OrderState = "booked"    // for a slot or an arrival, or until its lines are known
	OrderAccepted  OrderState = "accepted"  // in the kitchen's queue
	OrderMaking    OrderState = "making"    // at least one cup started
	OrderReady     OrderState = "ready"     // every cup made
	OrderHanded    OrderState = "handed"    // given out
	OrderCancelled OrderState = "cancelled" // by the channel
	OrderReleased  OrderState = "released"  // by the shop, with a reason: will not be made
	OrderUnclaimed OrderState = "unclaimed" // made, nobody came
	OrderExpired   OrderState = "expired"   // was on the waiting list, and not accepted
)

// Ended reports whether nothing more is owed.
func (s OrderState) Ended() bool {
	return s == OrderHanded || s == OrderCancelled || s == OrderReleased || s == OrderUnclaimed || s == OrderExpired
}

// Fulfilment is how an order leaves the shop.
type Fulfilment string

// The ways out.
const (
	Delivery Fulfilment = "delivery"
	Pickup   Fulfilment = "pickup"
	Counter  Fulfilment = "counter"
)

// Order is one order, accepted or on the waiting list. It is immutable: a change makes a copy.
type Order struct {
	ID            OrderID         `json:"id"`
	Channel       string          `json:"channel"`
	Ref           string          `json:"ref"`                      // the channel's own; (channel, ref) is unique for ever
	DisplayNumber string          `json:"display_number,omitempty"` // the number the customer sees at the channel
	Day           Day             `json:"day"`
	Number        int             `json:"number"` // pick-up number of the day
	PlacedAt      time.Time       `json:"placed_at,omitzero"`
	AcceptedAt    time.Time       `json:"accepted_at"`
	Fulfilment    Fulfilment      `json:"fulfilment"`
	BringTo       string          `json:"place,omitempty"`      // where in the shop to bring or keep it, in the channel's words
	DistanceM     int             `json:"distance_m,omitempty"` // to the door; 0 is not known, or not ours to ride
	WantedBy      time.Time       `json:"wanted_by,omitzero"`   // its customer does not want it later than this; zero is whenever
	DeliverAt     time.Time       `json:"deliver_at,omitzero"`  // when it is wanted at the door, as the channel said
	TrackURL      string          `json:"track_url,omitempty"`  // of the customer's page, which only shows
	Lines         []Line          `json:"lines"`
	Sent          []Line          `json:"sent,omitempty"`          // the lines as the channel sent them, where Lines are others by its mapping
	LinesUnknown  bool            `json:"lines_unknown,omitempty"` // the channel left them out; Lines is one that says how many cups
	SaidFen       int64           `json:"said_fen,omitempty"`      // of an order without lines: the total by which its cups were counted
	FilledAt      time.Time       `json:"filled_at,omitzero"`      // when the lines came of an order that came without
	Cups          []Cup           `json:"cups"`
	Totals        *Totals         `json:"totals,omitempty"` // nil: not yet known
	Lease         *capacity.Stamp `json:"lease,omitempty"`
	Campaign      CampaignID      `json:"campaign,omitempty"` // that sent it, 0 when none is known
	Promise       Promise         `json:"promise"`
	Standby       *Standby        `json:"standby,omitempty"`        // that it is, or was, on the waiting list
	AnyTime       bool            `json:"any_time,omitempty"`       // booked for a slot, and any other will do as well
	Tapped        bool            `json:"tapped,omitempty"`         // a person entered it at the counter of this shop
	DueOnArrival  bool            `json:"due_on_arrival,omitempty"` // booked until the customer is here
	ArrivedAt     time.Time       `json:"arrived_at,omitzero"`
	CourierAt     time.Time       `json:"courier_at,omitzero"`
	CourierEta    time.Time       `json:"courier_eta,omitzero"`  // when the rider is expected; zero is not known
	CourierTold   time.Time       `json:"courier_told,omitzero"` // when that was last said
	RemindedAt    time.Time       `json:"reminded_at,omitzero"`  // when the customer last asked where it stays
	CameDue       time.Time       `json:"came_due,omitzero"`     // since when it is late enough for its slot, and too early for its rider
	KitchenAt     time.Time       `json:"kitchen_at,omitzero"`   // when it went to the kitchen; zero while it is booked
	ReadyAt       time.Time       `json:"ready_at,omitzero"`     // last cup made; zero again after a recall
	ReadyTold     bool            `json:"ready_told,omitempty"`  // the channel knows that it is ready
	MakingTold    bool            `json:"making_told,omitempty"`
	EndedAt       time.Time       `json:"ended_at,omitzero"`
	End           OrderState      `json:"end,omitempty"` // "" while open
	Reason        string          `json:"reason,omitempty"`
	Compensation  *Compensation   `json:"compensation,omitempty"` // what its customer is given because the shop did not keep its word
	Refused       *Pinned         `json:"refused,omitempty"`      // why there will never be an order of this ref
	Epoch         int64           `json:"epoch,omitempty"`        // in which it was accepted; 0 in rows that are older than this
	// MayBeMade: it was accepted again after the shop had forgotten it; its paper may have come out, its cups may be made.
	MayBeMade bool     `json:"may_be_made,omitempty"`
	Customer  Customer `json:"-"` // personal data: in a table of its own, purged
}

// UnmarshalJSON implements json.Unmarshaler. Rows that were written before KitchenAt had its name call it released_at.
func (o *Order) UnmarshalJSON(doc []byte) error {
	type plain Order
	row := struct {
		*plain
		ReleasedAt time.Time `json:"released_at"`
	}{plain: (*plain)(o)}
	if err := json.Unmarshal(doc, &row); err != nil {
		return err
	}
	if o.KitchenAt.IsZero() {
		o.KitchenAt = row.ReleasedAt
	}
	return nil
}

// Customer is the personal data of an order. It is never logged and is purged after seven days.
type Customer struct {
	Name      string   `json:"name,omitempty"`
	Address   string   `json:"address,omitempty"`    // where the shop's own riders bring it
	PhoneTail string   `json:"phone_tail,omitempty"` // last four digits at most
	Notes     []string `json:"notes,omitempty"`      // per line
}

// Empty reports whether there is nothing personal to keep.
func (c Customer) Empty() bool {
	return c.Name == "" && c.Address == "" && c.PhoneTail == "" && len(c.Notes) == 0
}

// Line is one row of an order: so many of an item, made the same way.
type Line struct {
	Item     string   `json:"item"`
	Name     string   `json:"name,omitempty"` // what the channel calls it; shown where the menu does not know the item
	Qty      int      `json:"qty"`
	Options  Options  `json:"options"`
	Unmapped bool     `json:"unmapped,omitempty"` // the menu does not know all of it: standard work
	Swaps    []Swap   `json:"swaps,omitempty"`    // what of it was sold out, and what was taken for it as agreed
	Instead  Instead  `json:"instead,omitempty"`  // what the customer takes for what is sold out
	Words    []string `json:"words,omitempty"`    // what its name says beside the drink and nobody knows; shown as it is
	Of       int      `json:"of,omitempty"`       // index of the line that it was sent as, in an order that has Sent
	Menu     int      `json:"menu,omitempty"`     // the edition of the menu that it was ordered from, see [Menu.Of]
}

// Options are the choices of a line, by option id; "" is the standard.
type Options struct {
	Size     string   `json:"size,omitempty"`
	Ice      string   `json:"ice,omitempty"`
	Sugar    string   `json:"sugar,omitempty"`
	Milk     string   `json:"milk,omitempty"`
	Toppings []string `json:"toppings,omitempty"`
}

// All yields group and id of every choice that was made.
func (o Options) All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, c := range [...][2]string{{GroupSize, o.Size}, {GroupIce, o.Ice}, {GroupSugar, o.Sugar}, {GroupMilk, o.Milk}} {
			if c[1] != "" && !yield(c[0], c[1]) {
				return
			}
		}
		for _, t := range o.Toppings {
			if !yield(GroupTopping, t) {
				return
			}
		}
	}
}

// Equal reports whether two lines' options make the same drink.
func (o Options) Equal(other Options) bool {
	return o.Size == other.Size && o.Ice == other.Ice && o.Sugar == other.Sugar && o.Milk == other.Milk &&
		slices.Equal(o.Toppings, other.Toppings)
}

// Totals are an order's money in fen. A paid sum of 0 is ordinary: the channel owes the subsidy.
type Totals struct {
	TotalFen   int64 `json:"total_fen"`
	PaidFen    int64 `json:"paid_fen"`
	SubsidyFen int64 `json:"subsidy_fen"`
	Parts
}

// Promise is what the customer was told at acceptance. It is kept with the order for ever.
type Promise struct {
	Quote     capacity.Quote `json:"quote"`
	ReadyBy   time.Time      `json:"ready_by"`            // the shop's word
	SlotStart time.Time      `json:"slot_start,omitzero"` // zero for an order to be made now
	Position  int            `json:"position"`            // cups before it at acceptance
	SlotSpan  int            `json:"slot_span,omitempty"` // slots that a large order takes, up to that one
	First     time.Time      `json:"first,omitzero"`      // when a person put it before all others
	Turn      time.Time      `json:"turn,omitzero"`       // what its place in the queue follows from, where its customer named another time
	SlotAsked time.Time      `json:"slot_asked,omitzero"` // the slot of a moved order as its channel named it
	Moved     time.Time      `json:"moved,omitzero"`      // changed with notice to this time
	Expected  time.Time      `json:"expected,omitzero"`   // when it should be ready, as it was told again after acceptance
	Told      time.Time      `json:"told,omitzero"`       // when that was told
	Delayed   bool           `json:"delayed,omitempty"`   // the promise was about to break, and is Expected since then
}

// askedSlot is the slot that the channel named; the shop may have moved the order to another since. One that the shop chose
// for a time at the door was not named.
func (o *Order) askedSlot() time.Time {
	if !o.DeliverAt.IsZero() {
		return time.Time{}
	}
	return o.Promise.asked()
}

// asked is the slot that the order was booked for at first.
func (p Promise) asked() time.Time {
	if !p.SlotAsked.IsZero() {
		return p.SlotAsked
	}
	return p.SlotStart
}

// turn is when its turn is: what is to be made is made in this order.
func (p Promise) turn() time.Time {
	if !p.First.IsZero() {
		return p.First
	}
	return p.due()
}

// By is when the order has to be ready, as the customer was last told.
func (p Promise) By() time.Time {
	due := p.ReadyBy
	if !p.Moved.IsZero() {
		due = p.Moved
	}
	if !p.Delayed || due.After(p.Expected) {
		return due
	}
	return p.Expected
}

// due is the promise that the order's turn follows from. An order that got a later time because it will be late is not
// put behind others for that.
func (p Promise) due() time.Time {
	switch {
	case !p.Moved.IsZero():
		return p.Moved
	case !p.Turn.IsZero():
		return p.Turn
	}
	return p.ReadyBy
}

// State derives where the order stands from its cups and its end.
func (o *Order) State() OrderState {
	if o.End != "" {
		return o.End
	}
	if o.OnStandby() {
		return OrderWaiting
	}
	in := o.count()
	switch {
	case in[Booked] > 0 || o.DueOnArrival && o.KitchenAt.IsZero():
		return OrderBooked
	case in[Waiting] == 0 && in[Making] == 0 && !o.gone():
		return OrderReady
	case in[Making]+in[Made]+in[Handed] > 0:
		return OrderMaking
	default:
		return OrderAccepted
	}
}

// demand is the same work, with what it spares each station.
func (o *Order) demand() capacity.Demand {
	d := capacity.Demand{Work: o.Work()}
	for i := range o.Cups {
		d.Spare = d.Spare.Plus(o.Cups[i].Spare)
	}
	return d
}

// Work is what the kitchen was asked for, in hundredths of a standard cup, remakes included.
func (o *Order) Work() (sum capacity.Work) {
	if o.Standby != nil && len(o.Cups) == 0 {
		return o.Standby.Work
	}
	for i := range o.Cups {
		sum += o.Cups[i].Work
	}
	return sum
}

// Cup returns cup n, or nil when the order has none of that number.
func (o *Order) Cup(n int) *Cup {
	if n < 1 || n > len(o.Cups) {
		return nil
	}
	return &o.Cups[n-1]
}

// PickupNumber is the number that is called, shown and printed.
func (o *Order) PickupNumber() string { return fmt.Sprintf("%03d", o.Number) }

// CupID is the outside name of cup n.
func (o *Order) CupID(n int) CupID { return CupID{Order: o.ID, N: n} }

// left is how many cups of the order are still to be made or given out.
func (o *Order) left() (n int) {
	for i := range o.Cups {
		if o.Cups[i].State.Open() {
			n++
		}
	}
	return n
}

// gone reports whether the order had cups and all of them were thrown away: it waits for a person to make them
// again, or for [GoneTime].
func (o *Order) gone() bool {
	drinks := false
	for i := range o.Cups {
		c := &o.Cups[i]
		if c.State.Open() || c.State == Handed {
			return false
		}
		drinks = drinks || !c.NoWork
	}
	return drinks
}

func (o *Order) count() (in [cupStates]int) {
	for i := range o.Cups {
		in[o.Cups[i].State]++
	}
	return in
}

func (o *Order) clone() *Order {
	c := *o
	c.Cups = slices.Clone(o.Cups)
	for i := range c.Cups {
		c.Cups[i].Parts = slices.Clone(c.Cups[i].Parts)
	}
	return &c
}
