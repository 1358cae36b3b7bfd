package shop_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/shop"
	"weir/shop/capacity"
)

func TestEventsAreNumberedInTurn(t *testing.T) {
	s := shop.New(demo(t), noon)
	want := s.Counters.Seq
	for _, c := range []shop.Command{
		wish("a", "matcha", 2), shop.Tap{Cups: cupsOf(1, 1), To: shop.Made}, shop.SetStaff{Station: "shake", Staff: 3},
		shop.Cancel{Channel: "meituan", Ref: "a", Final: true},
	} {
		d := must(t, s, c, noon)
		if len(d.Events) == 0 {
			t.Fatalf("%#v: no events", c)
		}
		for _, e := range d.Events {
			if want++; e.Seq != want {
				t.Errorf("%#v: event number %d, want %d", c, e.Seq, want)
			}
		}
		s = d.Next
	}
}

func TestCampaignsComeInTheOrderInWhichTheyWereGiven(t *testing.T) {
	s := shop.New(demo(t), noon)
	for _, ref := range []string{"z", "a", "m", "b"} {
		n := free(40, 40)
		n.Ref = ref
		s = must(t, s, shop.GiveNotice{Channel: "shangou", Notice: n}, noon).Next
	}
	var got []shop.CampaignID
	for _, c := range s.CampaignsOf("shangou") {
		got = append(got, c.ID)
	}
	if diff := cmp.Diff([]shop.CampaignID{1, 2, 3, 4}, got); diff != "" {
		t.Errorf("campaigns (-want +got):\n%s", diff)
	}
}

// With a busy counter, too, the ordinary staff is enough for what the forecast says can be taken, and for no cup more.
func TestAForecastCountsTheCounter(t *testing.T) {
	config := *demo(t)
	config.Capacity.WalkIns = 60
	s := shop.New(&config, noon)
	quiet := shop.New(demo(t), noon)
	perSlot := int(s.Capacity.Report(noon).PerSlot / capacity.Cup)
	if without := int(quiet.Capacity.Report(noon).PerSlot / capacity.Cup); perSlot != without-9 && perSlot != without-10 {
		t.Fatalf("a quarter of an hour takes %d cups, and %d without a counter that takes 9", perSlot, without)
	}
	for cups, want := range map[int]int{perSlot: 2, perSlot + 1: 3} {
		for _, n := range forecast(t, s, reference(cups), noon).Staff {
			if n.Station.ID == "shake" && n.Needed != want {
				t.Errorf("for %d cups %d at shake, want %d", cups, n.Needed, want)
			}
		}
	}
	nobody := follow(t, s, noon, shop.SetStaff{Station: "shake", Staff: 0})
	for _, n := range forecast(t, nobody, reference(10), noon).Staff {
		if n.Needed != 0 {
			t.Errorf("with nobody on duty there is nothing to reckon with, and %s needs %d", n.Station.ID, n.Needed)
		}
	}
}

// What other orders have booked into a quarter of an hour is not to be had, until it is made.
func TestBookedCupsAreNotToBeHadUntilTheyAreMade(t *testing.T) {
	slot := noon.Add(time.Hour)
	booked := wish("b", "jasmine-milk-tea", 3)
	booked.Draft.SlotStart = slot
	canTake := func(s shop.State) int {
		return forecast(t, s, reference(0, 0, 0, 0, 1000), slot.Add(-time.Minute)).Quarters[4].CanTake
	}
	empty := shop.New(demo(t), noon)
	s := follow(t, empty, noon, booked)
	s = follow(t, s, slot.Add(-capacity.MakeAhead), shop.Tick{})
	making := follow(t, s, slot.Add(-2*time.Minute), shop.Tap{Cups: cupsOf(1, 1), To: shop.Making})
	made := follow(t, making, slot.Add(-time.Minute), shop.Tap{Cups: cupsOf(1, 1), To: shop.Made})
	all := canTake(empty)
	if waits, begun, done := canTake(s), canTake(making), canTake(made); waits != all-3 || begun != all-3 || done <= begun {
		t.Errorf("of %d: %d with three cups booked, %d with one begun, %d with one made", all, waits, begun, done)
	}
}

// A limit is in cups and a question for slots in work: a cup that is begun counts as one.
func TestWorkIsRoundedUpToCupsForALimit(t *testing.T) {
	s := limited(t, 2, shop.LimitOfChannel) // from noon for an hour
	for work, want := range map[capacity.Work]time.Duration{
		0: 15 * time.Minute, 200: 15 * time.Minute, 201: time.Hour, 300: time.Hour,
	} {
		slots := s.Slots(noon, "shangou", "", work)
		if len(slots) == 0 || !slots[0].Start.Equal(noon.Add(want)) {
			t.Errorf("%d work: the first of %d slots is not %v after noon", work, len(slots), want)
		}
	}
}
