package wire

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"weir/shop"
	"weir/shop/capacity"
)

// Order is the answer to an order, and the order as it is read later.
type Order struct {
	ID            shop.OrderID    `json:"id"`
	Ref           string          `json:"ref"`
	State         shop.OrderState `json:"state"`
	Reason        string          `json:"reason,omitempty"` // of an end that is not a hand-over
	PickupNumber  string          `json:"pickup_number"`    // "" for an order that was cancelled before it came
	DisplayNumber string          `json:"display_number,omitempty"`
	AcceptedAt    time.Time       `json:"accepted_at"`
	PositionCups  int             `json:"position_cups"`        // cups before it at acceptance; on the waiting list, those that wait before it
	Until         time.Time       `json:"until,omitzero"`       // of one on the waiting list: it waits no longer
	ExpectedAt    time.Time       `json:"expected_at,omitzero"` // when it should be ready, as it was told again or is asked now
	Work          capacity.Work   `json:"work"`                 // hundredths of a standard cup
	Quote         *OrderQuote     `json:"quote,omitempty"`
	Slot          *Window         `json:"slot,omitempty"`
	DeliverAt     time.Time       `json:"deliver_at,omitzero"`     // when it is wanted at the door, as the channel said
	Courier       *Courier        `json:"courier,omitempty"`       // what is known of its rider
	Provisional   bool            `json:"provisional,omitempty"`   // its money or its lines are not yet known
	LinesUnknown  bool            `json:"lines_unknown,omitempty"` // it came without lines: not made until they are filled in
	Campaign      shop.CampaignID `json:"campaign,omitempty"`      // that it counts to
	// MayBeMade: accepted again after the shop had forgotten it; the crew looks before it makes it
	MayBeMade bool `json:"may_be_made,omitempty"`
	// Substituted is what was sold out of it, and what is made instead as its customer had agreed
	Substituted []Substitution `json:"substituted,omitempty"`
	// Compensation is what its customer is given because the shop did not keep its word
	Compensation *Compensation `json:"compensation,omitempty"`
	// Receipt proves that the shop said yes. It is in what answers an order, and where it is read
	Receipt string `json:"receipt,omitempty"`
	Cups    []Cup  `json:"cups"`
}

// Substitution is one part of a line that was sold out.
type Substitution struct {
	Line int    `json:"line"`         // index of the order's line
	From string `json:"from"`         // as "topping/pearl", or an item
	To   string `json:"to,omitempty"` // what is made instead; none: it is left out
}

// Compensation is what a customer is given, by the owner's rule of the channel.
type Compensation struct {
	What      string     `json:"what"`       // in the words that the customer reads
	Fen       int64      `json:"fen"`        // what it is worth
	ValidFrom time.Time  `json:"valid_from"` // when it can be used
	Cause     shop.Cause `json:"cause"`      // released, late or wrong
	Pays      shop.Payer `json:"pays"`       // channel or shop
}

func newCompensation(c *shop.Compensation) *Compensation {
	if c == nil {
		return nil
	}
	return &Compensation{What: c.What, Fen: c.Fen, ValidFrom: c.ValidFrom, Cause: c.Cause, Pays: c.Pays}
}

// OrderQuote is what the customer may be told.
type OrderQuote struct {
	P50      int64     `json:"p50_s"`    // from acceptance: half of such orders are ready
	P90      int64     `json:"p90_s"`    // nine of ten
	ReadyBy  time.Time `json:"ready_by"` // the shop's promise
	Promised time.Time `json:"promised,omitzero"`
}

// Courier is what the shop knows of an order's rider.
type Courier struct {
	Eta       time.Time `json:"eta,omitzero"`        // as it was kept: a time that was past is that of its message; small changes are not kept
	ArrivedAt time.Time `json:"arrived_at,omitzero"` // waits in the shop since
}

// Window is a slot.
type Window struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
}

// Cup is one cup of an order.
type Cup struct {
	ID       shop.CupID    `json:"id"`
	Label    string        `json:"label,omitempty"` // number, drink and options, as on the cup
	State    shop.CupState `json:"state"`
	Unmapped bool          `json:"unmapped,omitempty"` // the menu does not know all of it: made by its name, standard work
	Replaces *shop.CupID   `json:"replaces,omitempty"` // it is a remake of that cup
}

