package main

import (
	"context"
	"fmt"
	"io"

	"weir/server/control"
	"weir/server/owner"
	"weir/server/uplink"
	"weir/shop/remote"
	"weir/shop/words"
)

// join lets people of a fleet act in the shop from outside.
type join struct {
	place
	Code string `arg:"" help:"The code from the fleet's page of this shop: good once, for ten minutes."`
}

// Run implements the command.
func (c *join) Run(ctx context.Context, stdout io.Writer) error {
	return c.do(ctx, func(a control.Admin) error {
		fleet, err := a.Join(ctx, c.Code)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(stdout, "已加入  joined: %s\n在外面能做什么、随时退出  what people there may do, and how to end it: /owner/fleet\n", fleet)
		return err
	})
}

// openDesk makes the desk at which commands from outside are taken.
func (h *house) openDesk() *remote.Desk {
	return remote.New(remote.Config{
		Shop: h.store, Box: h.store.Box(), Now: h.now,
		Day: func(ctx context.Context) ([]remote.Hour, error) { return owner.Hours(ctx, h.tally, h.now()) },
		Alarms: func() (list []remote.Alarm) {
			for _, t := range h.alarms.Things() {
				list = append(list, remote.Alarm{ZH: t.Text(words.ZH), EN: t.Text(words.EN)})
			}
			return list
		},
	})
}

// reachFleet keeps the shop connected to the broker of its owner's fleet, where that is another one than the platform's, for as
// long as it has joined that fleet.
func (h *house) reachFleet(ctx context.Context) error {
	end, linked := func() {}, ""
	defer func() { end() }()
	for ctx.Err() == nil {
		rung, broker := h.store.Bell(), ""
		if to := h.store.Snapshot().Joining.To; to != nil {
			broker = to.Broker
		}
		if broker != linked {
			end()
			end, linked = h.linkFleet(ctx, broker), broker
		}
		select {
		case <-rung:
		case <-ctx.Done():
		}
	}
	return nil
}

// linkFleet starts a second uplink, which end ends.
func (h *house) linkFleet(ctx context.Context, broker string) (end func()) {
	if broker == "" {
		return func() {}
	}
	to, err := uplink.ParseURL(broker)
	if err != nil {
		h.log.Error("the broker of the owner's fleet", "error", err)
		return func() {}
	}
	u := uplink.New(uplink.Config{Shop: h.store, Door: h.door, Remote: to, Reporter: h.reporter, Now: h.now, Log: h.log,
		Desk: h.outside, Only: true})
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := u.Run(ctx); err != nil {
			h.log.Error("the link to the owner's fleet has ended", "error", err)
		}
	}()
	return func() { stop(); <-ended }
}
