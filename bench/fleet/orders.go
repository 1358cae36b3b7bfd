package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"weir/fleet/directory"
	"weir/fleet/engine"
	"weir/fleet/route"
	"weir/fleet/table"
	"weir/shop"
	"weir/shop/capacity"
	"weir/shop/shopfile"
	"weir/shop/wire"
)

const (
	// orderShops is the shops that take the orders, orderClients the callers at once.
	orderShops, orderClients = 500, 128
	// rounds is how often each load comes in turn; the figure is the middle one.
	rounds = 3
	// ordersGoal is orders a second with load and nodes on two processors.
	ordersGoal = 1000.0
)

var noon = time.Date(2026, 2, 6, 4, 0, 0, 0, time.UTC)

// way is how the nodes write an order.
type way struct {
	name  string
	nodes int
	joint bool // what opens an order is one atomic batch
}

// ways are what is measured side by side for a number of nodes.
func ways(nodes int) []way {
	if nodes == 1 {
		return []way{{"one by one", 1, false}}
	}
	return []way{{"in a batch", nodes, true}, {"one by one", nodes, false}}
}

// figures are what one way came to.
type figures struct {
	perS, alone          []float64
	p50, each, aloneEach time.Duration
	unknown              atomic.Int64 // answers that it is not known yet
}

// orders measures orders through three nodes of a cluster in this process, each with a router of its own and its own
// directory on the disk, every write synced on a majority before it counts. The shops answer at once.
func (o *options) orders(ctx context.Context, t *tab) error {
	for _, nodes := range o.nodes {
		if err := o.ordersThrough(ctx, t, ways(nodes)); err != nil {
			return err
		}
	}
	return nil
}

// ordersThrough measures the ways in turn: the disk and the machine are others a few seconds later.
func (o *options) ordersThrough(ctx context.Context, t *tab, list []way) (err error) {
	var clusters []*cluster
	defer func() {
		for _, c := range clusters {
			err = errors.Join(err, c.close())
		}
	}()
	for _, w := range list {
		c, err := o.cluster(ctx, w)
		if err != nil {
			return err
		}
		clusters = append(clusters, c)
	}
	got := make([]figures, len(list))
	for round := range rounds {
		for i, c := range clusters {
			f := &got[i]
			rate, spent, err := c.raw(ctx, o.lasts)
			if err != nil {
				return err
			}
			f.alone, f.aloneEach = append(f.alone, rate), f.aloneEach+spent/rounds
			cpu := processTime()
			rate, took, n, err := c.load(ctx, o.lasts, round, &f.unknown)
			if err != nil {
				return err
			}
			f.perS, f.p50 = append(f.perS, rate), f.p50+took/rounds
			f.each += (processTime() - cpu) / time.Duration(max(1, n)) / rounds
		}
	}
	syncs, err := o.rawSyncs()
	if err != nil {
		return err
	}
	for i, w := range list {
		f := &got[i]
		slices.Sort(f.perS)
		slices.Sort(f.alone)
		want, reached := "", ""
		if w.joint {
			want, reached = "; want ≥ 1,000/s", goal(f.perS[rounds/2] >= ordersGoal)
		}
		t.row(fmt.Sprintf("orders through %d node(s), %s, always synced, %d callers", w.nodes, w.name, orderClients),
			fmt.Sprintf("%.0f/s", f.perS[rounds/2]), fmt.Sprintf("the nodes alone, the same writes: %.0f/s", f.alone[rounds/2]),
			fmt.Sprintf("%.2f%s", f.perS[rounds/2]/f.alone[rounds/2], want), reached)
		t.row("  the same, for one order", fmt.Sprintf("p50 %v, %v of a core", f.p50.Round(time.Millisecond), f.each.Round(10*time.Microsecond)),
			fmt.Sprintf("%v of a core; fdatasync %.0f/s", f.aloneEach.Round(10*time.Microsecond), syncs),
			fmt.Sprintf("%.0f/s if two cores did nothing else", 2/f.each.Seconds()), "")
		if n := f.unknown.Load(); n > 0 {
			t.row("  the same, not answered in time", fmt.Sprint(n), "", "", "")
		}
	}
	return nil
}

