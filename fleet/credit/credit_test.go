package credit

import (
	"sync"
	"testing"
	"time"

	"weir/fleet/testengine"
	"weir/shop/capacity"
	"weir/shop/try"
)

// TestRoutersNeverOverspend: two routers spend one lease at the same time; intervals do not overlap and stay within it.
// Without the compare, the same run gives the same interval out twice.
func TestRoutersNeverOverspend(t *testing.T) {
	e := testengine.Start(t)
	lease := capacity.Lease{Channel: "shangou", Epoch: 1, Seq: 1, Limit: 5000, MaxOrder: 500, ExpiresAt: try.Noon.Add(time.Minute)}
	books := []*Book{New(e, ""), New(e, "")}
	var wait sync.WaitGroup
	var mu sync.Mutex
	given := map[capacity.Work]int{}
	for _, b := range books {
		for range 4 {
			wait.Go(func() {
				for range 20 {
					s, err := b.Spend(t.Context(), "east", lease, 100, try.Noon)
					mu.Lock()
					if err != nil {
						t.Error(err)
					}
					if s.Stamp != nil {
						given[s.Stamp.Spent]++
					}
					mu.Unlock()
				}
			})
		}
	}
	wait.Wait()
	if len(given) == 0 || len(given) > 50 {
		t.Errorf("%d orders of 100 under a limit of 5000", len(given))
	}
	for at, n := range given {
		if n != 1 || at > 5000 || at%100 != 0 {
			t.Errorf("interval that ends at %d was given out %d times", at, n)
		}
	}
	// The rest can be spent, and not more.
	for len(given) < 50 {
		s, err := books[0].Spend(t.Context(), "east", lease, 100, try.Noon)
		if err != nil || s.Stamp == nil {
			t.Fatalf("after %d: %+v %v", len(given), s, err)
		}
		given[s.Stamp.Spent]++
	}
	s, err := books[1].Spend(t.Context(), "east", lease, 100, try.Noon)
	if err != nil || s.Stamp != nil || s.Stuck == nil || s.Stuck.Spent != 5000 {
		t.Errorf("at the end: %+v %v", s, err)
	}
	if left := books[1].Left("east", "shangou", lease, try.Noon); left != 0 {
		t.Errorf("%d left", left)
	}
	// Control: two values that are not compared give out one interval twice.
	a, _, _ := capacity.Router{}.Take(lease).Send(try.Noon, 100, Skew)
	b, _, _ := capacity.Router{}.Take(lease).Send(try.Noon, 100, Skew)
	if a.Spent != b.Spent {
		t.Error("two routers without a common counter differ by themselves")
	}
}

// TestACounterOlderThanWhatWasSpentStartsAnew: after a restore nothing is given out before the shop has heard of it, by
// whichever router, and the word counts once.
func TestACounterOlderThanWhatWasSpentStartsAnew(t *testing.T) {
	e := testengine.Start(t)
	lease := capacity.Lease{Channel: "shangou", Epoch: 1, Seq: 1, Limit: 5000, MaxOrder: 500, ExpiresAt: try.Noon.Add(time.Minute)}
	if s, err := New(e, "").Spend(t.Context(), "east", lease, 100, try.Noon); err != nil || s.Stamp == nil { // the copy
		t.Fatalf("before: %+v %v", s, err)
	}
	books := []*Book{New(e, "word"), New(e, "word")}
	for _, b := range books {
		if s, err := b.Spend(t.Context(), "east", lease, 100, try.Noon); err != nil || s.Stamp != nil || s.Hello != "word" {
			t.Errorf("it spends what it may have spent before: %+v %v", s, err)
		}
	}
	lease.Seq, lease.Used, lease.Limit, lease.Hello = 2, 300, 900, "word"
	for i, b := range books {
		want := capacity.Work(400 + 100*i)
		if s, err := b.Spend(t.Context(), "east", lease, 100, try.Noon); err != nil || s.Stamp == nil || s.Stamp.Spent != want {
			t.Errorf("with a lease that has heard it: %+v %v, want %v", s, err, want)
		}
	}
	// Control: without the word the copy's counter gives out what was spent since.
	if s, err := New(testengine.Start(t), "").Spend(t.Context(), "east", capacity.Lease{
		Channel: "shangou", Epoch: 1, Seq: 1, Limit: 5000, MaxOrder: 500, ExpiresAt: try.Noon.Add(time.Minute),
	}, 100, try.Noon); err != nil || s.Stamp == nil || s.Stamp.Spent != 100 {
		t.Errorf("without: %+v %v", s, err)
	}
}
