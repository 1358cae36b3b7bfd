package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"
)

// clientCounts are the numbers of clients at once: a quiet hour, a busy one, and the replay after an outage.
var clientCounts = []int{1, 8, 64}

// The servers that are measured side by side.
const (
	group      = "weir"
	single     = "one transaction per order"
	pocketBase = "PocketBase"
)

// point is where something was measured.
type point struct {
	server  string
	clients int
	slow    bool // every fsync takes slowBy longer
}

// reading is what was measured there.
type reading struct {
	outcome
	commitsPerOrder float64       // of Weir
	cpuPerOrder     time.Duration // of the server
}

// round is one round of all that is measured side by side.
type round struct {
	raw      map[bool]float64 // fdatasync a second, plain and slow
	storage  map[int]float64  // orders a second straight into the store, slow
	readings map[point]reading
	board    board // of a shop with slow fsyncs
}

// bench is a run of the bench.
type bench struct {
	self   string // this program, which also is PocketBase and other children
	shop   string // shop.yaml
	dir    string // for everything; removed at the end
	builds builds
	limits limits
}

// round measures everything once. What is compared is measured within seconds of each other, because the machine
// is another one an hour later.
func (b *bench) round(ctx context.Context) (*round, error) {
	r := &round{raw: map[bool]float64{}, readings: map[point]reading{}}
	for _, slow := range []bool{true, false} {
		var err error
		if r.raw[slow], err = b.raw(ctx, slow); err != nil {
			return nil, err
		}
		if slow {
			if r.storage, err = b.storage(ctx); err != nil {
				return nil, err
			}
		}
		for _, server := range []string{group, single, pocketBase} {
			if err := b.measure(ctx, r, server, slow); err != nil {
				return nil, fmt.Errorf("%s: %w", server, err)
			}
		}
	}
	return r, nil
}

// raw has a child count what the disk can do.
func (b *bench) raw(ctx context.Context, slow bool) (perS float64, err error) {
	err = b.child(ctx, slow, &perS, "raw", "--dir", b.dir, "--for", b.limits.lasts.String())
	return perS, err
}

func (b *bench) storage(ctx context.Context) (map[int]float64, error) {
	dir, err := os.MkdirTemp(b.dir, "store")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	var s storage
	err = b.child(ctx, true, &s, "store", "--dir", dir, "--shop", b.shop, "--for", b.limits.lasts.String())
	return s.PerS, err
}

// child runs this program with other arguments and reads the JSON that it prints.
func (b *bench) child(ctx context.Context, slow bool, out any, args ...string) error {
	p, err := start(ctx, slow, b.self, args...)
	if err != nil {
		return err
	}
	text, err := p.rest()
	if err != nil {
		return fmt.Errorf("bench %s: %w", args[0], err)
	}
	return json.Unmarshal([]byte(text), out)
}

// running is a server under load.
type running struct {
	*process
	target
	weir *weir // nil for PocketBase
}

func (b *bench) start(ctx context.Context, server, data string, slow bool) (*running, error) {
	program := b.builds.weir
	switch server {
	case pocketBase:
		return b.startPocketBase(ctx, data, slow)
	case single:
		program = b.builds.single
	}
	w, err := startWeir(ctx, program, b.shop, data, slow)
	if err != nil {
		return nil, err
	}
	return &running{w.process, w.target, w}, nil
}

func (b *bench) startPocketBase(ctx context.Context, data string, slow bool) (*running, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // PocketBase does not say which port it took; find a free one for it
	if err != nil {
		return nil, err
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		return nil, err
	}
	p, err := start(ctx, slow, b.self, "pocketbase", "--dir", data, "--addr", addr)
	if err != nil {
		return nil, err
	}
	p.leave()
	if err := p.ready(ctx, "http://"+addr+"/api/health"); err != nil {
		p.stop()
		return nil, err
	}
	t := target{addr: addr, post: func(ref string) []byte {
		doc := fmt.Sprintf(orderBody, ref)
		body := fmt.Sprintf(`{"channel":%q,"ref":%q,"state":"accepted","day":"2026-02-06","cups":2,"total_fen":3000,"paid_fen":0,`+
			`"subsidy_fen":3000,"accepted_at":"2026-02-06 04:00:00.000Z","doc":%s,"person":{"name":"李","phone_tail":"0042"}}`, channel, ref, doc)
		return post(addr, "/api/collections/orders/records", "", body)
	}}
	return &running{p, t, nil}, nil
}

// measure starts a server and loads it with each number of clients.
func (b *bench) measure(ctx context.Context, r *round, server string, slow bool) error {
	data, err := os.MkdirTemp(b.dir, "data")
	if err != nil {
		return err
	}
	defer os.RemoveAll(data)
	s, err := b.start(ctx, server, filepath.Join(data, "data"), slow)
	if err != nil {
		return err
	}
	defer s.stop()
	if server == group && slow {
		if r.board, err = s.weir.follow(ctx); err != nil {
			return err
		}
	}
	for _, clients := range clientCounts {
		reading, err := s.load(ctx, fmt.Sprint("r", clients), clients, b.limits)
		if err != nil {
			return err
		}
		r.readings[point{server, clients, slow}] = reading
	}
	return nil
}

// load loads a server and reads its counters before and after.
func (s *running) load(ctx context.Context, prefix string, clients int, l limits) (reading, error) {
	var commits, orders float64
	cpu, err := s.cpu()
	if s.weir != nil && err == nil {
		commits, orders, err = s.weir.counts(ctx)
	}
	if err != nil {
		return reading{}, err
	}
	o, err := s.run(ctx, prefix, clients, l)
	if err != nil {
		return reading{}, err
	}
	after, err := s.cpu()
	r := reading{outcome: o, cpuPerOrder: (after - cpu) / time.Duration(o.orders)}
	if s.weir != nil && err == nil {
		var commitsAfter, ordersAfter float64
		commitsAfter, ordersAfter, err = s.weir.counts(ctx)
		if ordersAfter-orders != float64(o.orders) || commitsAfter == commits {
			err = errors.Join(err, fmt.Errorf("%d orders were acknowledged, the server counted %g in %g commits", o.orders, ordersAfter-orders,
				commitsAfter-commits))
		}
		r.commitsPerOrder = (commitsAfter - commits) / float64(o.orders)
	}
	return r, err
}
