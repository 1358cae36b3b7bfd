package sim

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// goal is one of the figures that the rules are held to.
type goal struct {
	name string
	of   func(r *Result) float64 // the figure; it must be at least, or at most, the goal
	at   float64
	most bool // the figure may be at most this
	unit float64
}

// trial is a day and the figures that it must reach.
type trial struct {
	name  string
	set   func(*Options) error
	goals []goal
}

const percent = 100

func least(name string, at float64, of func(*Result) float64) goal {
	return goal{name: name, of: of, at: at, unit: percent}
}

func most(name string, at float64, of func(*Result) float64) goal {
	return goal{name: name, of: of, at: at, most: true, unit: percent}
}

func kept(r *Result) float64    { return r.Kept }
func bound(r *Result) float64   { return r.Bound }
func late(r *Result) float64    { return r.Late }
func told(r *Result) float64    { return r.Told }
func unsaid(r *Result) float64  { return r.Unsaid }
func inTime(r *Result) float64  { return r.InTime }
func keptP05(r *Result) float64 { return low(r.KeptP05) }

func low(p *float64) float64 {
	if p == nil {
		return 0
	}
	return *p
}

func plays(name string) func(*Options) error {
	return func(o *Options) (err error) {
		o.Played, err = ReadScenario(name)
		return err
	}
}

func count(g goal) goal {
	g.unit = 1
	return g
}

// burstCups is the cups of the burst: as many online as at the counter, all in the first minute of a day that is empty
// afterwards.
const burstCups = 120

// trials are the days by which the rules are judged.
var trials = []trial{
	{"base day", func(*Options) error { return nil }, []goal{
		least("of bound", 0.988, bound), least("kept", 0.995, kept), least("kept, one day in twenty", 0.983, keptP05),
		count(most("overtaken by cups, at most", 0, func(r *Result) float64 { return float64(r.PassedMost) })),
	}},
	{"a rota, told", plays("rota"), []goal{least("of bound", 0.985, bound), least("kept", 0.995, kept)}},
	{"yesterday 1.2, today 0.8", plays("night"), []goal{least("kept", 0.975, kept), least("kept, one day in twenty", 0.94, keptP05)}},
	{"crew 0.7, first day", plays("slow-crew"), []goal{
		least("of bound", 0.983, bound), least("kept", 0.975, kept), least("kept, one day in twenty", 0.94, keptP05),
	}},
	{"a burst, then nothing", func(o *Options) error { o.Trace = burstTrace(); return nil }, []goal{
		count(least("cups made", 108, func(r *Result) float64 { return r.Made })),
	}},
	{"another station", plays("another-station"), []goal{least("kept", 0.97, kept)}},
	{"two bottlenecks", plays("two-bottlenecks"), []goal{least("kept", 0.97, kept)}},
	{"one of three leaves", plays("one-of-three-leaves"), []goal{most("told", 0.07, told), most("late", 0.015, late)}},
	{"one of two leaves", plays("one-leaves"), []goal{least("kept", 0.84, kept)}},
	{"closing at 14:00", plays("closing-early"), []goal{
		count(most("unwarned orders", 0, unsaid)), least("told in time", 0.98, inTime),
	}},
	{"1500 cups in an hour", plays("one-hour"), []goal{least("of bound", 0.93, bound), least("kept", 0.99, kept)}},
	{"the same, one channel", plays("one-hour-one-channel"), []goal{least("of bound", 0.90, bound), least("kept", 0.99, kept)}},
	{"1500, and who gets nothing waits", plays("one-hour-list"), []goal{least("of bound", 0.93, bound), least("kept", 0.99, kept)}},
	{"1500 so, one channel", plays("one-hour-one-channel-list"), []goal{least("of bound", 0.90, bound), least("kept", 0.99, kept)}},
	{"x20 at 15:30", func(o *Options) error { return o.flash("15:30x20/10") }, []goal{least("kept", 0.95, kept)}},
	{"six office orders", plays("office"), []goal{count(least("taken of six", 6, func(r *Result) float64 { return low(r.Large) }))}},
	{"walk-ins x3", plays("walk-ins"), []goal{least("kept", 0.95, kept), least("of bound", 0.98, bound)}},
	{"a tiring crew", plays("tiring"), []goal{least("kept", 0.95, kept), least("of bound", 0.98, bound)}},
	{"lunch, not announced", plays("lunch"), []goal{least("kept", 0.95, kept), least("of bound", 0.98, bound)}},
}