// cluster is the nodes and the shops.
type cluster struct {
	way
	engines []*engine.Engine
	routers []*route.Router
	stop    context.CancelFunc
	all     sync.WaitGroup
	errs    []error // of routers, one each
}

func (o *options) cluster(ctx context.Context, w way) (_ *cluster, err error) {
	nodes := w.nodes
	alive, stop := context.WithCancel(ctx)
	c := &cluster{way: w, stop: stop, engines: make([]*engine.Engine, nodes)}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.close())
		}
	}()
	var peers []string
	for range nodes {
		l, err := net.Listen("tcp", "127.0.0.1:0") // the nodes must know each other's ports before they have them
		if err != nil {
			return nil, err
		}
		peers = append(peers, l.Addr().String())
		if err := l.Close(); err != nil {
			return nil, err
		}
	}
	var started sync.WaitGroup
	errs := make([]error, nodes)
	for i := range nodes {
		dir := filepath.Join(o.dir, fmt.Sprintf("orders-%d-%v-%d", nodes, w.joint, i))
		config := engine.Config{Dir: dir, Name: fmt.Sprint("n", i), Log: o.log}
		if nodes > 1 {
			config.ClusterAddr, config.Peers, config.ClusterKey = peers[i], peers, strings.Repeat("k", 32)
		}
		started.Go(func() { c.engines[i], errs[i] = engine.Start(config) })
	}
	started.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	begin, cancel := context.WithTimeout(ctx, readyMax)
	defer cancel()
	for _, e := range c.engines {
		if err := e.Ready(begin); err != nil {
			return nil, err
		}
	}
	if err := c.engines[0].MakeStreams(begin, keepOrders); err != nil {
		return nil, err
	}
	if nodes > 1 && !w.joint {
		if err := c.apart(begin); err != nil {
			return nil, err
		}
	}
	demo, err := shopfile.Demo()
	if err != nil {
		return nil, err
	}
	c.errs = make([]error, nodes)
	for n, e := range c.engines {
		r := route.New(route.Config{Engine: e, Directory: directory.New(nil), Menus: map[string]*shop.Menu{demo.Menu.Rev: demo.Menu},
			Keep: keepOrders, Now: time.Now, Log: o.log})
		c.routers = append(c.routers, r)
		for i := range orderShops {
			r.Table.Listed(nil, &directory.Shop{ID: storeID(i), City: "c", Lat: south + float64(i%25)/1000, Lon: west + float64(i/25)/1000})
		}
		ready := make(chan struct{})
		c.all.Go(func() { c.errs[n] = r.Run(alive, func() { close(ready) }) })
		select {
		case <-ready:
		case <-begin.Done():
			return nil, errors.New("a router is not ready")
		}
		for i := range orderShops {
			report := o.country(uint64(i)).reports(i, 1, time.Now())
			for subject, text := range report {
				r.Table.Hear(subject, text)
			}
			r.Table.Report(storeID(i), table.Report{
				Epoch: 1, Seq: 2, At: time.Now(), ExpiresAt: time.Now().Add(time.Hour), Rate: wire.Rate{P50: 1000}, MenuRev: demo.Menu.Rev,
			})
			r.Table.Lease(storeID(i), capacity.Lease{Channel: channel, Epoch: 1, Seq: 2, ExpiresAt: time.Now().Add(time.Hour), Limit: 1 << 30,
				MaxOrder: 1200})
		}
	}
	return c, c.shops(alive)
}

// apart has the streams take no batches, as those of a NATS server before 2.12, so that each value is written by itself.
func (c *cluster) apart(ctx context.Context) error {
	js := c.engines[0].JS
	for list := js.ListStreams(ctx); ; {
		info, ok := <-list.Info()
		if !ok {
			return list.Err()
		}
		if !info.Config.AllowAtomicPublish {
			continue
		}
		config := info.Config
		config.AllowAtomicPublish = false
		if _, err := js.UpdateStream(ctx, config); err != nil {
			return err
		}
	}
}

