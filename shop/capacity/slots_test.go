package capacity

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// unshared is a shop whose slots anybody may have in full.
func unshared() Book {
	s := settings()
	s.SlotShareBase = 1
	return Open(s, Steady(nominal), today(), known())
}

// sellOut books orders of one cup into the first open slot until there is none.
func sellOut(b Book, now time.Time, channel, campaign string) (Book, []Order) {
	var orders []Order
	for id := int64(1); ; id++ {
		slots := b.Slots(now, channel, campaign, Cup)
		if len(slots) == 0 {
			return b, orders
		}
		next, o, _ := place(b, now, id, Request{Channel: channel, Campaign: campaign, Work: Cup, Cups: 1, Slot: slots[0].Start})
		b, orders = next, append(orders, o)
	}
}

func TestACampaignLeavesRoomForOthers(t *testing.T) {
	other := Order{ID: 999_999, Channel: "meituan", Placed: noon, Stage: Booked, Slot: today().Closes.Add(-SlotLength), Due: today().Closes,
		Work: 1, Cups: 1}
	b, campaign := sellOut(open().Swap(Order{}, other), noon, "shangou", "free")
	// The next four hours are released in part already.
	if _, alone := sellOut(open(), noon, "shangou", "free"); len(alone) < len(campaign)*4/3 {
		t.Errorf("with nobody else to keep it for, the campaign gets %d cups, beside others %d", len(alone), len(campaign))
	}
	elsewhere := b.Slots(noon, "meituan", "free", Cup)
	if late := noon.Add(time.Hour); len(elsewhere) > 0 && elsewhere[0].Start.After(late) {
		t.Errorf("the campaign found more room through another channel: %v", elsewhere[0])
	}
	b, ordinary := sellOut(b, noon, "meituan", "")
	if share := float64(len(campaign)) / float64(len(campaign)+len(ordinary)); share < 0.55 || share > 0.7 {
		t.Errorf("the campaign has %.2f of the day", share)
	}
	if b.Slots(noon, "", "", Cup) != nil {
		t.Error("something is left although both were sold out")
	}
	_, greedy := sellOut(unshared(), noon, "shangou", "free")
	if len(greedy) < len(campaign)*4/3 {
		t.Errorf("without shares the campaign has %d cups, with them %d: the share proves nothing", len(greedy), len(campaign))
	}
}

func TestSlotsRunFromMakeAheadToClosing(t *testing.T) {
	for _, c := range []struct {
		at          time.Duration // from noon
		first, last time.Duration
	}{
		{0, 15 * time.Minute, 9*time.Hour + 45*time.Minute},
		{4*time.Minute + 59*time.Second, 15 * time.Minute, 9*time.Hour + 45*time.Minute},
		{5 * time.Minute, 30 * time.Minute, 9*time.Hour + 45*time.Minute},
		{-5 * time.Hour, -2 * time.Hour, 9*time.Hour + 45*time.Minute},
		{9*time.Hour + 30*time.Minute, 9*time.Hour + 45*time.Minute, 9*time.Hour + 45*time.Minute},
	} {
		slots := open().Slots(noon.Add(c.at), "meituan", "", Cup)
		if len(slots) == 0 || !slots[0].Start.Equal(noon.Add(c.first)) || !slots[len(slots)-1].Start.Equal(noon.Add(c.last)) {
			t.Errorf("at noon%+v: %v", c.at, slots)
		}
	}
	if slots := open().Slots(noon.Add(9*time.Hour+40*time.Minute), "meituan", "", Cup); slots != nil {
		t.Errorf("shortly before closing: %v", slots)
	}
}

