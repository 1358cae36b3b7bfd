package shop_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"weir/shop"
	"weir/shop/capacity"
)

// standby is an order that waits where there is no room.
func standby(channel, ref string, qty int) shop.Place {
	p := wish(ref, "jasmine-milk-tea", qty)
	p.Channel, p.Draft.Standby = channel, true
	return p
}

// packed is a shop that has no room for an order now, without credit that is out.
func packed(t *testing.T) shop.State {
	t.Helper()
	s := shop.New(demo(t), noon)
	for i := range 100 {
		d, err := shop.Decide(s, wish(fmt.Sprint("before-", i), "jasmine-milk-tea", 3), noon)
		if err != nil {
			refusedAs(t, err, shop.ProblemReducedCapacity)
			break
		}
		s = d.Next
	}
	for i := range 3 {
		d, err := shop.Decide(s, wish(fmt.Sprint("small-", i), "jasmine-milk-tea", 1), noon)
		if err == nil {
			s = d.Next
		}
	}
	refused(t, s, wish("full", "jasmine-milk-tea", 1), noon, shop.ProblemReducedCapacity)
	return s
}

// makeCups taps the first cups of the queue.
func makeCups(t *testing.T, s shop.State, n int, now time.Time) shop.State {
	t.Helper()
	for _, q := range s.Queue("", time.Time{})[:n] {
		s = must(t, s, shop.Tap{By: "tablet", Cups: []shop.CupID{q.ID()}, To: shop.Made}, now).Next
	}
	return s
}

// heard is the types of what a channel was told of an order, in order.
func heard(events []shop.Event, id shop.OrderID) (types []string) {
	for _, e := range events {
		if e.Told != nil && e.Told.Order == id {
			types = append(types, e.Told.Type)
		}
	}
	return types
}

func TestAnOrderWaitsForRoomAndIsAccepted(t *testing.T) {
	s := packed(t)
	asked := must(t, s, standby("meituan", "w", 2), noon)
	s = asked.Next
	o, _ := s.ByRef("meituan", "w")
	if o.State() != shop.OrderWaiting || !o.WaitsUntil().Equal(noon.Add(shop.StandbyFor)) || len(o.Cups) != 0 || o.Number != 0 ||
		o.Work() != 200 ||
		fmt.Sprint(heard(asked.Events, o.ID)) != "[order.waiting]" || s.Lost() != 0 {
		t.Fatalf("%+v; told %v", o, heard(asked.Events, o.ID))
	}
	if again := must(t, s, standby("meituan", "w", 2), noon); !again.Replayed || again.Order != o.ID || len(again.Events) != 0 {
		t.Errorf("sent again: %+v", again)
	}
	refused(t, s, standby("meituan", "w", 3), noon, shop.ProblemOrderConflict)
	if still := must(t, s, shop.Tick{}, noon.Add(time.Second)).Next; len(still.OnStandby()) != 1 {
		t.Fatal("control: taken although nothing was made")
	}
	later := noon.Add(10 * time.Minute)
	s = makeCups(t, s, 12, later)
	if held := must(t, s, shop.Tick{NoOrders: true}, later).Next; len(held.OnStandby()) != 1 {
		t.Error("taken while no orders are to be taken")
	}
	d := must(t, s, shop.Tick{}, later)
	o, _ = d.Next.ByRef("meituan", "w")
	if o.State() != shop.OrderAccepted || o.ID != asked.Order || len(o.Cups) != 2 || o.Number == 0 || !o.AcceptedAt.Equal(later) ||
		o.Promise.ReadyBy.Before(later) ||
		fmt.Sprint(heard(d.Events, o.ID)) != "[order.accepted]" || d.Next.Lost() != 0 {
		t.Fatalf("%+v; told %v", o, heard(d.Events, o.ID))
	}
	if again := must(t, d.Next, standby("meituan", "w", 2), later); !again.Replayed || again.Order != o.ID {
		t.Errorf("sent again after it was accepted: %+v", again)
	}
}

