package sim

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"weir/shop/capacity"
	shopsim "weir/shop/sim"
)

// Report is what the city's day came to, under each policy.
type Report struct {
	Options
	Lived     Lived
	BoundCups float64 // standard cups that the crews make when each order goes to whoever has the least to do
	Results   []Result
}

// Lived says what kind of city was lived.
type Lived struct {
	Shops  int        `json:"shops"`
	Orders int        `json:"orders"` // over channels
	Cups   float64    `json:"standard_cups"`
	Km2    float64    `json:"km2"`
	Far    int        `json:"orders_without_a_shop_near"`
	Load   [3]float64 `json:"load_of_the_nearest_p05_p50_p95"` // what a shop would get if everybody went to the nearest, by the mean
}

// Result is one policy's day.
type Result struct {
	Policy     string  `json:"policy"`
	Accept     float64 `json:"accept"`
	Bound      float64 `json:"of_bound"` // cups made by closing, for somebody who still wanted them
	Made       int     `json:"cups_made"`
	GivenUp    int     `json:"cups_given_up"`   // accepted, and the customer left
	Unmade     int     `json:"cups_not_made"`   // accepted, and the crew went home
	Orders     int     `json:"orders_accepted"` // over channels
	Kept       float64 `json:"kept"`            // share of them that were ready as promised
	Told       float64 `json:"told"`            // were given another time before it broke
	Late       float64 `json:"late"`            // were late and not told, or never ready
	Bare       int     `json:"refused_bare"`    // customers who went and had never been offered anything
	Declined   int     `json:"declined"`        // who went because what they were offered did not suit them
	LaterCups  int     `json:"cups_later"`      // made for a later time that the customer chose
	Worst      int     `json:"worst_backlog_cups"`
	Wait       [2]int  `json:"wait_p50_p95_s"`         // orders to be made now, from when the customer first asked to ready
	LaterWait  [2]int  `json:"later_wait_p50_p95_s"`   // orders for a later time, the same
	AtCounter  [2]int  `json:"counter_wait_p50_p95_s"` // people at the counter
	WorstAtDay []int   `json:"worst_backlog_each_5_min"`

	work                  capacity.Work
	kept, told, late      int
	waits, later, counter []time.Duration
	worst, mean           []shopsim.Point // the cups that wait at the shop where most do, and at the mean shop
}

// add takes in a shop's day.
func (r *Result) add(t *shopsim.Tally) {
	r.Made, r.GivenUp, r.Unmade, r.LaterCups = r.Made+t.Made, r.GivenUp+t.GivenUp, r.Unmade+t.Unmade, r.LaterCups+t.LaterCups
	r.kept, r.told, r.late = r.kept+t.Kept, r.told+t.Told, r.late+t.Late
	r.work += t.Work
	r.Worst = max(r.Worst, t.WorstBacklog)
	r.waits, r.later, r.counter = append(r.waits, t.Waits...), append(r.later, t.LaterWaits...), append(r.counter, t.CounterWaits...)
}

func (r *Result) finish() {
	r.Orders = r.kept + r.told + r.late
	if n := float64(r.Orders); n > 0 {
		r.Kept, r.Told, r.Late = float64(r.kept)/n, float64(r.told)/n, float64(r.late)/n
	}
	r.Wait, r.LaterWait, r.AtCounter = spread(r.waits), spread(r.later), spread(r.counter)
	for _, p := range r.worst {
		r.WorstAtDay = append(r.WorstAtDay, int(p.Cups))
	}
}

// spread is the median and the 95th percentile in seconds; 0 of none.
func spread(waits []time.Duration) (s [2]int) {
	slices.Sort(waits)
	for i, share := range []float64{0.5, 0.95} {
		if len(waits) > 0 {
			s[i] = int(waits[int(share*float64(len(waits)))] / time.Second)
		}
	}
	return s
}

// JSON writes the report as one object. The same options give the same bytes.
func (r *Report) JSON(to io.Writer) error {
	text, err := json.MarshalIndent(struct {
		Scenario  string   `json:"scenario"`
		Shops     int      `json:"shops"`
		Scale     float64  `json:"scale"`
		Seed      uint64   `json:"seed"`
		Lived     Lived    `json:"lived"`
		BoundCups float64  `json:"bound_standard_cups"`
		Policies  []Result `json:"policies"`
	}{"6 February", r.Shops, r.Scale, r.Seed, r.Lived, r.BoundCups, r.Results}, "", "  ")
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	_, err = fmt.Fprintf(to, "%s\n", text)
	return err
}
