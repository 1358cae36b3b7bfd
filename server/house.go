package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"weir/kds"
	"weir/printer"
	"weir/server/access"
	"weir/server/api"
	"weir/server/settlement"
	"weir/server/store"
	"weir/server/uplink"
	"weir/server/wire"
	"weir/shop"
	"weir/shop/capacity"
	"weir/templates"
)

// house is a shop with everything plugged together. This file is the only place that knows everyone.
type house struct {
	serve    *Serve
	config   *shop.Config
	log      *slog.Logger
	now      func() time.Time
	store    *store.Store
	keys     *access.Keys
	broker   *uplink.Broker // nil when the platform's is used
	reporter *wire.Reporter // of capacity, the same for both doors
	uplink   *uplink.Uplink
	printers []*printer.Printer
	books    *settlement.Books
	screens  *kds.Screens
	api      *api.API
	http     *http.Server
	listener net.Listener
	control  *http.Server
	socket   net.Listener
	demo     *demo // nil in a real shop
}

// build plugs a shop together. On an error it returns what has been opened, to be closed.
func build(ctx context.Context, c *Serve) (*house, error) {
	h := &house{serve: c, now: time.Now, log: slog.New(slog.NewTextHandler(os.Stderr, nil))}
	for _, step := range []func(context.Context) error{h.openStore, h.openSockets, h.openUplink, h.openPrinters, h.openBooks, h.openDoors, h.openDemo} {
		if err := step(ctx); err != nil {
			return h, err
		}
	}
	return h, nil
}

func (h *house) openStore(ctx context.Context) (err error) {
	if h.config, err = h.serve.shopConfig(); err != nil {
		return err
	}
	data := h.serve.Data
	clock := &fastClock{}
	if h.serve.Demo {
		data = filepath.Join(data, "demo")
		clock.from(time.Now())
		h.now = clock.now
	}
	if h.store, err = store.Open(ctx, data, h.config, h.log, h.now); err != nil {
		return err
	}
	if h.serve.Demo {
		if err := h.wind(ctx, clock); err != nil {
			return err
		}
	}
	h.keys, err = access.NewKeys(ctx, h.store)
	return err
}

// wind sets the demo's clock to ten in the morning, or to where its last run ended.
func (h *house) wind(ctx context.Context, clock *fastClock) error {
	y, m, d := time.Now().In(h.config.Location).Date()
	start := time.Date(y, m, d, 10, 0, 0, 0, h.config.Location)
	last, err := h.store.Log(ctx, 0, 1)
	if err != nil {
		return err
	}
	if len(last) > 0 && last[0].At.After(start) {
		start = last[0].At
	}
	clock.from(start)
	return nil
}

func (h *house) openSockets(context.Context) (err error) {
	if h.listener, err = net.Listen("tcp", h.serve.Addr); err != nil {
		return fmt.Errorf("listen for HTTP: %w; name another address with --addr", err)
	}
	h.socket, err = listenControl(h.serve.Data)
	return err
}

func (h *house) openUplink(context.Context) (err error) {
	var remote uplink.Remote
	if h.serve.Broker != "" {
		remote, err = uplink.ParseURL(h.serve.Broker)
	} else {
		check := func(channel, key string) bool {
			of, ok := h.keys.Channel(key)
			return ok && of == channel
		}
		h.broker, err = uplink.StartBroker(uplink.BrokerConfig{Store: h.config.Store, Address: h.serve.BrokerAddr, Check: check, Log: h.log})
		if err == nil {
			remote = h.broker.Remote()
		}
	}
	if err != nil {
		return err
	}
	h.reporter = wire.NewReporter(h.trouble)
	h.uplink = uplink.New(uplink.Config{Shop: h.store, Remote: remote, Reporter: h.reporter, Notice: h.notice, Now: h.now, Log: h.log})
	return nil
}

func (h *house) openPrinters(context.Context) error {
	paper := spool{h.store}
	for _, p := range h.config.Printers {
		model, address, err := printer.Parse(string(p.Kind), p.Address)
		if err != nil {
			return fmt.Errorf("printer %s: %w", p.Name, err)
		}
		config := printer.Config{Name: p.Name, Model: model, Address: address, Reprint: p.Reprint}
		h.printers = append(h.printers, printer.New(config, paper, paper.render, h.now, printer.Timing{}, h.log))
	}
	return nil
}

