package shop_test

import (
	"maps"
	"testing"

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
