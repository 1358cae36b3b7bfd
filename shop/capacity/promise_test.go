package capacity

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// waiting is an order of a channel that is due in so many minutes.
func waiting(id int64, minutes float64, work Work, cups int) Order {
	return Order{ID: id, Channel: "x", Due: noon.Add(time.Duration(minutes * float64(time.Minute))), Work: work, Cups: cups}
}

// quoteOf is the quote where everybody may be passed: what turns add is in turn_test.go.
func quoteOf(b Book, work Work) (Quote, Rule) {
	set := *b.set
	set.Passing = Passing{Ahead: HorizonMax, Cups: 1000}
	b.set = &set
	m := moment{Book: &b}
	m.at(noon)
	return m.quote(work, 1)
}

func TestWhatAQuoteIsMadeOf(t *testing.T) {
	rate := open().Rate(noon).P50
	minutes := func(m float64) time.Duration { return time.Duration(math.Round(m*60)) * time.Second }
	predicted := func(work Work) float64 { return 1 + float64(work)/rate }
	paced := func(b Book) Book { b.mem.Pace.Crew = 3; return b }
	for _, c := range []struct {
		name string
		book Book
		work Work
		want Quote
		rule Rule
	}{
		{"an empty shop: the earliest promise that 2.2 times the prediction keeps", open(), 200,
			Quote{P50: minutes(predicted(200) * 1.1), P90: minutes(predicted(200) * 1.75), Promise: 5 * time.Minute,
				Predicted: minutes(predicted(200))}, RuleFits},
		{"no promise is shorter than four minutes", open(), 1,
			Quote{P50: minutes(predicted(1) * 1.1), P90: minutes(predicted(1) * 1.75), Promise: 4 * time.Minute, Predicted: minutes(predicted(1))},
			RuleFits},
		{"what is due before it counts", paced(open().Swap(Order{}, waiting(1, 4, 1000, 7))), 200,
			Quote{P50: minutes(predicted(1200)), P90: minutes(predicted(1200) * 1.35), Promise: 11 * time.Minute,
				Predicted: minutes(predicted(1200)), Ahead: 7, Crew: 3}, RuleFits},
		{"what is due after it does not", open().Swap(Order{}, waiting(1, 29, 1000, 7)), 200,
			Quote{P50: minutes(predicted(200) * 1.1), P90: minutes(predicted(200) * 1.75), Promise: 5 * time.Minute,
				Predicted: minutes(predicted(200))}, RuleFits},
		{"it would break a promise: the time it would take", open().Swap(Order{}, waiting(1, 40, 7372, 70)), 200,
			Quote{P50: minutes(predicted(200) * 1.1), P90: minutes(predicted(200) * 1.75), Promise: 5 * time.Minute,
				Predicted: minutes(predicted(200))}, RuleDeadlines},
		{"no promise within the horizon: what all the work takes", open().Swap(Order{}, waiting(1, 4, 6000, 60)), 200,
			Quote{P50: minutes(predicted(6200)), P90: minutes(predicted(6200) * 1.2),
				Promise: time.Duration(math.Ceil(predicted(6200)*1.3)) * time.Minute, Predicted: minutes(predicted(6200)), Ahead: 60}, RulePromise},
		{"nobody is on duty", open().Staff(noon, Steady(0)), 200,
			Quote{P50: 24 * time.Hour, P90: 24 * time.Hour, Promise: 24 * time.Hour, Predicted: 24 * time.Hour, Crew: 1}, RuleStaff},
	} {
		got, rule := quoteOf(c.book, c.work)
		if diff := cmp.Diff(c.want, got); diff != "" || rule != c.rule {
			t.Errorf("%s: rule %s, want %s (-want +got):\n%s", c.name, rule, c.rule, diff)
		}
	}
}

