// Command bench measures Weir side by side with what it is to be compared with, on this machine in one run, and
// prints one table of ratios. See docs/performance.md for what is measured and why only ratios are.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run is the bench itself, or with a word in front one of the programs that it measures.
func run(ctx context.Context, args []string) error {
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		return runChild(ctx, args[0], args[1:])
	}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	quick := flags.Bool("quick", false, "one short round of about a minute: shows that everything works, proves little")
	rounds := flags.Int("rounds", 5, "rounds, of which the median counts")
	lasts := flags.Duration("for", 1500*time.Millisecond, "how long each load lasts")
	orders := flags.Int("orders", 100_000, "orders for memory and boot; 0 leaves those out")
	root := flags.String("root", "..", "the checkout")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *quick {
		*rounds, *lasts, *orders = 1, 300*time.Millisecond, 3000
	}
	return measure(ctx, *root, *rounds, *orders, limits{*lasts, loadMax})
}

// loadMax bounds the orders of one load.
const loadMax = 20_000

func runChild(ctx context.Context, name string, args []string) error {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	dir := flags.String("dir", "", "directory")
	addr := flags.String("addr", "", "address")
	shop := flags.String("shop", "", "shop.yaml")
	lasts := flags.Duration("for", time.Second, "how long")
	if err := flags.Parse(args); err != nil {
		return err
	}
	switch name {
	case "pocketbase":
		return servePocketBase(*dir, *addr)
	case "raw":
		perS, err := rawSyncs(*dir, *lasts)
		if err != nil {
			return err
		}
		return json.NewEncoder(os.Stdout).Encode(perS)
	case "store":
		return measureStore(ctx, os.Stdout, *dir, *shop, *lasts)
	}
	return fmt.Errorf("unknown part %q", name)
}

// measure builds, runs the rounds, and prints.
func measure(ctx context.Context, root string, count, orders int, l limits) error {
	b, err := prepare(ctx, root, l)
	if err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	var rounds []*round
	for i := range count {
		fmt.Fprintf(os.Stderr, "round %d of %d\n", i+1, count)
		r, err := b.round(ctx)
		if err != nil {
			return err
		}
		rounds = append(rounds, r)
	}
	var e *endurance
	if orders > 0 {
		fmt.Fprintf(os.Stderr, "memory and boot with %d orders\n", orders)
		if e, err = b.endure(ctx, orders); err != nil {
			return err
		}
	}
	b.facts(os.Stdout, rounds, e)
	return print(os.Stdout, rounds, e)
}

func prepare(ctx context.Context, root string, l limits) (*bench, error) {
	if _, err := exec.LookPath("strace"); err != nil {
		return nil, fmt.Errorf("strace makes the disk slow here; install it (apt install strace): %w", err)
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if root, err = filepath.Abs(root); err != nil {
		return nil, err
	}
	b := &bench{self: self, limits: l}
	if b.dir, err = os.MkdirTemp("", "weir-bench"); err != nil {
		return nil, err
	}
	if b.shop, err = writeShop(b.dir); err == nil {
		b.builds, err = build(ctx, root, b.dir)
	}
	if err != nil {
		os.RemoveAll(b.dir)
		return nil, err
	}
	return b, nil
}

// facts says what machine this was. They explain the figures; they are none.
func (b *bench) facts(out *os.File, rounds []*round, e *endurance) {
	plain, slow := make([]float64, len(rounds)), make([]float64, len(rounds))
	for i, r := range rounds {
		plain[i], slow[i] = 1e6/r.raw[false], 1e6/r.raw[true]
	}
	fmt.Fprintf(out, "%s/%s, %d processors, %s; %d rounds of %v\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(),
		len(rounds), b.limits.lasts)
	fmt.Fprintf(out, "fdatasync %.0f µs; with %v on top, as in all rows but those with the disk as it is, %.0f µs\n", median(plain),
		slowBy, median(slow))
	if e != nil {
		fmt.Fprintf(out, "memory after %d orders: Weir %d MiB, PocketBase %d MiB; database of the boot %d MiB\n", e.orders, e.weir>>20,
			e.pocketBase>>20, e.bootSize>>20)
	}
	fmt.Fprintln(out)
}
