package wire

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"weir/shop"
)

// Reconciliation is every order of a channel and business day, to be compared with the channel's own
// list. Equal digests mean equal lists.
type Reconciliation struct {
	Shop   string       `json:"store"`
	Day    shop.Day     `json:"day"`
	Closed bool         `json:"closed"`         // the day is over, every order of it has ended, and its books are closed
	Orders []DayOrder   `json:"orders"`         // as they were accepted
	Count  int          `json:"count"`          // of the whole day
	Next   shop.OrderID `json:"next,omitempty"` // over MQTT: there are more, after this one
	Digest string       `json:"digest"`         // SHA-256, hex, of the lines "ref TAB state TAB cups LF"
}

// DayOrder is one order of a day.
type DayOrder struct {
	ID       shop.OrderID    `json:"id"`
	Ref      string          `json:"ref"`
	State    shop.OrderState `json:"state"`
	Reason   string          `json:"reason,omitempty"`
	Cups     int             `json:"cups"`      // ordered; remakes not counted
	CupsMade int             `json:"cups_made"` // of them; one that was made again counts once
}

// NewReconciliation lists the orders of a day. They have to come in the order of acceptance.
func NewReconciliation(state *shop.State, day shop.Day, orders []*shop.Order) Reconciliation {
	r := Reconciliation{Count: len(orders), Shop: state.Config.ID, Day: day, Closed: state.DayClosed(day),
		Orders: make([]DayOrder, 0, len(orders))}
	sum := sha256.New()
	for _, o := range orders {
		line := DayOrder{ID: o.ID, Ref: o.Ref, State: o.State(), Reason: o.Reason}
		line.Cups, line.CupsMade = o.MadeOf()
		r.Orders = append(r.Orders, line)
		fmt.Fprintf(sum, "%s\t%s\t%d\n", line.Ref, line.State, line.Cups) // a hash takes every byte
	}
	r.Digest = hex.EncodeToString(sum.Sum(nil))
	return r
}
