package capacity

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// shop is a shop driven at random: the book, and the orders as the shop itself would keep them.
type shop struct {
	b      Book
	now    time.Time
	id     int64
	orders []Order // open ones
	router Router
	past   []snapshot
}

// snapshot is an old book and what it answered when it was new.
type snapshot struct {
	b      Book
	at     time.Time
	orders []Order
	report Report
	answer Answer
}

func (s *shop) wait(t *rapid.T) {
	s.now = s.now.Add(time.Duration(rapid.IntRange(0, 90_000).Draw(t, "ms")) * time.Millisecond)
	s.b = s.b.Tick(s.now)
}

func (s *shop) request(t *rapid.T) Request {
	return Request{
		Channel:  rapid.SampledFrom([]string{"meituan", "shangou", "unknown"}).Draw(t, "channel"),
		Campaign: rapid.SampledFrom([]string{"", "free"}).Draw(t, "campaign"),
		Work:     Work(rapid.IntRange(20, 900).Draw(t, "work")), Cups: rapid.IntRange(1, 6).Draw(t, "cups"),
		Held: rapid.IntRange(0, 19).Draw(t, "held") == 0,
	}
}

// put accepts what the answer accepts.
func (s *shop) put(r Request, a Answer) {
	if !a.Accepted {
		return
	}
	s.id++
	var o Order
	s.b, o, _ = place(s.b, s.now, s.id, r)
	s.orders = append(s.orders, o)
}

func (s *shop) online(t *rapid.T) {
	r := s.request(t)
	if r.Channel == "meituan" {
		if router, stamp, ok := s.router.Send(s.now, r.Work, s.b.set.Lease.Skew); ok {
			s.router, r.Lease, r.Held = router, &stamp, false
		}
	}
	a := s.b.Admit(s.now, r)
	s.plausible(t, r, a)
	// I1: at acceptance accepted and unmade online work never exceeds the budget.
	if a.Accepted && !r.Held && s.b.load.online+r.Work > s.b.Room(s.now, "").Budget {
		t.Fatalf("I1: %d online and %d more, budget %d: %+v", s.b.load.online, r.Work, s.b.Room(s.now, "").Budget, a)
	}
	s.put(r, a)
}

func (s *shop) plausible(t *rapid.T, r Request, a Answer) {
	switch {
	case a.Accepted && (a.Reason != None || a.Due.Before(s.now.Add(promiseMin*time.Minute)) || a.Due.UnixMilli() > s.b.closes):
		t.Fatalf("accepted with %q, ready by %v at %v", a.Reason, a.Due, s.now)
	case !a.Accepted && (a.Reason == None || a.Reason == "" || a.Why.Rule == ""):
		t.Fatalf("refused without a reason: %+v", a)
	case a.Quote.P50 > a.Quote.P90 || a.Quote.P90 > a.Quote.Promise:
		t.Fatalf("quantiles out of order: %+v", a.Quote)
	}
	for _, slot := range a.Slots { // nothing is offered that cannot be had
		r.Slot, r.Lease, r.Held = slot.Start, nil, false
		if again := s.b.Admit(s.now, r); !again.Accepted {
			t.Fatalf("offered slot %v is refused: %+v", slot, again)
		}
	}
}

func (s *shop) slot(t *rapid.T) {
	r := s.request(t)
	r.Held = false
	r.Slot = s.now.Truncate(SlotLength).Add(time.Duration(rapid.IntRange(-1, 5).Draw(t, "slot")) * SlotLength)
	a := s.b.Admit(s.now, r)
	s.plausible(t, r, a)
	before := s.b
	s.put(r, a)
	if !a.Accepted {
		return
	}
	// I6: slot work never exceeds the slot's budget as it stood at booking.
	var m moment
	m.Book = &before
	m.at(s.now)
	i, _ := find(s.b.load.slots, r.Slot.UnixMilli())
	if room, limit := m.slotMax(r.Slot.UnixMilli(), s.b.load.slots[i]); room < 0 {
		t.Fatalf("I6: %d more booked than fits, budget %d", -room, limit)
	}
}

func (s *shop) walkIn(t *rapid.T) {
	r := Request{Channel: "counter", Work: Cup, Cups: 1, WalkIn: true}
	a := s.b.Admit(s.now, r)
	if !a.Accepted {
		t.Fatalf("a walk-in was refused: %+v", a)
	}
	s.put(r, a)
}

