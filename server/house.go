package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"weir/kds"
	"weir/printer"
	"weir/server/access"
	"weir/server/adapter"
	"weir/server/alarm"
	"weir/server/api"
	"weir/server/broker"
	"weir/server/clock"
	"weir/server/connector"
	"weir/server/control"
	"weir/server/demo"
	"weir/server/outbox"
	"weir/server/owner"
	"weir/server/paper"
	"weir/server/replica"
	"weir/server/settlement"
	"weir/server/setup"
	"weir/server/store"
	"weir/server/uplink"
	"weir/server/webhook"
	"weir/shop"
	"weir/shop/alert"
	"weir/shop/capacity"
	"weir/shop/door"
	"weir/shop/guard"
	"weir/shop/remote"
	"weir/shop/wire"
	"weir/templates/page"
)

// house is a shop with everything plugged together. This file is the only place that knows everyone.
type house struct {
	serve    *Serve
	config   *shop.Config
	log      *slog.Logger
	now      func() time.Time
	clock    *clock.Clock // the shop's time; nil in a demo, which has one of its own
	lock     *os.File     // locks the data directory where the store's own lock does not
	store    *store.Store
	keys     *access.Keys
	guard    *access.Guard
	root     *guard.Root     // the shop's own certificate authority; nil when there is none
	tally    *owner.Tally    // counts refused orders
	shop     uplink.Standing // as platforms meet it
	door     *door.Door      // the one way in for platforms
	urls     []string        // where the shop is reached, the best first
	secure   *tls.Config     // for the network; nil without TLS
	twin     *uplink.Twin    // nil where no other box can be on the broker
	broker   *broker.Broker  // nil when the platform's is used
	reporter *wire.Reporter  // makes capacity reports, the same ones for HTTP and MQTT
	uplink   *uplink.Uplink
	outside  *remote.Desk // takes the commands of the owner's fleet
	printers []*printer.Printer
	books    *settlement.Books
	adapters []*adapter.Adapter
	hooks    *webhook.Hooks
	links    *connector.Links
	outbox   []*outbox.Follower // who is told events by calls
	screens  *kds.Screens
	alarms   *alarm.Alarms
	copy     *replica.Copy // keeps a continuous copy; nil is none
	desk     *alert.Desk   // tells people who are not in the shop
	api      *api.API
	http     *http.Server
	listener net.Listener
	control  *http.Server
	socket   net.Listener
	demo     *demo.Day // nil in a real shop
}

// build plugs a shop together. On an error it returns what has been opened, to be closed. l is where to listen for HTTP; nil is
// the address that c names.
func build(ctx context.Context, c *Serve, l net.Listener) (*house, error) {
	h := &house{serve: c, now: time.Now, listener: l}
	var err error
	if h.log, err = newLog(os.Stderr, cmp.Or(c.LogLevel, "info"), cmp.Or(c.LogFormat, logText)); err != nil {
		return h, err
	}
	for _, step := range []func(context.Context) error{
		h.openStore, h.openSockets, h.openAccess, h.openOutbox, h.openAPI, h.openUplink, h.openPrinters, h.openBooks, h.openScreens, h.openAlerts,
		h.openFront,
	} {
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
	var fast *demo.Clock // nil in a real shop
	if h.serve.Demo {
		// Its orders are not those of a real shop, but the socket and the certificate are in the same place.
		if h.lock, err = store.Lock(data); err != nil {
			return err
		}
		data = filepath.Join(data, "demo")
		fast = demo.NewClock()
		h.now = fast.Now
	} else {
		h.clock = clock.New(clock.System())
		h.now = h.clock.Now
	}
	if h.store, err = store.Open(ctx, data, h.config, h.log, h.now); err != nil {
		return err
	}
	if h.serve.Demo {
		last, err := h.store.Log(ctx, 0, 1)
		if err != nil {
			return err
		}
		var end time.Time // of the last run
		if len(last) > 0 {
			end = last[0].At
		}
		fast.Resume(end, h.config.Location)
	} else {
		mark, err := h.clock.Remember(filepath.Join(data, clock.MarkFile))
		if err != nil {
			return err
		}
		h.clock.Resume(h.store.Snapshot().Counters.LastAt, mark)
		h.store.OnlyWhenSure(func() bool { return h.clock.Status().Sure })
	}
	if err := h.openCopy(filepath.Join(data, store.FileName)); err != nil {
		return err
	}
	if h.serve.Broker != "" {
		if h.twin, err = uplink.OpenTwin(h.serve.Data); err != nil {
			return err
		}
	}
	h.keys, err = access.NewKeys(ctx, h.store)
	return err
}

// openCopy prepares the continuous copy, if there is to be one. A target that cannot be reached does not keep a shop from
// opening; it is an alarm.
func (h *house) openCopy(database string) error {
	if h.serve.Replica == "" || h.serve.Demo {
		return nil
	}
	target, err := replica.Parse(h.serve.Replica)
	if err != nil {
		return err
	}
	h.copy = replica.New(replica.Config{Database: database, Target: target, Log: h.log})
	h.store.CopiedBy(h.copy)
	return nil
}

func (h *house) openSockets(context.Context) (err error) {
	l := h.listener // of a first start
	if l == nil {
		if l, err = listen(h.serve.Addr); err != nil {
			return err
		}
	}
	h.listener = guard.Bound(l, publicRoom)
	if l, err = control.Socket.Listen(h.serve.Data); err != nil {
		return err
	}
	h.socket = guard.Bound(l, controlRoom)
	return nil
}

// listen opens the address for HTTP.
func listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for HTTP: %w; name another address with --addr", err)
	}
	return l, nil
}

