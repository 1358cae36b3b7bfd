package shop_test

import (
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/shop"
)

// who can order grape, and who was told of the last step.
func grapes(s shop.State, d shop.Decision) (can, told map[string]bool) {
	can, told = map[string]bool{}, map[string]bool{}
	for _, ch := range s.Config.Channels {
		if s.AvailableTo(ch.ID, "grape") {
			can[ch.ID] = true
		}
	}
	for _, e := range d.Events {
		if e.Told != nil {
			told[e.Told.Channel] = true
		}
	}
	return can, told
}

func set(ids ...string) map[string]bool {
	m := map[string]bool{}
	for _, id := range ids {
		m[id] = true
	}
	return m
}

// TestWhoseWordCountsAboutAnItem: a channel speaks for itself, one with the owner's grant for all, and the staff's word
// wins over both.
func TestWhoseWordCountsAboutAnItem(t *testing.T) {
	staff := func(available bool) shop.SetAvailable {
		return shop.SetAvailable{By: "tablet", Item: "grape", Available: available}
	}
	by := func(channel string, available bool) shop.SetAvailable {
		return shop.SetAvailable{By: channel, Channel: channel, Item: "grape", Available: available}
	}
	type step struct {
		do        shop.SetAvailable
		can, told map[string]bool
	}
	all := set("shangou", "meituan", "counter")
	for name, tt := range map[string]struct {
		granted bool
		steps   []step
	}{
		"a channel speaks for itself": {false, []step{
			{by("meituan", false), set("shangou", "counter"), set("meituan")},
			{by("meituan", false), set("shangou", "counter"), set()},
			{by("shangou", false), set("counter"), set("shangou")},
			{by("meituan", true), set("meituan", "counter"), set("meituan")},
		}},
		"it does not undo the staff's word": {false, []step{
			{staff(false), set(), all},
			{by("meituan", true), set(), set()},
			{by("meituan", false), set(), set()},
			{by("meituan", true), set(), set()},
			{staff(true), all, all},
		}},
		"with the grant it speaks for all": {true, []step{
			{by("meituan", false), set(), all},
			{by("shangou", true), set(), set()},
			{by("meituan", true), all, all},
			{staff(false), set(), all},
			{by("meituan", true), set(), set()},
		}},
		"the staff take a mark back": {true, []step{
			{by("meituan", false), set(), all},
			{by("shangou", false), set(), set()},
			{staff(true), all, all},
			{staff(true), all, set()},
		}},
	} {
		config := demo(t)
		config.Channels[1].SaysForAll = tt.granted // meituan
		s := shop.New(config, noon)
		for i, step := range tt.steps {
			d := must(t, s, step.do, noon)
			s = d.Next
			can, told := grapes(s, d)
			if !maps.Equal(can, step.can) || !maps.Equal(told, step.told) {
				t.Errorf("%s, step %d: %v can order it and %v were told; want %v and %v", name, i, can, told, step.can, step.told)
			}
			_, err := shop.Decide(s, wish("o", "grape", 1), noon)
			if (err == nil) != can["meituan"] {
				t.Errorf("%s, step %d: an order of meituan: %v", name, i, err)
			}
		}
	}
	refused(t, shop.New(demo(t), noon), shop.SetAvailable{Channel: "nobody", Item: "grape"}, noon, shop.ProblemNotFound)
}

// TestAnIngredientThatIsOutClosesWhatUsesIt: its items and options are closed for whoever the word holds, and told so.
func TestAnIngredientThatIsOutClosesWhatUsesIt(t *testing.T) {
	s := shop.New(demo(t), noon)
	d := must(t, s, shop.SetAvailable{By: "tablet", Ingredient: "pearl"}, noon)
	want := []string{"item.sold_out pearl-milk-tea", "item.sold_out brown-sugar", "item.sold_out three-brothers",
		"option.sold_out topping/pearl"}
	if diff := cmp.Diff(want, told(d, "meituan")); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	if !d.Next.Available("jasmine-milk-tea") {
		t.Error("an item without pearls is closed")
	}
	e := refused(t, d.Next, pearls("a", 1), noon, shop.ProblemSoldOut)
	if e.Sold == nil || e.Sold.Part != "topping/pearl" || e.Sold.Ingredient != "pearl" || len(e.Sold.Offers) < 2 ||
		e.Sold.Offers[0] != (shop.Offer{Kind: shop.OfferWithout, Part: "topping/pearl", Cups: 1}) {
		t.Errorf("refused with %+v", e.Sold)
	}
	d = must(t, d.Next, shop.SetAvailable{By: "tablet", Ingredient: "pearl", Available: true}, noon)
	if n := len(told(d, "shangou")); n != 4 || !d.Next.AvailableTo("shangou", "topping/pearl") {
		t.Errorf("back again, told %v", told(d, "shangou"))
	}
	// A channel's word about an ingredient holds for itself.
	d = must(t, s, shop.SetAvailable{By: "meituan", Channel: "meituan", Ingredient: "pearl"}, noon)
	if d.Next.AvailableTo("meituan", "pearl-milk-tea") || !d.Next.AvailableTo("shangou", "pearl-milk-tea") || len(told(d, "shangou")) != 0 {
		t.Error("a channel's word about an ingredient does not hold for itself alone")
	}
}

