package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"text/tabwriter"
	"time"

	"weir/fleet/sim"
)

// simulate is 6 February over a city of simulated shops.
type simulate struct {
	Shops  int       `default:"2000" help:"Shops of the city, each with the people of the shop's own scenario 1400."`
	Scale  float64   `default:"0.05" help:"The share of the city that is lived: its shops, its people and its land."`
	Seed   uint64    `default:"1" help:"The same seed gives the same output."`
	Policy []string  `default:"fleet,nearest,onoff,wait" help:"Ways to compare: ${ways}."`
	Accept []float64 `default:"0.5" help:"Share of customers who take a later time when told before they order; one result each."`
	JSON   bool      `name:"json" help:"Print one JSON object and nothing else."`
	Out    string    `placeholder:"DIR" help:"Write a report with charts into this directory."`
}

// simulateGC lets the heap grow further before it is swept: shops' states are many small values that soon go.
const simulateGC = 300

// Run implements the command.
func (c *simulate) Run(_ context.Context, stdout io.Writer) error {
	debug.SetGCPercent(simulateGC)
	began := time.Now()
	report, err := sim.Run(&sim.Options{Shops: c.Shops, Scale: c.Scale, Seed: c.Seed, Policies: c.Policy, Accept: c.Accept})
	if err != nil {
		return fmt.Errorf("simulate: %w", err)
	}
	if c.Out != "" {
		if err := report.WriteDir(c.Out); err != nil {
			return err
		}
	}
	fmt.Fprintf(os.Stderr, "took %.1f s\n", time.Since(began).Seconds()) // not on stdout: the same seed gives the same output
	if c.JSON {
		return report.JSON(stdout)
	}
	return simulated(stdout, report, c.Out)
}

// simulated prints the report for a person.
func simulated(stdout io.Writer, r *sim.Report, out string) error {
	fmt.Fprintf(stdout, "6 February, seed %d: %d of a city's %d shops (scale 1:%.0f) on %.0f km², %d orders over channels\n",
		r.Seed, r.Lived.Shops, r.Shops, 1/r.Scale, r.Lived.Km2, r.Lived.Orders)
	fmt.Fprintf(stdout, "if everybody went to the nearest shop, a shop in twenty would get less than %.2f of the mean, half %.2f, "+
		"one in twenty more than %.2f\n",
		r.Lived.Load[0], r.Lived.Load[1], r.Lived.Load[2])
	w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "POLICY\tACCEPT\tOF BOUND\tCUPS MADE\tLATER\tKEPT\tTOLD\tLATE\t"+
		"GIVEN UP\tBARE\tDECLINED\tWORST BACKLOG\tWAIT P50/P95\tLATER P50/P95\tCOUNTER P50/P95")
	for i := range r.Results {
		p := &r.Results[i]
		fmt.Fprintf(w, "%s\t%.2f\t%.1f %%\t%d\t%d\t%.1f %%\t%.1f %%\t%.1f %%\t%d\t%d\t%d\t%d\t%s\t%s\t%s\n", p.Policy, p.Accept, 100*p.Bound,
			p.Made, p.LaterCups,
			100*p.Kept, 100*p.Told, 100*p.Late, p.GivenUp, p.Bare, p.Declined, p.Worst, minutes(p.Wait), minutes(p.LaterWait), minutes(p.AtCounter))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if out != "" {
		fmt.Fprintf(stdout, "report: %s/index.html\n", out)
	}
	return nil
}

func minutes(seconds [2]int) string { return fmt.Sprintf("%d/%d min", seconds[0]/60, seconds[1]/60) }
