package route

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"weir/shop/capacity"
)

// TestAlternativesAreWrittenAsJSON: what is written by hand is byte for byte what encoding/json writes.
func TestAlternativesAreWrittenAsJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := func(name string) *time.Time {
			if rapid.Bool().Draw(t, name+" is there") {
				v := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, name), rapid.SampledFrom([]int64{0, 500}).Draw(t, name+" ns")).UTC()
				return &v
			}
			return nil
		}
		text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "奶茶 <一> & \"二\"", "a\u2028b", "\xff", "\x7f", "back\\slash"}))
		a := Alternative{
			Type: "store", Store: text.Draw(t, "store"), Name: text.Draw(t, "name"), DistanceM: rapid.IntRange(0, 50_000).Draw(t, "distance"),
			Level: rapid.IntRange(0, 4).Draw(t, "level"), P50: rapid.Int64Range(0, 9000).Draw(t, "p50"),
			P90:     rapid.Int64Range(0, 9000).Draw(t, "p90"),
			ReadyBy: at("ready"), Start: at("start"), End: at("end"), Room: capacity.Work(rapid.Int64Range(-5, 1e6).Draw(t, "room")),
			AgeS: math.Round(rapid.Float64Range(-1e6, 1e6).Draw(t, "age")*10) / 10,
		}
		want, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		if got := a.AppendJSON(nil); string(got) != string(want) {
			t.Fatalf("%s\nwant %s", got, want)
		}
	})
}
