package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"weir/fleet/engine"
)

// writesAnOrder is what an order writes: credit, what is ordered, its record, and its record again.
const writesAnOrder = 4

// raw measures the nodes alone: callers that make an order's writes one after the other, in the sizes that they have, and
// do nothing else. No router on these nodes can be faster, unless it writes less.
func (c *cluster) raw(ctx context.Context, lasts time.Duration) (perS float64, each time.Duration, err error) {
	sizes := [writesAnOrder]int{150, 400, 300, 400}
	errs := make([]error, orderClients)
	var n atomic.Int64
	var all sync.WaitGroup
	began, cpu, end := time.Now(), processTime(), time.Now().Add(lasts)
	for i := range orderClients {
		all.Go(func() {
			e, body := c.engines[i%len(c.engines)], make([]byte, 512)
			for round := 0; time.Now().Before(end); round++ {
				for w, size := range sizes {
					subject := fmt.Sprintf("fleet.body.%d.raw.%d-%d-%d", (i*7+round)%engine.Partitions, i, round, w)
					if errs[i] = e.Set(ctx, engine.Orders, subject, body[:size]); errs[i] != nil {
						return
					}
				}
				n.Add(1)
			}
		})
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return 0, 0, fmt.Errorf("write: %w", err) // one of many that are alike
		}
	}
	return float64(n.Load()) / time.Since(began).Seconds(), (processTime() - cpu) / time.Duration(max(1, n.Load())), nil
}
