package city

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"weir/shop"
	"weir/shop/capacity"
	"weir/shop/memory"
)

// crew makes cups and gives orders out.
type crew struct {
	shop   *memory.Shop
	rnd    *rand.Rand
	log    *slog.Logger
	hands  []hand
	leaves map[shop.OrderID]time.Time // when a ready order is fetched
	last   time.Time
}

// hand is one maker and the cup in work; the zero cup is none.
type hand struct {
	cup  shop.CupID
	done time.Time
}

const (
	// cupTime is what one standard cup takes a maker: the demo shop's reference item at its bottleneck.
	cupTime = 53 * time.Second
	// fetchMean is how long a ready order waits for its customer.
	fetchMean = 3 * time.Minute
	// walkinsPerMinute are people at the counter, who come whatever the platforms do.
	walkinsPerMinute = 0.2
)

// step lets everybody in the shop do what is due.
func (c *crew) step(ctx context.Context, now time.Time) {
	c.do(ctx, shop.Tick{})
	if c.hands == nil {
		c.hands, c.last = make([]hand, c.shop.Snapshot().Settings.Staff["shake"]), now
	}
	if c.rnd.Float64() < walkinsPerMinute*now.Sub(c.last).Minutes() {
		c.do(ctx, shop.Walkin{By: "crew", Cups: 1 + c.rnd.IntN(2)})
	}
	c.last = now
	for i := range c.hands {
		h := &c.hands[i]
		if h.cup != (shop.CupID{}) && !now.Before(h.done) {
			c.do(ctx, shop.Tap{By: "crew", Cups: []shop.CupID{h.cup}, To: shop.Made})
			*h = hand{}
		}
		if h.cup != (shop.CupID{}) {
			continue
		}
		if cup, work, ok := c.next(); ok {
			c.do(ctx, shop.Tap{By: "crew", Cups: []shop.CupID{cup}, To: shop.Making})
			took := float64(cupTime) * float64(work) / float64(capacity.Cup) * (0.7 + 0.6*c.rnd.Float64())
			*h = hand{cup, now.Add(time.Duration(took))}
		}
	}
	c.fetch(ctx, now)
}

// next is the unmade cup that is due first and in nobody's hands.
func (c *crew) next() (cup shop.CupID, work capacity.Work, ok bool) {
	var due time.Time
	for o := range c.shop.Snapshot().Orders.All() {
		if ok && !o.Promise.By().Before(due) {
			continue
		}
		for i := range o.Cups {
			id := o.CupID(o.Cups[i].N)
			if o.Cups[i].State.Unmade() && !c.held(id) {
				cup, work, due, ok = id, o.Cups[i].Work, o.Promise.By(), true
				break
			}
		}
	}
	return cup, work, ok
}

func (c *crew) held(id shop.CupID) bool {
	for _, h := range c.hands {
		if h.cup == id {
			return true
		}
	}
	return false
}

// fetch gives out what is ready and whose customer has come.
func (c *crew) fetch(ctx context.Context, now time.Time) {
	for o := range c.shop.Snapshot().Orders.All() {
		if o.State() != shop.OrderReady {
			delete(c.leaves, o.ID)
			continue
		}
		at, ok := c.leaves[o.ID]
		if !ok {
			c.leaves[o.ID] = o.ReadyAt.Add(shop.UndoTime + time.Duration(c.rnd.ExpFloat64()*float64(fetchMean)))
		} else if now.After(at) {
			c.do(ctx, shop.Handover{By: "crew", Order: o.ID, Made: true})
			delete(c.leaves, o.ID)
		}
	}
}

// do carries out a command. A refusal is part of the day: the order was cancelled a moment before.
func (c *crew) do(ctx context.Context, command shop.Command) {
	if _, err := c.shop.Do(ctx, command); err != nil {
		c.log.Debug("the crew was refused", "command", fmt.Sprintf("%T", command), "error", err)
	}
}
