// Package sim lives shop days on a virtual clock: the shop's own rules with a crew, customers and
// routers around them, and beside it what other policies would have made of the same day.
//
// Nothing sleeps and nothing is left to chance but what the seed says: the same options give the
// same figures, byte for byte. Customers, drinks and service times are drawn once per day (demand.go)
// and every policy gets the same. The crew is in line.go and batch.go, the policies in weir.go and plain.go, the
// network between routers and shop in network.go, what is counted in result.go.
package sim

import (
	"fmt"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"weir/shop"
	"weir/shop/capacity"
	"weir/shop/shopfile"
)

// Options say which days are lived. The zero value of a stress is no stress.
type Options struct {
	Played   *Scenario // instead of the scenario 1400
	Trace    *Trace    // instead of the scenario 1400
	Models   []string  // of [Models]: how customers take what they are told, one result for each; none is the scenario's
	Policies []string  // of [Policies]
	Accept   []float64 // probability that a customer takes a slot that is offered, one result for each
	Seed     uint64    // of the first day; the next has the next
	Days     int
	Horizon  time.Duration // longest promise for an order to be made now; 0 is the demo shop's
	Crew     float64       // how fast the crew really is by what the menu says; 0 is 1
	Leave    *Leave
	Flash    *Flash
	NoShow   float64 // share of customers who do not come
	Drift    float64 // standard deviation of the crew's slow wandering, in the logarithm
	Net      *Net    // nil: everything arrives at once
	Batch    *Batch  // nil: policy weir makes cup by cup, as the others do

	// BatchSaves is the share of its time at the bottleneck that every cup of a batch but the first saves: an
	// assumption, which no shop has measured.
	BatchSaves float64

	control bool // leases say "so much more", not "so much in all": for the test that must fail
}

// Policies are the names of all policies, in the order of a report.
var Policies = []string{"weir", "none", "toggle", "throttle", "uncapped"}

// Scenario is the name of what is played.
func (o *Options) Scenario() string {
	switch {
	case o.Trace != nil:
		return "trace"
	case o.Played != nil:
		return o.Played.Name
	}
	return "1400"
}

const (
	daysMax    = 100_000 // five hours of computing
	crewLeast  = 0.1     // slower or faster than this by the menu is a typing error
	crewMost   = 10
	noShowMost = 0.5
	driftMost  = 1
)

// Check says what is wrong with the options.
func (o *Options) Check() error {
	for _, p := range o.Policies {
		if !slices.Contains(Policies, p) {
			return fmt.Errorf("policy %q: the policies are %v", p, Policies)
		}
	}
	for _, m := range o.Models {
		if !slices.Contains(Models, m) {
			return fmt.Errorf("customers %q: the models are %v", m, Models)
		}
	}
	for _, a := range o.Accept {
		if !(a >= 0 && a <= 1) {
			return fmt.Errorf("accept %v: want a probability from 0 to 1", a)
		}
	}
	switch {
	case o.Played != nil && o.Trace != nil:
		return fmt.Errorf("a scenario and a trace: want one of them")
	case len(o.Policies) == 0 || len(o.Accept) == 0:
		return fmt.Errorf("want at least one policy and one acceptance")
	case o.Days < 1 || o.Days > daysMax:
		return fmt.Errorf("days %d: want 1 to %d", o.Days, daysMax)
	case o.Crew != 0 && !(o.Crew >= crewLeast && o.Crew <= crewMost):
		return fmt.Errorf("crew %v: want %v to %v times what the menu says", o.Crew, crewLeast, crewMost)
	case !(o.NoShow >= 0 && o.NoShow <= noShowMost):
		return fmt.Errorf("no-show %v: want a share from 0 to %v", o.NoShow, noShowMost)
	case !(o.BatchSaves >= 0 && o.BatchSaves <= batchSavesMost):
		return fmt.Errorf("batch-saves %v: want a share from 0 to %v", o.BatchSaves, batchSavesMost)
	case o.BatchSaves > 0 && o.Batch == nil:
		return fmt.Errorf("batch-saves %v: there are no batches; want batch as well", o.BatchSaves)
	case !(o.Drift >= 0 && o.Drift <= driftMost):
		return fmt.Errorf("drift %v: want a standard deviation from 0 to %v", o.Drift, driftMost)
	}
	if o.Horizon != 0 {
		config, err := o.shop()
		if err != nil {
			return err
		}
		terms := config.Capacity
		terms.Horizon = o.Horizon
		return terms.Check()
	}
	return nil
}