func TestBookedOrdersGoToTheKitchenInTime(t *testing.T) {
	slot := noon.Add(time.Hour)
	b, o, a := place(open(), noon, 9, Request{Channel: "meituan", Work: Cup, Cups: 1, Slot: slot})
	if !a.Accepted || !a.Due.Equal(slot.Add(SlotLength)) {
		t.Fatalf("%+v", a)
	}
	if b.Report(noon).Backlog != 0 || b.Report(noon).LaterCups != 1 {
		t.Errorf("booked work is not due yet: %+v", b.Report(noon))
	}
	if ids := b.Due(slot.Add(-MakeAhead - time.Millisecond)); ids != nil {
		t.Errorf("too early: %v", ids)
	}
	if diff := cmp.Diff([]int64{9}, b.Due(slot.Add(-MakeAhead))); diff != "" {
		t.Errorf("due (-want +got):\n%s", diff)
	}
	waiting := o
	waiting.Stage = Waiting
	b = b.Swap(o, waiting)
	if b.Due(slot) != nil || b.Report(slot).Backlog != Cup || b.Report(slot).LaterCups != 0 {
		t.Errorf("in the kitchen: %+v", b.Report(slot))
	}
}

func TestNoShowsAreOverbooked(t *testing.T) {
	s := settings()
	plain := Open(s, Steady(nominal), today(), known()).Slots(noon, "", "", Cup)[10].Work
	s.NoShow = 0.2
	if over := Open(s, Steady(nominal), today(), known()).Slots(noon, "", "", Cup)[10].Work; over < plain*5/4-1 || over > plain*5/4+1 {
		t.Errorf("a fifth does not come: a slot takes %d, and %d if all come", over, plain)
	}
}

func TestMendMovesTheLastBookedOfLateSlots(t *testing.T) {
	b, orders := sellOut(unshared(), noon, "meituan", "")
	if moves := b.Mend(noon); moves != nil {
		t.Fatalf("nothing is late: %v", moves)
	}
	b = b.Staff(noon, Steady(nominal/2))
	moves := b.Mend(noon)
	if len(moves) == 0 {
		t.Fatal("half of the crew is gone and nothing moves")
	}
	byID, moved := map[int64]Order{}, map[int64]bool{}
	for _, o := range orders {
		byID[o.ID] = o
	}
	for _, m := range moves {
		o := byID[m.ID]
		moved[m.ID] = true
		if !o.Slot.Equal(m.From) || m.Late <= 0 || !m.To.IsZero() && !m.To.After(m.From) {
			t.Fatalf("%+v of %+v", m, o)
		}
		after := o
		after.Slot, after.Due = m.To, m.To.Add(SlotLength)
		if m.To.IsZero() {
			after = Order{}
		}
		b, byID[m.ID] = b.Swap(o, after), after
	}
	for _, o := range orders {
		for _, other := range orders {
			if moved[o.ID] && !moved[other.ID] && other.Slot.Equal(o.Slot) && other.Placed.After(o.Placed) {
				t.Fatalf("order %d of %v moved, and %d, placed after it, did not", o.ID, o.Slot, other.ID)
			}
		}
	}
	if again := b.Mend(noon); again != nil {
		t.Errorf("mended, and %d more would move: %+v", len(again), again[0])
	}
}

// An order of an earlier slot is not moved where that would only let the crew wait for the next slot's cups, however large it is.
func TestMendMovesNobodyInVain(t *testing.T) {
	s := settings()
	s.WalkIns = 0
	base := Open(s, Steady(nominal), today(), known())
	rate := base.Rate(noon).P50
	first := noon.Add(30 * time.Minute)
	book := func(early, ahead float64) Book {
		b := base
		for i, minutes := range []float64{early, 11, 11, 11} {
			slot := first.Add(time.Duration(min(i, 1)) * SlotLength)
			b = b.Swap(Order{}, Order{ID: int64(i), Channel: "meituan", Placed: noon.Add(time.Duration(i) * time.Second), Stage: Booked,
				Slot: slot, Due: slot.Add(SlotLength), Work: Work(rate * minutes), Cups: 1})
		}
		return b.Swap(Order{}, waiting(9, 30, Work(rate*ahead), 1))
	}
	for name, tt := range map[string]struct {
		early, ahead float64 // minutes of work: of the earlier slot's order, and before it
		want         int64
	}{
		"the crew is a minute behind when the later slot's cups may begin": {16, 0, 3},
		"it is so far behind that the larger order helps more":             {16, 33, 0},
	} {
		moves := book(tt.early, tt.ahead).Mend(noon)
		if len(moves) == 0 || moves[0].ID != tt.want {
			t.Errorf("%s: %+v, want order %d to move first", name, moves, tt.want)
		}
	}
}

