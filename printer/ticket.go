package printer

import (
	"fmt"
	"time"
)

// Ticket is everything a document may show of an order. It knows nothing of the shop's rules. Times are shown in the
// zone they carry.
type Ticket struct {
	Lang      string // of the fixed words: "zh" (default) or "en"
	Kind      Kind
	Shop      string // the shop's name
	Channel   string // the channel's name, as "美团"
	Pickup    string // pick-up number
	Platform  string // the platform's own number, empty if none
	Order     string // order id
	Fulfil    Fulfilment
	PlacedAt  time.Time
	PromiseAt time.Time // zero: none given
	Items     []Item
	Note      string   // the customer's, on the whole order
	Cups      int      // cups of the whole order
	Cup       int      // of a label: this is cup Cup of Cups, from 1
	Remake    bool     // of a label or kitchen ticket: replaces a cup that went wrong
	Code      string   // in the QR code: of a label the cup's, of a slip the bag's
	Track     string   // of a receipt or slip: where the customer sees how the order stands; "" is none
	Totals    *Totals  // nil: not yet known
	Reprint   int      // 0 for the original
	MayBeMade bool     // the order was forgotten and accepted again: the crew looks first
	Practice  bool     // printed large: nobody makes this
	About     []string // of a test page: what Weir believes the printer to be, in several parts
}

// Fulfilment is how the order leaves the shop.
type Fulfilment string

// Fulfilments as in the order.
const (
	Delivery Fulfilment = "delivery"
	Pickup   Fulfilment = "pickup"
	Counter  Fulfilment = "counter"
)

// Item is one line of an order. On a label it is the drink in the cup.
type Item struct {
	Qty      int
	Name     string
	Options  []string // size, ice, sugar, milk; in the order they are to be read
	Toppings []string
	Note     string
	PriceFen int64 // of the whole line
}

// Totals is the money of an order, in fen.
type Totals struct{ TotalFen, PaidFen, SubsidyFen int64 }

// yuan writes fen as yuan with the full-width sign GBK has.
func yuan(fen int64) string {
	sign := ""
	if fen < 0 {
		sign, fen = "-", -fen
	}
	return fmt.Sprintf("%s￥%d.%02d", sign, fen/100, fen%100)
}

// clock writes a time of day; empty for the zero time.
func clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	hour, minute, _ := t.Clock()
	return string([]byte{'0' + byte(hour/10), '0' + byte(hour%10), ':', '0' + byte(minute/10), '0' + byte(minute%10)})
}
