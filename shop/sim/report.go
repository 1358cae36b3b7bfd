package sim

import (
	"encoding/json"
	"io"
	"math"
	"slices"
)

// Report is what `weir simulate --json` prints.
type Report struct {
	Scenario string   `json:"scenario"`
	Seed     uint64   `json:"seed"`
	Days     int      `json:"days"`
	Policies []Result `json:"policies"`
}

// Result is one policy at one acceptance: means over the days. Shares are fractions.
type Result struct {
	Policy  string  `json:"policy"`
	Model   string  `json:"customers"` // how they take what they are told
	Accept  float64 `json:"accept"`
	Offered float64 `json:"cups_offered"`  // asked for
	Made    float64 `json:"cups_made"`     // for somebody who still wanted them
	Unmade  float64 `json:"cups_unmade"`   // accepted, wanted, and not made when the crew went home
	GivenUp float64 `json:"cups_given_up"` // of customers who left after they had been accepted
	Refused float64 `json:"orders_refused"`
	Bare    float64 `json:"orders_refused_bare"` // without an alternative although there was one, or where there never is any

	Listed  float64 `json:"orders_listed"`  // put on the waiting list
	Expired float64 `json:"orders_expired"` // of those, not accepted in the end, and told so

	WaitP50 float64 `json:"wait_p50_s"` // from order or slot to ready, or to giving up
	WaitP95 float64 `json:"wait_p95_s"`
	WaitMax float64 `json:"wait_max_s"`

	OrderP50 float64 `json:"order_to_ready_p50_s"` // from the order, whenever it was wanted
	OrderP95 float64 `json:"order_to_ready_p95_s"`

	Bound    float64  `json:"bound_share"` // standard cups made for somebody by closing, by what this crew could have made
	BoundP05 *float64 `json:"bound_share_p05,omitempty"`
	Kept     float64  `json:"kept"` // of the orders accepted from channels
	KeptP05  *float64 `json:"kept_p05,omitempty"`
	Told     float64  `json:"told"`
	Late     float64  `json:"late"`
	Unsaid   float64  `json:"unmade_without_notice"` // orders, walk-ins included, whose customer got nothing and was not told
	InTime   float64  `json:"told_in_time"`          // of those told, at least a quarter of an hour before their promise
	Moved    float64  `json:"told_moved"`            // of the told: to a later slot
	Delayed  float64  `json:"told_delayed"`          // of the told: in the queue, a later time
	Released float64  `json:"told_released"`         // of the told: that it will not be made
	Alarms   float64  `json:"told_needlessly"`       // of the told: ready by the first promise all the same
	Again    float64  `json:"told_came_true"`        // of the orders that were told a later time in the queue

	WMax       float64 `json:"w_max"` // standard cups
	Violations float64 `json:"budget_violations"`
	SlotCups   float64 `json:"slot_cups"`
	Idle       float64 `json:"idle_maker_min"`
	Needless   float64 `json:"needless_share"` // of the orders from channels
	Coverage   float64 `json:"coverage90"`
	Bounced    float64 `json:"lease_bounced_orders"`
	Overtime   float64 `json:"overtime_min"`

	PassedMean float64  `json:"overtaken_cups_mean"` // of orders to be made now: cups of later ones that were begun before
	PassedP95  float64  `json:"overtaken_cups_p95"`
	PassedMost int64    `json:"overtaken_cups_max"`
	PassedBy   float64  `json:"overtaken_by_later_s_max"` // by which one of those came later, at most
	Large      *float64 `json:"large_orders_taken,omitempty"`
	LargeAll   *float64 `json:"large_orders,omitempty"`

	Batches *BatchResult `json:"batches,omitempty"` // nil: cup by cup

	charts charts
}

// BatchResult is what making identical cups together did to whose turn it was. The batch size is a mean over
// the days, the cups overtaken are those of a day; the other two are the most of all days.
type BatchResult struct {
	Size      float64 `json:"batch_size"` // cups
	Overtaken float64 `json:"cups_overtaken"`
	Most      int     `json:"overtaken_by_cups_max"` // cups that went before one that waited
	Ahead     float64 `json:"overtaken_by_s_max"`    // by which a cup that went before was promised later
}

// report sums the days up.
func (o *Options) report(days [][]dayResult) *Report {
	r := &Report{Scenario: o.Scenario(), Seed: o.Seed, Days: o.Days}
	for i := range days[0] {
		of := make([]*dayResult, len(days))
		for j := range days {
			of[j] = &days[j][i]
		}
		r.Policies = append(r.Policies, summary(of))
	}
	return r
}

