package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"weir/fleet/api"
	"weir/fleet/directory"
	"weir/fleet/engine"
	"weir/fleet/route"
	"weir/shop"
	"weir/shop/shopfile"
)

const (
	// reportsPerS is what 300,000 shops report a second when nothing special happens: the design's figure.
	reportsPerS = 2600.0
	// readyMax bounds the start of a router, freshMax the wait for real shops.
	readyMax, freshMax = 5 * time.Minute, 5 * time.Minute
	// loadClients is the connections that ask at once over HTTP.
	loadClients = 8
	// keepOrders is how long records are kept in the bench.
	keepOrders = 72 * time.Hour
)

// reports measures a real router on an embedded engine: the time until it knows every shop, and look-ups over HTTP
// while reports come in natively, beside an empty handler with the same check of the key.
func (o *options) reports(ctx context.Context, t *tab) error {
	dir := filepath.Join(o.dir, "reports")
	listed := directory.New(nil)
	e, err := engine.Start(engine.Config{Dir: dir, Name: "n", MQTTAddr: "127.0.0.1:0", Admit: listed.Admit, Log: o.log})
	if err != nil {
		return err
	}
	defer e.Close()
	if err := errors.Join(e.MakeStreams(ctx, keepOrders), listed.Open(ctx, e)); err != nil {
		return err
	}
	c := o.country(1)
	published := time.Now()
	bytes, err := o.publishAll(ctx, e, c)
	if err != nil {
		return err
	}
	took := time.Since(published)
	// The first router reads the stream, a second one asks the first: it is the ordinary case, because routers start in turn.
	r, fromStream, end, err := o.router(ctx, e, listed)
	defer end()
	if err != nil {
		return err
	}
	second, fromPeer, endSecond, err := o.router(ctx, e, listed)
	endSecond()
	if err != nil {
		return err
	}
	if n := second.Counts.Shown.Load(); n != int64(o.shops) {
		return fmt.Errorf("the other router has told of %d shops of %d: the start that was measured is not the one that is meant", n, o.shops)
	}
	t.row("snapshot: a router knows every shop from another router", fmt.Sprintf("%.1f s", fromPeer.took.Seconds()),
		fmt.Sprintf("%.1f s of processors, the other router and the engine included", fromPeer.work.Seconds()),
		"≤ 3 s", goal(fromPeer.took <= 3*time.Second))
	t.row("the same from the stream, where there is no other router", fmt.Sprintf("%.1f s", fromStream.took.Seconds()),
		fmt.Sprintf("%.1f s of processors, engine included", fromStream.work.Seconds()),
		fmt.Sprintf("%.1f times as long", fromStream.took.Seconds()/fromPeer.took.Seconds()), "")
	t.row("four messages a shop to the engine, natively", fmt.Sprintf("%.0f/s", 4*float64(o.shops)/took.Seconds()),
		fmt.Sprintf("%.0f B a shop", float64(bytes)/float64(o.shops)), "", "")
	if o.real > 0 {
		end, err := o.realShops(ctx, e, listed, r)
		defer end()
		if err != nil {
			return err
		}
		t.row("real shops that report beside them", fmt.Sprint(o.real), "", "", "")
	}
	return o.askHTTP(ctx, t, e, listed, r, c)
}

// spent is what a router's start took: the time of day, and that of all processors.
type spent struct{ took, work time.Duration }

// router starts a router and waits until it knows every shop. The directory of a platform is in a stream of its own; here
// its content is put in beforehand.
func (o *options) router(ctx context.Context, e *engine.Engine, listed *directory.Directory) (
	r *route.Router, s spent, end func(), err error,
) {
	menu, err := shopfile.Demo()
	if err != nil {
		return nil, s, func() {}, err
	}
	r = route.New(route.Config{Engine: e, Directory: listed, Menus: map[string]*shop.Menu{menu.Menu.Rev: menu.Menu}, Keep: keepOrders,
		Now: time.Now, Log: o.log})
	o.country(1).list(r.Table, o.shops)
	alive, stop := context.WithCancel(ctx)
	ready, ended := make(chan struct{}), make(chan error, 1)
	began, cpu := time.Now(), processTime()
	go func() { ended <- r.Run(alive, func() { close(ready) }) }()
	end = func() { stop(); <-ended }
	select {
	case <-ready:
	case err := <-ended:
		ended <- err
		return nil, s, end, errors.Join(errors.New("the router has ended"), err)
	case <-time.After(readyMax):
		return nil, s, end, errors.New("the router is not ready")
	}
	return r, spent{time.Since(began), processTime() - cpu}, end, nil
}

