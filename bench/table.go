package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"text/tabwriter"
)

// row is one line of the table: a ratio, and what it should be.
type row struct {
	what, against string
	of            func(*round) float64
	goal, floor   float64 // 0 is none
	less          bool    // a smaller figure is the better one
}

// rows is the table. Goals are what the design set out to reach, floors what it must not fall below.
func rows() []row {
	at := func(server string, clients int) point { return point{server, clients, true} }
	table := []row{
		{"commits per order, 8 clients", "", func(r *round) float64 { return r.readings[at(group, 8)].commitsPerOrder }, 1. / 6, 1. / 4, true},
		{"commits per order, 64 clients", "", func(r *round) float64 { return r.readings[at(group, 64)].commitsPerOrder }, 1. / 40, 1. / 24,
			true},
	}
	storageFloor := map[int]float64{1: 0.9, 8: 4, 64: 24}
	for _, n := range clientCounts {
		table = append(table, row{fmt.Sprintf("store alone, orders/s, %d callers", n), "raw fdatasync/s",
			func(r *round) float64 { return r.storage[n] / r.raw[true] }, 0, storageFloor[n], false})
	}
	for _, slow := range []bool{true, false} {
		table = append(table, throughput(slow)...)
	}
	return append(table,
		row{"POST p99, 64 clients", pocketBase, func(r *round) float64 {
			return r.readings[at(group, 64)].p99.Seconds() / r.readings[at(pocketBase, 64)].p99.Seconds()
		}, 1. / 20, 1. / 10, true},
		row{"POST to the board, p50", "1.15 POST + a frame", func(r *round) float64 {
			return r.board.shown.Seconds() / (1.15*r.board.answered.Seconds() + boardGap.Seconds())
		}, 1, 1, true},
		row{"CPU per order, 64 clients", single, cpu(true), 0, 0, true},
		row{"CPU per order, 64 clients, disk as it is", single, cpu(false), 0.7, 0.7, true},
	)
}

// cpu is the processor time of an order against the same without batches. Where fsyncs are slow, strace's stops are
// part of the time, and one transaction per order has more of them: that row has no goal.
func cpu(slow bool) func(*round) float64 {
	return func(r *round) float64 {
		return r.readings[point{group, 64, slow}].cpuPerOrder.Seconds() / r.readings[point{single, 64, slow}].cpuPerOrder.Seconds()
	}
}

// throughput is the rows about orders a second over HTTP. Only those with slow fsyncs have goals: on a fast disk
// the figure says what the neighbours were doing.
func throughput(slow bool) []row {
	perS := func(server string, clients int) func(*round) float64 {
		return func(r *round) float64 { return r.readings[point{server, clients, slow}].perS }
	}
	ratio := func(a, b func(*round) float64) func(*round) float64 {
		return func(r *round) float64 { return a(r) / b(r) }
	}
	raw := func(r *round) float64 { return r.raw[slow] }
	itself, overPB, overPBFloor := map[int]float64{8: 3, 64: 14}, map[int]float64{1: 1, 8: 4, 64: 25}, map[int]float64{1: 0.95, 8: 3, 64: 12}
	name := "POST orders/s"
	if !slow {
		name = "POST orders/s, disk as it is"
		itself, overPB, overPBFloor = nil, nil, nil
	}
	var table []row
	for _, n := range clientCounts {
		what := fmt.Sprintf("%s, %d clients", name, n)
		table = append(table, row{what, "raw fdatasync/s", ratio(perS(group, n), raw), 0, 0, false})
		if n > 1 {
			table = append(table, row{what, "itself at 1", ratio(perS(group, n), perS(group, 1)), 0, itself[n], false})
		}
		table = append(table, row{what, single, ratio(perS(group, n), perS(single, n)), 0, 0, false},
			row{what, pocketBase, ratio(perS(group, n), perS(pocketBase, n)), overPB[n], overPBFloor[n], false})
	}
	return table
}

// fixedRow is a row of what is measured once.
type fixedRow struct {
	row
	value float64
}

func (e *endurance) rows() []fixedRow {
	if e == nil {
		return nil
	}
	load := fmt.Sprintf("%d orders", e.orders)
	return []fixedRow{
		{row{"resident memory after " + load, pocketBase, nil, 1. / 3, 1. / 3, true}, float64(e.weir) / float64(e.pocketBase)},
		{row{"boot with " + load + " in the store", "1 s", nil, 1, 1, true}, e.boot.Seconds()},
	}
}

// print writes the table: of each ratio the median over the rounds, with the least and the greatest.
func print(out io.Writer, rounds []*round, e *endurance) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "what\tagainst\tmedian\tleast – most\tgoal\tfloor\t")
	for _, r := range rows() {
		values := make([]float64, len(rounds))
		for i := range rounds {
			values[i] = r.of(rounds[i])
		}
		r.print(w, median(values), fmt.Sprintf("%s – %s", figure(slices.Min(values)), figure(slices.Max(values))))
	}
	for _, r := range e.rows() {
		r.print(w, r.value, "")
	}
	return w.Flush()
}

func (r row) print(w io.Writer, value float64, spread string) {
	against := r.against
	if against == "" {
		against = "–"
	}
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.what, against, figure(value), spread, r.limit(r.goal), r.limit(r.floor), r.verdict(value))
}

// limit writes a goal as it is reached.
func (r row) limit(v float64) string {
	switch {
	case v == 0:
		return "–"
	case r.less:
		return "≤ " + figure(v)
	}
	return "≥ " + figure(v)
}

func (r row) verdict(value float64) string {
	reached := func(limit float64) bool { return r.less && value <= limit || !r.less && value >= limit }
	switch {
	case r.goal == 0 && r.floor == 0:
		return ""
	case r.goal != 0 && reached(r.goal), r.goal == 0 && reached(r.floor):
		return "reached"
	case reached(r.floor):
		return "above the floor"
	}
	return "BELOW THE FLOOR"
}

// figure writes a ratio, small ones as one part of so many.
func figure(v float64) string {
	switch {
	case v > 0 && v < 0.5:
		return fmt.Sprintf("1/%.3g", 1/v)
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.3g", v)
}

// median is the middle of some values, or the mean of the two in the middle.
func median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	s := slices.Sorted(slices.Values(values))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}
