package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"weir/server/store"
	"weir/shop"
	"weir/shop/shopfile"
)

// storage is the store without a server around it, at several numbers of callers.
type storage struct {
	PerS map[int]float64 `json:"per_s"` // by callers
}

// measureStore places orders straight into a store and writes what it measured as JSON.
func measureStore(ctx context.Context, out io.Writer, dir, file string, lasts time.Duration) error {
	result := storage{PerS: map[int]float64{}}
	err := withStore(ctx, dir, file, func(s *store.Store) (err error) {
		for _, callers := range clientCounts {
			if result.PerS[callers], err = placeMany(ctx, s, callers, lasts); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(result)
}

// withStore opens a store and runs its writer while do runs.
func withStore(ctx context.Context, dir, file string, do func(*store.Store) error) (err error) {
	config, err := shopfile.Read(file)
	if err != nil {
		return err
	}
	s, err := store.Open(ctx, dir, config, slog.New(slog.DiscardHandler), time.Now)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	err = do(s)
	cancel()
	return errors.Join(err, <-ended, s.Close())
}

// placeMany places orders from so many goroutines at once, each one after the other.
func placeMany(ctx context.Context, s *store.Store, callers int, lasts time.Duration) (perS float64, err error) {
	errs, placed := make([]error, callers), make([]int, callers)
	start := time.Now()
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() {
			for ; time.Since(start) < lasts && errs[i] == nil; placed[i]++ {
				_, errs[i] = s.Do(ctx, order(fmt.Sprint(callers, "-", i, "-", placed[i])))
			}
		})
	}
	all.Wait()
	sum := 0
	for _, n := range placed {
		sum += n
	}
	return float64(sum) / time.Since(start).Seconds(), errors.Join(errs...)
}

// order is what orderBody says, decoded.
func order(ref string) shop.Place {
	return shop.Place{Channel: channel, Draft: shop.Draft{
		Ref: ref, DisplayNumber: "127", PlacedAt: time.Now(), Fulfilment: shop.Delivery,
		Lines:    []shop.Line{{Item: "jasmine-milk-tea", Qty: 2, Options: shop.Options{Ice: "less", Sugar: "half"}}},
		Totals:   &shop.Totals{TotalFen: 3000, SubsidyFen: 3000},
		Customer: shop.Customer{Name: "李", PhoneTail: "0042", Notes: []string{"少糖"}},
	}}
}

// openOrders is what is left to make in a store of many orders: the 1,400 cups of the day the shop is built for.
const openOrders = 700

// fill puts many orders into a store and hands over all but the last, as years of business would leave it.
func fill(ctx context.Context, dir, file string, orders int) error {
	return withStore(ctx, dir, file, func(s *store.Store) error {
		const callers = 64
		errs := make([]error, callers)
		var all sync.WaitGroup
		for i := range callers {
			all.Go(func() {
				for n := i; n < orders && errs[i] == nil; n += callers {
					errs[i] = placeOne(ctx, s, n, n < orders-openOrders)
				}
			})
		}
		all.Wait()
		return errors.Join(errs...)
	})
}

func placeOne(ctx context.Context, s *store.Store, n int, hand bool) error {
	r, err := s.Do(ctx, order(fmt.Sprint("fill-", n)))
	if err == nil && hand {
		_, err = s.Do(ctx, shop.Handover{By: "bench", Order: r.Order.ID, Made: true})
	}
	if err != nil {
		return fmt.Errorf("fill the store, order %d: %w", n, err)
	}
	return nil
}