func TestAQuoteBreaksNoPromiseAlreadyGiven(t *testing.T) {
	b := open().Swap(Order{}, waiting(1, 20, 1000, 10))
	m := moment{Book: &b}
	m.at(noon)
	left := m.left[20]
	if _, rule := quoteOf(b, left); rule != RuleFits && left < 2000 {
		t.Errorf("%d fit and are refused by %s", left, rule)
	}
	full := open().Swap(Order{}, waiting(1, 40, 0, 1)) // a deadline behind the horizon
	m.Book = &full
	m.at(noon)
	for over, want := range map[Work]Rule{0: RuleFits, 1: RuleDeadlines} {
		b := open().Swap(Order{}, waiting(1, 40, m.left[30]-200+over, 1))
		if _, rule := quoteOf(b, 200); rule != want {
			t.Errorf("%d more than fit: rule %s, want %s", over, rule, want)
		}
	}
}

func TestAPromiseHoldsWhatNinetyEightOfAHundredTake(t *testing.T) {
	rate := open().Rate(noon).P50
	// 2.2 times the predicted time of this work is just below, and of the next just above, five minutes.
	work := Work((5/theory[0].p98 - 1) * rate)
	for add, want := range map[Work]time.Duration{0: 5 * time.Minute, 1: 6 * time.Minute} {
		if q, _ := quoteOf(open(), work+add); q.Promise != want {
			t.Errorf("%d work: promise %v, want %v", work+add, q.Promise, want)
		}
	}
	b := open()
	b.eff.p50 = 100 / nominal // a cup a minute, exactly
	b.spreads = &[bandCount]spread{{p50: 1, p90: 1, p98: 2}, {p50: 1, p90: 1, p98: 2}, {p50: 1, p90: 1, p98: 2}, {p50: 1, p90: 1, p98: 2}}
	for work, want := range map[Work]time.Duration{200: 6 * time.Minute, 201: 7 * time.Minute} {
		if q, _ := quoteOf(b, work); q.Promise != want {
			t.Errorf("twice the predicted time of %d is at the promise or just above: promise %v, want %v", work, q.Promise, want)
		}
	}
}

func TestTheLastPromiseIsTheHorizons(t *testing.T) {
	rate := open().Rate(noon).P50
	most := Work((30/theory[bandCount-1].p98 - 1) * rate)
	if q, rule := quoteOf(open(), most); q.Promise != 30*time.Minute || rule != RuleFits {
		t.Errorf("the most that is promised: %v by %s", q.Promise, rule)
	}
	if q, rule := quoteOf(open(), most+1); q.Promise != 31*time.Minute || rule != RulePromise {
		t.Errorf("one more: %v by %s", q.Promise, rule)
	}
	if q, _ := quoteOf(open(), 1e9); q.Promise != 24*time.Hour {
		t.Errorf("no promise is longer than a day: %v", q.Promise)
	}
}

// What could not be promised within the horizon is not quoted within it either, even when longer predictions have come
// true more exactly.
func TestAQuoteBeyondTheHorizonSaysSo(t *testing.T) {
	b := open()
	b.eff.p50 = 100 / nominal // a cup a minute, exactly
	b.spreads = &[bandCount]spread{{p50: 1, p90: 1, p98: 9}, {p50: 1, p90: 1, p98: 9}, {p50: 1, p90: 1, p98: 1.8}, {p50: 1, p90: 1, p98: 1.2}}
	booked := waiting(2, 300, 300, 3)
	booked.Slot = booked.Due.Add(-SlotLength) // who has a slot is not passed by an order to be made now
	b = b.Swap(Order{}, waiting(1, 0, 1700, 17)).Swap(Order{}, booked)
	want := Quote{P50: 22 * time.Minute, P90: 22 * time.Minute, Promise: 31 * time.Minute, Predicted: 22 * time.Minute, Ahead: 20}
	got, rule := quoteOf(b, 100)
	if diff := cmp.Diff(want, got); diff != "" || rule != RulePromise {
		t.Errorf("rule %s (-want +got):\n%s", rule, diff)
	}
}

