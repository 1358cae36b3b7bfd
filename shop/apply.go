package shop

import (
	"slices"
	"time"

	"weir/shop/capacity"
)

// Apply is the state after an event. It judges nothing and cannot fail: what is in an event has
// been decided. The old state stays as it was.
func Apply(s State, e Event) State {
	s.Counters.Seq = e.Seq
	if e.Told != nil {
		s.Counters.Feeds = with(s.Counters.Feeds, e.Told.Channel, e.Told.Feed)
	}
	switch f := e.Fact.(type) {
	case OrderPlaced:
		return s.placed(f.Order, e.At)
	case CupsMoved:
		return s.cupsMoved(e, f)
	case CupRemade:
		s.Ledger = s.Ledger.remade()
		return s.change(e, func(o *Order) {
			o.Cups = append(o.Cups, f.Cup)
			o.ReadyAt = time.Time{}
		})
	case OrderKitchened:
		return s.kitchened(e)
	case OrderTold:
		return s.change(e, func(o *Order) {
			o.MakingTold = true
			o.ReadyTold = f.State == OrderReady
		})
	case OrderEnded:
		return s.ended(e, f)
	case OrderReopened:
		return s.change(e, func(o *Order) {
			o.End, o.Reason, o.EndedAt, o.ReadyAt, o.ReadyTold = "", "", time.Time{}, time.Time{}, true
		})
	case OrderStepped:
		return s.change(e, func(o *Order) { o.stepped(f.Step, e.At) })
	case SlotMoved:
		return s.change(e, func(o *Order) {
			o.Promise.SlotAsked = o.Promise.asked()
			o.Promise.SlotStart, o.Promise.Moved = f.To, f.To.Add(capacity.SlotLength)
		})
	case CupPacked:
		return s.packed(e, f)
	case TotalsFilled:
		return s.change(e, func(o *Order) { o.Totals = &f.Totals })
	}
	return s.applyShop(e)
}

// applyShop applies what is not about one order's cups.
func (s State) applyShop(e Event) State {
	switch f := e.Fact.(type) {
	case CupsStopped:
		return s.stopped(f)
	case StopDismissed:
		return s.dismissed(f)
	case StockSet:
		return s.stocked(f)
	case ItemSet:
		s.SoldOut = with(s.SoldOut, f.Item, !f.Available)
	case IntakeSet:
		s.Settings.Intake = with(s.Settings.Intake, f.Channel, f.Intake)
		s.Capacity = s.Capacity.Set(s.capacitySettings())
	case StaffSet:
		s.Settings.Staff = with(s.Settings.Staff, f.Station, f.Staff)
		s.Capacity = s.Capacity.Staff(s.Config.Line.Prior(s.Settings.Staff))
	case TermsSet:
		s.Settings = s.Settings.with(f.Terms)
		s.Capacity = s.Capacity.Set(s.capacitySettings())
	case FeedAcked:
		s.Counters.Acks = with(s.Counters.Acks, f.Channel, f.Through)
	case JobAdded:
		s.Counters.Job = f.Job.ID
		s.Jobs = s.Jobs.With(int64(f.Job.ID), &f.Job)
	case JobMoved:
		s.Jobs = s.Jobs.With(int64(f.Job), s.Jobs.At(int64(f.Job)).moved(f, e.At))
	case DayOpened:
		s.Counters.Day, s.Counters.Number = f.Day, 0
		s.Counters.Unclosed = append(slices.Clone(s.Counters.Unclosed), f.Over)
		s.Ledger = s.Ledger.nextDay()
		s.Capacity = s.Capacity.Today(s.Config.Hours(e.At))
	case Mended:
		s.Counters.MendedAt = e.At
	case Stepped:
		s.Capacity = s.Capacity.Tick(e.At)
	case LeasesIssued:
		s.Capacity = s.Capacity.Issue(f.Leases)
		for _, l := range f.Leases {
			s.Leases = with(s.Leases, l.Channel, l)
		}
	case Resynced:
		return s.resynced(e, f)
	case EpochBegun:
		return s.epochBegun(e, f)
	}
	return s.applyNotice(e)
}

func (s State) placed(o *Order, at time.Time) State {
	s.Counters.Order = o.ID
	s.Counters.Number = max(s.Counters.Number, o.Number)
	s.Ledger = s.Ledger.placed(o)
	if o.End == "" {
		s.Capacity = s.Capacity.Arrive(at, o.request(time.Time{})).Swap(capacity.Order{}, o.load())
		s = s.counted(o, len(o.Cups))
	}
	return s.Recall(o)
}

