package wire

import (
	"time"

	"weir/shop"
	"weir/shop/capacity"
)

// Hold is room that is kept for an order to come.
type Hold struct {
	ID        shop.HoldID   `json:"hold"`
	ExpiresAt time.Time     `json:"expires_at"`
	Cups      int           `json:"cups"`
	Work      capacity.Work `json:"work"` // hundredths of a standard cup
	Quote     OrderQuote    `json:"quote"`
}

// NewHold shows a hold to its channel.
func NewHold(h *shop.Hold, state *shop.State) Hold {
	return Hold{
		ID: h.ID, ExpiresAt: h.Until, Cups: h.Cups, Work: state.HeldWork(h),
		Quote: OrderQuote{P50: seconds(h.Quote.P50), P90: seconds(h.Quote.P90), ReadyBy: h.ReadyBy},
	}
}

// Dropped is the answer to room that was given back.
type Dropped struct {
	ID      shop.HoldID `json:"hold"`
	Dropped bool        `json:"dropped"`
}

// HoldAsk asks for room to be kept, or gives it back.
type HoldAsk struct {
	Ask
	For  time.Duration // 0 is not said
	Drop shop.HoldID   // over MQTT: the hold that is given back; 0 is none
}

// DecodeHold reads {"items": […]} or {"cups": N}, with seconds; or {"drop": "h12"}.
func DecodeHold(body []byte) (HoldAsk, error) {
	f, r, err := read(body)
	if err != nil {
		return HoldAsk{}, err
	}
	var h HoldAsk
	if text, ok := r.str("drop"); ok {
		if h.Drop, err = shop.ParseHoldID(text); err != nil {
			r.wrong("drop", "want a hold's id, as in h12")
		}
		return h, f.err(shop.ProblemInvalid)
	}
	h.Ask = r.ask()
	least, most := int64(shop.HoldLeast/time.Second), int64(shop.HoldMost/time.Second)
	span, _ := r.whole("seconds", least, most)
	h.For = time.Duration(span) * time.Second
	return h, f.err(shop.ProblemInvalidOrder)
}

// hold reads the room that was kept for an order. What cannot be one is none: the order is then an ordinary one.
func (r reader) hold() shop.HoldID {
	text, _ := r.members["hold"].(string)
	id, err := shop.ParseHoldID(text)
	if err != nil {
		return 0
	}
	return id
}
