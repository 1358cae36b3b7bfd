package lately

import (
	"testing"

	"pgregory.net/rapid"
)

// TestTheLastUsedAreKept: never more than the bound, what is there is what was put last, and what was used among the last
// half of the bound is there.
func TestTheLastUsedAreKept(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		const most = 8
		m, truth, used := New[int, int](most), map[int]int{}, []int{}
		use := func(k int) {
			for i, other := range used {
				if other == k {
					used = append(used[:i:i], used[i+1:]...)
					break
				}
			}
			used = append(used, k)
		}
		for range rapid.IntRange(1, 100).Draw(rt, "steps") {
			k, v := rapid.IntRange(0, 20).Draw(rt, "key"), rapid.Int().Draw(rt, "value")
			switch rapid.IntRange(0, 2).Draw(rt, "do") {
			case 0:
				m.Put(k, v)
				truth[k] = v
				use(k)
			case 1:
				if got, ok := m.Get(k); ok {
					if want, there := truth[k]; !there || got != want {
						rt.Fatalf("%d is %d, want %d", k, got, want)
					}
					use(k)
				}
			case 2:
				m.Delete(k)
				delete(truth, k)
				if _, ok := m.Get(k); ok {
					rt.Fatalf("%d is there after it was taken out", k)
				}
			}
			if m.Len() > most {
				rt.Fatalf("%d entries, at most %d", m.Len(), most)
			}
			for _, k := range used[max(0, len(used)-most/2):] {
				_, young := m.young[k]
				_, old := m.old[k]
				if _, want := truth[k]; want && !young && !old {
					rt.Fatalf("%d was used among the last %d and is gone", k, most/2)
				}
			}
		}
	})
}
