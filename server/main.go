// Command weir is the box in a milk-tea shop: it takes orders, knows what the crew can make, tells the
// platform before the shop drowns, and drives the kitchen's screens and printers.
//
// Without a command it runs the shop; see weir --help.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

// gcPercent lets the heap grow to three times what is held before it is swept, instead of twice. A shop holds a few
// megabytes, so this costs some six more; a fifth of the time of an order was sweeping.
const gcPercent = 200

// exitUsage is the exit status for a command line that cannot be read, as shells and most programs have it.
const exitUsage = 2

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := runCommand(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "weir:", err)
		if usage := (*usageError)(nil); errors.As(err, &usage) {
			os.Exit(exitUsage)
		}
		os.Exit(1)
	}
}
