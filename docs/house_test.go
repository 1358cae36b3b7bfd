// Package docs_test runs the examples of the integrator's page against a real shop: what the page says is what happens.
package docs_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/labstack/echo/v4"

	"weir/server/access"
	"weir/server/api"
	"weir/server/broker"
	"weir/server/store"
	"weir/server/uplink"
	"weir/shop"
	"weir/shop/door"
	"weir/shop/shopfile"
	"weir/shop/wire"
)

// noon is when the page's examples begin: 12:00 in Shanghai, 6 February 2026.
var noon = time.Date(2026, 2, 6, 4, 0, 0, 0, time.UTC)

// patience bounds each wait.
const patience = 20 * time.Second

// house is a whole shop with both doors, at noon.
type house struct {
	t      *testing.T
	store  *store.Store
	keys   map[string]string
	http   *httptest.Server
	broker *broker.Broker
	guest  map[string]*guest
	clock  atomic.Int64 // ms
}

func (h *house) now() time.Time { return time.UnixMilli(h.clock.Load()).UTC() }

func open(t *testing.T, change func(*shop.Config)) *house {
	t.Helper()
	config, err := shopfile.Demo()
	if err != nil {
		t.Fatal(err)
	}
	change(config)
	h := &house{t: t, keys: map[string]string{}, guest: map[string]*guest{}}
	h.clock.Store(noon.UnixMilli())
	log := slog.New(slog.DiscardHandler)
	if h.store, err = store.Open(t.Context(), t.TempDir(), config, log, h.now); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.store.Close(); err != nil {
			t.Error(err)
		}
	})
	h.run(h.store.Run)
	keys, err := access.NewKeys(t.Context(), h.store)
	if err != nil {
		t.Fatal(err)
	}
	for _, ch := range config.Channels {
		if h.keys[ch.ID], _, err = keys.Add(t.Context(), ch.ID); err != nil {
			t.Fatal(err)
		}
	}
	reporter := wire.NewReporter(nil)
	way := door.New(door.Config{Shop: h.store, Box: h.store.Box(), Now: h.now, Log: log})
	calls, err := api.New(api.Config{Shop: h.store, Door: way, Keys: keys, Reporter: reporter, Log: log, Now: h.now})
	if err != nil {
		t.Fatal(err)
	}
	e := echo.New()
	calls.Errors(e)
	calls.Routes(e)
	h.http = httptest.NewServer(e)
	t.Cleanup(h.http.Close)
	h.broker, err = broker.Start(broker.Config{Shop: config.ID, Address: "127.0.0.1:0", Log: log,
		Check: func(channel, key string) bool { of, ok := keys.Channel(key); return ok && of == channel }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.broker.Close(); err != nil {
			t.Error(err)
		}
	})
	link := uplink.New(uplink.Config{Shop: h.store, Door: way, Remote: uplink.Within(h.broker.Inside()), Reporter: reporter, Now: h.now, Log: log})
	h.run(link.Run)
	for deadline := time.Now().Add(patience); !link.Status().Connected; time.Sleep(5 * time.Millisecond) { // between two looks
		if time.Now().After(deadline) {
			t.Fatal("the shop does not reach its own broker")
		}
	}
	h.do(shop.Tick{})
	return h
}

// run runs something until the end of the test.
func (h *house) run(run func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()
	h.t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			h.t.Error(err)
		}
	})
}

func (h *house) do(c shop.Command) {
	h.t.Helper()
	if _, err := h.store.Do(h.t.Context(), c); err != nil {
		h.t.Fatalf("%#v: %v", c, err)
	}
}

// obey lets the shop itself do what a comment of the page says.
func (h *house) obey(what string) error {
	for _, step := range strings.Split(what, ";") {
		words := strings.Fields(step)
		if len(words) < 2 {
			return fmt.Errorf("step %q: want a verb and what it is about", step)
		}
		order, _ := shop.ParseOrderID(words[1])
		switch words[0] {
		case "made":
			o, err := h.store.Order(h.t.Context(), order)
			if err != nil {
				return err
			}
			for i := range o.Cups {
				h.do(shop.Tap{By: "tablet", Cups: []shop.CupID{o.CupID(o.Cups[i].N)}, To: shop.Made})
			}
		case "hand":
			h.do(shop.Handover{By: "tablet", Order: order, Made: true})
		case "pass":
			d, err := time.ParseDuration(words[1])
			if err != nil {
				return err
			}
			h.clock.Add(d.Milliseconds())
			h.do(shop.Tick{})
		case "acknowledge":
			id, err := shop.ParseCampaignID(words[1])
			if err != nil {
				return err
			}
			cups, err := strconv.Atoi(words[2])
			if err != nil {
				return err
			}
			h.do(shop.AcknowledgeNotice{By: "owner", Campaign: id, Revision: 1, Limit: &shop.Limit{Cups: cups, Of: shop.LimitOfCampaign}})
		case "close":
			h.do(shop.CloseDay{By: "owner", Day: shop.Day(words[1])})
		default:
			return fmt.Errorf("unknown step %q", step)
		}
	}
	return nil
}

// guest is a channel at the shop's broker.
type guest struct {
	client mqtt.Client
	got    chan []byte
}

// join signs a channel in and lets it read its answers.
func (h *house) join(channel string) (*guest, error) {
	if g, ok := h.guest[channel]; ok {
		return g, nil
	}
	g := &guest{got: make(chan []byte, 100)}
	opts := mqtt.NewClientOptions().AddBroker("tcp://" + h.broker.Addr()).SetClientID("router-" + channel).
		SetUsername(channel).SetPassword(h.keys[channel])
	g.client = mqtt.NewClient(opts)
	answers := wire.TopicsOf("demo").Answers(channel)
	for _, step := range []func() mqtt.Token{
		g.client.Connect,
		func() mqtt.Token {
			return g.client.Subscribe(answers, 1, func(_ mqtt.Client, m mqtt.Message) { g.got <- m.Payload() })
		},
	} {
		if token := step(); !token.WaitTimeout(patience) || token.Error() != nil {
			return nil, fmt.Errorf("join the broker as %s: %w", channel, token.Error())
		}
	}
	h.t.Cleanup(func() { g.client.Disconnect(100) })
	h.guest[channel] = g
	return g, nil
}