func (o *Options) flash(text string) error {
	o.Flash = &Flash{}
	return o.Flash.UnmarshalText([]byte(text))
}

// burstTrace is 60 cups online and 60 at the counter in the first minute, a minute of work each.
func burstTrace() *Trace {
	t := &Trace{shifts: []shift{{0, 2}}}
	for range burstCups / 2 {
		t.arrivals = append(t.arrivals, arrival{at: 30_000, channel: "eleme", cups: 1})
	}
	for range burstCups / 2 {
		t.arrivals = append(t.arrivals, arrival{at: 60_000, channel: "counter", cups: 1, service: 60})
	}
	return t
}

// Figures lives all trials for so many days each and writes a table of what was to be reached and what was. With a change
// every trial's options are changed first. It reports how many figures fell short.
func Figures(out io.Writer, seed uint64, days int, only string, change func(*Options)) (short int, err error) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "days %d each, seeds from %d\n", days, seed)
	fmt.Fprintln(w, "TRIAL\tFIGURE\tGOAL\tREACHED\t\t")
	verdict := func(met bool) string {
		if met {
			return ""
		}
		short++
		return "falls short"
	}
	for _, t := range trials {
		if only != "" && !strings.Contains(t.name, only) {
			continue
		}
		o := &Options{Policies: []string{"weir"}, Accept: []float64{1}, Seed: seed, Days: days}
		if err := t.set(o); err != nil {
			return short, err
		}
		if change != nil {
			change(o)
		}
		report, err := Run(o)
		if err != nil {
			return short, fmt.Errorf("%s: %w", t.name, err)
		}
		r := &report.Policies[0]
		for _, g := range t.goals {
			reached, word := g.of(r), "at least"
			met := reached >= g.at
			if g.most {
				met, word = reached <= g.at, "at most"
			}
			fmt.Fprintf(w, "%s\t%s\t%s %.4g\t%.4g\t%s\n", t.name, g.name, word, g.at*g.unit, reached*g.unit, verdict(met))
		}
		fmt.Fprintf(w, "\tbound %.2f (%.2f), kept %.2f (%.2f), told %.2f (moved %.2f, delayed %.2f, released %.2f; needlessly %.2f), late %.2f\n",
			100*r.Bound, 100*low(r.BoundP05), 100*r.Kept, 100*low(r.KeptP05), 100*r.Told, 100*r.Moved, 100*r.Delayed, 100*r.Released,
			100*r.Alarms, 100*r.Late)
		fmt.Fprintf(w, "\tneedless %.2f, P90 %.1f, told again %.1f, unwarned %.1f, wait %.0f/%.0f s, over budget %v\n",
			100*r.Needless, 100*r.Coverage, 100*r.Again, r.Unsaid, r.WaitP50, r.WaitP95, r.Violations)
		if err := w.Flush(); err != nil { // a long run shows how far it is
			return short, err
		}
	}
	if only != "" && !strings.Contains(speedName, only) {
		return short, nil
	}
	took, err := speed(seed)
	if err != nil {
		return short, err
	}
	fmt.Fprintf(w, "%s\tprocessor seconds\tat most %.4g\t%.3f\t%s\n", speedName, speedGoal.Seconds(), took.Seconds(),
		verdict(took <= speedGoal))
	return short, w.Flush()
}

// The speed is the processor time of a day with its bound: the least of speedDays, because other programs on the machine
// make a day slower and nothing makes it faster.
const (
	speedName = "a day with its bound"
	speedDays = 9
	speedGoal = 200 * time.Millisecond
)

// speed is what a day with its bound takes of one processor; where that is not known, of the clock.
func speed(seed uint64) (least time.Duration, err error) {
	o := &Options{Policies: []string{"weir"}, Accept: []float64{1}, Seed: seed, Days: 1}
	for range speedDays {
		began := time.Now()
		before, known := processorTime()
		if _, err := Run(o); err != nil {
			return 0, err
		}
		took := time.Since(began)
		if known {
			after, _ := processorTime()
			took = after - before
		}
		if least == 0 || took < least {
			least = took
		}
	}
	return least, nil
}
