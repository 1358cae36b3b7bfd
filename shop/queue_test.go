package shop_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/shop"
)

// follow carries out commands one after the other and ends the test at a refusal.
func follow(t *testing.T, s shop.State, now time.Time, commands ...shop.Command) shop.State {
	t.Helper()
	for _, c := range commands {
		d, err := shop.Decide(s, c, now)
		if err != nil {
			t.Fatalf("%#v: %v", c, err)
		}
		s = d.Next
	}
	return s
}

func wish(ref, item string, qty int) shop.Place {
	return shop.Place{Channel: "meituan", Draft: shop.Draft{
		Ref: ref, Fulfilment: shop.Delivery, Lines: []shop.Line{{Item: item, Name: item, Qty: qty}},
	}}
}

func names(queue []shop.Queued) (ids []string) {
	for _, q := range queue {
		ids = append(ids, q.ID().String())
	}
	return ids
}

func TestQueueIsByPromiseAndHidesNothing(t *testing.T) {
	s := follow(t, shop.New(demo(t), noon), noon, wish("a", "pearl-milk-tea", 3), wish("b", "mango-pomelo", 1),
		wish("c", "not-on-the-menu", 1))
	s = follow(t, s, noon.Add(time.Second), shop.Walkin{Cups: 1, Tap: "w"})
	whole := s.Queue("", time.Time{})
	for i, q := range whole[1:] {
		if q.Order.Promise.By().Before(whole[i].Order.Promise.By()) {
			t.Errorf("%s is after %s, which is promised later", q.ID(), whole[i].ID())
		}
	}
	sorted := func(q []shop.Queued) []string { return slices.Sorted(slices.Values(names(q))) }
	if diff := cmp.Diff([]string{"c1-1", "c1-2", "c1-3", "c2-1", "c3-1", "c4-1"}, sorted(whole)); diff != "" {
		t.Error(diff)
	}
	// Mango pomelo takes no time at the tea station; what the menu does not know is everybody's.
	if diff := cmp.Diff([]string{"c1-1", "c1-2", "c1-3", "c3-1", "c4-1"}, sorted(s.Queue("tea", time.Time{}))); diff != "" {
		t.Error(diff)
	}
}

func TestEveryCupIsOnSomeScreen(t *testing.T) {
	config := demo(t)
	s := shop.New(config, noon)
	for i, item := range config.Menu.Items {
		s = follow(t, s, noon, wish(fmt.Sprint(i), item.ID, 1))
	}
	shown := map[string]bool{}
	for _, station := range config.Stations {
		for _, id := range names(s.Queue(station.ID, time.Time{})) {
			shown[id] = true
		}
	}
	if len(shown) != s.Ledger.Backlog() {
		t.Errorf("the stations show %d of %d cups", len(shown), s.Ledger.Backlog())
	}
}

func TestUndoGoesBackToWhereTheBumpFoundTheCup(t *testing.T) {
	cup := func(n int) []shop.CupID { return []shop.CupID{{Order: 1, N: n}} }
	s := follow(t, shop.New(demo(t), noon), noon, wish("a", "matcha", 2),
		shop.Tap{Cups: cup(1), To: shop.Made},
		shop.Tap{Cups: cup(2), To: shop.Making})
	s = follow(t, s, noon.Add(time.Minute), shop.Tap{Cups: cup(2), To: shop.Made})
	o, _ := s.Order(1)
	if got := [2]shop.CupState{o.Cups[0].Undone(), o.Cups[1].Undone()}; got != [2]shop.CupState{shop.Waiting, shop.Making} {
		t.Errorf("undo goes to %v, want waiting and making", got)
	}
	// After a recall the first start is forgotten: the next bump comes from the queue again.
	s = follow(t, s, noon.Add(2*time.Minute), shop.Tap{Cups: cup(2), To: shop.Waiting}, shop.Tap{Cups: cup(2), To: shop.Made})
	if o, _ = s.Order(1); o.Cups[1].Undone() != shop.Waiting {
		t.Errorf("after a recall undo goes to %v, want waiting", o.Cups[1].Undone())
	}
	if n := len(s.Queue("", noon.Add(time.Second))); n != 1 {
		t.Errorf("%d cups made since, want the one bumped last", n)
	}
	if got, want := names(s.Bumped("", 50)), []string{"c1-2", "c1-1"}; cmp.Diff(want, got) != "" {
		t.Error("the cup made last is first:", cmp.Diff(want, got))
	}
}

func TestStandingIsRelativeToThePromise(t *testing.T) {
	o := &shop.Order{AcceptedAt: noon, Promise: shop.Promise{ReadyBy: noon.Add(10 * time.Hour)}}
	for at, want := range map[time.Duration]shop.Standing{
		9 * time.Hour: shop.OnTrack, 10*time.Hour - 5*time.Minute: shop.Due, 10 * time.Hour: shop.Due, 10*time.Hour + 1: shop.Late,
	} {
		if got := o.Standing(noon.Add(at)); got != want {
			t.Errorf("after %v: %v, want %v", at, got, want)
		}
	}
}
