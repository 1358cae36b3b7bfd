package shop

import (
	"fmt"
	"time"
)

// Bounds of what is believed about when a rider comes. A platform's apps say it anew every few seconds, and their clocks
// may be wrong.
const (
	// EtaMost is the furthest away that a rider can be expected: a business day. Later is a mistake of the sender's.
	EtaMost = 12 * time.Hour
	// EtaLeast is the least change of an expected time that is kept: less does not move when an order is begun.
	EtaLeast = time.Minute
	// EtaGap is how far apart two expected times of one rider are that are kept; what comes in between is not.
	EtaGap = 30 * time.Second
)

// assign notes that a rider will come, and begins an order that has waited for that when its time has come. A time that
// is past is now.
func (d *decider) assign(o *Order, eta time.Time) error {
	if eta.After(d.now.Add(EtaMost)) {
		return invalid(ProblemInvalid, fmt.Sprintf("a rider is expected within %v hours", EtaMost.Hours()),
			FieldError{"/courier_assigned/eta", "is too far away"})
	}
	if !eta.IsZero() && eta.Before(d.now) {
		eta = d.now
	}
	if known := o.CourierTold; !known.IsZero() {
		same := eta.IsZero() || !o.CourierEta.IsZero() && eta.Sub(o.CourierEta).Abs() < EtaLeast
		if since := d.now.Sub(known); same || since >= 0 && since < EtaGap {
			d.out.Replayed = true
			return nil
		}
	}
	d.emit(o.ID, OrderStepped{Step: CourierAssigned, Eta: eta})
	o, _ = d.state.Order(o.ID)
	d.begin(o, &queued{})
	return nil
}

// RiderWaits reports whether somebody stands in the shop for the order, and since when.
func (o *Order) RiderWaits() (since time.Time, ok bool) {
	if o.State().Ended() {
		return since, false
	}
	since = earlier(o.CourierAt, o.ArrivedAt)
	return since, !since.IsZero()
}
