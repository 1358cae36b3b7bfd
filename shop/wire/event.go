package wire

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"weir/shop"
	"weir/shop/capacity"
	"weir/shop/words"
)

// Event is one entry of a channel's feed: CloudEvents 1.0 in JSON, with epoch and seq as extension
// attributes. Within a channel seq has no gaps; the same (epoch, seq) is the same event however often
// it comes.
type Event struct {
	SpecVersion string    `json:"specversion"` // "1.0"
	ID          Cursor    `json:"id"`          // unique within source; as a cursor it is the place after this event
	Source      string    `json:"source"`
	Type        string    `json:"type"`
	Subject     string    `json:"subject,omitempty"` // id of the order, or the item
	Time        time.Time `json:"time"`
	ContentType string    `json:"datacontenttype"`
	Epoch       int64     `json:"epoch"`
	Seq         uint64    `json:"seq"`
	Data        EventData `json:"data"`
}

// EventData is what happened. Which members are there follows from the event's type.
type EventData struct {
	ID           string          `json:"id,omitempty"` // of the order
	Ref          string          `json:"ref,omitempty"`
	State        shop.OrderState `json:"state,omitempty"`
	PickupNumber string          `json:"pickup_number,omitempty"`
	ReadyBy      time.Time       `json:"ready_by,omitzero"`
	ExpectedAt   time.Time       `json:"expected_at,omitzero"` // of order.delayed and order.early: nine of ten are ready by then
	Until        time.Time       `json:"until,omitzero"`       // of order.waiting: it waits no longer; sold out: back by itself
	Reason       string          `json:"reason,omitempty"`
	CupsMade     int             `json:"cups_made,omitempty"`
	Cups         int             `json:"cups,omitempty"`   // of order.changed: how many it has now
	Voided       []shop.CupID    `json:"voided,omitempty"` // of order.changed: which will not be made any more
	Totals       *shop.Totals    `json:"totals,omitempty"` // of order.changed: its money, for the cups that it has now
	Item         string          `json:"item,omitempty"`
	Option       string          `json:"option,omitempty"` // of option.sold_out and option.available, as "topping/pearl"
	Intake       *Intake         `json:"intake,omitempty"`
	Day          shop.Day        `json:"day,omitempty"`
	Campaign     *Answered       `json:"campaign,omitempty"`
	Settled      *shop.Settled   `json:"settled,omitempty"` // of a day that is closed: the channel's part
	// Compensation is what the order's customer is given, from when it is known
	Compensation *Compensation `json:"compensation,omitempty"`
	Alternatives []Alternative `json:"alternatives,omitempty"` // of an order that will not be made
}

// Answered is what a person said to a notice, and what the shop could take of it at that moment.
type Answered struct {
	ID           shop.CampaignID `json:"id"`
	Revision     int             `json:"revision"`        // that the person saw
	Limit        *Limit          `json:"limit,omitempty"` // none: whatever can be made
	ExpectedCups int             `json:"expected_cups"`
	CanTakeCups  int             `json:"can_take_cups"`
}

// Intake is what the owner allows a channel.
type Intake struct {
	Mode   capacity.IntakeMode `json:"mode"`           // open, slots or paused
	Until  time.Time           `json:"until,omitzero"` // when it opens again by itself
	Reason string              `json:"reason,omitempty"`
}

// Events answers GET /v1/events.
type Events struct {
	Events []Event `json:"events"`
	Cursor Cursor  `json:"cursor"` // after the last of them
}

// NewEvent shows a feed entry. told is the entry as the log has it, a [shop.Told] in JSON.
func NewEvent(state *shop.State, channel string, seq uint64, kind string, at time.Time, told []byte) (Event, error) {
	var t shop.Told
	if err := json.Unmarshal(told, &t); err != nil {
		return Event{}, fmt.Errorf("decode event %d of %s: %w", seq, channel, err)
	}
	epoch := state.Counters.Epoch
	e := Event{
		SpecVersion: "1.0", ID: Cursor{epoch, seq}, Source: "/weir/v1/" + state.Config.ID + "/" + channel, Type: kind,
		Time: at, ContentType: "application/json", Epoch: epoch, Seq: seq,
		Data: EventData{
			Ref: t.Ref, State: t.State, ReadyBy: t.ReadyBy, ExpectedAt: t.Expected, Until: t.Until, Reason: t.Reason, CupsMade: t.Made,
			Cups: t.Cups, Voided: t.Voided, Totals: t.Totals, Item: t.Item, Option: t.Option, Day: t.Day, Settled: t.Settled,
			Compensation: newCompensation(t.Compensation),
		},
	}
	if t.Elsewhere != nil {
		e.Data.Alternatives = elsewhere(t.Elsewhere)
	}
	e.Subject = t.Item + t.Option
	if t.Order != 0 {
		e.Subject, e.Data.ID = t.Order.String(), t.Order.String()
	}
	if t.Number > 0 {
		e.Data.PickupNumber = (&shop.Order{Number: t.Number}).PickupNumber()
	}
	if a := t.Campaign; a != nil {
		e.Subject = a.ID.String()
		e.Data.Campaign = &Answered{ID: a.ID, Revision: a.Revision, Limit: newLimit(a.Limit), ExpectedCups: a.Expected, CanTakeCups: a.CanTake}
	}
	if in := t.Intake; in != nil {
		mode := in.Mode
		if mode == "" {
			mode = capacity.IntakeOpen
		}
		e.Data.Intake = &Intake{Mode: mode, Until: in.Until, Reason: intakeReason(in.Reason)}
	}
	return e, nil
}

// elsewhere is where an order that will not be made can still be had. How much the slots take is not said: it changes.
func elsewhere(e *shop.Elsewhere) (list []Alternative) {
	for _, start := range e.Slots {
		end := start.Add(capacity.SlotLength)
		list = append(list, Alternative{Type: "slot", Start: &start, End: &end})
	}
	return append(list, stores(e.Sisters)...)
}

// intakeReason is why a channel's intake changed, as the channel reads it. A reason of the owner's list is in Chinese and English,
// because a channel may read either; all else is sent as it is stored.
func intakeReason(reason string) string {
	if !slices.Contains(shop.PauseReasons, reason) {
		return reason
	}
	return words.ZH.T("pause_reason."+reason) + " / " + words.EN.T("pause_reason."+reason)
}
