package platform

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"weir/shop"
	"weir/shop/wire"
)

// Balance is what became of every order.
type Balance struct {
	Orders       int // orders that customers wanted
	Sent         int // orders that were sent
	HeldBack     int // not sent for now, because the shop had said that it is full
	Accepted     int
	Slots        int            // accepted orders for a slot
	Refused      map[string]int // by the problem's name; the last answer of an order that was not accepted
	Unanswered   int            // sent, and no answer came however often it was asked
	AskedAgain   int            // times
	Contradicted int            // answered twice differently: two ids, or refused and made
	Made         int            // accepted orders that were ready, whatever happened later
	Handed       int
	Ended        map[string]int // cancelled, released or unclaimed
	Open         int            // accepted, and not gone yet
	Trouble      map[string]int // reasons why no answer came
}

func (b *Balance) refused() (sum int) {
	for _, n := range b.Refused {
		sum += n
	}
	return sum
}

// balance keeps the book while orders are under way.
type balance struct {
	mu      sync.Mutex
	orders  map[string]*entry
	again   int
	trouble map[string]int
}

// entry is one order.
type entry struct {
	sent, held, slot bool
	id               shop.OrderID // 0: not accepted
	refused          string
	since, until     int // the first attempt that was accepted, and the last one that was refused
	contradicted     bool
	made             bool
	end              string // the type of the event that ended it
}

func newBalance() *balance {
	return &balance{orders: map[string]*entry{}, trouble: map[string]int{}}
}

func (b *balance) change(ref string, f func(*entry)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := b.orders[ref]
	if e == nil {
		e = &entry{}
		b.orders[ref] = e
	}
	f(e)
}

func (b *balance) knows(ref string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.orders[ref] != nil
}

func (b *balance) sent(ref string)     { b.change(ref, func(e *entry) { e.sent = true }) }
func (b *balance) heldBack(ref string) { b.change(ref, func(e *entry) { e.held = true }) }
func (b *balance) slot(ref string)     { b.change(ref, func(e *entry) { e.slot = true }) }

// accepted notes that an attempt was accepted. Answers may come in another order than that of the attempts: a refusal may
// become an acceptance when it is asked again, never the other way round.
func (b *balance) accepted(ref string, try int, id shop.OrderID) {
	b.change(ref, func(e *entry) {
		if e.since == 0 || try < e.since {
			e.since = try
		}
		e.contradicted = e.contradicted || e.id != 0 && e.id != id || e.since < e.until
		e.id = id
	})
}

// refused notes that an attempt was refused.
func (b *balance) refused(ref string, try int, why string) {
	b.change(ref, func(e *entry) {
		e.until = max(e.until, try)
		e.contradicted = e.contradicted || e.id != 0 && e.since <= e.until
		e.refused = why
	})
}

func (b *balance) askedAgain(string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.again++
}

// troubleMax bounds the kinds of trouble that are kept apart.
const troubleMax = 20

// note keeps what went wrong on the way.
func (b *balance) note(err error) {
	if err == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, known := b.trouble[err.Error()]; known || len(b.trouble) < troubleMax {
		b.trouble[err.Error()]++
	}
}

// event takes in what the shop tells about an order of this run.
func (b *balance) event(e wire.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	o := b.orders[e.Data.Ref]
	if o == nil {
		return
	}
	switch what := strings.TrimPrefix(e.Type, "order."); what {
	case "ready":
		o.made = true
	case "handed":
		o.made, o.end = true, what
	case "cancelled", "released", "unclaimed":
		o.end = what
	}
}

// due is how many orders that were accepted for now have not left the shop.
func (b *balance) due() (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.orders {
		if e.id != 0 && !e.slot && e.end == "" {
			n++
		}
	}
	return n
}

func (b *balance) sum() Balance {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := Balance{Orders: len(b.orders), AskedAgain: b.again, Refused: map[string]int{}, Ended: map[string]int{}, Trouble: map[string]int{}}
	for what, n := range b.trouble {
		s.Trouble[what] = n
	}
	for _, e := range b.orders {
		s.add(e)
	}
	return s
}

func (b *Balance) add(e *entry) {
	count := func(n *int, is bool) {
		if is {
			*n++
		}
	}
	known := e.id != 0
	count(&b.Sent, e.sent)
	count(&b.HeldBack, e.held)
	count(&b.Accepted, known)
	count(&b.Slots, known && e.slot)
	count(&b.Made, e.made)
	count(&b.Handed, e.end == "handed")
	count(&b.Open, known && e.end == "")
	count(&b.Unanswered, e.sent && !known && e.refused == "")
	count(&b.Contradicted, e.contradicted || !known && e.refused != "" && e.made)
	if !known && e.refused != "" {
		b.Refused[e.refused]++
	}
	if e.end != "" && e.end != "handed" {
		b.Ended[e.end]++
	}
}

// write prints the balance.
func (b *Balance) write(w io.Writer) {
	row := func(what string, n int) { fmt.Fprintf(w, "  %-40s %6d\n", what, n) }
	rows := func(what string, of map[string]int) {
		for _, name := range sorted(of) {
			row(what+name, of[name])
		}
	}
	fmt.Fprintln(w, "balance of every order")
	row("wanted by customers", b.Orders)
	row("held back, the shop being full", b.HeldBack)
	row("sent", b.Sent)
	row("accepted", b.Accepted)
	row("  of them for a slot", b.Slots)
	rows("refused: ", b.Refused)
	row("answered twice differently", b.Contradicted)
	row("unanswered", b.Unanswered)
	row("asked again (times)", b.AskedAgain)
	row("made", b.Made)
	row("handed over", b.Handed)
	rows("ended: ", b.Ended)
	row("still open", b.Open)
	rows("trouble: ", b.Trouble)
}

func sorted(of map[string]int) []string {
	names := make([]string, 0, len(of))
	for name := range of {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
