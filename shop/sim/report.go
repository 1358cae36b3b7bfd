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
	Accept  float64 `json:"accept"`
	Offered float64 `json:"cups_offered"`  // asked for
	Made    float64 `json:"cups_made"`     // for somebody who still wanted them
	Unmade  float64 `json:"cups_unmade"`   // accepted, wanted, and not made when the crew went home
	GivenUp float64 `json:"cups_given_up"` // of customers who left after they had been accepted
	Refused float64 `json:"orders_refused"`
	Bare    float64 `json:"orders_refused_bare"` // without an alternative although there was one, or where there never is any

	WaitP50 float64 `json:"wait_p50_s"` // from order or slot to ready, or to giving up
	WaitP95 float64 `json:"wait_p95_s"`
	WaitMax float64 `json:"wait_max_s"`

	Bound    float64  `json:"bound_share"` // standard cups made for somebody by closing, by what this crew could have made
	BoundP05 *float64 `json:"bound_share_p05,omitempty"`
	Kept     float64  `json:"kept"` // of the orders accepted from channels
	KeptP05  *float64 `json:"kept_p05,omitempty"`
	Told     float64  `json:"told"`
	Late     float64  `json:"late"`
	Unsaid   float64  `json:"unmade_without_notice"` // orders

	WMax       float64 `json:"w_max"` // standard cups
	Violations float64 `json:"budget_violations"`
	SlotCups   float64 `json:"slot_cups"`
	Idle       float64 `json:"idle_maker_min"`
	Needless   float64 `json:"needless_share"` // of the orders from channels
	Coverage   float64 `json:"coverage90"`
	Bounced    float64 `json:"lease_bounced_orders"`
	Overtime   float64 `json:"overtime_min"`

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
	bound := func(d *dayResult) float64 { return d.bound }
	r := Result{
		Policy: days[0].policy, Accept: days[0].accept,
		Offered: of(func(d *dayResult) int { return d.cups.offered }),
		Made:    of(func(d *dayResult) int { return d.cups.made }),
		Unmade:  of(func(d *dayResult) int { return d.cups.unmade }),
		GivenUp: of(func(d *dayResult) int { return d.cups.givenUp }),
		Refused: of(func(d *dayResult) int { return d.refused }),
		Bare:    of(func(d *dayResult) int { return d.bare }),
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
		charts:     days[0].charts,
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
