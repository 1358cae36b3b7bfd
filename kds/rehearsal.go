package kds

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"weir/shop"
	"weir/shop/capacity"
	"weir/shop/memory"
	"weir/shop/words"
)

// rehearsal is a scene that is being played. Only one goroutine at a time changes it.
type rehearsal struct {
	scene  *scene
	speed  int
	shop   *memory.Shop
	random *rand.Rand
	paper  bool         // nobody prints: jobs are taken away
	orders shop.OrderID // the real shop's last order number when it began
	real   time.Time    // when it began, in real time …
	began  time.Time    // … and in the practice
	rate   float64      // cups a minute that the crew is expected to make

	next    time.Time // when the next order comes
	number  int       // of the last order
	made    float64   // cups that the stand-in crew of the minutes before has made, less those that were tapped
	refused int       // orders that the rules refused since it began

	stands   string       // the station, or the item, whose machine stands still; "": none
	staffed  int          // people at that station otherwise; 0: it is an item
	regret   *shop.Cancel // of an order that its customer will take back …
	regretAt time.Time    // … at this time
}

// by is who acts in a practice when no person does.
const by = "practice"

// What customers and riders do.
const (
	riderAfter   = time.Minute     // after an order is ready its rider is here
	fetchedAfter = 5 * time.Minute // and by then the bag is fetched, whether somebody has tapped or not
	regretEvery  = 15              // one order of so many is taken back, one at a time …
	regretAfter  = 2 * time.Minute // … so long after it was placed
	walkInShare  = .15             // of orders: known drinks from the till
	orderCups    = 2.0             // mean cups of an order: one to three
)

// step is what happens in a scene until now. over is that it has ended: no order will come, and every cup is made.
func (r *rehearsal) step(ctx context.Context, now time.Time) (over bool, err error) {
	if _, err := r.shop.Do(ctx, shop.Tick{}); err != nil {
		return false, fmt.Errorf("tick: %w", err)
	}
	for !r.next.After(now) {
		load, on := r.scene.at(r.next.Sub(r.began))
		if !on {
			over = r.shop.Snapshot().Ledger.Backlog() == 0
			break
		}
		if taken := r.order(ctx, 1+r.random.IntN(3), load); !taken && !r.next.Before(r.began) {
			r.refused++
		}
		r.next = r.next.Add(r.gap(load))
	}
	if err := r.machine(ctx, now); err != nil {
		return false, err
	}
	r.riders(ctx, now)
	r.takenBack(ctx, now)
	r.throwPaper(ctx)
	return over, nil
}

// gap is the time to the next order.
func (r *rehearsal) gap(load float64) time.Duration {
	minutes := orderCups / max(load*r.rate, .05) // a crew of nobody has an order in 40 minutes
	return time.Duration(r.random.ExpFloat64() * minutes * float64(time.Minute))
}

// order lets one order of so many cups come in, and tells whether the rules took it.
func (r *rehearsal) order(ctx context.Context, cups int, load float64) (taken bool) {
	config := r.shop.Snapshot().Config
	channel := r.channel(config, load)
	r.number++
	// The channel's own way out is filled in by the rules.
	draft := shop.Draft{Ref: fmt.Sprint("practice-", r.number), DisplayNumber: fmt.Sprint(r.number), Totals: &shop.Totals{}}
	for cups > 0 {
		n := min(1+r.random.IntN(2), cups)
		draft.Lines = append(draft.Lines, r.drink(config.Menu, n))
		cups -= n
	}
	if _, err := r.shop.Do(ctx, shop.Place{Channel: channel, Draft: draft}); err != nil {
		return false
	}
	if r.regret == nil && r.random.IntN(regretEvery) == 0 && channel != shop.CounterChannel {
		r.regret, r.regretAt = &shop.Cancel{Channel: channel, Ref: draft.Ref}, r.next.Add(regretAfter)
	}
	return true
}

// channel is who sends the next order. What a campaign brings beyond the usual comes from the first platform.
func (r *rehearsal) channel(config *shop.Config, load float64) string {
	var platforms []string
	for _, ch := range config.Channels {
		if ch.ID != shop.CounterChannel {
			platforms = append(platforms, ch.ID)
		}
	}
	_, counter := config.Channel(shop.CounterChannel)
	switch {
	case counter && (len(platforms) == 0 || r.random.Float64() < walkInShare/max(1, load)):
		return shop.CounterChannel
	case r.scene.campaign && load > 1 && r.random.Float64() < (load-1)/load:
		return platforms[0]
	}
	return platforms[r.random.IntN(len(platforms))]
}

