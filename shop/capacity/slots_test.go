package capacity

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// unshared is a shop whose slots anybody may have in full.
func unshared() Book {
	s := settings()
	s.SlotShareBase = 1
	return Open(s, nominal, today(), New(1))
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
	b, campaign := sellOut(open(), noon, "shangou", "free")
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
	if len(greedy) < len(campaign)*3/2 {
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
	plain := Open(s, nominal, today(), New(1)).Slots(noon, "", "", Cup)[10].Work
	s.NoShow = 0.2
	if over := Open(s, nominal, today(), New(1)).Slots(noon, "", "", Cup)[10].Work; over < plain*5/4-1 || over > plain*5/4+1 {
		t.Errorf("a fifth does not come: a slot takes %d, and %d if all come", over, plain)
	}
}

func TestMendMovesTheLastBookedOfLateSlots(t *testing.T) {
	b, orders := sellOut(unshared(), noon, "meituan", "")
	if moves := b.Mend(noon); moves != nil {
		t.Fatalf("nothing is late: %v", moves)
	}
	b = b.Staff(nominal / 2)
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

func TestMendWaitsWhenNobodyIsOnDuty(t *testing.T) {
	b, _ := sellOut(unshared(), noon, "meituan", "")
	if moves := b.Staff(0).Mend(noon); moves != nil {
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
