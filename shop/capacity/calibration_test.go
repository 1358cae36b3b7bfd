package capacity

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// quoteAndLearn quotes an order of so many predicted minutes and lets it take actual.
func quoteAndLearn(b Book, predicted, actual float64) (Book, Quote) {
	s := &b.spreads[band(predicted)]
	q := Quote{Predicted: seconds(predicted), P90: seconds(predicted * s.p90)}
	return b.observed(&q, seconds(actual)), q
}

func TestCoverageIsNineOfTen(t *testing.T) {
	for _, c := range []struct {
		name string
		bias func(i int) float64 // of actual by predicted time
	}{
		{"as predicted", func(int) float64 { return 1 }},
		{"half as long again", func(int) float64 { return 1.5 }},
		{"a rush every hundred orders", func(i int) float64 { return 1 + 0.5*float64(i/100%2) }},
		{"ever slower", func(i int) float64 { return 1 + float64(i)/2000 }},
	} {
		cover := func(stretched bool) float64 {
			rnd := rand.New(rand.NewPCG(4, 4))
			b := open()
			hits := 0
			const n = 4000
			for i := range n {
				if !stretched {
					b.mem.Calibration.Stretch = 0
				}
				predicted := 2 + 25*rnd.Float64()
				actual := predicted * c.bias(i) * math.Exp(0.2*rnd.NormFloat64())
				next, q := quoteAndLearn(b, predicted, actual)
				if seconds(actual) <= q.P90 {
					hits++
				}
				b = next
			}
			return float64(hits) / n
		}
		if got := cover(true); got < 0.885 || got > 0.915 {
			t.Errorf("%s: coverage %.3f", c.name, got)
		}
		if got := cover(false); c.name == "ever slower" && got > 0.885 {
			t.Errorf("%s: without stretching the coverage is %.3f too, so this proves nothing", c.name, got)
		}
	}
}

func TestBandsBorrow(t *testing.T) {
	b := open()
	for i := range bandCount {
		if s := b.spreads[i]; s.own || s.p98 != theory[i].p98 {
			t.Errorf("band %d of a new shop: %+v", i, s)
		}
	}
	for range samplesLeast {
		b, _ = quoteAndLearn(b, 7, 14)
	}
	if s := b.spreads[1]; !s.own || s.p98 != 2 || s.samples != samplesLeast {
		t.Errorf("own band: %+v", s)
	}
	if s := b.spreads[2]; s.own || s.p98 != 2 {
		t.Errorf("the band above borrows: %+v", s)
	}
	if s := b.spreads[0]; s.own || s.p98 != theory[0].p98 {
		t.Errorf("the band below has the theory: %+v", s)
	}
	if s := b.spreads[3]; s.own || s.p98 != theory[3].p98 {
		t.Errorf("what was borrowed is not lent on: %+v", s)
	}
}

func TestAnotherCrewsLatestRatiosAreKept(t *testing.T) {
	b := open()
	o := Order{ID: 1, Channel: "meituan", Placed: noon, Due: noon.Add(9 * time.Minute), Work: Cup, Cups: 1, Quote: b.Quote(noon, Cup)}
	gone := o
	gone.Work, gone.Cups = 0, 0
	made := b.Swap(Order{}, o).Made(noon.Add(4*time.Minute), o, gone, true)
	if n := len(made.Memory().Calibration.Within); n != 1 {
		t.Fatalf("%d samples after one order", n)
	}
	other := made.Staff(noon, Steady(nominal/2))
	if n := len(other.Memory().Calibration.Within); n != 1 {
		t.Errorf("%d samples of the last crew kept, want the latest", n)
	}
	late := b.Swap(Order{}, o).Staff(noon, Steady(nominal/2)).Made(noon.Add(4*time.Minute), o, gone, true)
	if n := len(late.Memory().Calibration.Within); n != 0 {
		t.Errorf("an order quoted for the other crew was learned from")
	}
}

func TestRanksFollowTheCalibration(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := open()
		ratio := rapid.Float64Range(0.1, 80)
		for range rapid.IntRange(0, 900).Draw(t, "orders") {
			b, _ = quoteAndLearn(b, 3, 3*ratio.Draw(t, "ratio"))
		}
		for _, within := range b.mem.Calibration.Ratios {
			if len(within) > samplesMax {
				t.Fatalf("%d samples", len(within))
			}
		}
		again := Open(settings(), Steady(nominal), today(), b.Memory())
		if diff := cmp.Diff(again.ranks, b.ranks, cmp.Comparer(func(a,
			b Ratios) bool {
			return string(must(a.MarshalText())) == string(must(b.MarshalText()))
		})); diff != "" {
			t.Fatal(diff)
		}
		if *again.spreads != *b.spreads {
			t.Fatalf("spreads %+v, want %+v", *b.spreads, *again.spreads)
		}
	})
}

func must(text []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return text
}

func TestRatiosRefuseWhatTheyDidNotWrite(t *testing.T) {
	for name, text := range map[string]string{"not base64": `"%"`, "odd": `"AA=="`, "too long": `"` + strings.Repeat("A", 1300) + `"`} {
		var r Ratios
		if err := json.Unmarshal([]byte(text), &r); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
