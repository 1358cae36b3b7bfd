package capacity

import (
	"math"
	"testing"
)

// reference is the seconds of the item that all work is measured by, at the stations of line.
var reference = map[string]int{"tea": 18, "shake": 53, "seal": 15}

func line(t *testing.T) Line {
	t.Helper()
	l, err := NewLine([]Station{{"tea", 1}, {"shake", 2}, {"seal", 1}}, reference)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestWeightsComeFromTheSlowestStationOfTheItem(t *testing.T) {
	l := line(t)
	if got := l.Bottleneck(); got != "shake" {
		t.Errorf("bottleneck %q", got)
	}
	for _, c := range []struct {
		item    string
		seconds map[string]int
		want    Work
	}{
		{"the reference", reference, 100},
		{"grape", map[string]int{"tea": 14, "shake": 88, "seal": 18}, 166},
		{"green tea", map[string]int{"tea": 18, "shake": 24, "seal": 14}, 68}, // one person at tea, two at shake
		{"lemon tea, slow at another station", map[string]int{"tea": 55, "shake": 30, "seal": 15}, 208},
		{"reference with pearls", map[string]int{"tea": 18, "shake": 58, "seal": 15}, 109},
		{"nothing at the bottleneck", map[string]int{"tea": 30}, 113},
		{"a bag", nil, 0},
		{"an item that takes no time at its station", map[string]int{"tea": 0}, 0},
	} {
		if got := l.Weight(c.seconds); got != c.want {
			t.Errorf("%s weighs %d, want %d", c.item, got, c.want)
		}
	}
}

func TestPriorIsTheSlowestStationOfThoseOnDuty(t *testing.T) {
	l := line(t)
	for _, c := range []struct {
		name   string
		onDuty map[string]int
		want   float64
	}{
		{"ordinary", nil, 2 * 60.0 / 53},
		{"one shakes", map[string]int{"tea": 1, "shake": 1, "seal": 1}, 60.0 / 53},
		{"six shake: now tea is slowest", map[string]int{"tea": 1, "shake": 6, "seal": 1}, 60.0 / 18},
		{"nobody seals", map[string]int{"tea": 1, "shake": 2}, 0},
	} {
		if got := l.Prior(c.onDuty) / float64(Cup); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s: %v cups a minute, want %v", c.name, got, c.want)
		}
	}
}

func TestLinesThatHaveNoRate(t *testing.T) {
	for _, c := range []struct {
		name      string
		stations  []Station
		reference map[string]int
	}{
		{"no station", nil, reference},
		{"nobody there", []Station{{"shake", 0}}, reference},
		{"the reference takes no time", []Station{{"shake", 2}}, map[string]int{"tea": 3}},
		{"negative staff", []Station{{"shake", 2}, {"tea", -1}}, reference},
		{"negative seconds", []Station{{"shake", 2}, {"tea", 1}}, map[string]int{"tea": -1, "shake": 5}},
	} {
		if _, err := NewLine(c.stations, c.reference); err == nil {
			t.Errorf("%s: no error", c.name)
		}
	}
}

func TestTheFirstOfTwoEquallySlowStationsIsTheBottleneck(t *testing.T) {
	l, err := NewLine([]Station{{"tea", 1}, {"shake", 2}, {"spare", 0}, {"idle", 1}},
		map[string]int{"tea": 25, "shake": 50, "spare": 99, "idle": 0})
	if err != nil {
		t.Fatal(err)
	}
	if l.Bottleneck() != "tea" {
		t.Errorf("bottleneck %q", l.Bottleneck())
	}
	l, err = NewLine([]Station{{"tea", 2}, {"shake", 3}}, map[string]int{"tea": 30, "shake": 36}) // 15 and 12 seconds a cup
	if err != nil || l.Bottleneck() != "tea" {
		t.Errorf("bottleneck %q, want the station with the fewest cups a minute: %v", l.Bottleneck(), err)
	}
}
