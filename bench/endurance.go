package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// endurance is what many orders leave behind. It is measured once.
type endurance struct {
	orders     int
	weir       int64 // resident bytes after the load
	pocketBase int64
	boot       time.Duration // of a store that holds them
	bootSize   int64         // bytes of that database
}

// endure posts so many orders to both servers and weighs them, and starts a server on a store with as many.
func (b *bench) endure(ctx context.Context, orders int) (*endurance, error) {
	e := &endurance{orders: orders}
	var err error
	if e.weir, err = b.weigh(ctx, group, orders); err != nil {
		return nil, fmt.Errorf("weigh Weir: %w", err)
	}
	if e.pocketBase, err = b.weigh(ctx, pocketBase, orders); err != nil {
		return nil, fmt.Errorf("weigh PocketBase: %w", err)
	}
	return e, b.bootMany(ctx, e)
}

// weighMax bounds the time for posting the orders of one server.
const weighMax = 10 * time.Minute

// weigh posts orders and returns the server's resident memory right after. Weir hands each order over at once: it holds
// in memory what is still to be made, and a shop has made its first hundred thousand.
func (b *bench) weigh(ctx context.Context, server string, orders int) (int64, error) {
	data, err := os.MkdirTemp(b.dir, "data")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(data)
	s, err := b.start(ctx, server, filepath.Join(data, "data"), false)
	if err != nil {
		return 0, err
	}
	defer s.stop()
	if s.weir != nil {
		s.end = s.weir.handOver
	}
	o, err := s.run(ctx, "w", clientCounts[len(clientCounts)-1], limits{weighMax, int64(orders)})
	if err == nil && o.orders < orders {
		err = fmt.Errorf("only %d of %d orders within %v", o.orders, orders, weighMax)
	}
	if err != nil {
		return 0, err
	}
	return s.resident()
}

// bootMany fills a store and starts a server on it, a few times.
func (b *bench) bootMany(ctx context.Context, e *endurance) error {
	data := filepath.Join(b.dir, "years")
	defer os.RemoveAll(data)
	if err := fill(ctx, data, b.shop, e.orders); err != nil {
		return err
	}
	info, err := os.Stat(filepath.Join(data, "weir.db"))
	if err != nil {
		return err
	}
	e.bootSize = info.Size()
	boots := make([]float64, 0, 3)
	for range cap(boots) {
		w, err := startWeir(ctx, b.builds.weir, b.shop, data, false)
		if err != nil {
			return err
		}
		w.stop()
		boots = append(boots, w.boot.Seconds())
	}
	e.boot = seconds(median(boots))
	return nil
}