// openAccess decides who may come in, and over what.
func (h *house) openAccess(ctx context.Context) error {
	f, err := newFace(h.serve, h.listener.Addr(), h.now, h.log)
	if err != nil {
		return err
	}
	h.secure, h.root, h.urls = f.tls, f.root, f.urls
	if f.tls != nil {
		h.listener = tls.NewListener(h.listener, f.tls)
	}
	h.guard, err = access.New(ctx, access.Config{
		Store: h.store, Log: h.log, Loopback: f.loopback, Hosts: f.hosts, Secure: f.secure,
		URLs: func() []string { return h.urls }, Root: f.root,
	})
	if err != nil {
		return err
	}
	if h.tally, err = owner.NewTally(ctx, h.store, h.now, h.log); err != nil {
		return err
	}
	h.shop = uplink.NewStanding(h.store, h.twin)
	h.door = door.New(door.Config{Shop: h.shop, Box: h.store.Box(), Tally: h.tally, Now: h.now, Log: h.log})
	return nil
}

// openOutbox prepares those who tell channels their events by calls.
func (h *house) openOutbox(ctx context.Context) (err error) {
	h.hooks, err = webhook.New(ctx, webhook.Config{Store: h.store, Now: h.now, Log: h.log})
	if err == nil {
		h.links, err = connector.New(connector.Config{Store: h.store, Door: h.door, Now: h.now, Log: h.log})
	}
	if err == nil {
		h.outbox = slices.Concat(h.hooks.Followers(), h.links.Followers())
	}
	return err
}

// openAPI opens what carries bytes to the door over HTTP. The reports of capacity are those that MQTT gives out too.
func (h *house) openAPI(context.Context) (err error) {
	h.reporter = wire.NewReporter(h.trouble)
	figures := []prometheus.Collector{alarm.Figures{
		Of: func() *alarm.Alarms { return h.alarms }, Space: h.store.Space, Queue: h.store.Waiting, Version: version(),
		Streams: func() (paired, strangers int) { return h.screens.Streams() },
	}, outbox.Figures(h.outbox)}
	if h.copy != nil {
		figures = append(figures, h.copy)
	}
	h.api, err = api.New(api.Config{Shop: h.shop, Door: h.door, Keys: h.keys, Reporter: h.reporter, Log: h.log, Now: h.now,
		Figures: figures, Hooks: h.hooks, Checks: func() []api.Check { return checks(h.alarms) },
		Insider: func(c echo.Context) bool { return access.CallerOf(c.Request().Context()).Role > access.Anyone }})
	return err
}

// trouble is what outside the shop's rules keeps it from taking orders.
func (h *house) trouble() capacity.Reason { return alarm.Trouble(h.store, h.twin) }