// A kitchen that would stand idle begins with the next slot's cups, where promises for later are in danger.
func TestAKitchenInDangerBeginsEarly(t *testing.T) {
	b, orders := sellOut(unshared(), noon, "meituan", "")
	short := b.Staff(noon, Steady(nominal/2))
	slot := orders[0].Slot
	at := slot.Add(-MakeAhead - SlotLength)
	for name, tt := range map[string]struct {
		book Book
		at   time.Time
		want int
	}{
		"half of the crew is gone":        {short, at, busyCups},
		"too early":                       {short, at.Add(-time.Millisecond), 0},
		"the kitchen has something to do": {short.Swap(Order{}, waiting(9999, 60, busyCups*Cup, busyCups)), at, 0},
		"nothing is in danger":            {b, at, 0},
		"nobody is there":                 {b.Staff(noon, Steady(0)), at, 0},
		"three cups are in the kitchen":   {short.Swap(Order{}, waiting(9999, 60, 3*Cup, 3)), at, busyCups - 3},
	} {
		if got := tt.book.Early(tt.at, func(int64) bool { return true }); len(got) != tt.want {
			t.Errorf("%s: %v, want %d orders", name, got, tt.want)
		}
	}
	first := short.Early(at, func(int64) bool { return true })
	others := short.Early(at, func(id int64) bool { return !slices.Contains(first, id) })
	if len(others) != busyCups || slices.ContainsFunc(others, func(id int64) bool { return slices.Contains(first, id) }) {
		t.Errorf("without %v it begins %v, want %d others", first, others, busyCups)
	}
}

func TestMendWaitsWhenNobodyIsOnDuty(t *testing.T) {
	b, _ := sellOut(unshared(), noon, "meituan", "")
	if moves := b.Staff(noon, Steady(0)).Mend(noon); moves != nil {
		t.Errorf("a break calls off %d orders", len(moves))
	}
}

func TestMendLooksBeyondTheFirstLateSlot(t *testing.T) {
	b, _ := sellOut(unshared(), noon, "meituan", "")
	// The first slot's cups are in the kitchen and late: there is nothing in it to move.
	first := b.load.slots[0]
	for _, w := range first.waiting {
		o := w.order(first.start)
		waiting := o
		waiting.Stage = Waiting
		b = b.Swap(o, waiting)
	}
	b = stuffed(b, 90*Cup)
	if moves := b.Mend(noon); len(moves) == 0 {
		t.Error("nothing moves because the first late slot has nothing to move")
	}
}

// What may be booked into slots, from the slow rate: exact figures of the example crew.
func TestWhatASlotMayHold(t *testing.T) {
	slow := open().Rate(noon).Slow
	set := func(change func(*Settings)) Book {
		s := settings()
		s.SlotShareBase = 1
		change(&s)
		return Open(s, Steady(nominal), today(), known())
	}
	for _, c := range []struct {
		name string
		book Book
		want Work
	}{
		{"fifteen minutes at 94 % of the slow rate", set(func(*Settings) {}), Work(0.94 * slow * 15)},
		{"at another safety", set(func(s *Settings) { s.SlotSafety = 0.5 }), Work(0.5 * slow * 15)},
		{"a fifth of it is never fetched", set(func(s *Settings) { s.NoShow = 0.2 }), Work(0.94 * slow * 15 / 0.8)},
		{"the counter brings half a cup a minute", set(func(s *Settings) { s.WalkIns = 50 }), Work(0.94*slow*15 - 750)},
		{"the counter brings more than the crew makes", set(func(s *Settings) { s.WalkIns = 1000 }), 0},
	} {
		if got := c.book.Report(noon).PerSlot; got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
		var got Work
		if open := c.book.Slots(noon, "", "", 0); len(open) > 20 {
			got = open[20].Work
		}
		if got != c.want {
			t.Errorf("%s: an empty slot takes %d, want %d", c.name, got, c.want)
		}
	}
}

