package main

import (
	"context"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/sync/errgroup"

	"weir/kds"
	"weir/printer"
	"weir/server/access"
	"weir/server/paper"
)

// shown is the printers as the screens show them.
func shown(printers []*printer.Printer) []kds.Printer {
	all := make([]kds.Printer, len(printers))
	for i, p := range printers {
		all[i] = p
	}
	return all
}

// practicePrinters makes a practice's printers, and what runs them until its context ends.
func (h *house) practicePrinters(k kds.Kitchen, now func() time.Time) ([]kds.Printer, func(context.Context) error) {
	printers, err := paper.Practice(k, h.config.Printers, now, h.log)
	if err != nil {
		h.log.Warn("no paper in practice", "error", err)
		return nil, nil
	}
	return shown(printers), func(ctx context.Context) error {
		g, ctx := errgroup.WithContext(ctx)
		for _, p := range printers {
			g.Go(func() error { return p.Run(ctx) })
		}
		return g.Wait()
	}
}

// watcher says who looks at a screen.
func watcher(c echo.Context) kds.Watcher {
	key, paired := access.Watcher(c)
	return kds.Watcher{Key: key, Paired: paired}
}

// start is what the start page says about the running shop.
func (h *house) start() kds.Start {
	return kds.Start{Addresses: []string{h.url()}, Broker: h.brokerURL(), Version: version(), Demo: h.serve.Demo, Open: h.guard.Open()}
}