// drink is a line as customers order it: the first drinks of the menu most, options here and there.
func (r *rehearsal) drink(menu *shop.Menu, qty int) shop.Line {
	var drinks []shop.Item
	for _, item := range menu.Items {
		if item.Cups > 0 {
			drinks = append(drinks, item)
		}
	}
	if len(drinks) == 0 {
		return shop.Line{Item: by, Name: words.ZH.T("shared.practice") + " " + words.EN.T("shared.practice"), Qty: qty}
	}
	first := func(n int) int { return min(r.random.IntN(n), r.random.IntN(n)) }
	l := shop.Line{Item: drinks[first(len(drinks))].ID, Qty: qty}
	for _, g := range menu.Groups {
		if len(g.Options) == 0 || r.random.IntN(2) == 0 {
			continue
		}
		id := g.Options[first(len(g.Options))].ID
		switch g.ID {
		case shop.GroupSize:
			l.Options.Size = id
		case shop.GroupIce:
			l.Options.Ice = id
		case shop.GroupSugar:
			l.Options.Sugar = id
		case shop.GroupMilk:
			l.Options.Milk = id
		case shop.GroupTopping:
			l.Options.Toppings = []string{id}
		}
	}
	return l
}

// machine lets a machine stand still, and run again: its station has one place less. Where no station has two, what is
// ordered most cannot be made.
func (r *rehearsal) machine(ctx context.Context, now time.Time) error {
	stands := r.scene.stands(now.Sub(r.began))
	if stands == (r.stands != "") {
		return nil
	}
	state := r.shop.Snapshot()
	if stands {
		onDuty, most := state.OnDuty(now), 1
		r.stands, r.staffed = state.Config.Menu.Items[0].ID, 0
		for _, st := range state.Config.Stations {
			if n := onDuty[st.ID]; n > most {
				most, r.stands, r.staffed = n, st.ID, n
			}
		}
	}
	var c shop.Command = shop.SetAvailable{By: by, Item: r.stands, Available: !stands}
	if r.staffed > 0 {
		n := r.staffed
		if stands {
			n--
		}
		c = shop.SetStaff{By: by, Station: r.stands, Staff: n}
	}
	if !stands {
		r.stands = ""
	}
	if _, err := r.shop.Do(ctx, c); err != nil {
		return fmt.Errorf("machine: %w", err)
	}
	return nil
}

// troubles are what the crew of a practice has to know beside the work.
func (r *rehearsal) troubles(l words.Lang, now time.Time) []string {
	since := now.Sub(r.began)
	if !r.scene.stands(since) {
		return nil
	}
	left := l.Span((brokenTo - since).Truncate(time.Minute) + time.Minute)
	return []string{l.T("practice.broken", left)}
}

// riders come for what is ready, and go with it.
func (r *rehearsal) riders(ctx context.Context, now time.Time) {
	for o := range r.shop.Snapshot().Orders.All() {
		if o.ReadyAt.IsZero() || o.State() != shop.OrderReady {
			continue
		}
		step := shop.Arrived
		if o.Fulfilment == shop.Delivery {
			step = shop.CourierArrived
		}
		switch since := now.Sub(o.ReadyAt); {
		case since >= fetchedAfter:
			step = shop.PickedUp
		case since < riderAfter || !o.ArrivedAt.IsZero() || !o.CourierAt.IsZero():
			continue
		}
		// An order that somebody ends at this moment needs no rider.
		_, _ = r.shop.Do(ctx, shop.Progress{By: by, Order: o.ID, Step: step})
	}
}

// takenBack cancels the order that its customer takes back. One that is made by now cannot be cancelled.
func (r *rehearsal) takenBack(ctx context.Context, now time.Time) {
	if r.regret == nil || now.Before(r.regretAt) {
		return
	}
	_, _ = r.shop.Do(ctx, *r.regret)
	r.regret = nil
}

// throwPaper takes the jobs away when there is no printer to print them.
func (r *rehearsal) throwPaper(ctx context.Context) {
	if !r.paper {
		return
	}
	for j := range r.shop.Snapshot().Jobs.All() {
		// A job that has moved on meanwhile is no harm: it is looked at again in a second.
		_, _ = r.shop.Do(ctx, shop.MoveJob{By: by, Job: j.ID, Printer: j.Printer, From: j.State, To: shop.JobCancelled})
	}
}

// crew is who makes the cups in the minutes before a scene begins, in the order of work. It leaves some for the scene, but none
// that the scene would begin with as due or late.
func (r *rehearsal) crew(ctx context.Context, passed time.Duration) error {
	r.made += r.rate * passed.Minutes()
	state := r.shop.Snapshot()
	var cups []shop.CupID
	spare := state.Ledger.Backlog() - r.scene.ahead
	for _, q := range state.Queue("", r.began) {
		if len(cups) >= int(r.made) {
			break
		}
		mayWait := len(cups) >= spare && q.Order.Standing(r.began) == shop.OnTrack
		if q.Cup.State.Unmade() && !mayWait {
			cups = append(cups, q.ID())
		}
	}
	if len(cups) == 0 {
		r.made = min(r.made, 1) // nobody makes ahead
		return nil
	}
	r.made -= float64(len(cups))
	if _, err := r.shop.Do(ctx, shop.Tap{By: by, Cups: cups, To: shop.Made, Some: true}); err != nil {
		return fmt.Errorf("crew: %w", err)
	}
	return nil
}

// cupsPerMinute is what a crew is expected to make.
func cupsPerMinute(state *shop.State, now time.Time) float64 {
	return state.Capacity.Rate(now).P50 / float64(capacity.Cup)
}
