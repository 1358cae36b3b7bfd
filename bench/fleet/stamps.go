package main

import (
	"context"
	"fmt"
	"math/rand/v2"

	"weir/shop/capacity"
)

// stamps plays one shop's credit with several routers, under two rules, with the same orders: compare-and-set on the
// value, as the fleet does, and a counter to which an order that was not sent gives back what it took. An order's interval
// that overlaps another one's is not covered by the shop: it may refuse it under a live lease.
func (o *options) stamps(_ context.Context, t *tab) error {
	const orders, notSent = 100_000, 0.06
	overlaps := func(giveBack bool) (n int) {
		rnd := rand.New(rand.NewPCG(7, 7))
		router := capacity.Router{Epoch: 1, Seq: 1, Limit: 1 << 40, MaxOrder: 1200, ExpiresAt: noon.Add(1 << 40)}
		type open struct {
			ends int
			work capacity.Work
		}
		var failing []open
		highest := capacity.Work(0) // of the orders that were sent
		for i := range orders {
			for len(failing) > 0 && failing[0].ends <= i {
				if giveBack {
					router.Spent -= failing[0].work
				}
				failing = failing[1:]
			}
			work := capacity.Work(100 * (1 + rnd.IntN(4)))
			next, stamp, _ := router.Send(noon, work, 0)
			router = next
			if rnd.Float64() < notSent { // nobody was there; it is known some orders later
				failing = append(failing, open{i + 1 + rnd.IntN(3), work})
				continue
			}
			if stamp.Spent-work < highest {
				n++
			}
			highest = max(highest, stamp.Spent)
		}
		return n
	}
	t.row("stamps that overlap another order's, counter with give-back", fmt.Sprintf("%d of %d", overlaps(true), orders),
		fmt.Sprintf("compare-and-set %d", overlaps(false)), "0", goal(overlaps(false) == 0))
	return nil
}