// publishAll has every simulated shop publish what it has to say.
func (o *options) publishAll(ctx context.Context, e *engine.Engine, c country) (bytes int, err error) {
	now := time.Now()
	for i := range o.shops {
		for subject, text := range c.reports(i, 1, now) {
			bytes += len(text)
			if err := e.Conn.Publish(subject, text); err != nil {
				return bytes, err
			}
		}
		if i%1000 == 999 {
			if err := e.Conn.FlushWithContext(ctxWith(ctx)); err != nil {
				return bytes, err
			}
		}
	}
	for { // the stream takes them in behind the connection
		s, err := e.JS.Stream(ctx, engine.Cap)
		if err != nil {
			return bytes, err
		}
		info, err := s.Info(ctx)
		if err != nil {
			return bytes, err
		}
		if int(info.State.Msgs) >= 4*o.shops {
			return bytes, nil
		}
		select {
		case <-ctx.Done():
			return bytes, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// ctxWith bounds a flush, which wants a bound.
func ctxWith(ctx context.Context) context.Context {
	ctx, cancel := context.WithTimeout(ctx, readyMax)
	context.AfterFunc(ctx, cancel)
	return ctx
}

// feed is reports as they come in, written before anything is measured: a platform's router does not write them.
type feed struct {
	subjects []string
	texts    [][]byte
	perS     float64
}

// feedFor writes the reports of a load's time.
func (o *options) feedFor(c country, seq uint64) feed {
	f := feed{perS: reportsPerS * float64(o.shops) / 300_000}
	now := time.Now()
	for i := range int(f.perS * (o.lasts.Seconds() + 1)) {
		subject := "weir.v1." + storeID(i%o.shops) + ".capacity"
		f.subjects = append(f.subjects, subject)
		f.texts = append(f.texts, c.reports(i%o.shops, seq+uint64(i/o.shops), now)[subject])
	}
	return f
}

// run publishes them at their pace, until ctx ends.
func (f feed) run(ctx context.Context, e *engine.Engine) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for began, n := time.Now(), 0; ; {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		for ; n < len(f.texts) && float64(n) < f.perS*time.Since(began).Seconds(); n++ {
			if err := e.Conn.Publish(f.subjects[n], f.texts[n]); err != nil {
				return err
			}
		}
	}
}

// askHTTP asks for near shops over HTTP while reports come in, beside an empty handler.
func (o *options) askHTTP(ctx context.Context, t *tab, e *engine.Engine, listed *directory.Directory, r *route.Router, c country) error {
	key, _, err := listed.AddKey(ctx, channel, time.Now())
	if err != nil {
		return err
	}
	door, web := api.New(listed, time.Now, o.log), echo.New()
	door.Routes(web)
	door.Open(r)
	web.GET("/bench/empty", func(c echo.Context) error {
		scheme, key, _ := strings.Cut(c.Request().Header.Get("Authorization"), " ")
		if _, ok := listed.Channel(key); !ok || !strings.EqualFold(scheme, "Bearer") {
			return echo.ErrUnauthorized
		}
		c.Response().Header().Set("Cache-Control", "no-store")
		return c.JSON(http.StatusOK, map[string]any{"shops": []string{}, "at": time.Now().UTC().Truncate(time.Second)})
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: web, ReadHeaderTimeout: time.Second}
	go server.Serve(listener) // it ends with Close
	defer server.Close()
	empty := func() string { return "/bench/empty?lat=30.12345&lon=120.12345&items=jasmine-milk-tea%2Bpearl&cups=1" }
	var mu sync.Mutex
	near := func() string {
		mu.Lock()
		defer mu.Unlock()
		p := c.anywhere()
		return fmt.Sprintf("/v1/fleet/near?lat=%.5f&lon=%.5f&items=jasmine-milk-tea%%2Bpearl&cups=1", p.Lat, p.Lon)
	}
	// Both are asked while reports come in, in turn, because the machine is another one a minute later.
	fed := func(path func() string, round int) (perS float64, p99 time.Duration, err error) {
		feeding, stop := context.WithCancel(ctx)
		defer stop()
		reports, ended := o.feedFor(o.country(3), uint64(100*(round+1))), make(chan error, 1)
		go func() { ended <- reports.run(feeding, e) }()
		perS, p99, err = ask(ctx, listener.Addr().String(), key, path, o.lasts)
		stop()
		return perS, p99, errors.Join(err, <-ended)
	}
	var perS [2][]float64
	var slow [2][]time.Duration
	for round := range 3 {
		for i, path := range []func() string{empty, near} {
			rate, p99, err := fed(path, 2*round+i)
			if err != nil {
				return err
			}
			perS[i], slow[i] = append(perS[i], rate), append(slow[i], p99)
		}
	}
	for i := range perS {
		slices.Sort(perS[i])
		slices.Sort(slow[i])
	}
	ratio := perS[1][1] / perS[0][1]
	t.row(fmt.Sprintf("near over HTTP with key and options, %.0f reports/s coming in", reportsPerS*float64(o.shops)/300_000),
		fmt.Sprintf("%.0f a second of a core", perS[1][1]),
		fmt.Sprintf("empty handler, the same reports: %.0f; both ends count", perS[0][1]),
		fmt.Sprintf("%.2f, want ≥ 0.6", ratio), goal(ratio >= 0.6))
	t.row("the same, p99 at eight clients that never wait", slow[1][1].Round(10*time.Microsecond).String(),
		"empty handler "+slow[0][1].Round(10*time.Microsecond).String(), "≤ 5 ms", goal(slow[1][1] <= 5*time.Millisecond))
	return nil
}

// ask sends requests from several connections, one after the other on each, and counts by processor time of the whole
// process: client and server pay alike for both handlers. p99 is by the time of day.
func ask(ctx context.Context, addr, key string, path func() string, lasts time.Duration) (perS float64, p99 time.Duration, err error) {
	took, errs := make([][]time.Duration, loadClients), make([]error, loadClients)
	var all sync.WaitGroup
	cpu, end := processTime(), time.Now().Add(lasts)
	for i := range loadClients {
		all.Go(func() {
			conn, err := net.DialTimeout("tcp", addr, readyMax)
			if err != nil {
				errs[i] = err
				return
			}
			defer conn.Close()
			in := bufio.NewReader(conn)
			for time.Now().Before(end) && ctx.Err() == nil && errs[i] == nil {
				request := "GET " + path() + " HTTP/1.1\r\nHost: fleet\r\nAuthorization: Bearer " + key + "\r\n\r\n"
				sent := time.Now()
				errs[i] = once(conn, in, request)
				took[i] = append(took[i], time.Since(sent))
			}
		})
	}
	all.Wait()
	cpu = processTime() - cpu
	every := slices.Concat(took...)
	if err := errors.Join(errs...); err != nil || len(every) == 0 {
		return 0, 0, errors.Join(err, ctx.Err())
	}
	slices.Sort(every)
	return float64(len(every)) / cpu.Seconds(), every[len(every)*99/100], nil
}

func once(conn net.Conn, in *bufio.Reader, request string) error {
	if err := conn.SetDeadline(time.Now().Add(readyMax)); err != nil {
		return err
	}
	if _, err := conn.Write([]byte(request)); err != nil {
		return err
	}
	resp, err := http.ReadResponse(in, nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("answered %s: %.200s", resp.Status, text)
	}
	return err
}

// realShops starts real shops that report over MQTT, and waits until the router believes all of them.
func (o *options) realShops(ctx context.Context, e *engine.Engine, listed *directory.Directory, r *route.Router) (end func(), err error) {
	var running []*exec.Cmd
	end = func() {
		for _, c := range running {
			_ = c.Process.Kill() // it may have ended
			_ = c.Wait()
		}
	}
	listed.Heard(r.Table.Listed)
	binary := filepath.Join(o.dir, "weir")
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, "./server")
	build.Dir = o.root
	if out, err := build.CombinedOutput(); err != nil {
		return end, fmt.Errorf("build the shop: %w\n%s", err, out)
	}
	text, err := os.ReadFile(filepath.Join(o.root, "shop", "shopfile", "demo.yaml"))
	if err != nil {
		return end, err
	}
	for i := range o.real {
		id := fmt.Sprint("real-", i)
		key, err := listed.Add(ctx, directory.Shop{ID: id, City: "c0", Lat: south, Lon: west}, time.Now())
		if err != nil {
			return end, err
		}
		file := filepath.Join(o.dir, id+".yaml")
		if err := os.WriteFile(file, []byte(strings.Replace(string(text), "store: demo ", "store: "+id+" ", 1)), 0o600); err != nil {
			return end, err
		}
		c := exec.CommandContext(ctx, binary, "serve", "--data", filepath.Join(o.dir, id), "--config", file, "--addr", "127.0.0.1:0",
			"--broker", fmt.Sprintf("tcp://%s:%s@%s?qos=0", id, key, e.MQTTAddr()))
		if err := c.Start(); err != nil {
			return end, fmt.Errorf("start a shop: %w", err)
		}
		running = append(running, c)
	}
	for until := time.Now().Add(freshMax); ; time.Sleep(50 * time.Millisecond) {
		fresh := 0
		for i := range o.real {
			if s, ok := r.Table.Get(fmt.Sprint("real-", i)); ok && s.Fresh(time.Now()) {
				fresh++
			}
		}
		if fresh == o.real {
			return end, nil
		}
		if time.Now().After(until) {
			return end, fmt.Errorf("%d of %d real shops are known after %v", fresh, o.real, freshMax)
		}
	}
}