func TestAWaitingOrderEndsOnceAndSaysHow(t *testing.T) {
	over := noon.Add(shop.StandbyFor)
	for _, tt := range []struct {
		name string
		do   shop.Command
		at   time.Time
		end  shop.OrderState
		why  string
		told string
	}{
		{"its time is up", shop.Tick{}, over, shop.OrderExpired, shop.ReasonNoRoom, shop.ToldExpired},
		{"it is cancelled", shop.Cancel{Channel: "meituan", Ref: "w"}, noon, shop.OrderCancelled, "", shop.ToldCancelled},
		{"staff release it", shop.End{By: "tablet", Order: 0, To: shop.OrderReleased, Reason: "no milk"}, noon, shop.OrderReleased, "no milk",
			shop.ToldReleased},
		{"the shop closes early", shop.CloseEarly{By: "owner", At: noon.Add(time.Hour)}, noon, shop.OrderExpired, shop.ReasonClosing,
			shop.ToldExpired},
	} {
		d := must(t, packed(t), standby("meituan", "w", 2), noon)
		id, s := d.Order, d.Next
		if end, ok := tt.do.(shop.End); ok {
			end.Order = id
			tt.do = end
		}
		d = must(t, s, tt.do, tt.at)
		o, _ := d.Next.Order(id)
		if o.State() != tt.end || o.Reason != tt.why || fmt.Sprint(heard(d.Events, id)) != "["+tt.told+"]" || d.Next.Lost() != 0 {
			t.Errorf("%s: %s %q, told %v", tt.name, o.State(), o.Reason, heard(d.Events, id))
		}
		if again := must(t, d.Next, standby("meituan", "w", 2), tt.at); !again.Replayed || len(again.Events) != 0 {
			t.Errorf("%s, and sent again: %+v", tt.name, again)
		}
		if tick := must(t, d.Next, shop.Tick{}, tt.at.Add(time.Minute)); len(heard(tick.Events, id)) != 0 {
			t.Errorf("%s: it ended a second time: %v", tt.name, heard(tick.Events, id))
		}
		if tt.end == shop.OrderExpired {
			for _, e := range d.Events {
				if e.Told != nil && e.Told.Type == shop.ToldExpired && (e.Told.Elsewhere == nil || len(e.Told.Elsewhere.Sisters) == 0) {
					t.Errorf("%s: no alternatives: %+v", tt.name, e.Told)
				}
			}
		}
	}
}

func TestWhatIsSoldOutWaitsForNothing(t *testing.T) {
	d := must(t, packed(t), standby("meituan", "w", 2), noon)
	s := must(t, d.Next, shop.SetAvailable{By: "tablet", Item: "jasmine-milk-tea"}, noon).Next
	s = must(t, s, shop.Tick{}, noon.Add(time.Second)).Next
	if o, _ := s.Order(d.Order); o.State() != shop.OrderExpired || o.Reason != shop.ReasonSoldOut {
		t.Errorf("%s, %s", o.State(), o.Reason)
	}
}

// Nothing can be done to what has no cups, and nothing counts it.
func TestAWaitingOrderIsNotInTheKitchen(t *testing.T) {
	d := must(t, packed(t), standby("meituan", "w", 2), noon)
	s := d.Next
	backlog := s.Ledger.Backlog()
	refused(t, s, shop.Handover{By: "tablet", Order: d.Order, Made: true}, noon, shop.ProblemInvalidTransition)
	refused(t, s, shop.Progress{Channel: "meituan", Order: d.Order, Step: shop.PickedUp}, noon, shop.ProblemInvalidTransition)
	refused(t, s, shop.PutFirst{By: "tablet", Order: d.Order, Reason: "a friend"}, noon, shop.ProblemInvalidTransition)
	refused(t, s, shop.End{By: "tablet", Order: d.Order, To: shop.OrderUnclaimed}, noon, shop.ProblemInvalidTransition)
	s = must(t, s, shop.Progress{Channel: "meituan", Order: d.Order, Step: shop.Arrived}, noon).Next
	if o, _ := s.Order(d.Order); o.State() != shop.OrderWaiting || s.Ledger.Backlog() != backlog ||
		o.Standing(noon.Add(5*time.Hour)) != shop.OnTrack {
		t.Errorf("%s with a backlog of %d, before %d", o.State(), s.Ledger.Backlog(), backlog)
	}
}