// shops answers every order with yes.
func (c *cluster) shops(ctx context.Context) error {
	conn := c.engines[0].Conn
	orders := make(chan *nats.Msg, 1<<16)
	sub, err := conn.ChanSubscribe("weir.v1.*.orders.*", orders)
	if err != nil {
		return err
	}
	var number atomic.Int64
	c.all.Go(func() {
		defer sub.Unsubscribe() // the connection may have gone
		for {
			select {
			case <-ctx.Done():
				return
			case m := <-orders:
				parts := strings.Split(m.Subject, ".")
				seen := wire.Look(m.Data)
				n := number.Add(1)
				body := fmt.Appendf(nil, `{"id":"%d","ref":%q,"pickup_number":"%d","state":"accepted","ready_by":%q}`, n, seen.Ref, n%1000,
					time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
				answer, err := json.Marshal(wire.Answer{Re: "order", Ref: seen.Ref, Nonce: seen.Nonce, Epoch: 1, Box: "b",
					Status: http.StatusCreated, Body: body})
				if err == nil {
					_ = conn.Publish("weir.v1."+parts[2]+".answers."+parts[4], answer) // a lost answer is asked for again
				}
			}
		}
	})
	return conn.Flush()
}

// load has callers place orders, each at one of the routers in turn.
// unknown counts the callers who were told in time that it is not known yet.
func (c *cluster) load(
	ctx context.Context, lasts time.Duration, round int, unknown *atomic.Int64,
) (perS float64, p50 time.Duration, n int, err error) {
	took, errs := make([][]time.Duration, orderClients), make([]error, orderClients)
	var all sync.WaitGroup
	began, end := time.Now(), time.Now().Add(lasts)
	for i := range orderClients {
		all.Go(func() {
			for n := 0; time.Now().Before(end) && errs[i] == nil; n++ {
				ref := fmt.Sprintf("o-%d-%d-%d", round, i, n)
				text := fmt.Appendf(nil, `{"ref":%q,"near":{"lat":%v,"lon":%v},"items":[{"item":%q,"qty":1,"options":{"size":"m"}}],`+
					`"totals":{"total_fen":1500,"paid_fen":0,"subsidy_fen":1500}}`,
					ref, south+0.012, west+0.01, item)
				draft, err := wire.DecodeOrder(text)
				if err != nil {
					errs[i] = err
					return
				}
				at := table.Point{Lat: south + float64((i*7+n)%25)/1000, Lon: west + float64((i*11+n)%20)/1000}
				sent := time.Now()
				reply, err := c.routers[i%len(c.routers)].Place(ctx, route.Order{Channel: channel, Draft: draft, Body: text, Near: at, RadiusM: radius})
				problem, refused := reply.Body.(route.Problem)
				switch {
				case err == nil && refused && problem.Outcome == "unknown": // it has taken too long on this machine
					unknown.Add(1)
					continue
				case err == nil && reply.Status != http.StatusCreated:
					err = fmt.Errorf("order %s: %d %v", ref, reply.Status, reply.Body)
				}
				errs[i] = err
				took[i] = append(took[i], time.Since(sent))
			}
		})
	}
	all.Wait()
	every := slices.Concat(took...)
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 {
		return 0, 0, 0, errs[i] // one of many that are alike
	}
	if len(every) == 0 {
		return 0, 0, 0, errors.New("no order was answered in time")
	}
	slices.Sort(every)
	return float64(len(every)) / time.Since(began).Seconds(), every[len(every)/2], len(every), nil
}

// close ends the routers and the nodes.
func (c *cluster) close() error {
	c.stop()
	c.all.Wait()
	for _, e := range c.engines {
		if e != nil {
			e.Close()
		}
	}
	return errors.Join(c.errs...)
}
