package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"weir/server/access"
	"weir/server/store"
	"weir/shop"
	"weir/shop/bell"
)

// demoSpeed is how much faster the demo's clock runs: a minute is an hour of the shop's day, so that a
// newcomer sees the shop fill, throttle and recover while reading the first page.
const demoSpeed = 60

// fastClock is a clock that runs demoSpeed times as fast from a moment on.
type fastClock struct {
	mu          sync.Mutex
	start, real time.Time
}

// from sets the clock.
func (c *fastClock) from(start time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.start, c.real = start, time.Now()
}

func (c *fastClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.start.Add(demoSpeed * time.Since(c.real))
}

// demo is a simulated platform on real HTTP and a simulated crew on the board.
type demo struct {
	store  *store.Store
	access *access.Keys
	base   string            // URL of the shop's HTTP
	keys   map[string]string // channel to key
	now    func() time.Time
	log    *slog.Logger
	mu     sync.Mutex
	taken  map[shop.CupID]bool // cups in a maker's hands
}

// demoDay is orders per minute at each hour of the day, without the campaign; the shape of 6 February
// 2026 as reported: a step at ten, the peak at noon, a second rise in the evening.
var demoDay = [24]float64{.1, .05, 0, 0, 0, 0, .05, .1, .2, .4, .7, .9, 1.2, .9, .6, .5, .5, .6, .8, .8, .6, .4, .3, .2}

const (
	// surgeEvery and surgeFor are the free-drink campaign: it comes again and again, so that whoever looks
	// sees the shop throttle and recover.
	surgeEvery = 50 * time.Minute
	surgeFor   = 12 * time.Minute
	surgeRate  = 7.0 // orders per minute, five times what the crew can make
	pickupMean = 3 * time.Minute
	demoStep   = 50 * time.Millisecond // real time between two looks at what is due
)

// demoTickShare is how much oftener the demo's clock is a command: its seconds are short.
const demoTickShare = 10

// run lives the day until ctx ends.
func (d *demo) run(ctx context.Context) error {
	d.taken = map[shop.CupID]bool{}
	for _, channel := range []string{"shangou", "meituan"} {
		key, id, err := d.access.Add(ctx, channel)
		if err != nil {
			return err
		}
		d.keys[channel] = key
		defer d.access.Revoke(context.WithoutCancel(ctx), id) // a key that stays is of no use to anybody
	}
	g, ctx := errgroup.WithContext(ctx)
	for range d.store.Snapshot().Settings.Staff["shake"] {
		g.Go(func() error { return d.make(ctx) })
	}
	g.Go(func() error { return d.fetch(ctx) })
	g.Go(func() error { return d.order(ctx) })
	return g.Wait()
}

// order sends orders as a platform would, and walk-ins as the counter does.
func (d *demo) order(ctx context.Context) error {
	began, last := d.now(), d.now()
	for n := 0; bell.Sleep(ctx, demoStep); {
		now := d.now()
		rate := demoDay[now.In(d.store.Snapshot().Config.Location).Hour()]
		surge := now.Sub(began)%surgeEvery < surgeFor
		if surge {
			rate += surgeRate
		}
		minutes := now.Sub(last).Minutes()
		last = now
		for due := rate * minutes; due > 0 && rand.Float64() < due; due-- {
			n++
			switch channel := []string{"shangou", "shangou", "meituan", "counter"}[rand.IntN(4)]; {
			case channel == "counter" && !surge:
				d.try(ctx, shop.Walkin{By: "demo", Cups: 1 + rand.IntN(2)})
			case channel == "counter":
				d.send(ctx, "shangou", fmt.Sprintf("demo-%d-%d", began.Unix(), n), time.Time{})
			default:
				d.send(ctx, channel, fmt.Sprintf("demo-%d-%d", began.Unix(), n), time.Time{})
			}
		}
	}
	return nil
}

