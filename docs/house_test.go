// Package docs_test runs the examples of the integrator's page against a real shop: what the page says is what happens.
package docs_test

import (
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"weir/kds"
	"weir/server/access"
	"weir/server/api"
	"weir/server/broker"
	"weir/server/testshop"
	"weir/server/uplink"
	"weir/server/webhook"
	"weir/shop"
	"weir/shop/door"
	"weir/shop/try"
	"weir/shop/wire"
)

// house is a whole shop with both doors, at noon.
type house struct {
	t *testing.T
	*testshop.Shop
	keys   map[string]string
	http   *httptest.Server
	broker *broker.Broker
	guest  map[string]*testshop.Guest
}

func open(t *testing.T, change func(*shop.Config)) *house {
	t.Helper()
	h := &house{t: t, keys: map[string]string{}, guest: map[string]*testshop.Guest{}}
	h.Shop = testshop.Open(t, testshop.Setup{Change: change})
	config, now, log := h.Snapshot().Config, h.Clock.Now, slog.New(slog.DiscardHandler)
	keys, err := access.NewKeys(t.Context(), h.Store)
	if err != nil {
		t.Fatal(err)
	}
	for _, ch := range config.Channels {
		if h.keys[ch.ID], _, err = keys.Add(t.Context(), ch.ID); err != nil {
			t.Fatal(err)
		}
	}
	reporter := wire.NewReporter(nil)
	way := door.New(door.Config{Shop: h.Store, Box: h.Store.Box(), Now: now, Log: log})
	hooks, err := webhook.New(t.Context(), webhook.Config{Store: h.Store, Now: now, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	calls, err := api.New(api.Config{Shop: h.Store, Door: way, Keys: keys, Reporter: reporter, Log: log, Now: now, Hooks: hooks})
	if err != nil {
		t.Fatal(err)
	}
	e := echo.New()
	calls.Errors(e)
	calls.Routes(e)
	kds.New(kds.Config{Kitchen: h.Store, Now: now, Log: log}).Routes(e)
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
	link := uplink.New(uplink.Config{Shop: h.Store, Door: way, Remote: uplink.Within(h.broker.Inside()), Reporter: reporter, Now: now,
		Log: log})
	try.Run(t, link.Run)
	try.Until(t, "the shop reaches its own broker", func() bool { return link.Status().Connected })
	h.do(shop.Tick{})
	return h
}

func (h *house) do(c shop.Command) { h.t.Helper(); h.Must(h.t, c) }

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
			o, err := h.Store.Order(h.t.Context(), order)
			if err != nil {
				return err
			}
			for i := range o.Cups {
				h.do(shop.Tap{By: "tablet", Cups: []shop.CupID{o.CupID(o.Cups[i].N)}, To: shop.Made})
			}
		case "hand":
			h.do(shop.Handover{By: "tablet", Order: order, Made: true})
		case "release":
			h.do(shop.End{By: "tablet", Order: order, To: shop.OrderReleased, Reason: words[2]})
		case "pass":
			d, err := time.ParseDuration(words[1])
			if err != nil {
				return err
			}
			h.Pass(h.t, d)
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

// join signs a channel in and lets it read its answers.
func (h *house) join(channel string) (*testshop.Guest, error) {
	if g, ok := h.guest[channel]; ok {
		return g, nil
	}
	g, err := testshop.TryJoin(h.t, h.broker.Addr(), "router-"+channel, channel, h.keys[channel], wire.TopicsOf("demo").Answers(channel))
	if err != nil {
		return nil, err
	}
	h.guest[channel] = g
	return g, nil
}