func (h *house) openUplink(context.Context) (err error) {
	var to uplink.Remote
	if h.serve.Broker != "" {
		to, err = uplink.ParseURL(h.serve.Broker)
	} else {
		check := func(channel, key string) bool {
			of, ok := h.keys.Channel(key)
			return ok && of == channel
		}
		h.broker, err = broker.Start(broker.Config{Shop: h.config.ID, Address: h.serve.BrokerAddr, TLS: h.secure, Check: check, Log: h.log})
		if err == nil {
			h.keys.OnRevoke(h.broker.Recheck)
			to = uplink.Within(h.broker.Inside())
		}
	}
	if err != nil {
		return err
	}
	h.outside = h.openDesk()
	h.uplink = uplink.New(uplink.Config{Shop: h.store, Door: h.door, Remote: to, Twin: h.twin, Reporter: h.reporter, Now: h.now,
		Log: h.log, Desk: h.outside})
	return nil
}

func (h *house) openPrinters(context.Context) (err error) {
	var age func(time.Time) time.Duration // of a demo, by its own clock
	if h.clock != nil {
		age = h.clock.Age
	}
	h.printers, err = paper.Plug(h.store, h.now, age, h.log)
	return err
}

// openBooks opens the settlement and the links to platforms that take less than credit.
func (h *house) openBooks(context.Context) (err error) {
	h.books = settlement.New(h.store)
	h.adapters, err = adapter.All(adapter.Config{Shop: h.store, Trouble: h.trouble, Now: h.now, Log: h.log})
	return err
}

// openScreens opens what people in the shop look at, and the alarms on it.
func (h *house) openScreens(context.Context) error {
	h.alarms = &alarm.Alarms{
		Store: h.store, Twin: h.twin, Uplink: h.uplink, Remote: h.serve.Broker != "", Clock: h.clock,
		Adapters: h.adapters, Outbox: h.outbox, Printers: h.printers, TLS: h.secure, Copy: h.copy, Now: h.now,
	}
	h.screens = kds.New(kds.Config{
		Kitchen: h.store, Refusals: h.door.Refusals, Now: h.now, Log: h.log, Printers: shown(h.printers),
		Network: h.alarms.Network, Troubles: h.alarms.Troubles, Start: h.start, Who: access.Who, Watcher: watcher,
		PracticePrinters: h.practicePrinters,
	})
	return nil
}

// openAlerts opens the desk that tells people who are not in the shop. A demo tells nobody.
func (h *house) openAlerts(context.Context) (err error) {
	if h.serve.Demo {
		return nil
	}
	h.desk, err = alert.New(alert.Config{
		Targets: alertTargets(h.config), Look: h.alarms.Things, Now: h.now, Local: h.config.Location,
		Keep: alert.File(filepath.Join(h.serve.Data, alert.FileName)), Log: h.log,
	})
	if h.desk != nil {
		h.alarms.Desk = h.desk
	}
	return err
}

// openFront puts every page and call behind the guard, and what else comes in beside them.
func (h *house) openFront(context.Context) error {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	h.api.Errors(e)
	if h.serve.Demo {
		e.Use(page.Demo(demo.Speed))
	}
	e.Use(h.guard.Protect)
	h.api.Routes(e)
	h.links.Routes(e)
	h.screens.Routes(e)
	h.guard.Routes(e)
	owner.New(owner.Config{Tally: h.tally, Guard: h.guard, Keys: h.keys, Now: h.now, Log: h.log, Lights: h.alarms.Lights,
		Copied: h.alarms.Copied, Outbox: h.outbox, Clock: h.clock}).Routes(e)
	setup.Left(e, h.standing)
	e.GET("/asyncapi.yaml", func(c echo.Context) error { return c.Blob(http.StatusOK, "application/yaml", uplink.AsyncAPI) })
	h.http = newServer(e, h.log)
	running := control.NewRunning(control.NewLocal(h.config, h.store, h.keys, h.twin), h.guard, h.report)
	running.Broker = h.uplink.Status().Broker
	h.control = newServer(control.Serve(running), h.log)
	if h.serve.Demo {
		h.demo = demo.New(demo.Config{Shop: h.store, Keys: h.keys, URL: h.own(), Now: h.now, Log: h.log})
	}
	return nil
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
	if h.copy != nil { // after the store: its last commits are carried over, too
		errs = append(errs, h.copy.Close())
	}
	if h.lock != nil {
		errs = append(errs, h.lock.Close())
	}
	return errors.Join(errs...)
}
