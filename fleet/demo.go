package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"weir/fleet/city"
	"weir/fleet/directory"
	"weir/fleet/tell"
	"weir/shop"
	"weir/shop/alert"
	"weir/shop/shopfile"
)

// demoSpeed is how much faster the demo's clock runs: a city fills and empties while a newcomer reads the page, and an
// order's confirm_by of 30 s still leaves the streams of a slow disk a second and a half.
const demoSpeed = 20

// demoChannels are the platforms of the demo.
var demoChannels = []string{"meituan", "shangou"}

// unsteady is the shop whose box is switched off now and then: soon after the start, and again each minute.
var unsteady = city.Outage{Site: "wensan", First: 20 * time.Second, For: 12 * time.Second, Every: time.Minute}

// demo runs a city until ctx ends. Nothing of it stays.
func demo(ctx context.Context, s *Serve, stdout io.Writer) (err error) {
	if s.Engine != "" || len(s.Peers) > 0 {
		return errors.New("--demo has an engine of its own: leave out --engine and --peers")
	}
	if s.Data, err = os.MkdirTemp("", "weir-fleet-demo-"); err != nil {
		return fmt.Errorf("make the demo's directory: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(s.Data)) }()
	s.MQTTAddr = "" // its shops are inside
	clock := city.NewClock(demoSpeed)
	hangUp, err := phone(s, stdout)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, hangUp()) }()
	return runFleet(ctx, s, clock.Now, func(ctx context.Context, f *fleet, url string) error {
		c, err := f.found(ctx, city.Config{
			Sites: city.Sites, Door: url, Clock: clock, Slots: true, Outage: unsteady,
			Seed: uint64(time.Now().UnixNano()), Placed: followed(stdout),
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(stdout, "  a city of %d shops, %d times as fast; %s is switched off now and then\n", len(city.Sites), demoSpeed,
			unsteady.Site)
		fmt.Fprintf(stdout, "  key    %s (of the platform %s, for calls of your own)\n", c.Keys[demoChannels[0]], demoChannels[0])
		link, password, secret, err := f.owner.Trial(ctx, "张三")
		if err != nil {
			return err
		}
		fmt.Fprintf(stdout, "  owner  %s%s\n         signs in from this machine, while the demo runs; "+
			"or at %s/owner: 张三, password %s, authenticator %s\n", url, link, url, password, secret)
		err = c.Run(ctx)
		orders := c.Tally()
		f.log.Info("the city has closed", "orders", orders, "open", orders.Open())
		return err
	}, stdout)
}

// phone is somebody who is told what is wrong with the city's shops: a receiver as a topic of ntfy is one. It prints what it
// hears, until closed.
func phone(s *Serve, stdout io.Writer) (closed func() error, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for alerts: %w", err)
	}
	url := "http://" + listener.Addr().String() + "/demo"
	s.told = []tell.Target{{Target: alert.Target{Name: "demo", To: alert.Ntfy, URL: url, Lang: "en"}}}
	server := &http.Server{ReadHeaderTimeout: readHeaderTimeout, Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if text, err := io.ReadAll(io.LimitReader(r.Body, alertMax)); err == nil {
			fmt.Fprintf(stdout, "  alert  %s\n", text)
		}
	})}
	go server.Serve(listener) // until it is closed
	return server.Close, nil
}

// alertMax is more than any message, bytes.
const alertMax = 8 << 10

// followEvery is how often the demo names a customer's page: by then the order of the one before has been made.
const followEvery = time.Minute

// followed names the page of a customer now and then, to be opened.
func followed(stdout io.Writer) func(page string) {
	var mu sync.Mutex
	var last time.Time
	return func(page string) {
		mu.Lock()
		defer mu.Unlock()
		if now := time.Now(); now.Sub(last) >= followEvery {
			last = now
			fmt.Fprintf(stdout, "  order  %s\n", page)
		}
	}
}

// found puts a city's shops and platforms into the directory.
func (f *fleet) found(ctx context.Context, c city.Config) (*city.City, error) {
	config, err := shopfile.Demo()
	if err != nil {
		return nil, fmt.Errorf("read the demo shop: %w", err)
	}
	c.Conn, c.Shop, c.Log, c.Keys = f.engine.Conn, config, f.log, map[string]string{}
	now := time.Now()
	for _, site := range c.Sites {
		at := directory.Shop{ID: site.ID, Name: site.Name, City: city.Name, Lat: site.Lat, Lon: site.Lon}
		if _, err := f.directory.Add(ctx, at, now); err != nil {
			return nil, fmt.Errorf("found the city: %w", err)
		}
	}
	c.Joined = map[string]shop.Joined{}
	for _, site := range c.Sites {
		if c.Joined[site.ID], err = f.owner.Adopt(ctx, site.ID); err != nil {
			return nil, fmt.Errorf("found the city: %w", err)
		}
	}
	for _, channel := range demoChannels {
		if c.Keys[channel], _, err = f.directory.AddKey(ctx, channel, now); err != nil {
			return nil, fmt.Errorf("found the city: %w", err)
		}
	}
	return city.New(c), nil
}
