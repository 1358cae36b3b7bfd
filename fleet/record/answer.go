package record

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"weir/shop"
)

// Verdict is what an answer means for the order.
type Verdict uint8

// The verdicts.
const (
	Unclear  Verdict = iota // nothing is known: 429, a write error, a conflict, what cannot be read
	Accepted                // the shop has the order
	Refused                 // this one message was refused; nothing was made of it
	NotMade                 // the ref is cancelled at the shop: nothing was made and nothing will be
	TooLate                 // the shop has made of it
)

// said is the part of a shop's answer that decides: an order, or a problem.
type said struct {
	ID           string    `json:"id"`
	State        string    `json:"state"`
	Reason       string    `json:"reason"`
	PickupNumber string    `json:"pickup_number"`
	Receipt      string    `json:"receipt"`
	Type         string    `json:"type"`
	NotMade      bool      `json:"not_made"`
	Pinned       bool      `json:"pinned"`
	Outcome      string    `json:"outcome"`
	Quote        *said     `json:"quote"`
	ReadyBy      time.Time `json:"ready_by"`
}

// Read reads a shop's answer to an order or to its cancellation.
func Read(status int, body []byte) (v Verdict, told Told, pinned bool) {
	var s said
	if json.Unmarshal(body, &s) != nil {
		return Unclear, Told{}, false
	}
	told = Told{ID: s.ID, Number: s.PickupNumber, Receipt: s.Receipt}
	if s.Quote != nil {
		told.ReadyBy = s.Quote.ReadyBy
	}
	return verdict(status, s), told, s.Pinned
}

func verdict(status int, s said) Verdict {
	problem := strings.TrimPrefix(s.Type, "/problems/")
	switch status {
	case http.StatusOK, http.StatusCreated, http.StatusAccepted:
		switch {
		case s.ID == "" || s.State == "":
			return Unclear
		case s.Reason == shop.ReasonMadeThenCancelled:
			return TooLate
		case s.State == string(shop.OrderWaiting):
			return Unclear // on the waiting list: the shop may still accept it, and says so by an event or when it is asked again
		case s.State == string(shop.OrderCancelled), s.State == string(shop.OrderExpired):
			return NotMade
		}
		return Accepted
	case http.StatusConflict:
		switch problem {
		case shop.ProblemCancelTooLate:
			return TooLate
		case shop.ProblemSoldOut, shop.ProblemSlotFull, shop.ProblemDeadlinePassed:
			return Refused
		}
	case http.StatusServiceUnavailable:
		if s.NotMade && s.Outcome == "" {
			return Refused
		}
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return Refused
	}
	return Unclear
}

// SameOrder is the digest of what a ref must keep: items, options, fulfilment, slot and time at the door; of an order that
// comes without its lines how many cups or how much money. Another one under the same ref is a conflict.
func SameOrder(d shop.Draft) string {
	sum := sha256.New()
	_ = json.NewEncoder(sum).Encode(struct {
		Lines      []shop.Line
		Fulfilment shop.Fulfilment
		Slot       time.Time
		Cups       int       `json:",omitempty"`
		Fen        int64     `json:",omitempty"`
		Deliver    time.Time `json:",omitzero"`
	}{d.Lines, d.Fulfilment, d.SlotStart, d.Cups, d.TotalFen, d.DeliverAt.UTC()}) // plain values into a hash: neither can fail
	return base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:9]) // 72 bits: nobody gains by a collision with himself
}
