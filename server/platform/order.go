package platform

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"weir/shop/bell"
	"weir/shop/capacity"
	"weir/shop/wire"
)

// order is a customer's, as the platform sends it.
type order struct {
	ref   string
	items []item
	work  capacity.Work
	takes bool // a slot, if offered
	try   int  // attempts so far
}

// item is a row of an order on the wire.
type item struct {
	Item string `json:"item"`
	Name string `json:"name,omitempty"`
	Qty  int    `json:"qty"`
}

// body is an order on the wire.
type body struct {
	Ref       string          `json:"ref"`
	Nonce     string          `json:"nonce"`
	Lease     *capacity.Stamp `json:"lease,omitempty"`
	PlacedAt  time.Time       `json:"placed_at"`
	SlotStart time.Time       `json:"slot_start,omitzero"`
	Items     []item          `json:"items"`
	Totals    totals          `json:"totals"`
}

type totals struct {
	Total   int64 `json:"total_fen"`
	Paid    int64 `json:"paid_fen"`
	Subsidy int64 `json:"subsidy_fen"`
}

// newOrder draws what a customer wants. Where the menu is not known, a drink goes by its name and counts as one
// standard cup.
func (p *platform) newOrder(n int, a Arrival, rnd *rand.Rand) *order {
	o := &order{ref: p.Prefix + "-" + strconv.Itoa(n), takes: rnd.Float64() < p.Accept}
	for range a.Cups {
		if len(p.menu) == 0 {
			o.items = append(o.items, item{Item: "platform-cup", Name: "平台饮品 Platform drink", Qty: 1})
			o.work += capacity.Cup
			continue
		}
		drink := p.menu[rnd.IntN(len(p.menu))]
		o.items = append(o.items, item{Item: drink.ID, Qty: 1})
		o.work += drink.Work
	}
	return o
}

// live takes an order through its life as the platform sees it: sent now or held back, and then perhaps in a slot.
func (p *platform) live(ctx context.Context, o *order) {
	stamp, ok, stuck := p.router.leave(o.work)
	if stuck != nil {
		p.book.note(p.Door.Resync(ctx, *stuck))
	}
	slots := []time.Time(nil)
	if ok {
		if slots, ok = p.send(ctx, o, body{Lease: stamp}); ok {
			return
		}
	} else {
		p.book.heldBack(o.ref)
		slots = p.router.offered(o.work)
	}
	for _, start := range slots[:min(len(slots), slotTries)] {
		if !o.takes || ctx.Err() != nil {
			return
		}
		if _, ok := p.send(ctx, o, body{SlotStart: start}); ok {
			p.book.slot(o.ref)
			return
		}
	}
}

// slotTries is how many of the slots they are offered a customer tries before leaving.
const slotTries = 3

// send sends an order until there is an answer, and reports whether it is accepted. If it is not, it returns the slots
// that were offered instead.
func (p *platform) send(ctx context.Context, o *order, b body) (slots []time.Time, accepted bool) {
	b.Ref, b.PlacedAt, b.Items = o.ref, time.Now().UTC(), o.items
	p.book.sent(o.ref)
	for try := range triesMax {
		if try > 0 {
			p.book.askedAgain(o.ref)
		}
		o.try++
		b.Nonce = nonceOf(o.ref, o.try)
		text, err := json.Marshal(b)
		if err != nil {
			p.book.note(err)
			return nil, false
		}
		one, cancel := context.WithTimeout(ctx, p.Retry)
		answer, err := p.Door.Order(one, b.Nonce, text)
		cancel()
		if err != nil {
			p.book.note(err)
			if ctx.Err() != nil || !bell.Sleep(ctx, p.Retry/10) {
				return nil, false
			}
			continue
		}
		again, wait, slots, accepted := p.judge(o, answer)
		if !again {
			return slots, accepted
		}
		if !bell.Sleep(ctx, min(wait, p.Retry)) {
			return nil, false
		}
	}
	return nil, false
}

// nonceOf tells one attempt to send an order from another. Without it a late refusal of an attempt that was given up would
// be taken for the answer to the next one, which may have been accepted.
func nonceOf(ref string, try int) string { return ref + "." + strconv.Itoa(try) }

// tryOf is the attempt that an answer belongs to; 0 is none of this order's.
func tryOf(ref, nonce string) int {
	number, ours := strings.CutPrefix(nonce, ref+".")
	if try, err := strconv.Atoi(number); ours && err == nil {
		return try
	}
	return 0
}

// judge reads an answer: whether it is one, and what it says.
func (p *platform) judge(o *order, a wire.Answer) (again bool, wait time.Duration, slots []time.Time, accepted bool) {
	if a.Status == http.StatusCreated || a.Status == http.StatusOK {
		var got wire.Order
		if err := json.Unmarshal(a.Body, &got); err != nil {
			p.book.note(err)
			return true, p.Retry, nil, false
		}
		p.book.accepted(o.ref, o.try, got.ID)
		return false, 0, nil, true
	}
	var problem wire.Problem
	if err := json.Unmarshal(a.Body, &problem); err != nil {
		p.book.note(err)
		return true, p.Retry, nil, false
	}
	name := strings.TrimPrefix(problem.Type, "/problems/")
	if problem.Outcome == "unknown" || a.Status == http.StatusTooManyRequests || a.Status >= 500 && problem.Refusal == nil {
		return true, time.Duration(problem.RetryAfter) * time.Second, nil, false
	}
	p.book.refused(o.ref, o.try, name)
	if problem.Refusal != nil {
		for _, alt := range problem.Alternatives {
			if alt.Type == "slot" && alt.Start != nil {
				slots = append(slots, *alt.Start)
			}
		}
	}
	return false, 0, slots, false
}
