package feed

import (
	"fmt"
	"testing"

	"weir/fleet/lately"
	"weir/fleet/testengine"
	"weir/shop/wire"
)

// TestAPlaceThatWentOutIsReadAgain: with room for fewer places than there are shops every event is kept once, in order.
func TestAPlaceThatWentOutIsReadAgain(t *testing.T) {
	const shops, room, events = 9, 4, 3
	f := New(testengine.Start(t))
	f.places = lately.New[string, place](room)
	for seq := range uint64(events) {
		for i := range shops {
			e := wire.Event{Epoch: 1, Seq: seq + 1}
			for _, want := range []bool{true, false} { // the second is told again
				_, fresh, err := f.Keep(t.Context(), fmt.Sprint("s", i), "c", e, fmt.Appendf(nil, `{"epoch":1,"seq":%d}`, seq+1))
				if err != nil || fresh != want {
					t.Errorf("s%d, event %d: fresh %v, want %v; %v", i, seq+1, fresh, want, err)
				}
			}
			if n := f.places.Len(); n > room {
				t.Fatalf("%d places are remembered", n)
			}
		}
	}
}