// send posts an order; refused, half of the customers take a slot instead.
func (d *demo) send(ctx context.Context, channel, ref string, slot time.Time) {
	menu := d.store.Snapshot().Config.Menu
	item := menu.Items[rand.IntN(len(menu.Items))]
	qty := 1
	if rand.IntN(3) == 0 {
		qty = 2
	}
	price := item.PriceFen * int64(qty)
	order := map[string]any{
		"ref": ref, "placed_at": d.now().UTC().Format(time.RFC3339), "fulfilment": "delivery", "display_number": fmt.Sprint(1 + rand.IntN(300)),
		"items":  []any{map[string]any{"item": item.ID, "qty": qty, "options": demoOptions(menu)}},
		"totals": map[string]any{"total_fen": price, "paid_fen": 0, "subsidy_fen": price},
	}
	if !slot.IsZero() {
		order["slot_start"] = slot.Format(time.RFC3339)
	}
	body, _ := json.Marshal(order) // strings and numbers: cannot fail
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.base+"/v1/orders", bytes.NewReader(body))
	if err != nil {
		d.log.Warn("demo order", "error", err)
		return
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+d.keys[channel])
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return // the shop is stopping
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil || resp.StatusCode != http.StatusServiceUnavailable || !slot.IsZero() || rand.IntN(2) == 0 {
		return
	}
	var refusal struct {
		Alternatives []struct {
			Type  string    `json:"type"`
			Start time.Time `json:"start"`
		} `json:"alternatives"`
	}
	if json.Unmarshal(answer, &refusal) != nil {
		return
	}
	for _, a := range refusal.Alternatives {
		if a.Type == "slot" {
			d.send(ctx, channel, ref, a.Start)
			return
		}
	}
}

// demoOptions picks what people order: mostly the standard, some less ice and sugar, now and then a topping.
func demoOptions(menu *shop.Menu) map[string]any {
	options := map[string]any{}
	for _, g := range menu.Groups {
		if len(g.Options) == 0 || rand.IntN(2) == 0 {
			continue
		}
		pick := g.Options[rand.IntN(len(g.Options))].ID
		if g.ID == shop.GroupTopping {
			options["toppings"] = []string{pick}
		} else {
			options[g.ID] = pick
		}
	}
	return options
}

// make is one maker: takes the cup with the oldest promise, makes it, taps it.
func (d *demo) make(ctx context.Context) error {
	for bell.Sleep(ctx, demoStep) {
		cup, work, ok := d.next()
		if !ok {
			continue
		}
		d.try(ctx, shop.Tap{By: "demo", Cups: []shop.CupID{cup}, To: shop.Making})
		seconds := 53 * float64(work) / 100 * (0.7 + 0.6*rand.Float64())
		bell.Sleep(ctx, time.Duration(seconds*float64(time.Second))/demoSpeed)
		d.try(ctx, shop.Tap{By: "demo", Cups: []shop.CupID{cup}, To: shop.Made})
		d.mu.Lock()
		delete(d.taken, cup)
		d.mu.Unlock()
	}
	return nil
}

// next takes the unmade cup that is due first.
func (d *demo) next() (cup shop.CupID, work int64, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var due time.Time
	for o := range d.store.Snapshot().Orders.All() {
		for i := range o.Cups {
			c := &o.Cups[i]
			id := o.CupID(c.N)
			if !c.State.Unmade() || d.taken[id] || ok && !o.Promise.By().Before(due) {
				continue
			}
			cup, work, due, ok = id, int64(c.Work), o.Promise.By(), true
		}
	}
	if ok {
		d.taken[cup] = true
	}
	return cup, work, ok
}

// fetch is the riders and customers: a ready order leaves after a few minutes.
func (d *demo) fetch(ctx context.Context) error {
	leaves := map[shop.OrderID]time.Time{}
	for bell.Sleep(ctx, demoStep) {
		now := d.now()
		d.read(ctx)
		for o := range d.store.Snapshot().Orders.All() {
			if o.State() != shop.OrderReady {
				delete(leaves, o.ID)
				continue
			}
			at, ok := leaves[o.ID]
			if !ok {
				leaves[o.ID] = o.ReadyAt.Add(shop.UndoTime + time.Duration(rand.ExpFloat64()*float64(pickupMean)))
			} else if now.After(at) {
				d.try(ctx, shop.Handover{By: "demo", Order: o.ID, Made: true})
				delete(leaves, o.ID)
			}
		}
	}
	return nil
}

// read acknowledges each channel's events, as a platform that has stored them does.
func (d *demo) read(ctx context.Context) {
	counters := d.store.Snapshot().Counters
	for channel := range d.keys {
		if told := counters.Feeds[channel]; told > counters.Acks[channel] {
			d.try(ctx, shop.Ack{Channel: channel, Through: told})
		}
	}
}

// try carries out a command. A refusal is part of the day: somebody at a real tablet was faster.
func (d *demo) try(ctx context.Context, c shop.Command) {
	_, err := d.store.Do(ctx, c)
	var refusal *shop.Error
	if err != nil && !errors.As(err, &refusal) {
		d.log.Error("demo command", "error", err)
	}
}
