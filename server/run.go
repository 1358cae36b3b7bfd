package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"weir/server/demo"
	"weir/server/setup"
	"weir/shop"
	"weir/shop/bell"
	"weir/shop/guard"
)

const (
	// tickEvery is how often the clock is a command: slots, levels and leases move in seconds.
	tickEvery = time.Second
	// readHeaderTimeout keeps a client that sends nothing from holding a connection.
	readHeaderTimeout = 10 * time.Second
	// readTimeout is how long a request with its body may take: 64 KiB on the slowest line. What lasts longer, a stream, a
	// long poll, an upload, moves the deadline on and leaves none out.
	readTimeout = 30 * time.Second
	// writeTimeout is how long an answer may take. A day's events and a day's settlement are a megabyte at most.
	writeTimeout = 2 * time.Minute
	// headerMax is the size of a request's header in bytes: two cookies, a key and an address are one kilobyte.
	headerMax = 32 << 10
	// streamsOfConnection is how many requests one HTTP/2 connection may have under way.
	streamsOfConnection = 32
	// idleTimeout is for connections between requests; routers keep theirs for a minute.
	idleTimeout = 2 * time.Minute
)

// publicRoom is how many connections the shop's HTTP listener holds: 30 MB at most. A shop has some ten devices and a few
// platforms; the others are phones in the queue.
var publicRoom = guard.Room{Strangers: 512, Trusted: 256, PerAddress: 64}

// controlRoom is how many the control socket holds: commands that somebody types on the box.
var controlRoom = guard.Room{Strangers: 32}

// newServer is an HTTP server with the time-outs that each of ours has.
func newServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: h, ConnContext: guard.ConnContext, MaxHeaderBytes: headerMax,
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: streamsOfConnection},
		ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		ErrorLog: slog.NewLogLogger(quietHandshakes{log.Handler()}, slog.LevelWarn),
	}
}

// quietHandshakes drops the lines that net/http writes for each TLS handshake that fails: a stranger causes as many as it
// likes, and a tablet that does not trust the shop's certificate says so itself.
type quietHandshakes struct{ slog.Handler }

// Handle implements [slog.Handler].
func (q quietHandshakes) Handle(ctx context.Context, r slog.Record) error {
	if strings.HasPrefix(r.Message, "http: TLS handshake error") {
		return nil
	}
	return q.Handler.Handle(ctx, r)
}

// Run runs a shop until ctx ends. It is what main and the tests start; the first lines on stdout name
// every URL.
func Run(ctx context.Context, c *Serve, stdout io.Writer) error {
	first, err := firstStart(ctx, c, stdout)
	if err != nil || ctx.Err() != nil {
		return err
	}
	h, err := build(ctx, c, first.listener)
	if err != nil {
		return errors.Join(err, h.close())
	}
	if first.owner == nil {
		h.announce(stdout)
	}
	return errors.Join(h.run(ctx, stdout, first.owner), h.close())
}

// run starts every long-lived goroutine. The writer outlives the doors and the workers: what they have
// asked for is still carried out. owner is who has just set the shop up; nil is nobody.
func (h *house) run(ctx context.Context, stdout io.Writer, owner *setup.Owner) error {
	inner, stopInner := context.WithCancel(context.WithoutCancel(ctx))
	defer stopInner()
	writer, inner := errgroup.WithContext(inner)
	writer.Go(func() error { return h.store.Run(inner) })
	writer.Go(func() error { return h.store.Maintain(inner) })
	if owner != nil {
		if err := h.enter(ctx, *owner); err != nil { // before the first page: nobody is asked for another code
			stopInner()
			return errors.Join(err, writer.Wait())
		}
		h.announce(stdout)
	}

	front, ctx := errgroup.WithContext(ctx)
	front.Go(func() error {
		select {
		case <-inner.Done():
			return errors.New("the writer has stopped")
		case <-ctx.Done():
			return nil
		}
	})
	front.Go(func() error { return h.tick(ctx) })
	front.Go(func() error { return h.screens.Run(ctx) })
	context.AfterFunc(ctx, h.api.Stop)
	front.Go(func() error { return h.uplink.Run(ctx) })
	front.Go(func() error { return h.reachFleet(ctx) })
	front.Go(func() error { return h.guard.Run(ctx) })
	front.Go(func() error { return h.tally.Run(ctx) })
	front.Go(func() error { return h.welcomeOwner(ctx, stdout) })
	front.Go(func() error {
		return h.books.Run(ctx, func(err error) { h.log.Error("cannot close a day", "error", err) })
	})
	for _, a := range h.adapters {
		front.Go(func() error { return a.Run(ctx) })
	}
	for _, f := range h.outbox {
		front.Go(func() error { return f.Run(ctx) })
	}
	for _, p := range h.printers {
		front.Go(func() error { return p.Run(ctx) })
	}
	front.Go(func() error { return guard.Serve(ctx, h.http, h.listener) })
	front.Go(func() error { return guard.Serve(ctx, h.control, h.socket) })
	if h.copy != nil {
		front.Go(func() error { return h.copy.Run(ctx) })
	}
	if h.desk != nil {
		front.Go(func() error { return h.desk.Run(ctx) })
	}
	if h.demo != nil {
		front.Go(func() error { return h.demo.Run(ctx) })
	}
	err := front.Wait()
	stopInner()
	return errors.Join(err, writer.Wait())
}

// tick is the clock: what is due is done, second by second.
func (h *house) tick(ctx context.Context) error {
	every := tickEvery
	if h.demo != nil {
		every /= demo.TickShare
	}
	for bell.Sleep(ctx, every) {
		if h.clock != nil {
			if err := h.clock.Keep(ctx, h.store); err != nil && ctx.Err() == nil {
				h.log.Warn("clock", "error", err)
			}
		}
		if _, err := h.store.Do(ctx, shop.Tick{NoOrders: h.twin.Down()}); err != nil && ctx.Err() == nil {
			h.log.Warn("clock", "error", err) // the writer has said why; the next second asks again
		}
	}
	return nil
}