func (h *house) openDoors(context.Context) (err error) {
	printers := make([]kds.Printer, len(h.printers))
	for i, p := range h.printers {
		printers[i] = p
	}
	h.screens = kds.New(kds.Config{Kitchen: h.store, Now: h.now, Log: h.log, Printers: printers, Network: h.network, Start: h.start})
	h.api, err = api.New(api.Config{Shop: h.store, Keys: h.keys, Reporter: h.reporter, Hosts: h.serve.Hosts, Log: h.log, Now: h.now})
	if err != nil {
		return err
	}
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	h.api.Protect(e)
	h.api.Routes(e)
	h.screens.Routes(e)
	e.GET("/asyncapi.yaml", func(c echo.Context) error { return c.Blob(http.StatusOK, "application/yaml", uplink.AsyncAPI) })
	h.http = &http.Server{Handler: e, ReadHeaderTimeout: readHeaderTimeout, IdleTimeout: idleTimeout, ErrorLog: slog.NewLogLogger(h.log.Handler(), slog.LevelWarn)}
	h.control = &http.Server{Handler: serveControl(localAdmin{h.config, h.store, h.keys}), ReadHeaderTimeout: readHeaderTimeout}
	return nil
}

func (h *house) openDemo(ctx context.Context) error {
	if !h.serve.Demo {
		return nil
	}
	h.demo = &demo{store: h.store, access: h.keys, base: h.url(), keys: map[string]string{}, now: h.now, log: h.log}
	return nil
}

// notice takes a campaign's notice that came over MQTT as the HTTP door would.
func (h *house) notice(ctx context.Context, channel string, body []byte) (int, any, error) {
	return h.api.TakeNotice(ctx, channel, body)
}

func (h *house) openBooks(context.Context) error {
	h.books = settlement.New(h.store)
	return nil
}

// trouble is what outside the shop's rules keeps it from taking orders.
func (h *house) trouble() capacity.Reason {
	if !h.store.Healthy() {
		return wire.ReasonStorage
	}
	return ""
}

// network is the lights of the links to the outside.
func (h *house) network() []templates.Light {
	s := h.uplink.Status()
	light := templates.Light{Name: "MQTT", OK: s.Connected, Words: shop.Name{ZH: "已连接", EN: "connected"}}
	if !s.Connected {
		light.Words = shop.Name{ZH: "未连接", EN: "not connected"}
	}
	return []templates.Light{light}
}

func (h *house) start() kds.Start {
	return kds.Start{Addresses: []string{h.url()}, Broker: h.brokerURL(), Version: version(), Demo: h.serve.Demo, Open: h.loopback()}
}

// url is where the shop is reached.
func (h *house) url() string { return "http://" + h.listener.Addr().String() }

func (h *house) brokerURL() string {
	switch {
	case h.serve.Broker != "":
		return h.uplink.Status().Broker
	case h.broker.Addr() == "":
		return ""
	}
	return "tcp://" + h.broker.Addr()
}

// loopback reports whether only this machine can reach the shop.
func (h *house) loopback() bool {
	host, _, err := net.SplitHostPort(h.listener.Addr().String())
	return err == nil && net.ParseIP(host).IsLoopback()
}

// announce says where everything is, on the first lines.
func (h *house) announce(w io.Writer) {
	lines := [][2]string{
		{"shop", fmt.Sprintf("%s (%s), data in %s", h.config.Name.ZH, h.config.Store, h.serve.Data)},
		{"start", h.url() + "/"}, {"board", h.url() + "/kds"}, {"printers", h.url() + "/printers"},
		{"platform", h.url() + "/v1/capacity"}, {"docs", h.url() + "/docs"},
	}
	if broker := h.brokerURL(); broker != "" {
		lines = append(lines, [2]string{"mqtt", broker + "  topics weir/v1/" + h.config.Store + "/#"})
	}
	for i, p := range h.printers {
		lines = append(lines, [2]string{"paper", fmt.Sprintf("%s at %s", h.config.Printers[i].Name, p.Status().Address)})
	}
	channels := make([]string, 0, len(h.config.Channels))
	for _, ch := range h.config.Channels {
		channels = append(channels, ch.ID)
	}
	slices.Sort(channels)
	lines = append(lines, [2]string{"key", "go run ./server key add --channel " + strings.Join(channels, "|")})
	if h.loopback() {
		lines = append(lines, [2]string{"open", "on this machine only, without sign-in"})
	}
	for _, l := range lines {
		fmt.Fprintf(w, "%-9s%s\n", l[0], l[1])
	}
}

// close closes what build has opened.
func (h *house) close() error {
	var errs []error
	for _, l := range []net.Listener{h.listener, h.socket} {
		if l != nil {
			if err := l.Close(); !errors.Is(err, net.ErrClosed) {
				errs = append(errs, err)
			}
		}
	}
	if h.broker != nil {
		errs = append(errs, h.broker.Close())
	}
	if h.store != nil {
		errs = append(errs, h.store.Close())
	}
	return errors.Join(errs...)
}