func TestTheWaitingListIsBounded(t *testing.T) {
	s := packed(t)
	refusedToo := 0
	for i := range shop.StandbyPerChannel + 1 {
		if d, err := shop.Decide(s, standby("meituan", fmt.Sprint("m", i), 1), noon); err == nil {
			s = d.Next
		} else {
			refusedAs(t, err, shop.ProblemReducedCapacity)
			refusedToo++
		}
	}
	if refusedToo != 1 || len(s.OnStandby()) != shop.StandbyPerChannel {
		t.Fatalf("%d wait and %d were refused", len(s.OnStandby()), refusedToo)
	}
	for i := range shop.StandbyMax - shop.StandbyPerChannel {
		s = must(t, s, standby("shangou", fmt.Sprint("s", i), 1), noon).Next
	}
	refused(t, s, standby("shangou", "last", 1), noon, shop.ProblemReducedCapacity)
}

// How long an order waits, and what cannot wait at all.
func TestHowLongAnOrderWaits(t *testing.T) {
	s := packed(t)
	closing := must(t, s, shop.CloseEarly{By: "owner", At: noon.Add(5 * time.Hour)}, noon).Next
	for i := range 20 {
		if d, err := shop.Decide(closing, wish(fmt.Sprint("more-", i), "jasmine-milk-tea", 1), noon); err == nil {
			closing = d.Next
		}
	}
	with := func(change func(*shop.Draft)) shop.Place {
		p := standby("meituan", "w", 2)
		change(&p.Draft)
		return p
	}
	for name, tt := range map[string]struct {
		ask  shop.Place
		want time.Time
	}{
		"no time named":           {with(func(*shop.Draft) {}), noon.Add(shop.StandbyFor)},
		"a time named":            {with(func(d *shop.Draft) { d.StandbyUntil = noon.Add(3 * time.Hour) }), noon.Add(3 * time.Hour)},
		"far too late":            {with(func(d *shop.Draft) { d.StandbyUntil = noon.Add(40 * time.Hour) }), noon.Add(shop.StandbyMost)},
		"a confirm_by":            {with(func(d *shop.Draft) { d.ConfirmBy = noon.Add(time.Minute) }), noon.Add(time.Minute)},
		"a time that is past":     {with(func(d *shop.Draft) { d.StandbyUntil = noon }), time.Time{}},
		"larger than the kitchen": {standby("meituan", "w", 90), time.Time{}},
	} {
		d, err := shop.Decide(s, tt.ask, noon)
		if tt.want.IsZero() {
			refusedAs(t, err, shop.ProblemReducedCapacity)
			continue
		}
		if o, ok := d.Next.ByRef("meituan", "w"); err != nil || !ok || !o.WaitsUntil().Equal(tt.want) {
			t.Errorf("%s: %v, %v", name, o, err)
		}
	}
	late := with(func(d *shop.Draft) { d.StandbyUntil = noon.Add(9 * time.Hour) })
	if o, ok := must(t, closing, late, noon).Next.ByRef("meituan", "w"); !ok || !o.WaitsUntil().Equal(noon.Add(5*time.Hour)) {
		t.Errorf("beyond closing: %v", o)
	}
	paused := must(t, s, shop.SetIntake{Channel: "meituan", Intake: shop.Intake{Mode: capacity.IntakePaused, By: "owner"}}, noon).Next
	refused(t, paused, standby("meituan", "w", 2), noon, shop.ProblemIntakePaused)
}

// Who waits comes before a newcomer, whatever the newcomer is: smaller, of another channel, or a router that asks for credit.
func TestNobodyPassesTheWaitingList(t *testing.T) {
	s := must(t, packed(t), standby("meituan", "w", 8), noon).Next
	later := noon.Add(5 * time.Minute)
	s = makeCups(t, s, 6, later) // room for six cups, not for eight
	s = must(t, s, shop.Tick{}, later).Next
	if len(s.OnStandby()) != 1 {
		t.Fatal("the large order was taken")
	}
	refused(t, s, wish("new", "jasmine-milk-tea", 1), later, shop.ProblemReducedCapacity)
	other := wish("new", "jasmine-milk-tea", 1)
	other.Channel = "shangou"
	refused(t, s, other, later, shop.ProblemReducedCapacity)
	if level := s.Capacity.Level(later, ""); level.Level != capacity.LevelSlots || level.Reason != capacity.NoRoom {
		t.Errorf("level %+v while somebody waits", level)
	}
	free := must(t, s, shop.Cancel{Channel: "meituan", Ref: "w"}, later).Next
	must(t, free, wish("new", "jasmine-milk-tea", 1), later) // control: without the list there is room
	grants := func(s shop.State) (sum capacity.Work) {
		for i := range 40 {
			d := must(t, s, shop.Tick{}, later.Add(time.Duration(i)*5*time.Second))
			for _, e := range d.Events {
				if f, ok := e.Fact.(shop.LeasesIssued); ok {
					for _, l := range f.Leases {
						sum += l.Limit - l.Used
					}
				}
			}
		}
		return sum
	}
	if got, control := grants(s), grants(free); got != 0 || control == 0 {
		t.Errorf("credit granted while somebody waits %d, and %d when nobody does", got, control)
	}
}

