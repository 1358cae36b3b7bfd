package wire

import (
	"slices"
	"time"

	"weir/shop"
)

// reconcilePageMax is how many orders of a day come in one MQTT answer: about 40 KB, less than any broker's packet.
const reconcilePageMax = 300

// Reconcile asks for a business day over MQTT.
type Reconcile struct {
	Day   shop.Day
	After shop.OrderID // the last order of the page before; 0 is the first page
	Limit int
}

// DecodeReconcile reads {"ref": …, "day": "2026-02-06", "after": "o300", "limit": 300}; everything may be missing. today
// is the day when none is named.
func DecodeReconcile(body []byte, today shop.Day) (Reconcile, error) {
	f, r, err := read(body)
	if err != nil {
		return Reconcile{}, err
	}
	ask := Reconcile{Day: today, Limit: reconcilePageMax}
	if day, ok := r.str("day"); ok {
		ask.Day = shop.Day(day)
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			r.wrong("day", "want a day, as in 2026-02-06")
		}
	}
	if after, ok := r.str("after"); ok {
		if ask.After, err = shop.ParseOrderID(after); err != nil {
			r.wrong("after", err.Error())
		}
	}
	if r.has("limit") {
		n, _ := r.whole("limit", 1, reconcilePageMax)
		ask.Limit = int(n)
	}
	return ask, f.err(shop.ProblemInvalid)
}

// Page is a part of the list, from the order after one. The digest and the count stay those of the whole day; Next is
// where the next page goes on.
func (r Reconciliation) Page(after shop.OrderID, limit int) Reconciliation {
	from := slices.IndexFunc(r.Orders, func(o DayOrder) bool { return o.ID > after })
	if from < 0 {
		from = len(r.Orders)
	}
	to := min(from+limit, len(r.Orders))
	if to < len(r.Orders) {
		r.Next = r.Orders[to-1].ID
	}
	r.Orders = r.Orders[from:to]
	return r
}
