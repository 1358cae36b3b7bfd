// Command weir is the box in a milk-tea shop: it takes orders, knows what the crew can make, tells the
// platform before the shop drowns, and drives the kitchen's screens and printers.
//
// Without a command it runs the shop; see weir --help.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := runCommand(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "weir:", err)
		os.Exit(1)
	}
}