// cup makes a cup of the earliest promise, or undoes one.
func (s *shop) cup(t *rapid.T) {
	slices.SortFunc(s.orders, func(a, b Order) int { return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.ID, b.ID)) })
	tapped := rapid.IntRange(0, 9).Draw(t, "tapped") > 0
	for i, o := range s.orders {
		if o.Stage != Waiting || o.Cups == 0 {
			continue
		}
		after := o
		after.Cups--
		after.Work -= o.Work / Work(o.Cups)
		if after.Cups == 0 {
			after.Work, after.Bags = 0, 1
		}
		s.b, s.orders[i] = s.b.Made(s.now, o, after, tapped), after
		if tapped && rapid.IntRange(0, 9).Draw(t, "undo") == 0 {
			s.b, s.orders[i] = s.b.Made(s.now, after, o, true), o
		}
		return
	}
}

func (s *shop) gone(t *rapid.T) {
	if len(s.orders) == 0 {
		return
	}
	i := rapid.IntRange(0, len(s.orders)-1).Draw(t, "order")
	s.b = s.b.Swap(s.orders[i], Order{})
	s.orders = slices.Delete(s.orders, i, i+1)
}

func (s *shop) due(*rapid.T) {
	for _, id := range s.b.Due(s.now) {
		s.change(id, func(o Order) Order { o.Stage = Waiting; return o })
	}
}

func (s *shop) change(id int64, f func(Order) Order) {
	i := slices.IndexFunc(s.orders, func(o Order) bool { return o.ID == id })
	after := f(s.orders[i])
	s.b, s.orders[i] = s.b.Swap(s.orders[i], after), after
}

func (s *shop) mend(*rapid.T) {
	for _, m := range s.b.Mend(s.now) {
		s.change(m.ID, func(o Order) Order {
			if m.To.IsZero() {
				return Order{}
			}
			o.Slot, o.Due = m.To, m.To.Add(SlotLength)
			return o
		})
	}
	s.orders = slices.DeleteFunc(s.orders, func(o Order) bool { return o.ID == 0 })
}

func (s *shop) grant(t *rapid.T) {
	leases := s.b.Grant(s.now)
	s.b = s.b.Issue(leases)
	for _, l := range leases {
		if l.Channel == "meituan" && rapid.Bool().Draw(t, "heard") {
			s.router = s.router.Take(l)
		}
	}
}

func (s *shop) staff(t *rapid.T) {
	s.b = s.b.Staff(noon, Steady(nominal*rapid.SampledFrom([]float64{0, 0.5, 1, 1.5}).Draw(t, "staff")))
}

func (s *shop) reboot(t *rapid.T) {
	again := restart(t, s.b, s.orders)
	if !again.Equal(s.b) {
		t.Fatalf("not the same book after a restart:\n%+v\n%+v", s.b, again)
	}
	s.b = again
}

func (s *shop) snapshot(*rapid.T) {
	s.past = append(s.past, snapshot{b: s.b, at: s.now, orders: slices.Clone(s.orders), report: s.b.Report(s.now), answer: s.ask(s.b, s.now)})
}

func (s *shop) ask(b Book, at time.Time) Answer {
	return b.Admit(at, Request{Channel: "shangou", Work: 40 * Cup, Cups: 40})
}

// unchanged holds every old book against what it was.
func (s *shop) unchanged(t *rapid.T) {
	for _, old := range s.past {
		if got := old.b.Report(old.at); got != old.report {
			t.Fatalf("an old book answers otherwise:\n%+v\n%+v", got, old.report)
		}
		if got := s.ask(old.b, old.at); !slices.Equal(got.Slots, old.answer.Slots) || got.Why != old.answer.Why {
			t.Fatalf("an old book answers otherwise:\n%+v\n%+v", got, old.answer)
		}
		if again := restart(t, old.b, old.orders); !again.Equal(old.b) {
			t.Fatalf("an old book has changed:\n%+v\n%+v", old.b, again)
		}
	}
}

func TestShopAtRandom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &shop{b: open(), now: noon}
		t.Repeat(map[string]func(*rapid.T){
			"wait": s.wait, "online": s.online, "online again": s.online, "walk-in": s.walkIn, "slot": s.slot, "cup": s.cup,
			"gone": s.gone, "due": s.due, "mend": s.mend, "grant": s.grant, "staff": s.staff, "reboot": s.reboot, "snapshot": s.snapshot,
			"": func(t *rapid.T) {
				if l := s.b.Level(s.now, ""); l.Level < LevelOpen || l.Level > LevelPaused || (l.Reason == None) != (l.Level == LevelOpen) {
					t.Fatalf("level %+v", l)
				}
			},
		})
		s.unchanged(t)
	})
}
