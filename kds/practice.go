package kds

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/sync/errgroup"

	"weir/shop"
	"weir/shop/memory"
	"weir/shop/words"
	"weir/templates"
	"weir/templates/page"
)

const (
	// practiceMax is how long a practice may last, in real time: a crew has gone home by then, and its tablets should
	// show the shop again.
	practiceMax = 3 * time.Hour
	// practiceHolds is how long the tablets of a practice say that a real order has come before they turn to it by
	// themselves: long enough to be read, and short against any promise.
	practiceHolds = time.Minute
)

// speeds are how fast the time of a practice may run. At four times people tap and make nothing.
var speeds = []int{1, 4}

// practice is a second shop in memory, where the crew rehearses on its own tablets. It ends at the first
// real order.
type practice struct {
	real    *Screens
	clock   *practiceClock
	shop    *memory.Shop
	screens *Screens
	print   func(context.Context) error // its virtual printers; nil when there are none

	playing atomic.Pointer[rehearsal] // nil: there is no practice
	last    atomic.Pointer[verdict]   // of the practice that ended last; nil: there was none
	asks    chan practiceAsk          // questions to run, the only goroutine that begins and ends a practice
}

// practiceAsk is a person's wish: a rehearsal to begin, or nil to end the practice. The answer says what came of it.
type practiceAsk struct {
	scene  *scene
	speed  int
	answer chan error // buffered, for one answer
}

func newPractice(s *Screens) *practice {
	p := &practice{real: s, asks: make(chan practiceAsk), clock: &practiceClock{real: s.Now, at: s.Now()}}
	p.shop = memory.New(s.Kitchen.Snapshot().Config, p.clock.Now)
	config := Config{
		Kitchen: p.shop, Refusals: p.shop.Refusals, Now: p.clock.Now, Log: s.Log, Who: s.Who, Base: "/practice", over: p.over,
		Troubles: func(l words.Lang) []string {
			if r := p.playing.Load(); r != nil {
				return r.troubles(l, p.clock.Now())
			}
			return nil
		},
	}
	if s.PracticePrinters != nil {
		config.Printers, p.print = s.PracticePrinters(p.shop, p.clock.Now)
	}
	p.screens = New(config)
	return p
}

// over is where the screens of a practice lead when there is none, and how many real orders have ended it a moment ago.
func (p *practice) over() (to string, orders int) {
	if p.playing.Load() != nil {
		return "", 0
	}
	last := p.last.Load()
	switch {
	case last == nil || !last.needed:
		return "/practice", 0
	case p.real.Now().Sub(last.ended) < practiceHolds:
		return "/practice", p.came(last.orders)
	}
	return "/kds", 0
}

// came is how many orders the real shop has had since the one of that number.
func (p *practice) came(since shop.OrderID) int {
	return int(p.real.Kitchen.Snapshot().Counters.Order - since)
}

func (p *practice) routes(e *echo.Echo) {
	e.GET("/practice", p.page)
	e.POST("/practice/begin/:scene", p.begin)
	e.POST("/practice/end", p.end)
	p.screens.Routes(e)
}

// run keeps the practice's screens live, lets its orders come in, and ends it when the real shop is needed.
func (p *practice) run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return p.screens.Run(ctx) })
	if p.print != nil {
		group.Go(func() error { return p.print(ctx) })
	}
	group.Go(func() error {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			bell := p.real.Kitchen.Bell()
			if err := p.step(ctx); err != nil {
				p.real.Log.Error("practice", "error", err)
			}
			select {
			case <-tick.C:
			case <-bell:
			case ask := <-p.asks:
				ask.answer <- p.grant(ctx, ask)
			case <-ctx.Done():
				return nil
			}
		}
	})
	return group.Wait()
}

// step is one look at the practice: over, or what comes next in it.
func (p *practice) step(ctx context.Context) error {
	r := p.playing.Load()
	if r == nil {
		return nil
	}
	if p.needed(r) || p.real.Now().Sub(r.real) > practiceMax {
		p.stop()
		return nil
	}
	over, err := r.step(ctx, p.clock.Now())
	if err != nil {
		return err
	}
	if over {
		p.stop()
	}
	return nil
}