// The sum of all work must fit as well: what is due by a slot's end, into the time until then less the margin.
func TestWhatTheSumOfWorkLeavesToASlot(t *testing.T) {
	s := settings()
	s.SlotShareBase, s.NoShow, s.WalkIns = 1, 0.2, 10
	b := Open(s, Steady(nominal), today(), known())
	slow, walkIns := b.Rate(noon).Slow, b.Report(noon).WalkIns
	full := b.Swap(Order{}, waiting(1, 75, 13500, 135)).Issue([]Lease{
		{Channel: "shangou", Epoch: 1, Seq: 1, IssuedAt: noon, ExpiresAt: after(90), Limit: 600},
	})
	byEnd := func(minutes float64, due Work) Work { return Work(slow*(minutes-7)/0.8-walkIns*minutes) - due - 600 }
	// The slot from 60 to 75 minutes has all of it due by its end; those before must leave it what it needs.
	want := byEnd(75, 13500)
	got := map[time.Duration]Work{}
	for _, o := range full.Slots(noon, "", "", 0) {
		got[o.Start.Sub(noon)] = o.Work
	}
	limit := full.Report(noon).PerSlot
	if want <= 0 || want >= limit || byEnd(90, 13500) <= limit {
		t.Fatalf("the figures prove nothing: %d of %d", want, limit)
	}
	for start, most := range map[time.Duration]Work{30 * time.Minute: want, 45 * time.Minute: want, time.Hour: want, 75 * time.Minute: limit} {
		if got[start] != min(most, limit) {
			t.Errorf("the slot in %v takes %d, want %d", start, got[start], min(most, limit))
		}
	}
	if a := full.Admit(noon, Request{Channel: "meituan", Work: want + 1, Slot: noon.Add(time.Hour)}); a.Why.Rule != RuleLater {
		t.Errorf("one more than that is refused by %s", a.Why.Rule)
	}
}

func TestTheLimitsOfASlot(t *testing.T) {
	start := noon.Add(5 * time.Hour)
	b := open().Swap(Order{}, Order{ID: 1, Channel: "shangou", Placed: noon, Stage: Booked, Slot: start, Due: start.Add(SlotLength),
		Work: 500, Cups: 5})
	limit := b.Report(noon).PerSlot
	before := start.Add(-SlotLength) // full, so that no order can take both slots
	b = b.Swap(Order{}, Order{ID: 3, Channel: "x", Placed: noon, Stage: Booked, Slot: before, Due: start, Work: limit, Cups: 20})
	share, more := Work(0.6*float64(limit)), Work(0.8*float64(limit))
	full := start.Add(-FreeShare)
	for _, c := range []struct {
		name    string
		at      time.Time
		channel string
		most    Work
		rule    Rule
		slotMax Work
	}{
		{"another channel has its share", noon, "meituan", share, RuleSlotShare, 500 + share},
		{"the channel that has booked, what is left of it", noon, "shangou", share - 500, RuleSlotShare, share},
		{"an hour before, all that is left", full, "shangou", limit - 500, RuleSlotFull, limit},
		{"on the way from its share to all, half of what is kept", start.Add(-(FreeShare + FullShare) / 2), "shangou", more - 500,
			RuleSlotShare, more},
		{"as long as its share binds in full", start.Add(-FullShare), "shangou", share - 500, RuleSlotShare, share},
	} {
		r := Request{Channel: c.channel, Work: c.most, Slot: start}
		want := Why{Rule: RuleFits, Booked: 500, SlotMax: c.slotMax}
		for _, rule := range []Rule{RuleFits, c.rule} {
			a := b.Admit(c.at, r)
			got := Why{Rule: a.Why.Rule, Booked: a.Why.Booked, SlotMax: a.Why.SlotMax}
			if want.Rule = rule; got != want || a.Accepted != (rule == RuleFits) {
				t.Errorf("%s, %d work: %+v, want %+v", c.name, r.Work, got, want)
			}
			r.Work++
		}
	}
	for work, want := range map[Work]bool{limit - 500: true, limit - 499: false} {
		offered := false
		for _, o := range b.Slots(full, "shangou", "", work) {
			offered = offered || o.Start.Equal(start)
		}
		if offered != want {
			t.Errorf("%d work: offered %v", work, offered)
		}
	}
	taken := b.Swap(Order{}, Order{ID: 2, Channel: "x", Placed: noon, Stage: Booked, Slot: start, Due: start.Add(SlotLength),
		Work: limit - 500, Cups: 5})
	for _, o := range taken.Slots(noon, "", "", 0) {
		if o.Start.Equal(start) {
			t.Errorf("a full slot is offered to an order that weighs nothing: %+v", o)
		}
	}
	over := b.Swap(Order{}, Order{ID: 2, Channel: "x", Placed: noon, Stage: Booked, Slot: start, Due: start.Add(SlotLength), Work: limit,
		Cups: 5})
	if why := over.Admit(noon, Request{Channel: "x", Work: 1, Slot: start}).Why; why.SlotMax != limit+500 || why.Booked != limit+500 {
		t.Errorf("a slot that holds more than it may: %+v", why)
	}
}

