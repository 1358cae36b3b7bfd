// Package demo lives a simulated day in a running shop: a platform over HTTP, a crew at the board, and a clock that is fast.
package demo

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

	"weir/shop"
	"weir/shop/bell"
)

// Shop is what the day needs of the shop.
type Shop interface {
	Do(ctx context.Context, c shop.Command) (shop.Result, error)
	Snapshot() *shop.State
}

// Keys gives out the keys of channels and takes them back.
type Keys interface {
	Add(ctx context.Context, channel string) (key, id string, err error)
	Revoke(ctx context.Context, id string) error
}

// Config is what a day is made of.
type Config struct {
	Shop Shop
	Keys Keys
	URL  string           // of the shop's HTTP, without a path
	Now  func() time.Time // the shop's clock, from a [Clock]
	Log  *slog.Logger
}

// Day is a simulated platform on real HTTP and a simulated crew on the board. Make it with [New].
type Day struct {
	Config
	keys  map[string]string // channel to key
	mu    sync.Mutex
	taken map[shop.CupID]bool // cups in a maker's hands
}

// New makes a day; [Day.Run] lives it.
func New(c Config) *Day {
	return &Day{Config: c, keys: map[string]string{}, taken: map[shop.CupID]bool{}}
}

// ordersPerMinute is how many orders come in a minute at each hour of the day, without the campaign; the shape of 6 February
// 2026 as reported: a step at ten, the peak at noon, a second rise in the evening.
var ordersPerMinute = [24]float64{.1, .05, 0, 0, 0, 0, .05, .1, .2, .4, .7, .9, 1.2, .9, .6, .5, .5, .6, .8, .8, .6, .4, .3, .2}

const (
	// surgeEvery and surgeFor are the free-drink campaign: it comes again and again, so that whoever looks
	// sees the shop throttle and recover.
	surgeEvery = 50 * time.Minute
	surgeFor   = 12 * time.Minute
	surgeRate  = 7.0 // orders per minute, five times what the crew can make
	pickupMean = 3 * time.Minute
	step       = 50 * time.Millisecond // real time between two looks at what is due
)

// Run lives the day until ctx ends.
func (d *Day) Run(ctx context.Context) error {
	for _, channel := range []string{"shangou", "meituan"} {
		key, id, err := d.Keys.Add(ctx, channel)
		if err != nil {
			return err
		}
		d.keys[channel] = key
		defer d.Keys.Revoke(context.WithoutCancel(ctx), id) // a key that stays is of no use to anybody
	}
	g, ctx := errgroup.WithContext(ctx)
	for range d.Shop.Snapshot().OnDuty(d.Now())["shake"] {
		g.Go(func() error { return d.make(ctx) })
	}
	g.Go(func() error { return d.fetch(ctx) })
	g.Go(func() error { return d.order(ctx) })
	return g.Wait()
}

// order sends orders as a platform would, and walk-ins as the counter does.
func (d *Day) order(ctx context.Context) error {
	began, last := d.Now(), d.Now()
	for n := 0; bell.Sleep(ctx, step); {
		now := d.Now()
		rate := ordersPerMinute[now.In(d.Shop.Snapshot().Config.Location).Hour()]
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
func (d *Day) send(ctx context.Context, channel, ref string, slot time.Time) {
	menu := d.Shop.Snapshot().Config.Menu
	item := menu.Items[rand.IntN(len(menu.Items))]
	qty := 1
	if rand.IntN(3) == 0 {
		qty = 2
	}
	price := item.PriceFen * int64(qty)
	order := map[string]any{
		"ref": ref, "placed_at": d.Now().UTC().Format(time.RFC3339), "fulfilment": "delivery", "display_number": fmt.Sprint(1 + rand.IntN(300)),
		"items":  []any{map[string]any{"item": item.ID, "qty": qty, "options": options(menu)}},
		"totals": map[string]any{"total_fen": price, "paid_fen": 0, "subsidy_fen": price},
	}
	if !slot.IsZero() {
		order["slot_start"] = slot.Format(time.RFC3339)
	}
	body, _ := json.Marshal(order) // strings and numbers: cannot fail
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.URL+"/v1/orders", bytes.NewReader(body))
	if err != nil {
		d.Log.Warn("demo order", "error", err)
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

// options picks what people order: mostly the standard, some less ice and sugar, now and then a topping.
func options(menu *shop.Menu) map[string]any {
	picked := map[string]any{}
	for _, g := range menu.Groups {
		if len(g.Options) == 0 || rand.IntN(2) == 0 {
			continue
		}
		pick := g.Options[rand.IntN(len(g.Options))].ID
		if g.ID == shop.GroupTopping {
			picked["toppings"] = []string{pick}
		} else {
			picked[g.ID] = pick
		}
	}
	return picked
}

// make is one maker: takes the cup with the oldest promise, makes it, taps it.
func (d *Day) make(ctx context.Context) error {
	for bell.Sleep(ctx, step) {
		cup, work, ok := d.next()
		if !ok {
			continue
		}
		d.try(ctx, shop.Tap{By: "demo", Cups: []shop.CupID{cup}, To: shop.Making})
		seconds := 53 * float64(work) / 100 * (0.7 + 0.6*rand.Float64())
		bell.Sleep(ctx, time.Duration(seconds*float64(time.Second))/Speed)
		d.try(ctx, shop.Tap{By: "demo", Cups: []shop.CupID{cup}, To: shop.Made})
		d.mu.Lock()
		delete(d.taken, cup)
		d.mu.Unlock()
	}
	return nil
}

// next takes the unmade cup that is due first.
func (d *Day) next() (cup shop.CupID, work int64, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var due time.Time
	for o := range d.Shop.Snapshot().Orders.All() {
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
func (d *Day) fetch(ctx context.Context) error {
	leaves := map[shop.OrderID]time.Time{}
	for bell.Sleep(ctx, step) {
		now := d.Now()
		d.read(ctx)
		for o := range d.Shop.Snapshot().Orders.All() {
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
func (d *Day) read(ctx context.Context) {
	counters := d.Shop.Snapshot().Counters
	for channel := range d.keys {
		if told := counters.Feeds[channel]; told > counters.Acks[channel] {
			d.try(ctx, shop.Ack{Channel: channel, Through: told})
		}
	}
}

// try carries out a command. A refusal is part of the day: somebody at a real tablet was faster.
func (d *Day) try(ctx context.Context, c shop.Command) {
	_, err := d.Shop.Do(ctx, c)
	var refusal *shop.Error
	if err != nil && !errors.As(err, &refusal) {
		d.Log.Error("demo command", "error", err)
	}
}