func summary(days []*dayResult) Result {
	mean := func(f func(*dayResult) float64) float64 {
		var sum float64
		for _, d := range days {
			sum += f(d)
		}
		return round(sum / float64(len(days)))
	}
	seconds := func(p float64) float64 {
		return mean(func(d *dayResult) float64 { return float64(quantile(d.waits, p)) / 1000 })
	}
	of := func(n func(*dayResult) int) float64 { return mean(func(d *dayResult) float64 { return float64(n(d)) }) }
	kept := func(d *dayResult) float64 { return d.promises.share(d.promises.kept) }
	bound := func(d *dayResult) float64 { return d.bound() }
	of95 := func(v func(*dayResult) []int64) float64 {
		return mean(func(d *dayResult) float64 { return float64(quantile(v(d), 0.95)) })
	}
	r := Result{
		Policy: days[0].policy, Accept: days[0].accept, Model: days[0].model,
		Offered: of(func(d *dayResult) int { return d.cups.offered }),
		Made:    of(func(d *dayResult) int { return d.cups.made }),
		Unmade:  of(func(d *dayResult) int { return d.cups.unmade }),
		GivenUp: of(func(d *dayResult) int { return d.cups.givenUp }),
		Refused: of(func(d *dayResult) int { return d.refused }),
		Bare:    of(func(d *dayResult) int { return d.bare }),
		Listed:  of(func(d *dayResult) int { return d.listed }),
		Expired: of(func(d *dayResult) int { return d.expired }),
		WaitP50: seconds(0.5), WaitP95: seconds(0.95), WaitMax: seconds(1),
		Bound: mean(bound), Kept: mean(kept),
		Told:       mean(func(d *dayResult) float64 { return d.promises.share(d.promises.told) }),
		Late:       mean(func(d *dayResult) float64 { return d.promises.share(d.promises.late) }),
		Unsaid:     of(func(d *dayResult) int { return d.unmade }),
		WMax:       mean(func(d *dayResult) float64 { return d.wMax }),
		Violations: of(func(d *dayResult) int { return d.violations }),
		SlotCups:   of(func(d *dayResult) int { return d.cups.slot }),
		Idle:       mean(func(d *dayResult) float64 { return float64(d.idle) / 60_000 }),
		Needless:   mean(func(d *dayResult) float64 { return share(d.needless, d.orders) }),
		Coverage:   mean(func(d *dayResult) float64 { return share(d.covered, d.quoted) }),
		Bounced:    of(func(d *dayResult) int { return d.bounced }),
		Overtime:   mean(func(d *dayResult) float64 { return float64(d.overtime) / 60_000 }),
		OrderP50:   mean(func(d *dayResult) float64 { return float64(quantile(d.orderWaits, 0.5)) / 1000 }),
		OrderP95:   mean(func(d *dayResult) float64 { return float64(quantile(d.orderWaits, 0.95)) / 1000 }),
		InTime:     mean(func(d *dayResult) float64 { return share(d.toldInTime, d.promises.told) }),
		PassedMean: mean(func(d *dayResult) float64 { return average(d.passed) }),
		PassedP95:  of95(func(d *dayResult) []int64 { return d.passed }),
		charts:     days[0].charts,
	}
	part := func(n func(*dayResult) int) float64 {
		return mean(func(d *dayResult) float64 { return d.promises.share(n(d)) })
	}
	r.Moved = part(func(d *dayResult) int { return d.news.moved })
	r.Delayed = part(func(d *dayResult) int { return d.news.delayed })
	r.Released = part(func(d *dayResult) int { return d.news.released })
	r.Alarms = part(func(d *dayResult) int { return d.alarms })
	r.Again = mean(func(d *dayResult) float64 { return share(d.requoted[0], d.requoted[1]) })
	for _, d := range days {
		r.PassedMost = max(r.PassedMost, quantile(d.passed, 1))
		r.PassedBy = max(r.PassedBy, float64(d.passedBy)/1000)
	}
	if days[0].large[1] > 0 {
		taken, all := of(func(d *dayResult) int { return d.large[0] }), of(func(d *dayResult) int { return d.large[1] })
		r.Large, r.LargeAll = &taken, &all
	}
	if len(days) > 1 {
		r.BoundP05, r.KeptP05 = percentile5(days, bound), percentile5(days, kept)
	}
	if days[0].batches != nil {
		r.Batches = &BatchResult{
			Size:      mean(func(d *dayResult) float64 { return share(d.batches.cups, d.batches.batches) }),
			Overtaken: of(func(d *dayResult) int { return d.batches.overtaken }),
		}
		for _, d := range days {
			r.Batches.Most = max(r.Batches.Most, d.batches.most)
			r.Batches.Ahead = max(r.Batches.Ahead, float64(d.batches.ahead)/1000)
		}
	}
	return r
}

func (p promiseCount) share(n int) float64 { return share(n, p.kept+p.told+p.late) }

func average(values []int64) float64 {
	var sum int64
	for _, v := range values {
		sum += v
	}
	return float64(sum) / float64(max(1, len(values)))
}

func share(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(n) / float64(of)
}

// percentile5 is the value that one day of twenty does not reach.
func percentile5(days []*dayResult, f func(*dayResult) float64) *float64 {
	values := make([]float64, len(days))
	for i, d := range days {
		values[i] = f(d)
	}
	slices.Sort(values)
	v := round(values[len(values)/20])
	return &v
}

// round keeps five digits after the point: a violation on one of 100,000 days still shows.
func round(x float64) float64 { return math.Round(x*1e5) / 1e5 }

// JSON writes the report as one object.
func (r *Report) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}
