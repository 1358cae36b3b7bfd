package sim

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func options(change ...func(*Options)) *Options {
	o := &Options{Shops: 5, Scale: 1, Seed: 1, Policies: Policies, Accept: []float64{0.5}}
	for _, f := range change {
		f(o)
	}
	return o
}

func day(t *testing.T, o *Options) *Report {
	t.Helper()
	r, err := Run(o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func text(t *testing.T, r *Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.JSON(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestTheCityIsLived: all policies meet the same customers, each of whom ends once, and the fleet keeps its word where
// the others do not.
func TestTheCityIsLived(t *testing.T) {
	r := day(t, options())
	by := map[string]Result{}
	for _, p := range r.Results {
		by[p.Policy] = p
		called := r.Lived.Orders - p.Orders - p.Bare - p.Declined
		if called < 0 || called > r.Lived.Orders/100 {
			t.Errorf("%s: %d orders and %d + %d who went, of %d", p.Policy, p.Orders, p.Bare, p.Declined, r.Lived.Orders)
		}
		if p.Bound <= 0.3 || p.Bound > 1.01 {
			t.Errorf("%s makes %.2f of what can be made", p.Policy, p.Bound)
		}
	}
	fleet := by[Fleet]
	if fleet.Kept < 0.98 || fleet.GivenUp > fleet.Made/50 || fleet.LaterCups == 0 {
		t.Errorf("the fleet: %+v", fleet)
	}
	for _, other := range []string{Nearest, OnOff, Wait} { // the control: this city is one in which a word is hard to keep
		if o := by[other]; o.Kept > fleet.Kept-0.05 || o.Worst < 2*fleet.Worst || o.AtCounter[1] < fleet.AtCounter[1] {
			t.Errorf("%s keeps %.2f and has %d cups waiting, the fleet %.2f and %d", other, o.Kept, o.Worst, fleet.Kept, fleet.Worst)
		}
	}
	if by[Nearest].Bare+by[Nearest].Declined > r.Lived.Far*3 {
		t.Errorf("the nearest shop refuses somebody: %+v", by[Nearest])
	}
	dir := t.TempDir()
	if err := r.WriteDir(dir); err != nil {
		t.Fatal(err)
	}
	for name, words := range map[string][]string{"index.html": {"最近的店", "准时", "polyline"}, "en.html": {"Weir fleet", "Kept", "polyline"}} {
		page, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range words {
			if !strings.Contains(string(page), w) {
				t.Errorf("%s: no %q", name, w)
			}
		}
		if strings.Contains(string(page), "://") {
			t.Errorf("%s loads something from elsewhere", name)
		}
	}
}

// TestTheSameSeedGivesTheSameDay on any number of processors, and another seed another one.
func TestTheSameSeedGivesTheSameDay(t *testing.T) {
	small := options(func(o *Options) { o.Shops, o.Policies = 3, []string{Fleet} })
	first := text(t, day(t, small))
	before := runtime.GOMAXPROCS(1)
	again := text(t, day(t, small))
	runtime.GOMAXPROCS(before)
	if first != again {
		t.Error("the same seed, and another day")
	}
	if other := text(t, day(t, options(func(o *Options) { o.Shops, o.Policies, o.Seed = 3, []string{Fleet}, 2 }))); other == first {
		t.Error("control: another seed, and the same day")
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"no such policy":  func(o *Options) { o.Policies = []string{"flete"} },
		"no policy":       func(o *Options) { o.Policies = nil },
		"acceptance 2":    func(o *Options) { o.Accept = []float64{2} },
		"no shops":        func(o *Options) { o.Shops = 0 },
		"too many shops":  func(o *Options) { o.Shops = 300_000 },
		"a scale of 2":    func(o *Options) { o.Scale = 2 },
		"not even a shop": func(o *Options) { o.Scale = 0.1 },
		"a scale of none": func(o *Options) { o.Scale = 0 },
	} {
		if _, err := Run(options(change)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
