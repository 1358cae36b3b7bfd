package route

import (
	"math"
	"net/http"
	"time"

	"weir/fleet/table"
	"weir/shop"
	"weir/shop/capacity"
	"weir/shop/wire"
)

// Alternative is a shop near by with the room that it has now, or a slot of one.
type Alternative struct {
	Type      string        `json:"type"` // store or slot
	Store     string        `json:"store"`
	Name      string        `json:"name,omitempty"`
	DistanceM int           `json:"distance_m"`
	Level     int           `json:"level"`
	P50       int64         `json:"p50_s,omitempty"`
	P90       int64         `json:"p90_s,omitempty"`
	ReadyBy   *time.Time    `json:"ready_by,omitempty"`
	Room      capacity.Work `json:"room_work"` // hundredths of a standard cup that may be sent there now, or in the slot
	Start     *time.Time    `json:"start,omitempty"`
	End       *time.Time    `json:"end,omitempty"`
	AgeS      float64       `json:"age_s"` // of the report that says so
}

// slotsEach is how many slots of one shop an answer lists: a choice, and still a short answer.
const slotsEach = 2

// Near lists the shops that would take an order, nearest first, and slots of those that have no room now.
func (r *Router) Near(o Order, max int) []Alternative {
	want, now := r.want(o), r.Now()
	want.Max = max
	open, shut := r.Table.Find(want, now)
	list := make([]Alternative, 0, len(open)+slotsEach*len(shut))
	for _, n := range open {
		a := r.alternative("store", n, o.Channel, now)
		ready := now.Add(time.Duration(n.Report.Quote.Promise) * time.Second).UTC().Truncate(time.Second)
		a.ReadyBy, a.P50, a.P90 = &ready, n.Report.Quote.P50, n.Report.Quote.P90
		list = append(list, a)
	}
	for _, n := range shut {
		for _, s := range n.Report.Slots[:min(slotsEach, len(n.Report.Slots))] {
			if s.Start.After(now) && (o.By.IsZero() || !s.Start.Add(capacity.SlotLength).After(o.By)) {
				list = append(list, r.slot(n, s, o.Channel, now))
			}
		}
	}
	return list
}

func (r *Router) alternative(kind string, n table.Near, channel string, now time.Time) Alternative {
	return Alternative{
		Type: kind, Store: n.ID, Name: n.Name, DistanceM: int(math.Round(n.Metres)), Level: n.Report.Level,
		Room: r.credit.Left(n.ID, channel, n.Lease(channel), now), AgeS: math.Round(now.Sub(n.Report.At).Seconds()*10) / 10,
	}
}

func (r *Router) slot(n table.Near, s wire.Slot, channel string, now time.Time) Alternative {
	a := r.alternative("slot", n, channel, now)
	start, end := s.Start, s.Start.Add(capacity.SlotLength)
	a.Start, a.End, a.Room = &start, &end, s.Work
	return a
}

// Slots lists what can be booked near by, shop by shop, nearest first.
func (r *Router) Slots(o Order, work capacity.Work) []Alternative {
	want, now := r.want(o), r.Now()
	open, shut := r.Table.Find(want, now)
	list := []Alternative{}
	for _, n := range append(open, shut...) {
		for _, s := range n.Report.Slots {
			if s.Start.After(now) && s.Work >= work {
				list = append(list, r.slot(n, s, o.Channel, now))
			}
		}
	}
	return list
}

// alternatives is the refusal of an order that nobody makes, with what would be possible.
func (r *Router) alternatives(o Order) Problem {
	p := problem(shop.ProblemReducedCapacity, "no shop near by can take this now; nothing was made")
	p.Status, p.NotMade, p.RetryAfter = http.StatusServiceUnavailable, true, retryFull
	p.Alternatives = r.Near(o, table.NearMax)
	return p
}

// retryFull is when to ask again after a refusal, in seconds: a report comes every half minute.
const retryFull = 30

// refusal carries a problem of the fleet's own as an error.
type refusal struct{ Problem }

// Error implements error.
func (e refusal) Error() string { return e.Type + ": " + e.Detail }

// noShop says that there is no shop to ask.
func (r *Router) noShop(o Order) error { return refusal{r.alternatives(o)} }

// notMade says so after shops have refused.
func (r *Router) notMade(o Order, err error) error {
	r.Counts.NotMade.Add(1)
	r.drop(o.key())
	return err
}

// ProblemOf is the fleet's own problem in an error.
func ProblemOf(err error) (Problem, bool) {
	e, ok := err.(refusal)
	return e.Problem, ok
}
