package kds

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/sync/errgroup"

	"weir/shop"
	"weir/shop/capacity"
	"weir/shop/memory"
	"weir/shop/words"
	"weir/templates"
	"weir/templates/page"
)

// practiceMax is how long a practice may last: a crew has gone home by then, and its tablets should show
// the shop again.
const practiceMax = 3 * time.Hour

// rush is something to rehearse.
type rush struct {
	id    string
	name  string        // its id
	cups  int           // cups ordered at the start
	every time.Duration // pause between orders after that
}

// rushes are what a crew can rehearse. The last is 6 February 2026 in one shop.
var rushes = []rush{
	{"warm-up", "practice.warm_up_12_cups", 12, time.Minute},
	{"rush", "practice.rush_120_cups_then", 120, 10 * time.Second},
	{"1400", "practice.w_6_february_1400_cups", 1400, 30 * time.Second},
}

// practice is a second shop in memory, where the crew rehearses on its own tablets. It ends at the first
// real order.
type practice struct {
	real    *Screens
	shop    *memory.Shop
	screens *Screens
	print   func(context.Context) error // its virtual printers; nil when there are none

	running atomic.Pointer[rush] // nil: there is no practice
	asks    chan practiceAsk     // questions to run, the only goroutine that changes these fields

	began  time.Time
	orders shop.OrderID // the real shop's last order number when the practice began
	next   time.Time    // when the next order comes
	number int
	random *rand.Rand
}

// practiceAsk is a person's wish: a rush to begin, or nil to end the practice. The answer says what came of it.
type practiceAsk struct {
	rush   *rush
	answer chan error // buffered, for one answer
}

func newPractice(s *Screens) *practice {
	p := &practice{real: s, asks: make(chan practiceAsk), shop: memory.New(s.Kitchen.Snapshot().Config, s.Now),
		random: rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))}
	config := Config{
		Kitchen: p.shop, Refusals: p.shop.Refusals, Now: s.Now, Log: s.Log, Who: s.Who, Base: "/practice", gone: p.gone,
	}
	if s.PracticePrinters != nil {
		config.Printers, p.print = s.PracticePrinters(p.shop)
	}
	p.screens = New(config)
	return p
}

// gone is where a practice screen leads when there is no practice, "" while there is.
func (p *practice) gone() string {
	if p.running.Load() == nil {
		return "/practice"
	}
	return ""
}

func (p *practice) routes(e *echo.Echo) {
	e.GET("/practice", p.page)
	e.POST("/practice/begin/:rush", p.begin)
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
				ask.answer <- p.grant(ctx, ask.rush)
			case <-ctx.Done():
				return nil
			}
		}
	})
	return group.Wait()
}

// step is one look at the practice: over, or the next order.
func (p *practice) step(ctx context.Context) error {
	now, running := p.real.Now(), p.running.Load()
	if running == nil {
		return nil
	}
	if p.needed() || now.Sub(p.began) > practiceMax {
		p.stop()
		return nil
	}
	if _, err := p.shop.Do(ctx, shop.Tick{}); err != nil {
		return fmt.Errorf("tick: %w", err)
	}
	p.paper(ctx)
	if now.Before(p.next) {
		return nil
	}
	p.next = now.Add(running.every)
	p.order(ctx, 1+p.random.IntN(3))
	return nil
}

// paper takes the jobs away when there is no printer to print them.
func (p *practice) paper(ctx context.Context) {
	if p.print != nil {
		return
	}
	for j := range p.shop.Snapshot().Jobs.All() {
		// A job that has moved on meanwhile is no harm: it is looked at again in a second.
		_, _ = p.shop.Do(ctx, shop.MoveJob{By: "practice", Job: j.ID, Printer: j.Printer, From: j.State, To: shop.JobCancelled})
	}
}

// needed tells whether an order has come to the real shop since the practice began.
func (p *practice) needed() bool { return p.real.Kitchen.Snapshot().Counters.Order != p.orders }

// grant does what a person has asked for.
func (p *practice) grant(ctx context.Context, r *rush) error {
	if r == nil {
		p.stop()
		return nil
	}
	return p.start(ctx, r)
}

// stop ends the practice and forgets it.
func (p *practice) stop() {
	p.running.Store(nil)
	p.shop.Empty(p.real.Kitchen.Snapshot().Config)
}