func TestWhatIsSoldOutComesBackAtItsTime(t *testing.T) {
	s := shop.New(demo(t), noon)
	s = follow(t, s, noon, shop.SetAvailable{By: "tablet", Option: "topping/pearl", Until: noon.Add(30 * time.Minute)},
		shop.SetAvailable{By: "tablet", Item: "grape", Closing: true},
		shop.SetAvailable{By: "meituan", Channel: "meituan", Option: "topping/pearl"})
	if out := s.SoldOut["topping/pearl"]; out.By != "tablet" || !out.At.Equal(noon) {
		t.Errorf("who said so: %+v", out)
	}
	s = follow(t, s, noon.Add(29*time.Minute), shop.Tick{})
	refused(t, s, pearls("a", 1), noon.Add(29*time.Minute), shop.ProblemSoldOut)
	d := must(t, s, shop.Tick{}, noon.Add(30*time.Minute))
	if got := told(d, "shangou"); len(got) != 1 || got[0] != "option.available topping/pearl" ||
		!d.Next.AvailableTo("shangou", "topping/pearl") {
		t.Errorf("told %v", got)
	}
	if d.Next.AvailableTo("meituan", "topping/pearl") {
		t.Error("the staff's time was up, and with it what the channel says of itself")
	}
	closing := d.Next.SoldOut["grape"].Until
	if d.Next.Available("grape") || !closing.Equal(time.Date(2026, 2, 6, 20, 0, 0, 0, time.UTC)) { // the demo shop ends its day at 04:00
		t.Errorf("until closing is until %v", closing)
	}
	if !follow(t, d.Next, closing, shop.Tick{}).Available("grape") {
		t.Error("it is not back after closing")
	}
}

func TestWhatCannotBeMarkedIsRefused(t *testing.T) {
	config := demo(t)
	config.Channels[0].SaysForAll = true
	s := shop.New(config, noon)
	for name, c := range map[string]struct {
		do   shop.SetAvailable
		want string
	}{
		"nothing":                      {shop.SetAvailable{}, shop.ProblemInvalid},
		"two things":                   {shop.SetAvailable{Item: "grape", Ingredient: "grape"}, shop.ProblemInvalid},
		"an option that is not there":  {shop.SetAvailable{Option: "topping/gold"}, shop.ProblemNotFound},
		"an option without its group":  {shop.SetAvailable{Option: "pearl"}, shop.ProblemNotFound},
		"an item as an option":         {shop.SetAvailable{Option: "grape"}, shop.ProblemNotFound},
		"what nothing uses":            {shop.SetAvailable{Ingredient: "gold"}, shop.ProblemNotFound},
		"until a time that is past":    {shop.SetAvailable{Item: "grape", Until: noon}, shop.ProblemInvalid},
		"for ten years":                {shop.SetAvailable{Item: "grape", Until: noon.AddDate(10, 0, 0)}, shop.ProblemInvalid},
		"for a year":                   {shop.SetAvailable{Item: "grape", Until: noon.Add(366 * 24 * time.Hour)}, ""},
		"back until a time":            {shop.SetAvailable{Item: "grape", Available: true, Until: noon.Add(time.Hour)}, shop.ProblemInvalid},
		"for the shop without a grant": {shop.SetAvailable{Channel: "meituan", Item: "grape", Scope: shop.ScopeShop}, shop.ProblemNotPermitted},
		"for the shop with the grant":  {shop.SetAvailable{Channel: "shangou", Item: "grape", Scope: shop.ScopeShop}, ""},
	} {
		if got := refusal(t, s, c.do); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	// With the grant a channel can still speak for itself alone.
	s = follow(t, s, noon, shop.SetAvailable{Channel: "shangou", Item: "grape", Scope: shop.ScopeChannel})
	if s.AvailableTo("shangou", "grape") || !s.AvailableTo("meituan", "grape") {
		t.Error("a channel's word for itself holds for others")
	}
}
