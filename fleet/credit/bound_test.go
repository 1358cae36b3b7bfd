package credit

import (
	"fmt"
	"testing"
	"time"

	"weir/fleet/lately"
	"weir/fleet/testengine"
	"weir/shop/capacity"
)

// TestACounterThatWentOutIsReadAgain: with room for fewer counters than there are shops nothing is spent twice.
func TestACounterThatWentOutIsReadAgain(t *testing.T) {
	const shops, room, cups = 12, 4, 3
	b := New(testengine.Start(t), "")
	b.known = lately.New[account, counter](room)
	now := time.Now()
	for round := range cups + 1 {
		for i := range shops {
			l := capacity.Lease{Channel: "c", Epoch: 1, Seq: 1, ExpiresAt: now.Add(time.Hour), Limit: cups * capacity.Cup, MaxOrder: 1200}
			s, err := b.Spend(t.Context(), fmt.Sprint("s", i), l, capacity.Cup, now)
			if err != nil {
				t.Fatal(err)
			}
			if round == cups && s.Stamp != nil || round < cups && (s.Stamp == nil || s.Stamp.Spent != capacity.Work(round+1)*capacity.Cup) {
				t.Errorf("s%d, cup %d of %d: %+v", i, round+1, cups, s.Stamp)
			}
			if n := b.known.Len(); n > room {
				t.Fatalf("%d counters are remembered", n)
			}
		}
	}
}
