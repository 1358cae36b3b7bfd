package shop_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/shop"
	"weir/shop/capacity"
)

// loadOf is what capacity knows of a shop's open orders.
type loadOf struct {
	Backlog capacity.Work // to be made now
	Cups    int
	Later   int // cups booked or held
	Bags    int
}

func load(s shop.State, now time.Time) loadOf {
	r := s.Capacity.Report(now)
	return loadOf{Backlog: r.Backlog, Cups: r.BacklogCups, Later: r.LaterCups, Bags: r.ShelfBags}
}

// What an order is for capacity in each of its states: work of cups that are not made, and a bag from when the last is.
func TestWhatCapacityKnowsOfAnOrder(t *testing.T) {
	slot := noon.Add(2 * time.Hour)
	booked := wish("b", "jasmine-milk-tea", 2)
	booked.Draft.SlotStart = slot
	s := follow(t, shop.New(demo(t), noon), noon, wish("a", "jasmine-milk-tea", 2))
	bookedState := follow(t, shop.New(demo(t), noon), noon, booked)
	config := *demo(t)
	config.Channels = slices.Clone(config.Channels)
	for i := range config.Channels {
		config.Channels[i].HoldUntilArrival = true
	}
	heldState := follow(t, shop.New(&config, noon), noon, wish("h", "jasmine-milk-tea", 2))
	counter := follow(t, shop.New(demo(t), noon), noon, shop.Walkin{Cups: 2, Tap: "w"})
	both := shop.Tap{Cups: cupsOf(1, 1, 2), To: shop.Made}
	for _, c := range []struct {
		name string
		s    shop.State
		want loadOf
	}{
		{"two cups wait", s, loadOf{Backlog: 200, Cups: 2}},
		{"one is being made", follow(t, s, noon, shop.Tap{Cups: cupsOf(1, 1), To: shop.Making}), loadOf{Backlog: 200, Cups: 2}},
		{"one is made", follow(t, s, noon, shop.Tap{Cups: cupsOf(1, 1), To: shop.Made}), loadOf{Backlog: 100, Cups: 1}},
		{"both are made: a bag waits for the rider", follow(t, s, noon, both), loadOf{Bags: 1}},
		{"and one goes back", follow(t, s, noon, both, shop.Tap{Cups: cupsOf(1, 2), To: shop.Waiting}), loadOf{Backlog: 100, Cups: 1}},
		{"handed over", follow(t, s, noon, shop.Handover{Order: 1, Made: true}), loadOf{}},
		{"cancelled", follow(t, s, noon, shop.Cancel{Channel: "meituan", Ref: "a"}), loadOf{}},
		{"booked", bookedState, loadOf{Later: 2}},
		{"held until its customer comes", heldState, loadOf{Later: 2}},
		{"the customer is here", follow(t, heldState, noon, shop.Progress{Order: 1, Step: shop.Arrived}), loadOf{Backlog: 200, Cups: 2}},
		{"at the counter", counter, loadOf{Backlog: 200, Cups: 2}},
		{"made at the counter: no bag on the shelf", follow(t, counter, noon, both), loadOf{}},
	} {
		if diff := cmp.Diff(c.want, load(c.s, noon)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	if room, empty := counter.Capacity.Room(noon, ""), shop.New(demo(t), noon).Capacity.Room(noon, ""); room.Amount != empty.Amount {
		t.Errorf("two cups at the counter are within its reserve, and the room went from %d to %d", empty.Amount, room.Amount)
	}
	if room := s.Capacity.Room(noon, ""); room.Online != 200 {
		t.Errorf("two cups of a channel are %d of online work", room.Online)
	}
}

// The rate learns from cups that were tapped as made, and from nothing else.
func TestWhichTapsTeachTheRate(t *testing.T) {
	busy := func() shop.State {
		return follow(t, shop.New(demo(t), noon), noon, wish("a", "jasmine-milk-tea", 12), shop.Tap{Cups: cupsOf(1, 1), To: shop.Made})
	}
	tap := func(to shop.CupState, n int) shop.Command { return shop.Tap{Cups: cupsOf(1, n), To: to} }
	before := busy()
	later := noon.Add(time.Minute)
	for _, c := range []struct {
		name   string
		do     shop.Command
		learns bool
	}{
		{"a cup is made", tap(shop.Made, 2), true},
		{"a cup is begun", tap(shop.Making, 2), false},
		{"a cup that was made goes back", tap(shop.Waiting, 1), true},
	} {
		s := follow(t, before, later, c.do)
		if learned := s.Capacity.Memory().Pace.Fast != before.Capacity.Memory().Pace.Fast; learned != c.learns {
			t.Errorf("%s: learned %v", c.name, learned)
		}
	}
	begun := follow(t, before, noon, tap(shop.Making, 2))
	if s := follow(t, begun, later, tap(shop.Waiting, 2)); s.Capacity.Memory().Pace != begun.Capacity.Memory().Pace {
		t.Error("a cup that was begun goes back: that was taken for making")
	}
	made := follow(t, before, noon, tap(shop.Made, 2))
	if s := follow(t, made, later, shop.Handover{Order: 1, Cups: cupsOf(1, 1),
		Reason: "the rest follows"}); s.Capacity.Memory().Pace != made.Capacity.Memory().Pace {
		t.Error("a cup that was made goes out: that was taken for making")
	}
	if s := follow(t, before, later, shop.Handover{Order: 1, Made: true}); s.Capacity.Memory().Pace.Untapped != 11 {
		t.Errorf("eleven cups left that nobody had tapped, counted are %d", s.Capacity.Memory().Pace.Untapped)
	}
}

// An order is ready when all its cups are made, since then, and not any more when one is not.
func TestSinceWhenAnOrderIsReady(t *testing.T) {
	s := follow(t, shop.New(demo(t), noon), noon, wish("a", "matcha", 2))
	at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	for _, step := range []struct {
		minute int
		to     shop.CupState
		n      int
		want   time.Time
	}{
		{1, shop.Making, 1, time.Time{}}, {2, shop.Made, 1, time.Time{}}, {3, shop.Made, 2, at(3)},
		{4, shop.Waiting, 1, time.Time{}}, {5, shop.Making, 1, time.Time{}}, {6, shop.Made, 1, at(6)},
	} {
		s = follow(t, s, at(step.minute), shop.Tap{Cups: cupsOf(1, step.n), To: step.to})
		if o, _ := s.Order(1); !o.ReadyAt.Equal(step.want) {
			t.Errorf("minute %d: ready since %v, want %v", step.minute, o.ReadyAt, step.want)
		}
	}
	s = follow(t, s, at(7), shop.Handover{Order: 1, Cups: cupsOf(1, 1), Reason: "the rest follows"})
	if o, _ := s.Order(1); !o.ReadyAt.Equal(at(6)) {
		t.Errorf("one went out: ready since %v, want %v", o.ReadyAt, at(6))
	}
	s = follow(t, s, at(9), shop.Handover{Order: 1})
	if o, _ := s.Order(1); o.State() != shop.OrderHanded || !o.ReadyAt.Equal(at(6)) {
		t.Errorf("it is %v: it was ready since %v, want %v", o.State(), o.ReadyAt, at(6))
	}
}

func TestWhatTheLedgerCounts(t *testing.T) {
	slot := wish("b", "matcha", 1)
	slot.Draft.SlotStart = noon.Add(2 * time.Hour)
	s := follow(t, shop.New(demo(t), noon), noon, wish("a", "matcha", 5), slot,
		shop.Tap{Cups: cupsOf(1, 1), To: shop.Making}, shop.Tap{Cups: cupsOf(1, 2, 3), To: shop.Made},
		shop.Handover{Order: 1, Cups: cupsOf(1, 3), Reason: "the rest follows"})
	want := shop.Ledger{Ordered: 6}
	want.In[shop.Booked], want.In[shop.Waiting], want.In[shop.Making], want.In[shop.Made], want.In[shop.Handed] = 1, 2, 1, 1, 1
	if diff := cmp.Diff(want, s.Ledger); diff != "" {
		t.Errorf("ledger (-want +got):\n%s", diff)
	}
	if s.Ledger.Backlog() != 3 || s.Ledger.Open() != 5 || s.Ledger.Balance() != 0 {
		t.Errorf("%d to be made now, %d open, %d too many; want 3, 5 and 0", s.Ledger.Backlog(), s.Ledger.Open(), s.Ledger.Balance())
	}
}

func TestABusinessDayBeginsAtItsCutOff(t *testing.T) {
	config := *demo(t)
	config.Location, config.Cutoff = time.UTC, 4*time.Hour+30*time.Minute+15*time.Second
	for clock, want := range map[string]shop.Day{
		"04:30:14": "2026-02-05", "04:30:15": "2026-02-06", "04:30:16": "2026-02-06", "04:29:59": "2026-02-05", "05:00:00": "2026-02-06",
		"00:59:59": "2026-02-05", "03:45:30": "2026-02-05", "23:59:59": "2026-02-06",
	} {
		at, err := time.Parse(time.DateTime, "2026-02-06 "+clock)
		if err != nil {
			t.Fatal(err)
		}
		if got := config.Day(at); got != want {
			t.Errorf("%s belongs to %s, want %s", clock, got, want)
		}
	}
	day := time.Date(2026, 2, 6, 0, 0, 0, 0, time.UTC)
	for open, closes := range map[time.Duration]time.Duration{ // a shop that never closes looks two hours past its cut-off
		10 * time.Hour: 22 * time.Hour, 4*time.Hour + 1: 28 * time.Hour, 4 * time.Hour: 30 * time.Hour,
	} {
		config.Open, config.Close = open, 28*time.Hour
		if open == 10*time.Hour {
			config.Close = 22 * time.Hour
		}
		if got := config.Hours(day.Add(12 * time.Hour)); !got.Closes.Equal(day.Add(closes)) {
			t.Errorf("from %v to %v: closes %v, want %v", open, config.Close, got.Closes, day.Add(closes))
		}
	}
}

func TestAskingForCreditIsRemembered(t *testing.T) {
	for want, asked := range map[capacity.Work]capacity.Work{0: 0, 1: 1, 500: 500} {
		s := follow(t, shop.New(demo(t), noon), noon, shop.Resync{Channel: "meituan", Want: want})
		var got capacity.Work
		for _, a := range s.Capacity.Memory().Leases.Accounts {
			if a.Channel == "meituan" {
				got = a.Asked
			}
			if a.Channel == "meituan" && (a.AskedMs == 0) != (want == 0) {
				t.Errorf("asked for %d, and its asking lapses at %d", want, a.AskedMs)
			}
		}
		if got != asked {
			t.Errorf("asked for %d, remembered is %d", want, got)
		}
	}
}

// A step outside the kitchen is taken once, from the order's own channel or from a person, and is written in their name.
func TestStepsOutsideTheKitchen(t *testing.T) {
	s := follow(t, shop.New(demo(t), noon), noon, wish("a", "matcha", 1))
	for name, c := range map[string]struct {
		do   shop.Progress
		want string
		by   string
	}{
		"a person":              {shop.Progress{By: "lan", Order: 1, Step: shop.Arrived}, "", "lan"},
		"its channel":           {shop.Progress{Channel: "meituan", Order: 1, Step: shop.Arrived}, "", "meituan"},
		"a person of a channel": {shop.Progress{By: "lan", Channel: "meituan", Order: 1, Step: shop.CourierArrived}, "", "lan"},
		"another channel":       {shop.Progress{Channel: "shangou", Order: 1, Step: shop.Arrived}, shop.ProblemNotFound, ""},
		"no such order":         {shop.Progress{By: "lan", Order: 9, Step: shop.Arrived}, shop.ProblemNotFound, ""},
	} {
		if got := refusal(t, s, c.do); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
			continue
		}
		if c.want != "" {
			continue
		}
		d := must(t, s, c.do, noon)
		if len(d.Events) == 0 || d.Events[0].By != c.by {
			t.Errorf("%s: written as %+v, want by %q", name, d.Events, c.by)
		}
	}
	here := follow(t, s, noon, shop.Progress{By: "lan", Order: 1, Step: shop.Arrived})
	if d := must(t, here, shop.Progress{By: "lan", Order: 1, Step: shop.Arrived}, noon); len(d.Events) != 0 {
		t.Errorf("the customer came twice: %+v", d.Events)
	}
	if d := must(t, here, shop.Progress{By: "lan", Order: 1, Step: shop.CourierArrived}, noon); len(d.Events) != 1 {
		t.Errorf("the courier came, too: %+v", d.Events)
	}
	both := follow(t, here, noon, shop.Progress{By: "lan", Order: 1, Step: shop.CourierArrived})
	if d := must(t, both, shop.Progress{By: "lan", Order: 1, Step: shop.CourierArrived}, noon); len(d.Events) != 0 {
		t.Errorf("the courier came twice: %+v", d.Events)
	}
}

func TestAScannedCupOfAnotherOrderNamesThatOrder(t *testing.T) {
	s := follow(t, shop.New(demo(t), noon), noon, wish("a", "matcha", 1), wish("b", "matcha", 1),
		shop.Tap{Cups: cupsOf(1, 1), To: shop.Made}, shop.Tap{Cups: cupsOf(2, 1), To: shop.Made})
	for name, c := range map[string]struct {
		scanned shop.CupID
		order   shop.OrderID // that it is said to belong to; 0: none
	}{
		"a cup of the other order":     {cupsOf(2, 1)[0], 2},
		"a cup this order has not":     {cupsOf(1, 9)[0], 0},
		"a cup of an order not here":   {cupsOf(77, 1)[0], 0},
		"a cup that the other has not": {cupsOf(2, 9)[0], 2},
	} {
		e := refused(t, s, shop.Handover{Order: 1, Scanned: []shop.CupID{c.scanned}}, noon, shop.ProblemWrongCup)
		var order shop.OrderID
		if e.Order != nil {
			order = e.Order.ID
		}
		if order != c.order {
			t.Errorf("%s: said to belong to order %d, want %d", name, order, c.order)
		}
	}
}

func TestTheLimitsOfANotice(t *testing.T) {
	window := func(start, end time.Time) shop.Notice {
		n := free()
		n.Start, n.End, n.Expected = start, end, nil
		for range int(end.Sub(start) / capacity.SlotLength) {
			n.Expected = append(n.Expected, 1)
		}
		return n
	}
	month := 31 * 24 * time.Hour
	for name, c := range map[string]struct {
		notice  shop.Notice
		pointer string // "" is taken
		detail  string
	}{
		"a month": {window(noon, noon.Add(month)), "", ""},
		"a quarter longer": {window(noon, noon.Add(month+capacity.SlotLength)), "/window/end",
			"want it at most 31 days after the start"},
		"a quarter of an hour": {window(noon, noon.Add(capacity.SlotLength)), "", ""},
		"no time at all":       {window(noon, noon), "/window/end", "want it after the start"},
		"it ends in a moment":  {window(noon.Add(-time.Hour), noon.Add(capacity.SlotLength)), "", ""},
		"it ends now":          {window(noon.Add(-time.Hour), noon), "/window/end", "is past"},
		"not a quarter of the clock": {window(noon.Add(time.Minute), noon.Add(16*time.Minute)), "/window/start",
			"want a full quarter of an hour, as 12:00 or 12:15"},
	} {
		give := shop.GiveNotice{Channel: "shangou", Notice: c.notice}
		if c.pointer == "" {
			must(t, shop.New(demo(t), noon), give, noon)
			continue
		}
		e := refused(t, shop.New(demo(t), noon), give, noon, shop.ProblemInvalid)
		if diff := cmp.Diff(shop.FieldError{Pointer: c.pointer, Detail: c.detail}, e.Fields[0]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	s := given(t, free(40, 40))
	for cups, want := range map[int]string{-1: shop.ProblemInvalid, 0: "", 1_000_000: "", 1_000_001: shop.ProblemInvalid} {
		if got := refusal(t, s, shop.AcknowledgeNotice{By: "owner", Campaign: 1, Revision: 1,
			Limit: &shop.Limit{Cups: cups, Of: shop.LimitOfChannel}}); got != want {
			t.Errorf("a limit of %d cups: %q, want %q", cups, got, want)
		}
	}
}

func TestWhenACampaignIsForgotten(t *testing.T) {
	s := given(t, free(40, 40))
	ends := noon.Add(30 * time.Minute)
	for name, c := range map[string]struct {
		at              time.Time
		known, expected bool // the campaign, and what it expects by the quarter
	}{
		"before it ends":         {ends.Add(-time.Millisecond), true, true},
		"the day after it ended": {ends.Add(24 * time.Hour), true, false},
		"for sixty days":         {ends.Add(60*24*time.Hour - time.Millisecond), true, false},
		"when they are over":     {ends.Add(60 * 24 * time.Hour), false, false},
	} {
		d := must(t, s, shop.Tick{}, c.at)
		campaign, known := d.Next.Campaigns[1]
		if known != c.known || (campaign.Notice.Expected != nil) != c.expected {
			t.Errorf("%s: known %v, with %v", name, known, campaign.Notice.Expected)
		}
	}
}

// A refusal for a person's limit says how many cups are left of it, as work.
func TestARefusalSaysWhatIsLeftOfALimit(t *testing.T) {
	for limit, left := range map[int]capacity.Work{0: 0, 3: 3 * capacity.Cup} {
		s := limited(t, limit, shop.LimitOfChannel)
		e := refused(t, s, shop.Place{Channel: "shangou", Draft: cups("a", 4, "")}, noon, shop.ProblemReducedCapacity)
		if why := e.Refusal.Why; why.Rule != shop.RuleCampaign || why.Room != left {
			t.Errorf("limit %d: %s with room for %d, want %d", limit, why.Rule, why.Room, left)
		}
	}
}
