package shop

import (
	"time"

	"weir/shop/capacity"
)

// Limits of the waiting list.
const (
	// StandbyFor is how long an order waits for room when its channel names no time.
	StandbyFor = 2 * time.Hour
	// StandbyMost is the longest that an order may wait, however late its channel names: from opening to closing of an
	// ordinary day. No order waits beyond closing or into another business day.
	StandbyMost = 12 * time.Hour
	// StandbyMax bounds the orders that wait, of all channels. It is about what a crew of four makes in four hours;
	// whoever came later would wait for nothing.
	StandbyMax = 400
	// StandbyPerChannel bounds those of one channel, so that one campaign does not keep all others off the list.
	StandbyPerChannel = 300
)

// Standby is an order's place on the waiting list: it was refused for want of room and asked to wait. Such an order
// has no cups yet and nothing is promised. It is accepted when there is room, or it expires; it keeps its id.
type Standby struct {
	Since time.Time     `json:"since"`          // when it was put on the list
	Until time.Time     `json:"until"`          // it waits no longer than this
	Named time.Time     `json:"named,omitzero"` // the latest that its channel named; zero is none
	Cups  int           `json:"cups"`
	Work  capacity.Work `json:"work"`
	Taken time.Time     `json:"taken,omitzero"` // when it was accepted
}

// OnStandby reports whether the order is on the waiting list: neither accepted nor ended.
func (o *Order) OnStandby() bool { return o.End == "" && o.Standby != nil && o.Standby.Taken.IsZero() }

// WaitsUntil is how long the order waits for room; zero for one that is not on the waiting list.
func (o *Order) WaitsUntil() time.Time {
	if !o.OnStandby() {
		return time.Time{}
	}
	return o.Standby.Until
}

// OrderWaits says that an order was put on the waiting list.
type OrderWaits struct {
	Order *Order    `json:"-"` // in a row of its own
	Cups  int       `json:"cups"`
	Until time.Time `json:"until"`
}

func (OrderWaits) name() string { return "order.waits" }

// Why an order on the waiting list ended without being accepted.
const (
	ReasonNoRoom   = "no-room"  // its time was up, and there was no room before
	ReasonSoldOut  = "sold-out" // what it asks for is sold out
	ReasonRestored = "restored" // the shop's memory was restored from a copy: it may have been accepted since the copy was made
)

// mayWait reports whether a refused order may go on the waiting list: there was no room, there may be some before its
// time is up, and the list is not full.
func (d *decider) mayWait(o *Order, draft Draft, a capacity.Answer) (until time.Time, ok bool) {
	switch a.Reason {
	case capacity.NoRoom:
		if o.Promise.SlotStart.IsZero() && !o.DueOnArrival && o.Work() > a.Why.Budget {
			return until, false // it does not fit into an empty kitchen
		}
	case capacity.Shelf, capacity.SlotFull:
	default:
		return until, false
	}
	all, own := 0, 0
	for _, other := range d.state.OnStandby() {
		all++
		if other.Channel == o.Channel {
			own++
		}
	}
	until = d.standbyUntil(o, draft)
	return until, until.After(d.now) && all < StandbyMax && own < StandbyPerChannel
}

// standbyUntil is how long an order may wait: as long as its channel says, but not beyond its confirm_by, the booking of
// its slot, closing and the business day.
func (d *decider) standbyUntil(o *Order, draft Draft) time.Time {
	until := d.now.Add(StandbyFor)
	if !draft.StandbyUntil.IsZero() {
		until = earlier(draft.StandbyUntil, d.now.Add(StandbyMost))
	}
	until = earlier(until, d.state.hours().Closes, d.state.Config.ends(d.state.Counters.Day), draft.ConfirmBy, o.WantedBy)
	if slot := o.Promise.SlotStart; !slot.IsZero() {
		until = earlier(until, slot.Add(-capacity.MakeAhead))
	}
	return until.UTC().Truncate(time.Second)
}

// earlier is the earliest of times, of which a zero one is none.
func earlier(at time.Time, others ...time.Time) time.Time {
	for _, other := range others {
		if at.IsZero() || !other.IsZero() && other.Before(at) {
			at = other
		}
	}
	return at
}

