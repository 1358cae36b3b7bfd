package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"weir/server/control"
	"weir/server/replica"
)

// takeover makes this machine the shop's box, from its continuous copy, by a person's word.
type takeover struct {
	place
	From      string        `env:"WEIR_REPLICA" required:"" placeholder:"URL" help:"The continuous copy, as --replica of serve."`
	Watch     time.Duration `default:"6s" help:"How long to watch whether the copy is still being written."`
	OldBoxOff bool          `required:"" name:"old-box-is-off" help:"You have seen that the old box is off."`
}

// errAlive is a copy that somebody still writes.
var errAlive = errors.New("the copy is still being written: the old box runs. Switch it off, look that it is off, and ask again")

// Run implements the command. A box that stands by has an empty data directory. Where a broker outside is used, the claim makes an
// old box that comes back stand down.
func (c *takeover) Run(ctx context.Context, stdout io.Writer) error {
	keepPrivate()
	config, err := (&Serve{Config: c.Config}).shopConfig()
	if err != nil {
		return err
	}
	target, err := replica.Parse(c.From)
	if err != nil {
		return err
	}
	if _, err := control.Dial(ctx, c.Data); err == nil {
		return fmt.Errorf("a shop is running on %s: this machine is a box already", c.Data)
	}
	growing, err := replica.Growing(ctx, target, c.Watch)
	if err != nil {
		return err
	}
	if growing {
		return errAlive
	}
	if err := restoreCopy(ctx, target, c.Data, config, stdout); err != nil {
		return err
	}
	if err := withAdmin(ctx, c.Data, config, false, func(a control.Admin) error { return a.Claim(ctx) }); err != nil {
		return fmt.Errorf("the data is here, but this box is not the shop's yet: run weir claim before you start it: %w", err)
	}
	_, err = fmt.Fprintln(stdout, "this machine is the shop's box now: start weir, and pair tablets that do not find it. "+
		"Never start the old box with its old data.")
	return err
}
