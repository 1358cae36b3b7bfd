package route

import (
	"net/http"
	"time"

	"weir/fleet/orders"
	"weir/fleet/record"
	"weir/shop"
)

// After the streams were put back from a copy, what happened since the copy is at the shops and not here. So from then on:
//
//   - credit is given out only after its shop has heard that the counter was lost, see [credit.New];
//   - an order of which there is no record, and that is not known to be placed after the restore, is given to no shop;
//   - an order that is open in the copy is not sent again: its shop may have refused it since, and another one have made
//     it. It is taken back, and the shop's answer says whether it has it.
//
// This lasts for as long as routers are told of the restore: until a person has compared the days with the platforms.

// word names the restore to shops.
func (c *Config) word() string {
	if c.Restored.IsZero() {
		return ""
	}
	return "restored-" + c.Restored.UTC().Format("20060102T150405Z")
}

// Forgotten reports whether a shop may have the order without a record of it here.
func (r *Router) Forgotten(o Order) bool {
	return !r.Restored.IsZero() && o.Draft.PlacedAt.Before(r.Restored) // also without a time
}

// old reports whether a record was opened before the restore.
func (r *Router) old(e orders.Entry) bool {
	return !r.Restored.IsZero() && e.Record.State == record.Open && e.Record.At.FirstAt.Before(r.Restored)
}

// maybeForgotten is the answer about an order that a shop may have.
func (r *Router) maybeForgotten(k orders.Key) Reply {
	r.Counts.Unknown.Add(1)
	p := problem(shop.ProblemStorage, "the fleet was restored from a copy at "+r.Restored.UTC().Format(time.RFC3339)+
		"; a shop may have an order that was placed before. If this one is new, send its placed_at")
	p.Outcome, p.NotMade = "unknown", false
	return Reply{Status: http.StatusServiceUnavailable, Body: p}
}
