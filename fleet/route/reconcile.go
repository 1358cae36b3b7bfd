package route

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"weir/shop"
	"weir/shop/wire"
)

// Days is a business day across shops.
type Days struct {
	Day    string                `json:"day"`
	Stores []wire.Reconciliation `json:"stores"`
	Silent []string              `json:"silent,omitempty"` // that did not answer
	Twice  []string              `json:"twice,omitempty"`  // refs that more than one shop has made or will: there must be none
}

const (
	// dayStoresMax bounds the shops of one answer; a platform asks in parts.
	dayStoresMax = 200
	// dayAtOnce is how many shops are asked at the same time.
	dayAtOnce = 16
	// dayPagesMax bounds the pages of one shop: 300 orders each.
	dayPagesMax = 40
)

// Reconcile asks shops for a day and compares: no ref may be alive at two of them.
func (r *Router) Reconcile(ctx context.Context, channel, day string, stores []string) (Days, error) {
	if len(stores) == 0 {
		for _, s := range r.Table.All() {
			if s.Takes(channel) {
				stores = append(stores, s.ID)
			}
		}
		slices.Sort(stores)
	}
	if len(stores) > dayStoresMax {
		return Days{}, &shop.Error{Kind: shop.Invalid, Type: shop.ProblemInvalid,
			Detail: fmt.Sprintf("%d shops; ask for at most %d at a time with stores=", len(stores), dayStoresMax)}
	}
	out := Days{Day: day, Stores: []wire.Reconciliation{}}
	var mu sync.Mutex
	var work sync.WaitGroup
	slots := make(chan struct{}, dayAtOnce)
	for _, store := range stores {
		slots <- struct{}{}
		work.Go(func() {
			defer func() { <-slots }()
			list, ok := r.dayOf(ctx, store, channel, day)
			mu.Lock()
			defer mu.Unlock()
			if ok {
				out.Stores = append(out.Stores, list)
			} else {
				out.Silent = append(out.Silent, store)
			}
		})
	}
	work.Wait()
	slices.SortFunc(out.Stores, func(a, b wire.Reconciliation) int { return strings.Compare(a.Shop, b.Shop) })
	slices.Sort(out.Silent)
	seen := map[string]string{}
	for _, s := range out.Stores {
		for _, o := range s.Orders {
			if o.State == shop.OrderCancelled && o.CupsMade == 0 || o.State == shop.OrderReleased || o.State == shop.OrderExpired {
				continue
			}
			if other, ok := seen[o.Ref]; ok && other != s.Shop {
				out.Twice = append(out.Twice, o.Ref)
			}
			seen[o.Ref] = s.Shop
		}
	}
	return out, nil
}

// dayOf reads a shop's day page by page.
func (r *Router) dayOf(ctx context.Context, store, channel, day string) (all wire.Reconciliation, ok bool) {
	after := ""
	for range dayPagesMax {
		nonce := r.nonce()
		text, err := json.Marshal(map[string]string{"ref": nonce, "nonce": nonce, "day": day, "after": after})
		if after == "" {
			text, err = json.Marshal(map[string]string{"ref": nonce, "nonce": nonce, "day": day})
		}
		if err != nil {
			return all, false
		}
		a := r.ask(ctx, store, channel, "reconciliation", nonce, nonce, text)
		var page wire.Reconciliation
		if a == nil || a.Status != http.StatusOK || json.Unmarshal(a.Body, &page) != nil {
			return all, false
		}
		orders := append(append([]wire.DayOrder{}, all.Orders...), page.Orders...)
		all = page
		all.Orders = orders
		if page.Next == 0 {
			return all, true
		}
		after = page.Next.String()
	}
	return all, false
}
