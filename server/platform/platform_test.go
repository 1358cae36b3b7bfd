package platform

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"go.uber.org/goleak"

	"weir/server/access"
	"weir/server/api"
	"weir/server/broker"
	"weir/server/store"
	"weir/server/testshop"
	"weir/server/uplink"
	"weir/server/webhook"
	"weir/shop"
	"weir/shop/bell"
	"weir/shop/door"
	"weir/shop/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// site is a shop with both doors, as weir serve plugs it together.
type site struct {
	store  *store.Store
	url    string
	broker string
	key    string
}

const channel = "shangou"

// open opens a shop; front may change what comes in over HTTP.
func open(t *testing.T, front func(http.Handler) http.Handler) *site {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	s := &site{store: testshop.Open(t, testshop.Setup{Now: time.Now, Change: func(c *shop.Config) { c.Printers = nil }}).Store}
	keys, err := access.NewKeys(t.Context(), s.store)
	if err != nil {
		t.Fatal(err)
	}
	if s.key, _, err = keys.Add(t.Context(), channel); err != nil {
		t.Fatal(err)
	}
	s.openHTTP(t, keys, log, front)
	s.openBroker(t, keys, log)
	s.tick(t)
	return s
}

func (s *site) openHTTP(t *testing.T, keys *access.Keys, log *slog.Logger, front func(http.Handler) http.Handler) {
	t.Helper()
	way := door.New(door.Config{Shop: s.store, Box: s.store.Box(), Now: time.Now, Log: log})
	hooks, err := webhook.New(t.Context(), webhook.Config{Store: s.store, Now: time.Now, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	calls, err := api.New(api.Config{Shop: s.store, Door: way, Keys: keys, Reporter: wire.NewReporter(nil), Log: log, Now: time.Now,
		Hooks: hooks})
	if err != nil {
		t.Fatal(err)
	}
	e := echo.New()
	calls.Errors(e)
	calls.Routes(e)
	handler := http.Handler(e)
	if front != nil {
		handler = front(e)
	}
	server := httptest.NewUnstartedServer(handler)
	server.Config.RegisterOnShutdown(calls.Stop)
	server.Start()
	t.Cleanup(server.Close)
	s.url = server.URL
}

func (s *site) openBroker(t *testing.T, keys *access.Keys, log *slog.Logger) {
	t.Helper()
	check := func(channel, key string) bool {
		of, ok := keys.Channel(key)
		return ok && of == channel
	}
	own, err := broker.Start(broker.Config{Shop: s.store.Snapshot().Config.ID, Address: "127.0.0.1:0", Check: check, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	link := uplink.New(uplink.Config{Shop: s.store, Door: door.New(door.Config{Shop: s.store, Now: time.Now, Log: log}),
		Remote: uplink.Within(own.Inside()), Reporter: wire.NewReporter(nil), Now: time.Now, Log: log})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- link.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-ended, own.Close()); err != nil {
			t.Error(err)
		}
	})
	s.broker = "tcp://" + own.Addr()
}

// tick is the shop's clock and a crew without equal: what is accepted is handed over at the next look.
func (s *site) tick(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for bell.Sleep(ctx, 20*time.Millisecond) {
			if _, err := s.store.Do(ctx, shop.Tick{}); err != nil && ctx.Err() == nil {
				t.Error(err)
			}
			for o := range s.store.Snapshot().Orders.All() {
				if o.State() == shop.OrderAccepted {
					_, _ = s.store.Do(ctx, shop.Handover{By: "crew", Order: o.ID, Made: true}) // ended meanwhile: not ours
				}
			}
		}
	}()
	t.Cleanup(func() { cancel(); <-ended })
}

func (s *site) door(t *testing.T, overBroker bool) Door {
	t.Helper()
	door, err := HTTP(s.url, s.key)
	if overBroker {
		door, err = Broker(s.broker, s.store.Snapshot().Config.ID, channel, s.key)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(door.Close)
	return door
}

// leased counts the orders that came under a lease.
func (s *site) leased(t *testing.T) (n int) {
	t.Helper()
	orders, err := s.store.OrdersOfDay(t.Context(), s.store.Snapshot().Counters.Day, channel)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range orders {
		if o.Lease != nil {
			n++
		}
	}
	return n
}

// config is a short day: so many orders in quick succession.
func config(door Door, obey Obey, orders int, out *bytes.Buffer) Config {
	c := Config{Door: door, Obey: obey, Speed: 1000, Accept: 1, Wait: 5 * time.Second, Out: out, Retry: 3 * time.Second, Prefix: "test"}
	for i := range orders {
		c.Arrivals = append(c.Arrivals, Arrival{At: time.Duration(i) * 10 * time.Second, Cups: 1 + i%3})
	}
	return c
}

func TestADayOverBothDoors(t *testing.T) {
	for _, overBroker := range []bool{false, true} {
		for _, obey := range []Obey{ObeyLease, ObeyLevel, ObeyNone} {
			t.Run(fmt.Sprintf("broker %v, obey %s", overBroker, obey), func(t *testing.T) {
				s := open(t, nil)
				var out bytes.Buffer
				b, err := Run(t.Context(), config(s.door(t, overBroker), obey, 40, &out))
				if err != nil {
					t.Fatalf("%v\n%s", err, out.String())
				}
				if b.Orders != 40 || b.Sent+b.HeldBack < 40 || b.Accepted == 0 || b.Unanswered+b.Contradicted != 0 {
					t.Errorf("%+v", b)
				}
				if b.Handed+b.Open+b.Ended["released"] != b.Accepted || b.Handed == 0 || b.Open > b.Slots {
					t.Errorf("not every order is accounted for: %+v", b)
				}
				if !strings.Contains(out.String(), "balance of every order") {
					t.Errorf("no balance: %s", out.String())
				}
				if leased := s.leased(t); (leased > 0) != (obey == ObeyLease) {
					t.Errorf("%d orders came under a lease", leased)
				}
				if lost := s.store.Snapshot().Lost(); lost != 0 {
					t.Errorf("%d cups are lost", lost)
				}
			})
		}
	}
}

// forgetful is a way to the shop that carries requests and loses the answers to some orders.
func forgetful(loses func(n int64) bool, instead func(http.ResponseWriter)) func(http.Handler) http.Handler {
	var n atomic.Int64
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodPost || r.URL.Path != "/v1/orders" || !loses(n.Add(1)) {
				next.ServeHTTP(w, r)
				return
			}
			next.ServeHTTP(httptest.NewRecorder(), r)
			instead(w)
		})
	}
}

