package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"weir/server/platform"
	"weir/shop/sim"
)

// platformRun is a reference platform against a running shop.
type platformRun struct {
	Shop     string        `name:"store" xor:"door" required:"" placeholder:"URL" help:"The shop's HTTP address."`
	Broker   string        `xor:"door" required:"" placeholder:"URL" help:"The MQTT broker that the shop is on."`
	ShopID   string        `name:"store-id" placeholder:"ID" help:"The shop's id, with --broker."`
	Key      string        `required:"" env:"WEIR_KEY" help:"The channel's key, from weir key add."`
	Channel  string        `default:"shangou" help:"The channel; with --broker it signs in as this one."`
	Scenario string        `default:"1400" enum:"1400" help:"The day that is played: its orders from channels."`
	Speed    float64       `default:"60" help:"So many times as fast as the day was."`
	Obey     platform.Obey `default:"lease" enum:"lease,level,none" help:"What the router heeds: the lease, the level, or nothing."`
	Accept   float64       `default:"0.7" help:"Probability that a customer takes a slot that is offered."`
	Seed     uint64        `default:"1" help:"Seed of the day and its customers."`
	Orders   int           `placeholder:"N" help:"Stop after so many orders."`
	Wait     time.Duration `default:"10s" help:"How long to wait after the last order until all are handed out."`
}

// Run implements the command.
func (c *platformRun) Run(ctx context.Context, stdout io.Writer) error {
	if !(c.Speed > 0) || !(c.Accept >= 0 && c.Accept <= 1) {
		return fmt.Errorf("want a speed above 0 and an acceptance from 0 to 1")
	}
	door, err := c.door()
	if err != nil {
		return err
	}
	defer door.Close()
	orders, err := sim.Orders(c.Seed)
	if err != nil {
		return err
	}
	var arrivals []platform.Arrival
	for _, o := range orders {
		if c.Orders == 0 || len(arrivals) < c.Orders {
			arrivals = append(arrivals, platform.Arrival{At: o.At, Cups: o.Cups})
		}
	}
	_, err = platform.Run(ctx, platform.Config{
		Door: door, Obey: c.Obey, Arrivals: arrivals, Speed: c.Speed, Accept: c.Accept, Seed: c.Seed, Wait: c.Wait, Out: stdout,
	})
	if ctx.Err() != nil {
		return nil // somebody ended it; the balance so far has been printed
	}
	return err
}

func (c *platformRun) door() (platform.Door, error) {
	if c.Broker != "" {
		return platform.Broker(c.Broker, c.ShopID, c.Channel, c.Key)
	}
	return platform.HTTP(c.Shop, c.Key)
}
