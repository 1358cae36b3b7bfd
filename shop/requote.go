package shop

import (
	"slices"
	"sort"
	"time"

	"weir/shop/capacity"
)

// When a customer is told another time. A change is worth telling when it is long, and not too often.
const (
	// RequoteLeast is the least change that is told.
	RequoteLeast = 3 * time.Minute
	// RequoteGap is how far apart two times told for one order are.
	RequoteGap = 5 * time.Minute
	// requoteEvery is how often all open orders are quoted anew. A clock that ticks at least every [capacity.TickMax]
	// meets the first requoteWindow of it.
	requoteEvery = 15 * time.Second
	// requoteSlot is how long before its time the customer of a slot is told of a delay at the earliest. Before that the
	// bookings that are in its way may still be moved: see [capacity.Book.Mend].
	requoteSlot   = 45 * time.Minute
	requoteWindow = capacity.TickMax
)

// OrderRequoted says that an order's customer was told another time. With Early it is an earlier one: the promise stays as
// it is, and what is expected is better. Otherwise the promise was about to break and is changed with notice.
type OrderRequoted struct {
	Early bool      `json:"-"` // said by the name in the log
	From  time.Time `json:"from"`
	To    time.Time `json:"to"`
}

func (f OrderRequoted) name() string {
	if f.Early {
		return ToldEarly
	}
	return ToldDelayed
}

// requote tells the customers of orders in the kitchen's queue whose promise is about to break, or that will be ready
// much earlier than they heard.
func (d *decider) requote() {
	if d.state.Counters.ClockDoubt || d.now.Sub(d.now.Truncate(requoteEvery)) >= requoteWindow {
		return
	}
	d.requoteNow()
}

func (d *decider) requoteNow() {
	orders, works := d.state.ahead()
	if len(orders) == 0 {
		return
	}
	for i, e := range d.state.Capacity.Expect(d.now, headSince(orders, d.now), works) {
		o := orders[i]
		if !o.Promise.Told.IsZero() && d.now.Sub(o.Promise.Told) < RequoteGap {
			continue
		}
		by := o.Promise.By()
		if !o.Promise.SlotStart.IsZero() && by.Sub(d.now) > requoteSlot {
			continue
		}
		// That work has stopped is news only to those whose time is near: the others can still be made in time.
		over := d.now.Add(e.P50).Sub(by)
		switch {
		case over-e.Stopped >= RequoteLeast, over >= RequoteLeast/2 && by.Sub(d.now) <= RequoteGap+time.Minute:
			to := wholeMinute(d.now.Add(e.P90))
			if least := by.Add(RequoteLeast); to.Before(least) {
				to = least
			}
			d.tellAgain(o, OrderRequoted{From: by, To: to})
		case !o.Promise.SlotStart.IsZero() || o.Channel == CounterChannel || o.LinesUnknown || d.now.Sub(o.AcceptedAt) < RequoteGap:
			// Who booked a slot comes for it; of what is not known nothing better can be said; who stands at the counter sees
			// how it is; who has just been told knows.
		default:
			if to := wholeMinute(d.now.Add(e.P90)); o.Promise.Expects(o.AcceptedAt).Sub(to) >= RequoteLeast {
				d.tellAgain(o, OrderRequoted{Early: true, From: o.Promise.Expects(o.AcceptedAt), To: to})
			}
		}
	}
}

func wholeMinute(at time.Time) time.Time { return at.Add(time.Minute - 1).Truncate(time.Minute) }

func (d *decider) tellAgain(o *Order, f OrderRequoted) {
	told := tell(f.name(), o, o.State(), "")
	told.Expected = f.To
	if !f.Early {
		told.ReadyBy = f.To
		d.out.Broken.Moved++
	}
	d.emitTold(o.ID, f, told)
}

