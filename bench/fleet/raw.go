package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"weir/fleet/engine"
)

// raw measures the nodes alone: callers that make an order's writes one after the other, in the sizes that they have, and
// do nothing else: what opens it, in a batch or one by one, and its record again. No router on these nodes can be faster,
// unless it writes less.
func (c *cluster) raw(ctx context.Context, lasts time.Duration) (perS float64, each time.Duration, err error) {
	const credit, body, record, again = 150, 400, 300, 400 // bytes
	errs := make([]error, orderClients)
	var n atomic.Int64
	var all sync.WaitGroup
	began, cpu, end := time.Now(), processTime(), time.Now().Add(lasts)
	for i := range orderClients {
		all.Go(func() {
			e, text := c.engines[i%len(c.engines)], make([]byte, 512)
			for round := 0; time.Now().Before(end) && errs[i] == nil; round++ {
				at := func(w, size int) engine.Write {
					subject := fmt.Sprintf("fleet.body.%d.raw.%d-%d-%d", (i*7+round)%engine.Partitions, i, round, w)
					return engine.Write{Subject: subject, Data: text[:size], Anyway: true}
				}
				steps := [][]engine.Write{{at(0, credit)}, {at(1, body), at(2, record)}, {at(3, again)}}
				if c.joint {
					steps = [][]engine.Write{{at(0, credit), at(1, body), at(2, record)}, {at(3, again)}}
				}
				for _, step := range steps {
					if _, errs[i] = e.BeginAll(ctx, false, step...)(); errs[i] != nil {
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