func TestALongDaysSlotsEndAfterADay(t *testing.T) {
	b := Open(settings(), Steady(nominal), Day{Opens: noon, Closes: noon.Add(30 * time.Hour)}, known())
	slots := b.Slots(noon, "", "", Cup)
	if len(slots) != slotsMax {
		t.Fatalf("%d slots", len(slots))
	}
	next := slots[slotsMax-1].End()
	if a := b.Admit(noon, Request{Channel: "meituan", Work: Cup, Slot: next}); a.Why.Rule != RuleSlotTime {
		t.Errorf("the next is refused by %s", a.Why.Rule)
	}
	tiny := Open(settings(), Steady(nominal), Day{Opens: noon, Closes: noon.Add(15 * time.Minute)}, known())
	if a := tiny.Admit(noon, Request{Channel: "meituan", Work: Cup, Slot: noon.Add(15 * time.Minute)}); a.Why.Rule != RuleSlotTime {
		t.Errorf("a slot of a day without any is refused by %s", a.Why.Rule)
	}
}

// A slot is late when its end is predicted more than two minutes late, and a twentieth of the time until then.
func TestHowLateASlotMayBePredicted(t *testing.T) {
	s := settings()
	s.WalkIns = 20
	base := Open(s, Steady(nominal), today(), known())
	rate := base.Rate(noon).P50 - base.Report(noon).WalkIns
	start := noon.Add(45 * time.Minute) // it ends in 60 minutes
	book := func(kitchen, booked Work) Book {
		return base.Swap(Order{}, waiting(1, 10, kitchen, 1)).Swap(Order{}, Order{
			ID: 2, Channel: "meituan", Placed: noon, Stage: Booked, Slot: start, Due: start.Add(SlotLength), Work: booked, Cups: 1})
	}
	work := func(minutes float64) Work { return Work(rate * minutes) }
	for _, c := range []struct {
		name            string
		kitchen, booked Work
		late            time.Duration // 0: nothing moves
	}{
		{"on time", work(10), work(25), 0},
		{"its cups begin ten minutes before its start, however little is due before", 0, work(31), 6 * time.Minute},
		{"as late as it may be", 0, work(25 + 2 + 3 - 0.1), 0},
		{"a little later", 0, work(25 + 2 + 3 + 0.1), 5*time.Minute + 6*time.Second},
		{"the kitchen is not done when its cups should begin", work(45), work(25), 10 * time.Minute},
		{"the kitchen is done just then", work(35), work(25), 0},
	} {
		moves := book(c.kitchen, c.booked).Mend(noon)
		if (len(moves) > 0) != (c.late > 0) {
			t.Errorf("%s: %+v", c.name, moves)
			continue
		}
		if c.late > 0 && (moves[0].Late-c.late).Abs() > time.Second {
			t.Errorf("%s: %v late, want %v", c.name, moves[0].Late, c.late)
		}
	}
}
