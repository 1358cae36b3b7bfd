package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"weir/shop"
	"weir/shop/alert"
	"weir/shop/shopfile"
	"weir/shop/words"
)

// alertTargets are the targets that shop.yaml names.
func alertTargets(c *shop.Config) []alert.Target {
	targets := make([]alert.Target, len(c.Alerts))
	for i, a := range c.Alerts {
		targets[i] = alert.Target(a)
	}
	return targets
}

type alertTry struct {
	Config string `required:"" env:"WEIR_CONFIG" placeholder:"FILE" help:"The shop's shop.yaml."`
}

// Run implements the command. It needs no running shop.
func (c *alertTry) Run(ctx context.Context, stdout io.Writer) error {
	config, err := shopfile.Read(c.Config)
	if err != nil {
		return err
	}
	if len(config.Alerts) == 0 {
		return fmt.Errorf("%s names no targets under alerts", c.Config)
	}
	desk, err := alert.New(alert.Config{Targets: alertTargets(config), Now: time.Now, Local: config.Location,
		Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	failed := 0
	desk.Try(ctx, words.ZH.Of(config.Name), func(target string, err error) {
		if err != nil {
			failed++
			fmt.Fprintf(stdout, "%s: %v\n", target, err)
			return
		}
		fmt.Fprintf(stdout, "%s: sent\n", target)
	})
	if failed > 0 {
		return fmt.Errorf("%d of %d targets could not be told", failed, len(config.Alerts))
	}
	return nil
}