// What a copy of the rows says of the waiting list may be old: only a receipt takes such an order up.
func TestAfterARestoreOnlyAReceiptTakesAWaitingOrder(t *testing.T) {
	s := packed(t)
	s.Receipts = shop.ReceiptKey("of this shop")
	d := must(t, s, standby("meituan", "w", 2), noon)
	copied := d.Next
	later := noon.Add(10 * time.Minute)
	live := must(t, makeCups(t, copied, 12, later), shop.Tick{}, later).Next
	accepted, _ := live.ByRef("meituan", "w")
	receipt := live.Receipts.Of(accepted)
	if waiting, _ := copied.ByRef("meituan", "w"); receipt == "" || copied.Receipts.Of(waiting) != "" {
		t.Fatalf("receipt %q", receipt)
	}
	restored := must(t, copied, shop.NewEpoch{Above: copied.Counters.Epoch, Why: "restored"}, later).Next
	restored = makeCups(t, restored, 12, later)
	s = must(t, restored, shop.Tick{}, later.Add(time.Second)).Next
	if len(s.OnStandby()) != 1 {
		t.Fatal("taken up, and it may have been accepted and made before")
	}
	proof := standby("meituan", "w", 2)
	proof.Draft.Receipt = receipt
	d = must(t, s, proof, later)
	if o, _ := d.Next.ByRef("meituan", "w"); o.ID != accepted.ID || o.State() != shop.OrderAccepted || !o.MayBeMade ||
		!o.Promise.ReadyBy.Equal(accepted.Promise.ReadyBy) {
		t.Errorf("%+v", o)
	}
	over := must(t, s, shop.Tick{}, noon.Add(shop.StandbyFor)).Next
	if o, _ := over.Order(accepted.ID); o.State() != shop.OrderExpired || o.Reason != shop.ReasonRestored {
		t.Errorf("%s, %s", o.State(), o.Reason)
	}
}

// list follows what became of each order that was put on the waiting list, and finds what must not be.
type list struct {
	waits map[shop.OrderID]*shop.Order
	ended map[shop.OrderID]int
	taken []shop.OrderID // in the order in which they were accepted
}

// follow looks at the events of one decision. before is the state that they were decided on.
func (l *list) follow(before shop.State, events []shop.Event, now time.Time) (wrong string) {
	s := before
	for _, e := range events {
		switch f := e.Fact.(type) {
		case shop.OrderWaits:
			l.waits[e.Order] = f.Order
		case shop.OrderPlaced:
			o := f.Order
			if f.Tombstone {
				break
			}
			room := s.Capacity.Room(now, "")
			online := o.Channel != shop.CounterChannel && o.Promise.SlotStart.IsZero() && !o.DueOnArrival
			if online && room.Online+o.Work() > room.Budget {
				wrong = fmt.Sprintf("%s of %d beyond the budget: %+v", o.ID, o.Work(), room)
			}
			if l.waits[e.Order] != nil {
				l.ended[e.Order]++
				l.taken = append(l.taken, e.Order)
			}
			for _, other := range s.OnStandby() {
				if online && other.ID < o.ID && other.Promise.SlotStart.IsZero() && other.Work() <= room.Budget {
					wrong = fmt.Sprintf("%s passed %s, which had asked before it", o.ID, other.ID)
				}
			}
		case shop.OrderEnded:
			if o, _ := s.Order(e.Order); o.OnStandby() {
				l.ended[e.Order]++
			}
		}
		s = shop.Apply(s, e)
	}
	return wrong
}