// walkInsKnown is the work per minute that the shop has seen its counter bring on the days before: 150 cups in
// twelve hours. Of a recorded day nothing is known before.
const walkInsKnown = 20

// shop is the demo shop, open from ten to ten and without paper.
func (o *Options) shop() (*shop.Config, error) {
	c, err := shopfile.Demo()
	if err != nil {
		return nil, err
	}
	c.Open, c.Close, c.Printers = 10*time.Hour, 22*time.Hour, nil
	if o.Horizon != 0 {
		c.Settings.Horizon = o.Horizon
	}
	c.Capacity.WalkIns = walkInsKnown
	if o.Trace != nil {
		c.Capacity.WalkIns = 0
		o.Trace.channels(c)
	}
	if o.Played != nil {
		if err := o.Played.furnish(c); err != nil {
			return nil, fmt.Errorf("scenario %s: %w", o.Played.Name, err)
		}
	}
	return c, nil
}

// Run lives the days, on all processors, and sums them up.
func Run(o *Options) (*Report, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	config, err := o.shop()
	if err != nil {
		return nil, err
	}
	days := make([][]dayResult, o.Days) // by day, then model, policy and acceptance
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range days {
		g.Go(func() (err error) {
			days[i], err = o.play(config, o.Seed+uint64(i), i == 0)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return o.report(days), nil
}

// play lives one day, or the scenario's days in a row, under every model, policy and acceptance. record keeps the courses
// for charts.
func (o *Options) play(config *shop.Config, seed uint64, record bool) ([]dayResult, error) {
	demands := make([]*demand, max(1, len(o.scenario().Days)))
	bounds := make([]capacity.Work, len(demands))
	for i := range demands {
		demands[i] = o.demand(config, seed, i)
		bound := newDay(o, config, demands[i], i, 1, o.models()[0])
		if err := bound.live(newPlain(bound, "")); err != nil {
			return nil, err
		}
		bounds[i] = bound.madeWork
	}
	var results []dayResult
	for _, model := range o.models() {
		for _, name := range o.Policies {
			for i, accept := range o.Accept {
				if name != "weir" && i > 0 { // it offers no slots
					same := results[len(results)-1]
					same.accept = accept
					results = append(results, same)
					continue
				}
				r, err := o.run(config, demands, bounds, seed, name, model, accept, record)
				if err != nil {
					return nil, fmt.Errorf("seed %d, policy %s: %w", seed, name, err)
				}
				results = append(results, r)
			}
		}
	}
	return results, nil
}

// run lives the days in a row under one policy. The shop remembers what it has learned on the days before.
func (o *Options) run(
	config *shop.Config, demands []*demand, bounds []capacity.Work, seed uint64, name, model string, accept float64, record bool,
) (sum dayResult, err error) {
	var before *shop.State
	for i, demand := range demands {
		d := newDay(o, config, demand, i, accept, model)
		d.record = record && i == len(demands)-1
		var p policy
		var w *weir
		if name == "weir" {
			w = newWeir(d, seed+uint64(i)*daySeeds, before)
			p = w
		} else {
			p = newPlain(d, name)
		}
		if err := d.live(p); err != nil {
			return sum, err
		}
		if r := d.result(); o.scenario().Count != "last" || i == len(demands)-1 {
			r.boundWork = bounds[i]
			sum.add(&r)
		}
		if w != nil && i+1 < len(demands) {
			if before, err = w.goHome(); err != nil {
				return sum, err
			}
		}
	}
	slices.Sort(sum.waits)
	slices.Sort(sum.orderWaits)
	slices.Sort(sum.passed)
	sum.policy, sum.accept, sum.model = name, accept, model
	return sum, nil
}

// daySeeds is how far apart the seeds of days in a row are, so that they are nobody else's.
const daySeeds = 1_000_003

// scenario is what is played beside the flags.
func (o *Options) scenario() *Scenario {
	if o.Played != nil {
		return o.Played
	}
	return &ordinaryDay
}

// ordinaryDay is the scenario 1400 as the flags describe it.
var ordinaryDay = Scenario{Name: "1400", Demand: []Wave{{Curve: "feb6"}}}

// models are the customers that are played.
func (o *Options) models() []string {
	switch {
	case len(o.Models) > 0:
		return o.Models
	case o.scenario().Customers != "":
		return []string{o.scenario().Customers}
	}
	return Models[:1]
}
