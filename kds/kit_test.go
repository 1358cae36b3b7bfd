package kds

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"weir/server/access"
	"weir/server/store"
	"weir/server/testshop"
	"weir/shop"
	"weir/shop/try"
)

// kitchen is a real store with the demo shop, and its screens on a real port.
type kitchen struct {
	t       testing.TB
	store   *store.Store
	screens *Screens
	echo    *echo.Echo
	clock   *try.Clock
	url     string
	close   func() // ends the kitchen as a kill would: open streams are cut
}

// options of a kitchen.
type options struct {
	dir    string // of an earlier kitchen, to open it again
	addr   string // to listen where an earlier one did
	config func(*shop.Config)
	screen func(*Config)
	hub    func(*hub)
}

func open(t testing.TB, o options) *kitchen {
	t.Helper()
	s := testshop.Open(t, testshop.Setup{Dir: o.dir, Change: o.config})
	k := &kitchen{t: t, store: s.Store, clock: s.Clock}
	c := Config{Kitchen: k.store, Now: k.clock.Now, Log: slog.New(slog.DiscardHandler)}
	if o.screen != nil {
		o.screen(&c)
	}
	k.screens = New(c)
	if o.hub != nil {
		o.hub(k.screens.hub)
	}
	e := echo.New()
	guard, err := access.New(t.Context(), access.Config{Store: k.store, Log: c.Log, Loopback: true})
	if err != nil {
		t.Fatal(err)
	}
	e.Use(guard.Protect)
	k.screens.Routes(e)
	k.echo = e
	if o.addr == "" {
		o.addr = "127.0.0.1:0"
	}
	listener, err := net.Listen("tcp", o.addr)
	if err != nil {
		t.Fatal(err)
	}
	k.url = "http://" + listener.Addr().String()
	server := &http.Server{Handler: e}
	screens := try.Run(t, k.screens.Run)
	web := try.Run(t, func(ctx context.Context) error {
		go func() { <-ctx.Done(); server.Close() }()
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	k.close = func() { web(); screens(); s.Stop() }
	return k
}

// do has commands carried out.
func (k *kitchen) do(commands ...shop.Command) *shop.Order {
	k.t.Helper()
	var last *shop.Order
	for _, c := range commands {
		r, err := k.store.Do(context.Background(), c)
		if err != nil {
			k.t.Fatalf("%#v: %v", c, err)
		}
		last = r.Order
	}
	return last
}

// order places an order of a channel.
func (k *kitchen) order(channel, ref string, lines ...shop.Line) *shop.Order {
	k.t.Helper()
	fulfilment := shop.Delivery
	if channel == shop.CounterChannel {
		fulfilment = shop.Counter
	}
	return k.do(shop.Place{Channel: channel, Draft: shop.Draft{
		Ref: ref, DisplayNumber: ref, Fulfilment: fulfilment, Lines: lines, Totals: &shop.Totals{TotalFen: 1500, PaidFen: 0, SubsidyFen: 1500},
	}})
}

func cup(item string, qty int) shop.Line { return shop.Line{Item: item, Name: item, Qty: qty} }

// rush fills the shop with cups as on a campaign day, all at once; the shop must be roomy.
func (k *kitchen) rush(cups int) {
	k.t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	menu := k.store.Snapshot().Config.Menu
	for made := 0; made < cups; {
		var lines []shop.Line
		var notes []string
		for range 1 + random.IntN(2) {
			item := &menu.Items[min(random.IntN(len(menu.Items)), random.IntN(len(menu.Items)))]
			lines = append(lines, wish(random, menu, item.ID, min(1+random.IntN(2), cups-made)))
			if made += lines[len(lines)-1].Qty; made == cups {
				break
			}
		}
		if random.IntN(12) == 0 {
			notes = []string{"少放一点茶，谢谢！"}
		}
		channel := []string{"shangou", "shangou", "meituan"}[random.IntN(3)]
		k.do(shop.Place{Channel: channel, Draft: shop.Draft{
			Ref: fmt.Sprintf("rush-%d-%d", k.store.Snapshot().Counters.Order, made), DisplayNumber: fmt.Sprint(made), Fulfilment: shop.Delivery,
			Lines:    lines,
			Customer: shop.Customer{Notes: notes},
		}})
	}
}

// wish is a line with options as customers choose them.
func wish(random *rand.Rand, menu *shop.Menu, item string, qty int) shop.Line {
	pick := func(group string, share float64) string {
		for _, g := range menu.Groups {
			if g.ID == group && random.Float64() < share {
				return g.Options[random.IntN(len(g.Options))].ID
			}
		}
		return ""
	}
	l := shop.Line{Item: item, Name: item, Qty: qty, Options: shop.Options{
		Size: pick(shop.GroupSize, .4), Ice: pick(shop.GroupIce, .6), Sugar: pick(shop.GroupSugar, .7), Milk: pick(shop.GroupMilk, .1),
	}}
	if t := pick(shop.GroupTopping, .35); t != "" {
		l.Options.Toppings = append(l.Options.Toppings, t)
	}
	return l
}

// roomy lets a shop accept a day's backlog within two hours: it has sixty people at each station. crew
// sends most of them home.
func roomy(c *shop.Config) {
	c.Settings.Horizon = 2 * time.Hour
	c.Settings.ShelfMax = 0
	for id := range c.Settings.Staff {
		c.Settings.Staff[id] = 60
	}
}

// crew sets the ordinary staff of the demo shop.
func (k *kitchen) crew() {
	k.t.Helper()
	k.do(shop.SetStaff{Station: "tea", Staff: 1}, shop.SetStaff{Station: "shake", Staff: 2}, shop.SetStaff{Station: "seal", Staff: 1})
}

// post sends a form as a browser without script does, and does not follow the redirect.
func (k *kitchen) post(path string, form url.Values, header ...string) (status int, location, body string) {
	k.t.Helper()
	r, err := http.NewRequest(http.MethodPost, k.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		k.t.Fatal(err)
	}
	r.Header.Set("Content-Type", echo.MIMEApplicationForm)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return k.send(r)
}

// call sends JSON as a program does.
func (k *kitchen) call(path, body string) (status int, answer string) {
	k.t.Helper()
	r, err := http.NewRequest(http.MethodPost, k.url+path, strings.NewReader(body))
	if err != nil {
		k.t.Fatal(err)
	}
	r.Header.Set("Content-Type", echo.MIMEApplicationJSON)
	status, _, answer = k.send(r)
	return status, answer
}

func (k *kitchen) get(path string, header ...string) (status int, body string) {
	k.t.Helper()
	r, err := http.NewRequest(http.MethodGet, k.url+path, nil)
	if err != nil {
		k.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	status, _, body = k.send(r)
	return status, body
}

func (k *kitchen) send(r *http.Request) (status int, location, body string) {
	k.t.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout: 10 * time.Second}
	response, err := client.Do(r)
	if err != nil {
		k.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		k.t.Fatal(err)
	}
	return response.StatusCode, response.Header.Get("Location"), string(text)
}

// cupState is where a cup is now.
func (k *kitchen) cupState(id string) shop.CupState {
	k.t.Helper()
	cup, err := shop.ParseCupID(id)
	if err != nil {
		k.t.Fatal(err)
	}
	o, err := k.store.Order(context.Background(), cup.Order)
	if err != nil {
		k.t.Fatal(err)
	}
	return o.Cup(cup.N).State
}
