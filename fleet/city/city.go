// Package city is a city of simulated shops, so that a fleet can be watched: each shop runs the real rules in memory on
// a fast clock, and speaks to the engine as a real one does; customers order over HTTP where they are; a campaign comes
// again and again; one shop's box is switched off and comes back.
package city

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
	"golang.org/x/sync/errgroup"

	"weir/shop"
	"weir/shop/bell"
)

// Site is where a shop stands.
type Site struct {
	ID, Name string
	Lat, Lon float64 // GCJ-02
}

// Name is the city's.
const Name = "hangzhou"

// Sites are the city's shops. Places and names are of the map; the shops are invented.
var Sites = []Site{
	{"hubin", "湖滨 Hubin", 30.2500, 120.1640}, {"wulin", "武林 Wulin", 30.2715, 120.1630}, {"huanglong", "黄龙 Huanglong", 30.2670, 120.1300},
	{"wensan", "文三路 Wensan Road", 30.2770, 120.1340}, {"xixi", "西溪 Xixi", 30.2760, 120.1080}, {"chengxi", "城西 Chengxi", 30.2870, 120.1090},
	{"zijingang", "紫金港 Zijingang", 30.3010, 120.0880}, {"gongchen", "拱宸桥 Gongchen Bridge", 30.3170, 120.1380},
	{"chengzhan", "城站 City Station", 30.2440, 120.1800}, {"qianjiang", "钱江新城 Qianjiang", 30.2480, 120.2070},
	{"binjiang", "滨江 Binjiang", 30.2110, 120.2080}, {"jiubao", "九堡 Jiubao", 30.3040, 120.2650},
}

// Config is what a city is made of.
type Config struct {
	Conn   *nats.Conn        // to the engine, as this process has it
	Shop   *shop.Config      // that every shop is like
	Sites  []Site            // at most as many shops as there are names for
	Door   string            // base URL of the fleet
	Keys   map[string]string // channel to key
	Clock  *Clock
	Log    *slog.Logger
	Seed   uint64
	Orders int                    // after so many nobody comes any more; 0 is no end
	Slots  bool                   // whether customers who are refused take a later time, too
	Outage Outage                 // of one shop's box
	Joined map[string]shop.Joined // the fleet that a shop has joined, by its id
	Placed func(page string)      // called with the customer's page of each order that a shop has taken; nil is not
}

// Outage is a box that is switched off again and again: at first after First, then every Every, for For; by the
// machine's clock, for whoever watches. The zero value is none.
type Outage struct {
	Site              string
	First, For, Every time.Duration
}

// City is the shops and the customers.
type City struct {
	Config
	boxes []*box
	crowd *crowd
}

// New makes a city; [City.Run] lets it live.
func New(c Config) *City {
	city := &City{Config: c, crowd: newCrowd(c)}
	for i, site := range c.Sites {
		city.boxes = append(city.boxes, newBox(*c.Shop, site, c, c.Seed+uint64(i)))
	}
	return city
}

// Tally is what became of the orders, and of the box that is switched off, so far.
func (c *City) Tally() Tally { return c.crowd.tally() }

// Run lets the city live until ctx ends.
func (c *City) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, b := range c.boxes {
		if to, ok := c.Joined[b.site.ID]; ok {
			if _, err := b.shop.Do(ctx, shop.JoinFleet{By: "console", To: to}); err != nil {
				return fmt.Errorf("the city: %w", err)
			}
		}
		group.Go(func() error {
			if c.Outage.Site != b.site.ID {
				return b.on(ctx)
			}
			return c.unsteady(ctx, b)
		})
	}
	group.Go(func() error { return c.crowd.run(ctx) })
	if err := group.Wait(); err != nil {
		return fmt.Errorf("the city: %w", err)
	}
	return nil
}

// unsteady is a box that is switched off now and then.
func (c *City) unsteady(ctx context.Context, b *box) error {
	for next := c.Outage.First; ctx.Err() == nil; next = c.Outage.Every - c.Outage.For {
		on, off := context.WithTimeout(ctx, next)
		err := b.on(on)
		off()
		if err != nil {
			return err
		}
		if ctx.Err() == nil {
			c.Log.Info("a box is switched off", "store", b.site.ID, "for", c.Outage.For)
		}
		if bell.Sleep(ctx, c.Outage.For) {
			c.crowd.count(func(t *Tally) { t.Outages++ })
		}
	}
	return nil
}
