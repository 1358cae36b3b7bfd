// Command weir-fleet is the other end of the shops' reports: it knows every shop of an owner, a brand or a platform,
// spends their credit without overspending it, and has each order made by at most one shop, whatever dies.
//
// Without a command it serves; see weir-fleet --help.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// exitUsage is the exit status for a command line that cannot be read, as shells and most programs have it.
const exitUsage = 2

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := runCommand(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "weir-fleet:", err)
		if usage := (*usageError)(nil); errors.As(err, &usage) {
			os.Exit(exitUsage)
		}
		os.Exit(1)
	}
}