// wait puts an order on the waiting list, with what it would be if it were accepted taken out.
func (d *decider) wait(o *Order, draft Draft, until time.Time) {
	w := *o
	w.Standby = &Standby{Since: d.now, Until: until, Named: earlier(draft.StandbyUntil, draft.ConfirmBy), Cups: len(o.Cups), Work: o.Work()}
	w.Cups, w.Number, w.KitchenAt, w.ReadyAt = nil, 0, time.Time{}, time.Time{}
	for _, other := range d.state.OnStandby() {
		w.Promise.Position += other.Standby.Cups
	}
	told := tell(ToldWaiting, &w, OrderWaiting, "")
	told.Until = until
	d.emitTold(w.ID, OrderWaits{Order: &w, Cups: w.Standby.Cups, Until: until}, told)
	d.out.Order = w.ID
}

// OnStandby lists the orders on the waiting list, in the order in which they asked.
func (s *State) OnStandby() (list []*Order) {
	for o := range s.Orders.All() {
		if o.OnStandby() {
			list = append(list, o)
		}
	}
	return list
}

// standby goes through the waiting list: what there is room for is accepted, in the order in which it was asked for,
// and what has waited long enough is ended. An order that finds no room keeps those behind it waiting. One that waits
// for something else, such as room on the shelf, does not. With noOrders none is accepted.
func (d *decider) standby(noOrders bool) {
	full := map[int64]bool{} // start of a slot, or 0 for now: who came first did not get in
	for _, o := range d.state.OnStandby() {
		slot := int64(0)
		if !o.Promise.SlotStart.IsZero() {
			slot = o.Promise.SlotStart.Unix()
		}
		switch {
		case !d.now.Before(o.Standby.Until) && !d.state.Counters.ClockDoubt:
			reason := ReasonNoRoom
			if d.state.Counters.forgets(o.Standby.Since) {
				reason = ReasonRestored
			}
			d.expire(o, reason)
		case d.soldOut(o):
			d.expire(o, ReasonSoldOut)
		case noOrders || full[slot] || d.state.Counters.forgets(o.Standby.Since):
		default:
			full[slot] = d.takeUp(o)
		}
	}
}

// soldOut reports whether something of an order on the waiting list is sold out, and nothing was agreed that there is.
func (d *decider) soldOut(o *Order) bool {
	_, err := d.pickAgain(o)
	return err != nil
}

// takeUp accepts an order from the waiting list if there is room for it. full reports that there is none, for this one
// and for those who came later.
func (d *decider) takeUp(waiting *Order) (full bool) {
	o := waiting.clone()
	lines, err := d.pickAgain(waiting)
	if err != nil {
		return false // those before it took the last; it ends at the next look
	}
	o.Lines = lines
	d.fill(o)
	taken := *waiting.Standby
	taken.Taken = d.now
	o.Standby = &taken
	if d.state.full(o, o.when(), len(o.Cups)) != nil {
		return false
	}
	r := o.request(time.Time{})
	r.Standby = true
	a := d.state.Capacity.Admit(d.now, r)
	if _, late := d.misses(o, a); late {
		return false // it would be too late for its customer; those behind it may have the room
	}
	if a.Accepted {
		d.promise(o, a)
		d.accept(o)
		return false
	}
	return a.Reason == capacity.SlotFull || a.Reason == capacity.NoRoom && (o.DueOnArrival || o.Work() <= a.Why.Budget)
}

// expire ends an order on the waiting list that was not accepted, and says where its customer can go.
func (d *decider) expire(o *Order, reason string) {
	told := tell(ToldExpired, o, OrderExpired, reason)
	told.Elsewhere = d.elsewhere(o)
	d.finishTelling(o, OrderExpired, reason, told)
}

// StandbyBefore is the cups on the waiting list before an order's own.
func (s *State) StandbyBefore(id OrderID) (cups int) {
	for _, o := range s.OnStandby() {
		if o.ID >= id {
			break
		}
		cups += o.Standby.Cups
	}
	return cups
}

func (f OrderWaits) apply(s State, _ Event) State {
	s.Counters.Order = f.Order.ID
	s.Capacity = s.Capacity.Swap(capacity.Order{}, f.Order.load())
	return s.Recall(f.Order)
}

// restamped is the place on the list with its end moved to a new scale of time, as far as its channel named none.
func (w *Standby) restamped(to scale) *Standby {
	next := *w
	if to.old(w.Since) {
		next.Until = earlier(next.Until.Add(to.by), next.Named)
	}
	return &next
}