// ahead lists the orders of which something is still to be made, in the order of work, each with the work until its last
// cup is made. What is booked and due before an order counts as well: it goes to the kitchen before then.
func (s *State) ahead() (orders []*Order, works []capacity.Demand) {
	var sum capacity.Demand
	for _, q := range s.Queue("", time.Time{}) { // the cups of an order stand together
		sum = sum.Plus(capacity.Demand{Work: q.Cup.Work, Spare: q.Cup.Spare})
		if n := len(orders); n == 0 || orders[n-1] != q.Order {
			orders, works = append(orders, q.Order), append(works, capacity.Demand{})
		}
		works[len(works)-1] = sum
	}
	for o := range s.Orders.All() {
		if o.LinesUnknown && o.wanted() && o.State() == OrderBooked {
			orders, works = squeeze(o, orders, works)
		}
	}
	var last time.Time
	for _, o := range orders {
		last = later(last, o.Promise.due())
	}
	booked := s.bookedUntil(last)
	for i, o := range orders {
		due := o.Promise.due()
		if n := sort.Search(len(booked), func(i int) bool { return booked[i].due.After(due) }); n > 0 {
			works[i] = works[i].Plus(booked[n-1].work)
		}
	}
	return orders, works
}

// wanted is when a booked order is due, and the work of it and of all that is due before.
type wanted struct {
	due  time.Time
	work capacity.Demand
}

// bookedUntil lists what waits for its slot and is due by a time, the earliest first.
func (s *State) bookedUntil(last time.Time) (booked []wanted) {
	for o := range s.Orders.All() {
		if p := &o.Promise; !p.SlotStart.IsZero() && !p.due().After(last) && o.State() == OrderBooked {
			booked = append(booked, wanted{p.due(), o.demand()})
		}
	}
	slices.SortFunc(booked, func(a, b wanted) int { return a.due.Compare(b.due) })
	for i := 1; i < len(booked); i++ {
		booked[i].work = booked[i].work.Plus(booked[i-1].work)
	}
	return booked
}

// later is the later of two times.
func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// cameToKitchen is since when an order's cups can be made.
func (o *Order) cameToKitchen() time.Time {
	if o.KitchenAt.IsZero() {
		return o.AcceptedAt
	}
	return o.KitchenAt
}

// headSince is since when the kitchen can be at the first order of the queue. One whose lines are not known holds nobody up.
func headSince(orders []*Order, now time.Time) time.Time {
	for _, o := range orders {
		if !o.LinesUnknown {
			return o.cameToKitchen()
		}
	}
	return now
}

// squeeze puts an order whose lines are not known among those in the queue: it takes its turn when they come.
func squeeze(u *Order, orders []*Order, works []capacity.Demand) ([]*Order, []capacity.Demand) {
	at, before := 0, capacity.Demand{}
	for i, o := range orders {
		if CompareTurn(u, o) < 0 {
			works[i] = works[i].Plus(u.demand())
		} else {
			at, before = i+1, works[i]
		}
	}
	return slices.Insert(orders, at, u), slices.Insert(works, at, before.Plus(u.demand()))
}

// Expects is when an order is expected to be ready, as its customer was last told.
func (p Promise) Expects(accepted time.Time) time.Time {
	if !p.Expected.IsZero() {
		return p.Expected
	}
	return accepted.Add(p.Quote.P90)
}

// StandsAt is how an order stands in the queue now: the cups before its first one, and when it should be ready. ok is
// false for an order of which nothing is in the queue.
func (s *State) StandsAt(id OrderID, now time.Time) (cups int, ready time.Time, ok bool) {
	orders, works := s.ahead()
	for i, o := range orders {
		if o.ID != id {
			continue
		}
		e := s.Capacity.Expect(now, headSince(orders, now), works[i:i+1])[0]
		return s.cupsBefore(o), wholeMinute(now.Add(e.P90)), true
	}
	return 0, time.Time{}, false
}

// cupsBefore is the cups in the queue before the first of an order's.
func (s *State) cupsBefore(o *Order) (n int) {
	for _, q := range s.Queue("", time.Time{}) {
		if CompareTurn(q.Order, o) >= 0 {
			break
		}
		n++
	}
	return n
}

func (f OrderRequoted) apply(s State, e Event) State {
	return s.change(e, func(o *Order) {
		o.Promise.Expected, o.Promise.Told = f.To, e.At
		if !f.Early {
			o.Promise.Delayed = true
		}
	})
}