// NewOrder shows an order to its channel. Personal data is not in it.
func NewOrder(o *shop.Order, menu *shop.Menu) Order {
	out := Order{
		ID: o.ID, Ref: o.Ref, State: o.State(), Reason: o.Reason, DisplayNumber: o.DisplayNumber, AcceptedAt: o.AcceptedAt,
		PositionCups: o.Promise.Position, ExpectedAt: o.Promise.Expected, Work: o.Work(), Campaign: o.Campaign, MayBeMade: o.MayBeMade,
		Until: o.WaitsUntil(), Provisional: (o.Totals == nil || o.LinesUnknown) && !o.Tombstone(), LinesUnknown: o.LinesUnknown,
		Cups: make([]Cup, 0, len(o.Cups)),
	}
	if o.Number > 0 {
		out.PickupNumber = o.PickupNumber()
	}
	if by := o.Promise.By(); !by.IsZero() {
		out.Quote = &OrderQuote{P50: seconds(o.Promise.Quote.P50), P90: seconds(o.Promise.Quote.P90), ReadyBy: by}
		if !by.Equal(o.Promise.ReadyBy) {
			out.Quote.Promised = o.Promise.ReadyBy
		}
	}
	out.DeliverAt, out.Compensation = o.DeliverAt, newCompensation(o.Compensation)
	if !o.CourierTold.IsZero() || !o.CourierAt.IsZero() {
		out.Courier = &Courier{Eta: o.CourierEta, ArrivedAt: o.CourierAt}
	}
	if start := o.Promise.SlotStart; !start.IsZero() {
		out.Slot = &Window{start, start.Add(capacity.SlotLength)}
	}
	for i := range o.Lines {
		for _, swap := range o.Lines[i].Swaps {
			out.Substituted = append(out.Substituted, Substitution{Line: o.SentLine(i), From: string(swap.From), To: string(swap.To)})
		}
	}
	for i := range o.Cups {
		out.Cups = append(out.Cups, newCup(o, &o.Cups[i], menu))
	}
	return out
}

// Placed is the answer to an order that was accepted, or had been, or waits for room.
func Placed(o *shop.Order, replayed bool, state *shop.State) (status int, body Order) {
	status = http.StatusCreated
	switch {
	case o.OnStandby():
		status = http.StatusAccepted
	case replayed:
		status = http.StatusOK
	}
	return status, Own(o, state)
}

// Own is an order with its receipt, as it is answered to its channel and read later. state signs it, and says how many
// cups wait before one that is on the waiting list.
func Own(o *shop.Order, state *shop.State) Order {
	body := NewOrder(o, state.Config.Menu)
	body.Receipt = state.Receipts.Of(o)
	if o.OnStandby() {
		body.PositionCups = state.StandbyBefore(o.ID)
	}
	return body
}

// Standing is an order as it stands in the queue at this moment: the cups before it, and when it should be ready.
func Standing(o *shop.Order, state *shop.State, now time.Time) Order {
	body := NewOrder(o, state.Config.Menu)
	if o.OnStandby() {
		body.PositionCups = state.StandbyBefore(o.ID)
	}
	if cups, ready, ok := state.StandsAt(o.ID, now); ok {
		body.PositionCups, body.ExpectedAt = cups, ready
	}
	return body
}

// Cancelled is the answer to a cancellation that was carried out, or (deferred) waits for its order.
func Cancelled(o *shop.Order, deferred bool, menu *shop.Menu) (status int, body Order) {
	status = http.StatusOK
	if deferred {
		status = http.StatusAccepted
	}
	return status, NewOrder(o, menu)
}

func newCup(o *shop.Order, c *shop.Cup, menu *shop.Menu) Cup {
	out := Cup{ID: o.CupID(c.N), State: c.State, Unmapped: o.Lines[c.Line].Unmapped}
	if !o.LinesUnknown && !c.NoWork {
		out.Label = label(o, c, menu)
	}
	if c.Replaces != 0 {
		id := o.CupID(c.Replaces)
		out.Replaces = &id
	}
	return out
}

// label says which cup it is as a person reads it: "2/3 茉莉奶绿 少冰 半糖 珍珠". A remake carries the
// number of the cup it stands for.
func label(o *shop.Order, c *shop.Cup, menu *shop.Menu) string {
	n, of := o.NumberOf(c.N)
	l := &o.Lines[c.Line]
	menu = menu.Of(l)
	words := []string{fmt.Sprintf("%d/%d", n, of), drink(l, menu)}
	add := func(group, id string) {
		if option := menu.Option(group, id); option != nil {
			words = append(words, option.Name.In("zh"))
		} else if id != "" {
			words = append(words, id)
		}
	}
	add(shop.GroupSize, l.Options.Size)
	add(shop.GroupIce, l.Options.Ice)
	add(shop.GroupSugar, l.Options.Sugar)
	add(shop.GroupMilk, l.Options.Milk)
	for _, t := range l.Options.Toppings {
		add(shop.GroupTopping, t)
	}
	return strings.Join(words, " ")
}

// drink is what a line is called: by the channel where the menu does not know all of it.
func drink(l *shop.Line, menu *shop.Menu) string {
	item := menu.Of(l).Item(l.Item)
	switch {
	case l.Unmapped && l.Name != "", item == nil && l.Name != "":
		return l.Name
	case item == nil:
		return l.Item
	}
	return item.Name.In("zh")
}

// seconds is a span in whole seconds, rounded up: what is said is not to be too early.
func seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }
