package main

import (
	"context"
	"fmt"
	"io"

	"weir/server/control"
)

// claim says which of two boxes is the shop.
type claim struct {
	place
}

// Run implements the command.
func (c *claim) Run(ctx context.Context, stdout io.Writer) error {
	if err := c.do(ctx, func(a control.Admin) error { return a.Claim(ctx) }); err != nil {
		return err
	}
	_, err := fmt.Fprintln(stdout, "this box is the shop; another one with its id stands down. Switch that one off.")
	return err
}