func TestBandsEndAtFiveTenAndTwentyMinutes(t *testing.T) {
	for minutes, want := range map[float64]int{0: 0, 5: 0, 5.01: 1, 10: 1, 10.01: 2, 20: 2, 20.01: 3, 1000: 3} {
		if got := band(minutes); got != want {
			t.Errorf("%v min are in band %d, want %d", minutes, got, want)
		}
	}
}

func TestQuantilesLieBetweenTheSamples(t *testing.T) {
	three := Ratios{1000, 2000, 3000}
	for p, want := range map[float64]float64{0.01: 1, 0.25: 1, 0.375: 1.5, 0.5: 2, 0.625: 2.5, 0.75: 3, 0.98: 3} {
		if got := three.at(p); math.Abs(got-want) > 1e-9 {
			t.Errorf("quantile %v of 1, 2 and 3: %v, want %v", p, got, want)
		}
	}
}

func TestWhatAnOrderTeachesTheCalibration(t *testing.T) {
	q := Quote{Predicted: 10 * time.Minute, P90: 12 * time.Minute}
	for _, c := range []struct {
		name    string
		actual  time.Duration
		ratio   uint16
		within  byte
		stretch float64
	}{
		{"ready within its P90", 12 * time.Minute, 1200, 1, 0.03 * -0.1},
		{"later than its P90", 12*time.Minute + time.Millisecond, 1200, 0, 0.03 * 0.9},
		{"at once: the least ratio", 0, 1, 1, 0.03 * -0.1},
		{"the longest ratio that is kept", 600 * time.Minute, 60_000, 0, 0.03 * 0.9},
		{"longer still", 601 * time.Minute, 60_000, 0, 0.03 * 0.9},
	} {
		want := Calibration{Within: []byte{c.within}, Stretch: c.stretch}
		want.Ratios[1] = Ratios{c.ratio}
		if diff := cmp.Diff(want, Calibration{}.learn(&q, c.actual)); diff != "" &&
			math.Abs(Calibration{}.learn(&q, c.actual).Stretch-c.stretch) > 1e-9 {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	c := Calibration{Within: []byte{1, 0, 1, 1}}
	if got := c.coverage(); got != 0.75 {
		t.Errorf("three of four within their P90 are a coverage of %v", got)
	}
}

func TestThreeHundredRatiosAreRemembered(t *testing.T) {
	var s []int
	for i := range samplesMax + 2 {
		s = push(s, i)
		if want := min(i+1, samplesMax); len(s) != want || s[len(s)-1] != i || s[0] != i+1-want {
			t.Fatalf("after %d: %d remembered, from %d to %d", i+1, len(s), s[0], s[len(s)-1])
		}
	}
	full := make(Ratios, samplesMax)
	text, err := full.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	var again Ratios
	if err := again.UnmarshalText(text); err != nil || len(again) != samplesMax {
		t.Errorf("%d ratios come back as %d: %v", samplesMax, len(again), err)
	}
	text, err = append(full, 1).MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	if err := again.UnmarshalText(text); err == nil {
		t.Error("one more than is ever written was read")
	}
}

func TestTheReportSaysHowLongTheWorkTakes(t *testing.T) {
	b := open().Swap(Order{}, waiting(1, 20, 2000, 20)).Swap(Order{},
		Order{ID: 2, Channel: "counter", WalkIn: true, Due: noon, Work: 500, Cups: 5})
	r := b.Report(noon)
	if want := seconds(2500 / b.Rate(noon).P50); r.Minutes != want || r.Backlog != 2500 || r.BacklogCups != 25 {
		t.Errorf("%d work takes %v, want %v", r.Backlog, r.Minutes, want)
	}
	if r := b.Staff(noon, Steady(0)).Report(noon); r.Minutes != 0 {
		t.Errorf("with nobody on duty it takes %v", r.Minutes)
	}
}