// TestTheWaitingListIsFair: of orders to be made now that waited, who asked first was taken first, nobody who came later
// was taken before, nothing was accepted beyond the budget, and each ended exactly once.
func TestTheWaitingListIsFair(t *testing.T) {
	config := demo(t)
	taken := 0
	rapid.Check(t, func(t *rapid.T) {
		s, now := shop.New(config, noon), noon
		l := &list{map[shop.OrderID]*shop.Order{}, map[shop.OrderID]int{}, nil}
		refs := 0
		do := func(c shop.Command) {
			d, err := shop.Decide(s, c, now)
			if err != nil {
				return
			}
			if wrong := l.follow(s, d.Events, now); wrong != "" {
				t.Fatal(wrong)
			}
			s = d.Next
		}
		t.Repeat(map[string]func(*rapid.T){
			"ask": func(t *rapid.T) {
				for range rapid.IntRange(1, 8).Draw(t, "orders") {
					refs++
					p := wish(fmt.Sprint("r", refs), "jasmine-milk-tea", rapid.IntRange(1, 9).Draw(t, "cups"))
					p.Channel = rapid.SampledFrom([]string{"shangou", "meituan"}).Draw(t, "channel")
					p.Draft.Standby = rapid.IntRange(0, 3).Draw(t, "standby") > 0
					p.Draft.StandbyUntil = now.Add(time.Duration(rapid.IntRange(1, 90).Draw(t, "minutes")) * time.Minute)
					do(p)
				}
			},
			"make": func(t *rapid.T) {
				queue := s.Queue("", time.Time{})
				for _, q := range queue[:min(len(queue), rapid.IntRange(1, 20).Draw(t, "cups"))] {
					do(shop.Tap{By: "tablet", Cups: []shop.CupID{q.ID()}, To: shop.Made})
				}
			},
			"cancel": func(t *rapid.T) {
				do(shop.Cancel{Channel: rapid.SampledFrom([]string{"shangou", "meituan"}).Draw(t, "channel"),
					Ref: fmt.Sprint("r", rapid.IntRange(1, refs+1).Draw(t, "ref"))})
			},
			"time": func(t *rapid.T) {
				for range rapid.IntRange(1, 60).Draw(t, "ticks") {
					now = now.Add(5 * time.Second)
					do(shop.Tick{})
				}
			},
			"staff": func(t *rapid.T) {
				do(shop.SetStaff{Station: "shake", Staff: rapid.IntRange(1, 4).Draw(t, "staff")})
			},
		})
		now = noon.Add(12 * time.Hour) // everybody's time is up
		do(shop.Tick{})
		for id := range l.waits {
			if l.ended[id] != 1 {
				t.Fatalf("%s ended %d times", id, l.ended[id])
			}
		}
		taken += len(l.taken)
	})
	if taken == 0 {
		t.Error("nobody was ever taken from the list: this test says nothing")
	}
}

// TestTheCheckOfTheListSeesWhoPasses is the control: accepted out of turn, beyond the budget and twice are all found.
func TestTheCheckOfTheListSeesWhoPasses(t *testing.T) {
	s := packed(t)
	first := must(t, s, standby("meituan", "a", 2), noon)
	second := must(t, first.Next, standby("meituan", "b", 2), noon)
	l := &list{map[shop.OrderID]*shop.Order{}, map[shop.OrderID]int{}, nil}
	l.follow(s, append(first.Events, second.Events...), noon)
	later := noon.Add(10 * time.Minute)
	room := makeCups(t, second.Next, 20, later)
	d := must(t, room, shop.Tick{}, later)
	var out []shop.Event
	for _, e := range d.Events {
		if _, placed := e.Fact.(shop.OrderPlaced); placed && e.Order == second.Order {
			out = append(out, e)
		}
	}
	if wrong := l.follow(d.Next, nil, later); wrong != "" || len(out) != 1 {
		t.Fatal(wrong, len(out))
	}
	if l.follow(room, out, later) == "" {
		t.Error("the second was taken before the first, and nobody saw it")
	}
	if l.follow(second.Next, out, noon) == "" {
		t.Error("taken beyond the budget, and nobody saw it")
	}
	if l.ended[second.Order] != 2 {
		t.Errorf("ended twice, and counted %d", l.ended[second.Order])
	}
}
