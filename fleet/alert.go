package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"weir/fleet/tell"
)

// tell makes the one who tells people what is wrong with the shops.
func (s *Serve) tell(f *fleet, now func() time.Time) (*tell.Tell, error) {
	var targets []tell.Target
	if s.Alerts != "" {
		var err error
		if targets, err = tell.Read(s.Alerts); err != nil {
			return nil, err
		}
	}
	return tell.New(tell.Config{
		Engine: f.engine, Targets: append(targets, s.told...), Router: s.Name, Look: func() []tell.Wrong { return tell.Alarms(f.router, now()) },
		Now: now, Local: s.zone(), Dir: s.Data, Log: f.log,
	})
}

type alertTry struct {
	File string `arg:"" help:"The file of alerts."`
}

// Run implements the command. It needs no running fleet.
func (c *alertTry) Run(ctx context.Context, stdout io.Writer) error {
	targets, err := tell.Read(c.File)
	if err != nil {
		return err
	}
	t, err := tell.New(tell.Config{Targets: targets, Now: time.Now, Local: time.UTC, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	failed := 0
	err = t.Try(ctx, func(target string, err error) {
		if err != nil {
			failed++
			fmt.Fprintf(stdout, "%s: %v\n", target, err)
			return
		}
		fmt.Fprintf(stdout, "%s: sent\n", target)
	})
	if err == nil && failed > 0 {
		err = fmt.Errorf("%d of %d targets could not be told", failed, len(targets))
	}
	return err
}