// change replaces the order by a changed copy and lets capacity see both.
func (s State) change(e Event, f func(*Order)) State {
	old, o := s.edit(e.Order, f)
	if o == nil {
		return s
	}
	s.Orders = s.Orders.With(int64(o.ID), o)
	s.Capacity = s.Capacity.Swap(old.load(), o.load())
	return s
}

// ended ends an order. What it counted to a campaign and was not made is given back.
func (s State) ended(e Event, f OrderEnded) State {
	old, ok := s.Order(e.Order)
	if !ok {
		return s
	}
	s = s.change(e, func(o *Order) { o.End, o.Reason, o.EndedAt = f.State, f.Reason, e.At })
	o, _ := s.Order(e.Order)
	return s.counted(o, o.takes()-old.takes())
}

func (s State) edit(id OrderID, f func(*Order)) (old, o *Order) {
	old, ok := s.Order(id)
	if !ok {
		return nil, nil
	}
	o = old.clone()
	f(o)
	return old, o
}

func (s State) cupsMoved(e Event, f CupsMoved) State {
	old, o := s.edit(e.Order, func(o *Order) { o.moved(f.Moves, e.At) })
	if o == nil {
		return s
	}
	paced := false
	for _, m := range f.Moves {
		s.Ledger = s.Ledger.moved(m.From, m.To)
		paced = paced || m.To == Made || m.From == Made && m.To < Made
	}
	s.Orders = s.Orders.With(int64(o.ID), o)
	s = s.used(o, f.Moves)
	if paced {
		s.Capacity = s.Capacity.Made(e.At, old.load(), o.load(), !f.Implied)
	} else {
		s.Capacity = s.Capacity.Swap(old.load(), o.load())
	}
	return s
}

func (o *Order) moved(moves []Move, at time.Time) {
	for _, m := range moves {
		c := &o.Cups[m.N-1]
		c.State, c.At = m.To, at
		if m.To < Made {
			c.PackedAt = time.Time{}
		}
		switch {
		case m.To == Waiting:
			c.Started = time.Time{}
		case c.Started.IsZero() && (m.To == Making || m.To == Made):
			c.Started = at
		}
	}
	in := o.count()
	if in[Booked]+in[Waiting]+in[Making] > 0 || in[Made] == 0 {
		o.ReadyAt = time.Time{}
	} else if o.ReadyAt.IsZero() {
		o.ReadyAt = at
	}
}

func (s State) kitchened(e Event) State {
	o, ok := s.Order(e.Order)
	if !ok {
		return s
	}
	for range o.count()[Booked] {
		s.Ledger = s.Ledger.moved(Booked, Waiting)
	}
	return s.change(e, func(o *Order) {
		o.KitchenAt = e.At
		if len(o.Cups) == 0 {
			o.ReadyAt = e.At
		}
		for i := range o.Cups {
			if c := &o.Cups[i]; c.State == Booked {
				c.State, c.At = Waiting, e.At
			}
		}
	})
}

func (o *Order) stepped(step Step, at time.Time) {
	switch step {
	case Arrived:
		o.ArrivedAt = at
	case CourierArrived:
		o.CourierAt = at
	}
}

func (j *Job) moved(f JobMoved, at time.Time) *Job {
	next := *j
	next.State, next.Reason, next.At = f.To, f.Reason, at
	if f.Onto != "" {
		next.Printer = f.Onto
	}
	if f.From == JobHeld && f.To == JobQueued {
		next.DueAt = at // a person let it go: it is due now
	}
	return &next
}

// load is what capacity has to know of the order: nothing when nothing of it is open.
func (o *Order) load() capacity.Order {
	if o.End != "" {
		return capacity.Order{}
	}
	l := capacity.Order{
		ID: int64(o.ID), Channel: o.Channel, Campaign: o.campaign(), Placed: o.AcceptedAt, Due: o.Promise.By(), Slot: o.Promise.SlotStart,
		WalkIn: o.Channel == CounterChannel, Quote: o.Promise.Quote,
	}
	for i := range o.Cups {
		if c := &o.Cups[i]; c.State <= Making {
			l.Work += c.Work
			l.Cups++
		}
	}
	switch {
	case o.KitchenAt.IsZero() && o.DueOnArrival:
		l.Stage = capacity.Held
	case o.KitchenAt.IsZero():
		l.Stage = capacity.Booked
	}
	if l.Cups == 0 && o.Fulfilment != Counter {
		l.Bags = 1
	}
	return l
}