// hangUp ends the connection without an answer.
func hangUp(w http.ResponseWriter) {
	if c, _, err := http.NewResponseController(w).Hijack(); err == nil {
		c.(*net.TCPConn).SetLinger(0)
		c.Close()
	}
}

func TestALostAnswerIsAskedForAgain(t *testing.T) {
	s := open(t, forgetful(func(n int64) bool { return n%3 == 1 }, hangUp))
	var out bytes.Buffer
	b, err := Run(t.Context(), config(s.door(t, false), ObeyNone, 20, &out))
	if err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	if b.AskedAgain == 0 || b.Unanswered+b.Contradicted != 0 || b.Accepted == 0 {
		t.Errorf("%+v", b)
	}
	if placed := s.store.Snapshot().Counters.Order; int(placed) != b.Accepted {
		t.Errorf("the shop has %d orders, the platform knows of %d", placed, b.Accepted)
	}
}

func TestTheBalanceShowsAShopThatDoesNotAnswer(t *testing.T) {
	s := open(t, forgetful(func(int64) bool { return true }, hangUp))
	var out bytes.Buffer
	c := config(s.door(t, false), ObeyNone, 3, &out)
	c.Retry, c.Wait = 50*time.Millisecond, 0
	b, err := Run(t.Context(), c)
	if !errors.Is(err, ErrBalance) || b.Unanswered != 3 || b.Accepted != 0 {
		t.Errorf("%v: %+v", err, b)
	}
}

func TestTheBalanceShowsAShopThatContradictsItself(t *testing.T) {
	refuse := func(w http.ResponseWriter) { // what was accepted
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusConflict)
		fmt.Fprint(w, `{"type":"/problems/deadline-passed","title":"","status":409,"not_made":true}`)
	}
	s := open(t, forgetful(func(n int64) bool { return n == 2 }, refuse))
	var out bytes.Buffer
	c := config(s.door(t, false), ObeyNone, 4, &out)
	c.Wait = 500 * time.Millisecond
	b, err := Run(t.Context(), c)
	if !errors.Is(err, ErrBalance) || b.Contradicted != 1 {
		t.Errorf("%v: %+v\n%s", err, b, out.String())
	}
}

func TestDoorsThatCannotBe(t *testing.T) {
	if _, err := HTTP("shop", "k"); err == nil {
		t.Error("a door without a URL opens")
	}
	for _, c := range [][3]string{{"tcp://127.0.0.1:1", "demo", channel}, {"nowhere", "demo", channel}, {"tcp://127.0.0.1:1", "", channel}} {
		if _, err := Broker(c[0], c[1], c[2], "k"); err == nil {
			t.Errorf("%v opens", c)
		}
	}
	s := open(t, nil)
	if _, err := Broker(s.broker, "demo", channel, "wrong"); err == nil {
		t.Error("a wrong key opens the broker")
	}
	door, err := HTTP(s.url, "wrong")
	if err != nil {
		t.Fatal(err)
	}
	defer door.Close()
	var out bytes.Buffer
	if _, err := Run(t.Context(), config(door, ObeyNone, 1, &out)); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("a wrong key: %v", err)
	}
}

// TestAnswersMayComeInAnotherOrder: the answers to two attempts overtake each other, which says nothing against the shop.
func TestAnswersMayComeInAnotherOrder(t *testing.T) {
	late := func(first, second func(b *balance)) int {
		b := newBalance()
		b.sent("r")
		first(b)
		second(b)
		return b.sum().Contradicted
	}
	refused := func(try int) func(b *balance) { return func(b *balance) { b.refused("r", try, "slot-full") } }
	accepted := func(try int, id shop.OrderID) func(b *balance) {
		return func(b *balance) { b.accepted("r", try, id) }
	}
	for name, c := range map[string]struct {
		first, second func(b *balance)
		want          int
	}{
		"refused, then accepted":                  {refused(1), accepted(2, 7), 0},
		"the same, the refusal is heard later":    {accepted(2, 7), refused(1), 0},
		"accepted twice":                          {accepted(2, 7), accepted(1, 7), 0},
		"accepted, then refused":                  {accepted(1, 7), refused(2), 1},
		"the same, the acceptance is heard later": {refused(2), accepted(1, 7), 1},
		"one attempt, both":                       {accepted(1, 7), refused(1), 1},
		"two orders":                              {accepted(1, 7), accepted(2, 8), 1},
	} {
		if got := late(c.first, c.second); got != c.want {
			t.Errorf("%s: %d contradicted", name, got)
		}
	}
	if tryOf("a-1", nonceOf("a-1", 3)) != 3 || tryOf("a-1", nonceOf("a-12", 3)) != 0 || tryOf("a-1", "") != 0 {
		t.Error("an attempt is not told from another")
	}
}
