package door

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"weir/shop"
)

// Tally counts the cups that were refused, for the owner. Its calls must be quick: an order waits for them.
type Tally interface {
	// Refused takes in that an order was refused for a reason of the shop's own.
	Refused(shop.Refused)
	// Accepted takes back what was counted of an order that was accepted after all.
	Accepted(channel, ref string)
}

// recorder keeps what became of each order that came in, by whatever way: in the metrics, for whoever asks why, and
// for the owner.
type recorder struct {
	orders   *prometheus.CounterVec
	refused  *prometheus.CounterVec
	refusals *shop.Refusals
	tally    Tally // nil: nobody counts
}

func newRecorder(tally Tally) recorder {
	return recorder{
		orders: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "weir_orders_total", Help: "Orders that came in, by channel and what became of them.",
		}, []string{"channel", "outcome"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "weir_refusals_total", Help: "Orders that the shop refused for a reason of its own, by channel and reason.",
		}, []string{"channel", "reason"}),
		refusals: &shop.Refusals{}, tally: tally,
	}
}

// order takes in what became of an order. place is nil when it could not be read.
func (r *recorder) order(config *shop.Config, channel string, place shop.Command, a Answer, at time.Time) {
	if _, known := config.Channel(channel); !known {
		channel = "none" // whatever topic was written to: names of strangers are not labels
	}
	r.orders.WithLabelValues(channel, a.Outcome()).Inc()
	if refused, ok := shop.RefusedOf(config.Menu, place, a.Err, at); ok {
		r.refused.WithLabelValues(channel, refused.Reason).Inc()
		r.refusals.Note(refused)
		if r.tally != nil {
			r.tally.Refused(refused)
		}
	}
	if p, ok := place.(shop.Place); ok && a.Err == nil && !a.Waits() && r.tally != nil {
		r.tally.Accepted(p.Channel, p.Draft.Ref)
	}
}

// Refusals is the last orders that were refused, the newest first.
func (d *Door) Refusals() []shop.Refused { return d.record.refusals.List() }

// Metrics counts the orders that came in and those that were refused, for /metrics.
func (d *Door) Metrics() []prometheus.Collector {
	return []prometheus.Collector{d.record.orders, d.record.refused}
}
