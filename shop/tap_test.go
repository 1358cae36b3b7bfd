package shop_test

import (
	"slices"
	"testing"
	"time"

	"weir/shop"
)

// A channel hears once that its order is being made, once that it is ready, and again when that is taken back.
func TestWhatAChannelHearsOfTaps(t *testing.T) {
	tap := func(to shop.CupState, cups ...int) shop.Command {
		return shop.Tap{By: "tablet", Cups: cupsOf(1, cups...), To: to}
	}
	discard := shop.Tap{By: "tablet", Cups: cupsOf(1, 1, 2), To: shop.Discarded, Reason: "spilt"}
	undone := []string{shop.ToldMaking, shop.ToldReady, shop.ToldUnready}
	for name, c := range map[string]struct {
		do   []shop.Command
		want []string
	}{
		"nothing is begun":        {nil, nil},
		"one is begun":            {[]shop.Command{tap(shop.Making, 1)}, []string{shop.ToldMaking}},
		"and the other":           {[]shop.Command{tap(shop.Making, 1), tap(shop.Making, 2)}, []string{shop.ToldMaking}},
		"one is made at once":     {[]shop.Command{tap(shop.Made, 1)}, []string{shop.ToldMaking}},
		"laid down and begun":     {[]shop.Command{tap(shop.Making, 1), tap(shop.Waiting, 1), tap(shop.Making, 1)}, []string{shop.ToldMaking}},
		"all are made":            {[]shop.Command{tap(shop.Made, 1, 2), nil}, []string{shop.ToldMaking, shop.ToldReady}},
		"undone before it counts": {[]shop.Command{tap(shop.Made, 1, 2), tap(shop.Making, 2), nil}, []string{shop.ToldMaking}},
		"recalled to be made":     {[]shop.Command{tap(shop.Made, 1, 2), nil, tap(shop.Waiting, 2)}, undone},
		"recalled in hand":        {[]shop.Command{tap(shop.Made, 1, 2), nil, tap(shop.Making, 2)}, undone},
		"all thrown away":         {[]shop.Command{tap(shop.Made, 1, 2), nil, discard}, undone},
		"one thrown away": {[]shop.Command{tap(shop.Made, 1, 2), nil, shop.Tap{By: "t", Cups: cupsOf(1, 1), To: shop.Discarded, Reason: "spilt"}},
			[]string{shop.ToldMaking, shop.ToldReady}},
		"one voided": {[]shop.Command{shop.Tap{By: "t", Cups: cupsOf(1, 1), To: shop.Voided, Reason: "none left"}}, []string{shop.ToldChanged}},
		"both voided": {[]shop.Command{shop.Tap{By: "t", Cups: cupsOf(1, 1, 2), To: shop.Voided, Reason: "none left"}},
			[]string{shop.ToldReleased}},
	} {
		s := follow(t, shop.New(demo(t), noon), noon, wish("a", "matcha", 2))
		now := noon
		var heard []string
		for _, do := range c.do {
			if do == nil { // the time in which a tap can be taken back is over
				now = now.Add(shop.UndoTime + time.Second)
				do = shop.Tick{}
			}
			d := must(t, s, do, now)
			for _, e := range d.Events {
				if e.Told != nil && e.Told.Channel == "meituan" && e.Order == 1 {
					heard = append(heard, e.Told.Type)
				}
			}
			s = d.Next
		}
		if !slices.Equal(heard, c.want) {
			t.Errorf("%s: %v, want %v", name, heard, c.want)
		}
	}
}

// Only who goes on with a cup is at work: what is laid down, thrown away or recalled says nothing about that.
func TestWhichTapsSayThatSomebodyWorks(t *testing.T) {
	now := noon.Add(time.Minute)
	for name, c := range map[string]struct {
		before, do shop.Command
		works      bool
	}{
		"begun":               {nil, at("tea", shop.Making), true},
		"passed on":           {nil, at("tea", shop.Made), true},
		"made":                {nil, at("", shop.Made), true},
		"laid down":           {at("tea", shop.Making), at("tea", shop.Waiting), false},
		"recalled":            {at("", shop.Made), at("", shop.Waiting), false},
		"taken back":          {at("tea", shop.Made), shop.TakeBack{Cups: cupsOf(1, 1), Station: "tea"}, false},
		"voided":              {nil, shop.Tap{Cups: cupsOf(1, 1), To: shop.Voided, Reason: "x"}, false},
		"thrown away":         {at("", shop.Made), shop.Tap{Cups: cupsOf(1, 1), To: shop.Discarded, Reason: "x"}, false},
		"handed out as it is": {nil, shop.Handover{Order: 1, Made: true}, false},
	} {
		s := follow(t, shop.New(demo(t), noon), noon, wish("a", "matcha", 2))
		if c.before != nil {
			s = follow(t, s, noon.Add(time.Second), c.before)
		}
		d := must(t, s, c.do, now)
		if got := d.Next.Counters.BegunAt.Equal(now); got != c.works {
			t.Errorf("%s: somebody works %v, want %v", name, got, c.works)
		}
	}
}