// needed tells whether an order has come to the real shop since the practice began.
func (p *practice) needed(r *rehearsal) bool { return p.came(r.orders) > 0 }

// grant does what a person has asked for.
func (p *practice) grant(ctx context.Context, ask practiceAsk) error {
	p.stop()
	if ask.scene == nil {
		return nil
	}
	r, err := rehearse(ctx, p, ask.scene, ask.speed)
	if err != nil {
		p.shop.Empty(p.real.Kitchen.Snapshot().Config)
		return err
	}
	p.last.Store(nil)
	p.clock.run(r.speed)
	p.playing.Store(r)
	return nil
}

// stop ends the practice, says how it went, and forgets it.
func (p *practice) stop() {
	r := p.playing.Load()
	if r == nil {
		return
	}
	v := r.verdict(p.clock.Now())
	v.ended, v.orders, v.needed = p.real.Now(), r.orders, p.needed(r)
	p.last.Store(v)
	p.playing.Store(nil)
	p.shop.Empty(p.real.Kitchen.Snapshot().Config)
}

// page explains the practice, begins or ends it, and says how the last one went.
func (p *practice) page(c echo.Context) error {
	l := page.Lang(c)
	view := templates.Practice{Page: p.real.frame().New(c, l.T("shared.practice"), "pages.css")}
	if r := p.playing.Load(); r != nil {
		view.Running = l.T(r.scene.name)
		view.Ways = p.screens.ways(l)
	} else if last := p.last.Load(); last != nil {
		view.Result = last.view(l)
		if _, orders := p.over(); orders > 0 {
			view.Real = l.N(orders, "practice.real_orders")
		}
	}
	for _, s := range scenes {
		view.Scenes = append(view.Scenes, templates.Way{Href: "/practice/begin/" + s.id, Name: l.T(s.name), For: l.T(s.what)})
	}
	for i, word := range []string{"practice.as_fast", "practice.four_times"} {
		view.Speeds = append(view.Speeds, templates.Choice{Value: strconv.Itoa(speeds[i]), Name: l.T(word), Chosen: i == 0})
	}
	real := p.real.Kitchen.Snapshot()
	view.Busy = real.Ledger.Backlog()
	view.Rate = fmt.Sprintf("%.1f", cupsPerMinute(real, p.real.Now()))
	return page.Show(c, http.StatusOK, templates.PracticePage(view))
}

// begin is POST /practice/begin/{scene} {speed}.
func (p *practice) begin(c echo.Context) error {
	at := slices.IndexFunc(scenes, func(s scene) bool { return s.id == c.Param("scene") })
	if at < 0 {
		return echo.ErrNotFound
	}
	speed := speeds[0]
	if n, err := strconv.Atoi(c.FormValue("speed")); err == nil && slices.Contains(speeds, n) {
		speed = n
	}
	if err := p.ask(c.Request().Context(), &scenes[at], speed); err != nil {
		return fmt.Errorf("begin practice: %w", err)
	}
	return c.Redirect(http.StatusSeeOther, "/practice/kds")
}

// end is POST /practice/end.
func (p *practice) end(c echo.Context) error {
	if err := p.ask(c.Request().Context(), nil, 0); err != nil {
		return fmt.Errorf("end practice: %w", err)
	}
	return c.Redirect(http.StatusSeeOther, "/practice")
}

// askMax is how long a person waits until run has begun or ended a practice. 1400 cups take some seconds.
const askMax = 30 * time.Second

// ask has run begin a scene, or end the practice when it is nil, and waits until that is done.
func (p *practice) ask(ctx context.Context, s *scene, speed int) error {
	ctx, cancel := context.WithTimeout(ctx, askMax)
	defer cancel()
	ask := practiceAsk{s, speed, make(chan error, 1)}
	select {
	case p.asks <- ask:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-ask.answer:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
