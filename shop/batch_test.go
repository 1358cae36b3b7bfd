package shop_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"weir/shop"
)

// queued is a waiting cup of an order of its own, promised so many minutes after noon.
func queued(id int, item string, minutes float64, edit ...func(*shop.Order)) shop.Queued {
	o := &shop.Order{
		ID: shop.OrderID(id), Channel: "meituan", Lines: []shop.Line{{Item: item, Qty: 1}}, Cups: []shop.Cup{{N: 1, State: shop.Waiting}},
		Promise: shop.Promise{ReadyBy: noon.Add(time.Duration(minutes * float64(time.Minute)))},
	}
	for _, f := range edit {
		f(o)
	}
	return shop.Queued{Order: o, Cup: &o.Cups[0]}
}

// written is batches as their orders' numbers.
func written(batches []shop.Batch) (out [][]int) {
	for _, b := range batches {
		var ids []int
		for _, q := range b {
			ids = append(ids, int(q.Order.ID))
		}
		out = append(out, ids)
	}
	return out
}

func TestBatchesTable(t *testing.T) {
	menu := demo(t).Menu
	ice := func(o *shop.Order) { o.Lines[0].Options.Ice = "normal" } // what "" means, too
	note := func(o *shop.Order) { o.Customer.Notes = []string{"less tea"} }
	begun := func(o *shop.Order) { o.Cups[0].Started = noon }
	var burst []shop.Queued
	burst = append(burst, queued(1, "matcha", 1), queued(2, "grape", 1))
	for id := 3; id <= 22; id++ {
		burst = append(burst, queued(id, "matcha", 2))
	}
	cases := []struct {
		name    string
		waiting []shop.Queued
		started []shop.Queued
		want    [][]int
	}{
		{"nothing", nil, nil, nil},
		{"one drink over orders", []shop.Queued{queued(1, "matcha", 1), queued(2, "grape", 2), queued(3, "matcha", 3)}, nil,
			[][]int{{1, 3}, {2}}},
		{"what only the receipt says", []shop.Queued{queued(1, shop.WalkinItem, 1), queued(2, shop.WalkinItem, 1), queued(3, "matcha", 1)}, nil,
			[][]int{{1}, {2}, {3}}},
		{"the standard said or not", []shop.Queued{queued(1, "matcha", 1), queued(2, "matcha", 2, ice)}, nil, [][]int{{1, 2}}},
		{"a note is read by a person", []shop.Queued{queued(1, "matcha", 1), queued(2, "matcha", 2, note), queued(3, "matcha", 2, note)}, nil,
			[][]int{{1}, {2, 3}}},
		{"more than four minutes ahead", []shop.Queued{queued(1, "matcha", 1), queued(2, "grape", 1), queued(3, "matcha", 5),
			queued(4, "matcha", 5.1)}, nil, [][]int{{1, 3}, {2}, {4}}},
		{"far ahead overtaking nobody", []shop.Queued{queued(1, "matcha", 1), queued(2, "matcha", 99)}, nil, [][]int{{1, 2}}},
		{"no more than a dozen", burst, nil, [][]int{{1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}, {2}, {15, 16, 17, 18, 19, 20, 21, 22}}},
		{"over all batches", burst[:7:7], slices.Collect(func(yield func(shop.Queued) bool) {
			for id := 30; id < 40; id++ {
				if !yield(queued(id, "brown-sugar", 3, begun)) {
					return
				}
			}
		}), [][]int{{1, 3, 4}, {2}, {5, 6, 7}}},
		{"those before count", burst[:6], slices.Collect(func(yield func(shop.Queued) bool) {
			for id := 30; id < 41; id++ {
				if !yield(queued(id, "brown-sugar", 3, begun)) {
					return
				}
			}
		}), [][]int{{1, 3}, {2}, {4, 5, 6}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if diff := gocmp.Diff(c.want, written(shop.DefaultBatching.Batches(menu, c.waiting, c.started))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A crew takes up the first batch again and again while orders come in. Nobody is overtaken by more than
// the terms say, however the drinks are mixed.
func TestBatchesOvertakeWithinBounds(t *testing.T) {
	menu := demo(t).Menu
	rapid.Check(t, func(t *rapid.T) {
		terms := shop.Batching{Ahead: time.Duration(rapid.IntRange(0, 8).Draw(t, "ahead")) * time.Minute,
			Cups: rapid.IntRange(0, 15).Draw(t, "cups")}
		if most := crew(t, menu, terms.Batches, terms); most > terms.Cups {
			t.Fatalf("a cup was overtaken by %d, allowed %d", most, terms.Cups)
		}
	})
}

// Without bounds the same crew overtakes by more than a dozen: the test above can fail.
func TestUnboundedBatchesOvertake(t *testing.T) {
	menu := demo(t).Menu
	none := shop.Batching{Ahead: 1000 * time.Hour, Cups: 1 << 30}
	worst := 0
	rapid.Check(t, func(t *rapid.T) { worst = max(worst, crew(t, menu, none.Batches, none)) })
	if worst <= shop.DefaultBatching.Cups {
		t.Errorf("without bounds nobody was overtaken by more than %d", worst)
	}
}

// crew lets a random rush be made batch by batch, checks each batch, and returns by how many cups somebody
// was overtaken at most.
func crew(t *rapid.T, menu *shop.Menu, group func(*shop.Menu, []shop.Queued, []shop.Queued) []shop.Batch, terms shop.Batching) (most int) {
	var waiting, started []shop.Queued
	id := 0
	for round := range rapid.IntRange(1, 12).Draw(t, "rounds") {
		now := noon.Add(time.Duration(round) * time.Second)
		for range rapid.IntRange(0, 40).Draw(t, "orders") {
			id++
			item := rapid.SampledFrom([]string{"matcha", "matcha", "matcha", "grape", "lemon-tea"}).Draw(t, "item")
			waiting = append(waiting, queued(id, item, float64(rapid.IntRange(0, 12).Draw(t, "due")), func(o *shop.Order) { o.Cups[0].At = now }))
		}
		slices.SortStableFunc(waiting, func(a, b shop.Queued) int {
			return cmp.Or(a.Order.Promise.By().Compare(b.Order.Promise.By()), cmp.Compare(a.Order.ID, b.Order.ID))
		})
		batches := group(menu, waiting, started)
		partition(t, waiting, batches)
		if len(batches) == 0 {
			continue
		}
		for _, q := range batches[0] {
			q.Cup.Started = now
			waiting = slices.DeleteFunc(waiting, func(w shop.Queued) bool { return w.Order == q.Order })
		}
		started = append(started, batches[0]...)
		for _, w := range waiting {
			over := 0
			for _, q := range batches[0][1:] {
				if ahead := q.Order.Promise.By().Sub(w.Order.Promise.By()); ahead > terms.Ahead {
					t.Fatalf("%d overtakes %d, which is promised %v earlier", q.Order.ID, w.Order.ID, ahead)
				}
			}
			for _, q := range started {
				if after(q, w) && !q.Cup.Started.Before(w.Cup.At) {
					over++
				}
			}
			most = max(most, over)
		}
	}
	return most
}

func after(a, b shop.Queued) bool {
	return cmp.Or(a.Order.Promise.By().Compare(b.Order.Promise.By()), cmp.Compare(a.Order.ID, b.Order.ID)) > 0
}

// partition checks that every waiting cup is in exactly one batch, that a batch is one drink, oldest first,
// and that the batches are in the order of their first cups.
func partition(t *rapid.T, waiting []shop.Queued, batches []shop.Batch) {
	seen := map[shop.OrderID]bool{}
	for i, b := range batches {
		for j, q := range b {
			if seen[q.Order.ID] {
				t.Fatalf("%d is in two batches", q.Order.ID)
			}
			seen[q.Order.ID] = true
			if q.Line().Item != b[0].Line().Item || j > 0 && after(b[j-1], q) {
				t.Fatalf("batch %d is not one drink, oldest first: %v", i, written(batches[i:i+1]))
			}
		}
		if i > 0 && after(batches[i-1][0], b[0]) {
			t.Fatalf("batch %d comes before an older one", i)
		}
	}
	if len(seen) != len(waiting) {
		t.Fatalf("%d of %d cups are in a batch", len(seen), len(waiting))
	}
}

func TestTogetherIsWhatOneTapStarted(t *testing.T) {
	at := func(seconds int) func(*shop.Order) {
		return func(o *shop.Order) {
			o.Cups[0].State, o.Cups[0].At = shop.Making, noon.Add(time.Duration(seconds)*time.Second)
		}
	}
	making := []shop.Queued{queued(1, "matcha", 1, at(0)), queued(2, "matcha", 2, at(5)), queued(3, "matcha", 3, at(0)),
		queued(4, "grape", 3, at(0))}
	if diff := gocmp.Diff([][]int{{1, 3}, {2}, {4}}, written(shop.Together(demo(t).Menu, making))); diff != "" {
		t.Error(diff)
	}
}

func ExampleBatching_Batches() {
	config := &shop.Menu{}
	waiting := []shop.Queued{queued(1, "伯牙绝弦", 1), queued(2, "青提", 2), queued(3, "伯牙绝弦", 3)}
	for _, b := range shop.DefaultBatching.Batches(config, waiting, nil) {
		fmt.Println(b[0].Line().Item, "×", len(b))
	}
	// Output:
	// 伯牙绝弦 × 2
	// 青提 × 1
}
