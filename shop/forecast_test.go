package shop_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/shop"
	"weir/shop/capacity"
)

// reference is a campaign of the reference item alone, from noon.
func reference(expected ...int) shop.Notice {
	n := free(expected...)
	n.Items = []shop.ItemShare{{Item: "jasmine-milk-tea", Share: 1}}
	return n
}

func forecast(t *testing.T, s shop.State, n shop.Notice, now time.Time) shop.Forecast {
	t.Helper()
	d := must(t, s, shop.GiveNotice{Channel: "shangou", Notice: n}, now)
	c := d.Next.Campaigns[d.Campaign]
	return d.Next.Forecast(&c, now)
}

func TestAForecastSetsWhatIsExpectedAgainstWhatCanBeMade(t *testing.T) {
	s := shop.New(demo(t), noon)
	perSlot := int(s.Capacity.Report(noon).PerSlot / capacity.Cup) // 26 cups of 34 by the menu
	f := forecast(t, s, reference(10, 1000, 0), noon)
	var canTake []int
	for _, q := range f.Quarters {
		canTake = append(canTake, q.CanTake)
	}
	if diff := cmp.Diff([]int{10, perSlot, 0}, canTake); diff != "" || f.Expected != 1010 || f.CanTake != 10+perSlot {
		t.Errorf("%d of %d: %s", f.CanTake, f.Expected, diff)
	}
	if perSlot < 20 || perSlot > 32 {
		t.Errorf("a quarter of an hour takes %d cups, want somewhat less than the 34 of the menu", perSlot)
	}
}

// Who stands at a station is enough for what the forecast says can be taken, and one cup more needs one more.
func TestStaffNeededAgreesWithWhatCanBeTaken(t *testing.T) {
	s := shop.New(demo(t), noon)
	perSlot := int(s.Capacity.Report(noon).PerSlot / capacity.Cup)
	needed := func(cups int) map[string]int {
		out := map[string]int{}
		for _, n := range forecast(t, s, reference(cups), noon).Staff {
			out[n.Station.ID] = n.Needed
		}
		return out
	}
	if diff := cmp.Diff(map[string]int{"tea": 1, "shake": 2, "seal": 1}, needed(perSlot)); diff != "" {
		t.Errorf("for what can be taken (-want +got):\n%s", diff)
	}
	if got := needed(perSlot + 1)["shake"]; got != 3 {
		t.Errorf("for a cup more, %d at shake, want 3", got)
	}
	if diff := cmp.Diff(map[string]int{"tea": 2, "shake": 4, "seal": 2}, needed(2*perSlot)); diff != "" {
		t.Errorf("for twice as much (-want +got):\n%s", diff)
	}
}

func TestIngredientsFollowTheMenu(t *testing.T) {
	f := forecast(t, shop.New(demo(t), noon), reference(10, 1000), noon)
	want := []shop.Ingredient{
		{Name: "jasmine", Expected: 200 * 1010, CanTake: 200 * int64(f.CanTake)},
		{Name: "milk", Expected: 150 * 1010, CanTake: 150 * int64(f.CanTake)},
	}
	if diff := cmp.Diff(want, f.Uses); diff != "" {
		t.Errorf("uses (-want +got):\n%s", diff)
	}
	mixed := reference(10)
	mixed.Items = []shop.ItemShare{{Item: "jasmine-milk-tea", Share: 3}, {Item: "green-tea", Share: 1}}
	want = []shop.Ingredient{{Name: "jasmine", Expected: 2375, CanTake: 2375}, {Name: "milk", Expected: 1125, CanTake: 1125}}
	if diff := cmp.Diff(want, forecast(t, shop.New(demo(t), noon), mixed, noon).Uses); diff != "" {
		t.Errorf("three of one to one of another (-want +got):\n%s", diff)
	}
	if n := len(forecast(t, shop.New(demo(t), noon), free(10), noon).Uses); n < 15 {
		t.Errorf("a campaign for anything on the menu uses %d ingredients, want nearly all", n)
	}
}

// What is booked by others cannot be taken twice; what the campaign itself booked is part of it.
func TestAForecastLeavesOutWhatIsBooked(t *testing.T) {
	base := forecast(t, shop.New(demo(t), noon), reference(0, 0, 0, 0, 100), noon).CanTake
	for campaign, want := range map[string]int{"": base - 4, "free": base} {
		d := must(t, given(t, reference(0, 0, 0, 0, 100)), shop.Place{Channel: "shangou",
			Draft: booked(cups("a", 4, campaign), noon.Add(time.Hour))}, noon)
		c := d.Next.Campaigns[1]
		if got := d.Next.Forecast(&c, noon).CanTake; got != want {
			t.Errorf("with 4 cups booked by %q: %d, want %d", campaign, got, want)
		}
	}
}

func booked(d shop.Draft, slot time.Time) shop.Draft {
	d.SlotStart = slot
	return d
}

// A day that is not today is reckoned with the ordinary staff and with its own hours.
func TestAForecastOfAnotherDay(t *testing.T) {
	config := demo(t)
	config.Open, config.Close = 10*time.Hour, 22*time.Hour // local; noon is 12:00
	s := shop.New(config, noon)
	tomorrow := reference(50, 50)
	tomorrow.Start, tomorrow.End = noon.Add(22*time.Hour-15*time.Minute), noon.Add(22*time.Hour+15*time.Minute) // 9:45
	full := forecast(t, s, tomorrow, noon)
	if full.Quarters[0].CanTake != 0 || full.Quarters[1].CanTake < 20 {
		t.Errorf("around opening: %+v, want nothing and then something", full.Quarters)
	}
	s = must(t, s, shop.SetStaff{By: "owner", Station: "shake", Staff: 0}, noon).Next
	if f := forecast(t, s, tomorrow, noon); f.CanTake != full.CanTake {
		t.Errorf("nobody at shake today: tomorrow %d, want %d all the same", f.CanTake, full.CanTake)
	}
	today := reference(50)
	today.Ref = "today"
	if f := forecast(t, s, today, noon); f.CanTake != 0 {
		t.Errorf("nobody at shake today: %d today, want none", f.CanTake)
	}
}