// start begins a rush. For the time of its first orders everybody is on duty, so that all of it is accepted:
// the board is to be as full as on the day. The screens show it as it fills.
func (p *practice) start(ctx context.Context, r *rush) error {
	real := p.real.Kitchen.Snapshot()
	config := *real.Config
	config.Settings = real.Settings
	config.Settings.Staff, config.Settings.Rota = map[string]int{}, nil
	for _, st := range config.Stations {
		config.Settings.Staff[st.ID] = everybody
	}
	config.Settings.Horizon, config.Settings.ShelfMax, config.Settings.Intake = 2*time.Hour, 0, nil
	config.Open, config.Close = 0, 24*time.Hour+config.Cutoff
	p.shop.Empty(&config)
	p.began, p.orders, p.number = p.real.Now(), real.Counters.Order, 0
	p.running.Store(r)
	p.next = p.began.Add(r.every)
	for made := 0; made < r.cups; {
		if p.needed() {
			p.stop()
			return nil
		}
		n := min(1+p.random.IntN(3), r.cups-made)
		p.order(ctx, n)
		made += n
	}
	onDuty := real.OnDuty(p.real.Now())
	for _, st := range config.Stations {
		if _, err := p.shop.Do(ctx, shop.SetStaff{By: "practice", Station: st.ID, Staff: onDuty[st.ID]}); err != nil {
			return fmt.Errorf("staff of %s: %w", st.ID, err)
		}
	}
	return nil
}

// everybody is more people than any shop has.
const everybody = 200

// order lets one order of so many cups come in. One that the rules refuse is refused: that is part of it.
func (p *practice) order(ctx context.Context, cups int) {
	config := p.shop.Snapshot().Config
	var delivery []shop.Channel
	for _, ch := range config.Channels {
		if ch.ID != shop.CounterChannel {
			delivery = append(delivery, ch)
		}
	}
	if len(delivery) == 0 {
		p.number++
		_, _ = p.shop.Do(ctx, shop.Walkin{By: "practice", Cups: cups, Tap: fmt.Sprint("practice-", p.number)})
		return
	}
	ch := delivery[p.random.IntN(len(delivery))]
	p.number++
	// The channel's own way out is filled in by the rules.
	draft := shop.Draft{Ref: fmt.Sprint("practice-", p.number), DisplayNumber: fmt.Sprint(p.number), Totals: &shop.Totals{}}
	for cups > 0 {
		n := min(1+p.random.IntN(2), cups)
		draft.Lines = append(draft.Lines, p.drink(config.Menu, n))
		cups -= n
	}
	_, _ = p.shop.Do(ctx, shop.Place{Channel: ch.ID, Draft: draft})
}

// drink is a line as customers order it: the first drinks of the menu most, options here and there.
func (p *practice) drink(menu *shop.Menu, qty int) shop.Line {
	var drinks []shop.Item
	for _, item := range menu.Items {
		if item.Cups > 0 {
			drinks = append(drinks, item)
		}
	}
	if len(drinks) == 0 {
		return shop.Line{Item: "practice", Name: words.ZH.T("shared.practice") + " " + words.EN.T("shared.practice"), Qty: qty}
	}
	item := drinks[min(p.random.IntN(len(drinks)), p.random.IntN(len(drinks)))]
	l := shop.Line{Item: item.ID, Qty: qty}
	for _, g := range menu.Groups {
		if len(g.Options) == 0 || p.random.IntN(2) == 0 {
			continue
		}
		id := g.Options[min(p.random.IntN(len(g.Options)), p.random.IntN(len(g.Options)))].ID
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

// page explains the practice, and begins or ends it.
func (p *practice) page(c echo.Context) error {
	l := page.Lang(c)
	view := templates.Practice{Page: p.real.frame().New(c, l.T("shared.practice"), "pages.css")}
	if running := p.running.Load(); running != nil {
		view.Running = l.T(running.name)
		view.Ways = p.screens.ways(l)
	}
	for _, r := range rushes {
		view.Rushes = append(view.Rushes, templates.Tab{Name: l.T(r.name), Href: "/practice/begin/" + r.id})
	}
	real := p.real.Kitchen.Snapshot()
	view.Busy = real.Ledger.Backlog()
	view.Rate = fmt.Sprintf("%.1f", real.Capacity.Rate(p.real.Now()).P50/float64(capacity.Cup))
	return page.Show(c, http.StatusOK, templates.PracticePage(view))
}

// begin is POST /practice/begin/{rush}.
func (p *practice) begin(c echo.Context) error {
	for i := range rushes {
		if rushes[i].id != c.Param("rush") {
			continue
		}
		if err := p.ask(c.Request().Context(), &rushes[i]); err != nil {
			return fmt.Errorf("begin practice: %w", err)
		}
		return c.Redirect(http.StatusSeeOther, "/practice/kds")
	}
	return echo.ErrNotFound
}

// end is POST /practice/end.
func (p *practice) end(c echo.Context) error {
	if err := p.ask(c.Request().Context(), nil); err != nil {
		return fmt.Errorf("end practice: %w", err)
	}
	return c.Redirect(http.StatusSeeOther, "/practice")
}

// askMax is how long a person waits until run has begun or ended a practice. 1400 cups take about a second.
const askMax = 30 * time.Second

// ask has run begin a rush, or end the practice when it is nil, and waits until that is done.
func (p *practice) ask(ctx context.Context, r *rush) error {
	ctx, cancel := context.WithTimeout(ctx, askMax)
	defer cancel()
	ask := practiceAsk{r, make(chan error, 1)}
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
