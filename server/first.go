package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"

	"weir/server/control"
	"weir/server/setup"
	"weir/server/store"
	"weir/shop"
	"weir/shop/guard"
)

// first is what a first start leaves to the shop: the listener, on which browsers wait already, and who owns the shop. The zero
// value is no first start.
type first struct {
	listener net.Listener
	owner    *setup.Owner
}

// firstStart leads through a first start where one is asked for and shop.yaml is not there yet, until that is written or ctx
// ends. A box that has a shop's data has had its first start: it is never offered to whoever comes by. Without a file to make, and
// in a demo, --setup does nothing: the unit always gives it, also on a box whose settings name no file.
func firstStart(ctx context.Context, c *Serve, stdout io.Writer) (first, error) {
	if !c.Setup || c.Config == "" || c.Demo {
		return first{}, nil
	}
	if _, err := os.Lstat(c.Config); !errors.Is(err, fs.ErrNotExist) {
		return first{}, nil // it is there, or says itself why it cannot be read
	}
	if _, err := os.Lstat(filepath.Join(c.Data, store.FileName)); err == nil {
		return first{}, fmt.Errorf("%s is not there, but %s has a shop's data: put the shop's file back; a first start is for a new box",
			c.Config, c.Data)
	}
	if err := setup.Writable(c.Config); err != nil {
		return first{}, err
	}
	lock, err := store.Lock(c.Data)
	if err != nil {
		return first{}, err
	}
	defer lock.Close() // the shop takes its own
	l, err := listen(c.Addr)
	if err != nil {
		return first{}, err
	}
	tcp := parked{l.(*net.TCPListener)}
	owner, err := serveSetup(ctx, c, tcp, stdout)
	if err == nil && owner != nil {
		err = tcp.SetDeadline(time.Time{})
	}
	if err != nil || owner == nil {
		return first{}, errors.Join(err, l.Close())
	}
	return first{l, owner}, nil
}

// serveSetup serves the first start until it is finished or ctx ends; owner is nil then.
func serveSetup(ctx context.Context, c *Serve, l net.Listener, stdout io.Writer) (owner *setup.Owner, err error) {
	log, err := newLog(os.Stderr, cmp.Or(c.LogLevel, "info"), cmp.Or(c.LogFormat, logText))
	if err != nil {
		return nil, err
	}
	f, err := newFace(c, l.Addr(), time.Now, log)
	if err != nil {
		return nil, err
	}
	s, err := setup.New(setup.Config{
		File: c.Config, Loopback: f.loopback, Secure: f.secure, Hosts: f.hosts, Now: time.Now, Log: log,
		Tell: func(code string) { fmt.Fprintf(stdout, "%-9s%s/setup  code %s, good once\n", "setup", f.urls[0], code) },
	})
	if err != nil {
		return nil, err
	}
	for _, url := range f.urls {
		fmt.Fprintf(stdout, "%-9s%s/setup\n", "setup", url)
	}
	if f.root != nil {
		fmt.Fprintf(stdout, "%-9s%s\n", "root", f.root.Fingerprint())
	}
	bounded := net.Listener(guard.Bound(l, publicRoom))
	if f.tls != nil {
		bounded = tls.NewListener(bounded, f.tls)
	}
	serving, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- guard.Serve(serving, newServer(s.Handler(), log), bounded) }()
	select {
	case who := <-s.Finished():
		owner = &who
	case err := <-ended:
		return nil, err
	}
	stop() // answers under way are finished
	return owner, <-ended
}

// parked is a listener that is handed on: closing it ends Accept and leaves the connections that wait for the next one.
type parked struct{ *net.TCPListener }

// Close implements [net.Listener].
func (p parked) Close() error { return p.SetDeadline(time.Now()) }

// enter makes who has set the shop up its owner.
func (h *house) enter(ctx context.Context, owner setup.Owner) error {
	code, err := h.guard.NewCode(ctx, control.Console, true)
	if err == nil {
		err = h.guard.SetOwner(ctx, code.Digits, owner.Name, owner.Password, "setup")
	}
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("set the owner's password: %w", err)
	}
	return nil
}

// standing is how far the shop is after its first start.
func (h *house) standing() setup.Standing {
	s := setup.Standing{
		Paired: len(h.guard.Devices()), Printers: len(h.printers), Secure: h.guard.Secure,
		Remote: h.serve.Broker != "", Copied: h.copy != nil, Alerts: len(h.config.Alerts),
	}
	keyed := map[string]bool{}
	if keys, err := h.keys.List(context.Background()); err == nil {
		for _, k := range goodKeys(keys) {
			keyed[k.Channel] = true
		}
	}
	for _, ch := range h.config.Channels {
		if ch.ID == shop.CounterChannel {
			continue
		}
		s.Channels++
		if keyed[ch.ID] {
			s.Keys++
		}
	}
	return s
}
