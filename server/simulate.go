package main

import (
	"context"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"text/tabwriter"
	"time"

	"weir/shop/sim"
)

// simulate is a shop's day on a virtual clock.
type simulate struct {
	Scenario string     `default:"1400" placeholder:"FILE.yaml" help:"The day: a file, or one of ${scenarios}."`
	Customer []string   `name:"customers" placeholder:"any,patience,mixed" help:"How customers take a later time: ${customers}."`
	Policy   []string   `default:"weir,none,toggle,throttle" help:"Policies to compare: ${policies}."`
	Accept   []float64  `default:"1.0" help:"Probability that a customer takes a slot that is offered; one result for each."`
	Seed     uint64     `default:"1" help:"Seed of the first day. The same seed gives the same output."`
	Days     int        `default:"1" help:"So many days, each with the next seed; figures are means."`
	Trace    string     `placeholder:"FILE.csv" help:"Play a recorded day: columns minute,channel,cups and optionally service_s,staff."`
	Horizon  int        `name:"horizon-min" placeholder:"MIN" help:"Longest promise for an order to be made now."`
	Crew     float64    `default:"1" help:"How fast the crew really is by what the menu says."`
	Leave    *sim.Leave `placeholder:"13:00=-1" help:"Somebody at the bottleneck leaves; :silent at the end if nobody tells the shop."`
	Flash    *sim.Flash `placeholder:"10:30x20/10" help:"Twenty times the demand for ten minutes; :online at the end spares the counter."`
	NoShow   float64    `name:"no-show" help:"Share of the customers who do not come."`
	Drift    float64    `help:"Standard deviation of the crew's slow wandering."`
	Net      *sim.Net   `placeholder:"loss=0.2,…" help:"Disturb the leases: loss=0.2,dup=0.1,delay=120,skew=2,reboots=3."`
	Batch    *sim.Batch `placeholder:"4m/12" help:"Policy weir makes like cups together; how far they may overtake, in time and cups."`
	Saves    float64    `name:"batch-saves" help:"Assumed share of its time at the bottleneck that each cup of a batch after the first saves."`
	Figures  bool       `help:"Print the figures that the rules are held to, and what was reached, over so many days each (--days)."`
	Only     string     `placeholder:"WORD" help:"With --figures: only the trials whose names have this word."`
	JSON     bool       `name:"json" help:"Print one JSON object."`
	Out      string     `placeholder:"DIR" help:"Write a report with charts into this directory."`
}

// simulateGC lets the heap grow further before it is swept: a day is many small values that soon go.
const simulateGC = 400

// Run implements the command.
func (c *simulate) Run(_ context.Context, stdout io.Writer) error {
	debug.SetGCPercent(simulateGC)
	if c.Figures {
		_, err := sim.Figures(stdout, c.Seed, c.Days, c.Only, nil)
		return err
	}
	if !(c.Crew > 0) {
		return fmt.Errorf("simulate: --crew %v: a crew works at some share of the menu's times, such as 0.7", c.Crew)
	}
	o := &sim.Options{
		Policies: c.Policy, Accept: c.Accept, Seed: c.Seed, Days: c.Days, Horizon: time.Duration(c.Horizon) * time.Minute,
		Crew: c.crew(), Leave: c.Leave, Flash: c.Flash, NoShow: c.NoShow, Drift: c.Drift, Net: c.Net,
		Batch: c.Batch, BatchSaves: c.Saves, Models: c.Customer,
	}
	if c.Scenario != "1400" {
		played, err := sim.ReadScenario(c.Scenario)
		if err != nil {
			return fmt.Errorf("simulate: %w", err)
		}
		o.Played = played
	}
	if c.Trace != "" {
		trace, err := sim.ReadTrace(c.Trace)
		if err != nil {
			return err
		}
		o.Trace = trace
	}
	report, err := sim.Run(o)
	if err != nil {
		return fmt.Errorf("simulate: %w", err)
	}
	if c.Out != "" {
		if err := report.WriteDir(c.Out); err != nil {
			return err
		}
	}
	if c.JSON {
		return report.JSON(stdout)
	}
	return simulated(stdout, report, c.Out)
}

// crew is 0 where nothing was said, so that a scenario may say it.
func (c *simulate) crew() float64 {
	if c.Crew == 1 {
		return 0
	}
	return c.Crew
}

// simulated prints the report for a person.
func simulated(stdout io.Writer, r *sim.Report, out string) error {
	fmt.Fprintf(stdout, "scenario %s, seed %d, days %d\n", r.Scenario, r.Seed, r.Days)
	w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "CUSTOMERS\tPOLICY\tACCEPT\tOF BOUND\tKEPT\tTOLD\tLATE\tCUPS MADE\tGIVEN UP\tREFUSED\t"+
		"WAIT P50\tP95\tFROM ORDER P50\tP95\tMAX BACKLOG\tUNWARNED")
	for _, p := range r.Policies {
		fmt.Fprintf(w, "%s\t%s\t%.2f\t%.1f %%\t%.1f %%\t%.1f %%\t%.1f %%\t%.0f\t%.0f\t%.0f\t%.0f min\t%.0f min\t%.0f min\t%.0f min\t%.0f\t%.1f\n",
			p.Model, p.Policy, p.Accept, 100*p.Bound, 100*p.Kept, 100*p.Told, 100*p.Late, p.Made, p.GivenUp, p.Refused, p.WaitP50/60, p.WaitP95/60,
			p.OrderP50/60, p.OrderP95/60, p.WMax, p.Unsaid)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, p := range r.Policies {
		if b := p.Batches; b != nil {
			fmt.Fprintf(stdout, "%s %.2f in batches: mean size %.2f, %.0f cups overtaken a day, one of them by %d cups at most and by %.0f s\n",
				p.Policy, p.Accept, b.Size, b.Overtaken, b.Most, b.Ahead)
		}
	}
	i := slices.IndexFunc(r.Policies, func(p sim.Result) bool { return p.Violations > 0 })
	if i >= 0 {
		fmt.Fprintf(stdout, "the budget was overrun: %v orders a day\n", r.Policies[i].Violations)
	}
	if out != "" {
		fmt.Fprintf(stdout, "report: %s/index.html\n", out)
	}
	return nil
}
