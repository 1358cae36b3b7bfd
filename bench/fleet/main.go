// Command fleet measures a router of the fleet: look-ups, memory, start, reports, sign-ins and orders, each beside what
// it can be compared with, in one run. It uses loopback only and removes its files.
//
//	go run ./fleet                 # 300,000 shops; some minutes and some 3 GB of memory
//	go run ./fleet -shops 3000     # the short form: shows that everything works, proves little
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"runtime/pprof"
	"strconv"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"
)

// options are what is measured, and how long.
type options struct {
	shops int
	real  int
	lasts time.Duration
	only  string
	root  string // of the checkout
	dir   string // for everything; removed at the end
	log   *slog.Logger
	nodes []int // that orders go through, one figure after the other
}

func main() {
	o := options{log: slog.New(slog.DiscardHandler), nodes: []int{1, 3}}
	flag.IntVar(&o.shops, "shops", 300_000, "shops in the table")
	flag.IntVar(&o.real, "real", 0, "real shops that report beside the simulated ones; the long form has 20")
	flag.DurationVar(&o.lasts, "for", 3*time.Second, "how long each load lasts")
	flag.StringVar(&o.only, "only", "", "measure one part alone: rule, reports, orders, signins or stamps")
	flag.StringVar(&o.root, "root", "..", "the checkout, for real shops")
	flag.Func("nodes", "orders go through so many nodes only, 1 or 3", func(text string) error {
		n, err := strconv.Atoi(text)
		o.nodes = []int{n}
		return err
	})
	profile := flag.String("profile", "", "write a profile of the processor time into this file")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := profiled(*profile, func() error { return o.run(ctx, os.Stdout) }); err != nil {
		fmt.Fprintln(os.Stderr, "bench/fleet:", err)
		os.Exit(1)
	}
}

// profiled runs something under the profiler, if a file is named.
func profiled(file string, run func() error) error {
	if file == "" {
		return run()
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := pprof.StartCPUProfile(f); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	return run()
}

// part is something that is measured. It adds its rows to the table.
type part struct {
	name    string
	measure func(ctx context.Context, t *tab) error
}

func (o *options) run(ctx context.Context, out io.Writer) (err error) {
	if o.dir, err = os.MkdirTemp("", "weir-bench-fleet"); err != nil {
		return err
	}
	defer os.RemoveAll(o.dir)
	fmt.Fprintf(out, "%s, %s/%s, %d processors, %s, load %s; %d shops\n",
		time.Now().Format(time.DateOnly), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), load(), o.shops)
	t := &tab{tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)}
	t.row("WHAT", "MEASURED", "AGAINST", "RATIO OR GOAL", "")
	for _, p := range []part{
		{"rule", o.rule}, {"reports", o.reports}, {"signins", o.signIns}, {"stamps", o.stamps}, {"orders", o.orders},
	} {
		if o.only != "" && o.only != p.name {
			continue
		}
		fmt.Fprintln(os.Stderr, p.name)
		if err := p.measure(ctx, t); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", p.name, err), t.Flush())
		}
		runtime.GC()
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "load at the end %s\n", load())
	return err
}

// tab is the table of the run.
type tab struct{ *tabwriter.Writer }

func (t *tab) row(cells ...string) { fmt.Fprintln(t, strings.Join(cells, "\t")) }

// goal says whether a goal was reached.
func goal(reached bool) string {
	if reached {
		return "reached"
	}
	return "missed"
}

// load is what else the machine does.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "not known"
	}
	return strings.Join(strings.Fields(string(text))[:3], " ")
}

// threadTime is the processor time of this thread, processTime that of this process: the time of day says little on a
// machine that has other work.
func threadTime() time.Duration  { return used(syscall.RUSAGE_THREAD) }
func processTime() time.Duration { return used(syscall.RUSAGE_SELF) }

func used(who int) time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(who, &u) != nil {
		return 0 // it only fails for a wrong argument
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
