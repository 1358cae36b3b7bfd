package sim

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// options are a few days of the scenario.
func options(days int, change ...func(*Options)) *Options {
	o := &Options{Policies: []string{"weir"}, Accept: []float64{1}, Seed: 1, Days: days}
	for _, f := range change {
		f(o)
	}
	return o
}

func run(t *testing.T, o *Options) *Report {
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

func TestTheCurveIsTheDay(t *testing.T) {
	var sum [2]int
	for _, minute := range feb6Curve() {
		sum[0] += minute[0]
		sum[1] += minute[1]
	}
	if len(feb6Curve()) != 720 || sum != [2]int{1400, 300} {
		t.Errorf("%d minutes with %v cups, want 720 with 1400 and 300", len(feb6Curve()), sum)
	}
}

func TestTheSameSeedGivesTheSameBytes(t *testing.T) {
	everything := func(o *Options) {
		o.Policies, o.Accept = Policies, []float64{1, 0.4}
		o.Net, o.Leave, o.Flash = rough(), &Leave{at: 3 * 3600_000, by: -1}, &Flash{minute: 30, minutes: 10, times: 20}
		o.NoShow, o.Drift, o.Crew = 0.1, 0.1, 0.9
	}
	first, again := text(t, run(t, options(1, everything))), text(t, run(t, options(1, everything)))
	if d := cmp.Diff(first, again); d != "" {
		t.Errorf("the same seed, and another output:\n%s", d)
	}
	if other := text(t, run(t, options(1, everything, func(o *Options) { o.Seed = 5 }))); other == first {
		t.Error("control: another seed gives the same output")
	}
}

// keys are those of the contract, in its order.
var keys = strings.Fields(`policy accept cups_offered cups_made cups_unmade cups_given_up orders_refused orders_refused_bare
	wait_p50_s wait_p95_s wait_max_s bound_share bound_share_p05 kept kept_p05 told late unmade_without_notice w_max budget_violations
	slot_cups idle_maker_min needless_share coverage90 lease_bounced_orders overtime_min`)

func TestTheKeysAreTheContracts(t *testing.T) {
	for _, days := range []int{1, 2} {
		want := slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return days == 1 && strings.HasSuffix(k, "_p05") })
		var got struct {
			Scenario string
			Seed     int
			Days     int
			Policies []json.RawMessage
		}
		out := text(t, run(t, options(days, func(o *Options) { o.Policies = []string{"none", "weir"}; o.Accept = []float64{1, 0.5} })))
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatal(err)
		}
		if got.Scenario != "1400" || got.Seed != 1 || got.Days != days || len(got.Policies) != 4 {
			t.Fatalf("head: %+v", got)
		}
		var names []string
		d := json.NewDecoder(bytes.NewReader(got.Policies[0]))
		for d.More() {
			token, err := d.Token()
			if err != nil {
				t.Fatal(err)
			}
			if name, ok := token.(string); ok && slices.Contains(keys, name) {
				names = append(names, name)
			}
		}
		if diff := cmp.Diff(want, names); diff != "" {
			t.Errorf("%d days: keys (-want +got):\n%s", days, diff)
		}
	}
}

func TestTheDayOf1400Cups(t *testing.T) {
	r := run(t, options(5, func(o *Options) { o.Policies = Policies }))
	weir := r.Policies[0]
	switch {
	case weir.Violations+weir.Bounced+weir.Unsaid+weir.Bare != 0:
		t.Errorf("must not happen: %+v", weir)
	case weir.Bound < 0.98 || weir.Kept < 0.985 || weir.Needless > 0.005 || weir.Coverage < 0.87 || weir.Coverage > 0.93:
		t.Errorf("%+v", weir)
	case weir.Unmade != 0 || weir.GivenUp > 10 || weir.WMax > 70:
		t.Errorf("%+v", weir)
	}
	for _, other := range r.Policies[1:3] { // accept all, and close by hand
		if other.Bound > weir.Bound-0.1 || other.Kept > weir.Kept-0.02 {
			t.Errorf("%s makes %.3f of the bound and keeps %.3f, weir %.3f and %.3f", other.Policy, other.Bound, other.Kept, weir.Bound, weir.Kept)
		}
	}
	if quotes := r.Policies[4]; quotes.Bound < 0.95 || quotes.WMax < 5*weir.WMax || quotes.OrderP95 < weir.OrderP95/2 {
		t.Errorf("long quotes make as much with a long queue: %+v", quotes)
	}
	if none := r.Policies[1]; none.GivenUp < 300 || none.Late < 0.3 {
		t.Errorf("control: where everything is accepted nobody suffers, so the day proves nothing: %+v", none)
	}
}

// rough is the network that leases were designed for.
func rough() *Net { return &Net{loss: 0.2, dup: 0.1, delay: 120_000, skew: 2000, reboots: 3} }

func TestLeasesOverADisturbedNetwork(t *testing.T) {
	r := run(t, options(3, func(o *Options) { o.Net = rough() })).Policies[0]
	if r.Bounced+r.Violations+r.Unsaid != 0 || r.Kept < 0.97 {
		t.Errorf("%+v", r)
	}
	control := run(t, options(2, func(o *Options) { o.Net, o.control = rough(), true })).Policies[0]
	if control.Bounced == 0 {
		t.Error("control: leases that say so much more bounce nothing either, so the network proves nothing")
	}
	if control.Violations != 0 { // the shop has the last word whatever its routers do
		t.Errorf("I1: %+v", control)
	}
}

func TestStresses(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Options)
		bad    func(r *Result) bool
	}{
		"one of two at the bottleneck leaves, told": {
			func(o *Options) { o.Leave = &Leave{at: 3 * 3600_000, by: -1} }, func(r *Result) bool { return r.Late > 0.03 || r.Told == 0 }},
		"control: nobody tells the shop": {
			// The shop sees by its pace that promises will break, and says so in time (Told). Few are kept.
			func(o *Options) { o.Leave = &Leave{at: 3 * 3600_000, by: -1, silent: true} },
			func(r *Result) bool { return r.Kept > 0.6 || r.Late > 0.05 }},
		"a slow crew": {func(o *Options) { o.Crew = 0.7 }, func(r *Result) bool { return r.Kept+r.Told < 0.9 }},
		"a crowd": {func(o *Options) { o.Flash = &Flash{minute: 30, minutes: 10, times: 20, online: true} },
			func(r *Result) bool { return r.Kept < 0.97 }},
		"no-shows":       {func(o *Options) { o.NoShow = 0.1 }, func(r *Result) bool { return r.Kept < 0.97 }},
		"few want slots": {func(o *Options) { o.Accept = []float64{0.4} }, func(r *Result) bool { return r.Kept < 0.98 || r.Bound > 0.9 }},
	} {
		r := run(t, options(2, c.change)).Policies[0]
		if c.bad(&r) || r.Violations != 0 {
			r.charts = charts{} // thousands of points that explain nothing
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestTheReportIsWritten(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "report")
	if err := run(t, options(1, func(o *Options) { o.Policies = Policies })).WriteDir(dir); err != nil {
		t.Fatal(err)
	}
	for name, words := range map[string][]string{
		"index.html": {"堰", "超时", "<svg", "polyline", "circle"}, "en.html": {"Weir", "Close by hand", "<svg", `class="slot"`},
	} {
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

func TestOptionsAreChecked(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"no such policy":    func(o *Options) { o.Policies = []string{"wier"} },
		"no policy":         func(o *Options) { o.Policies = nil },
		"acceptance 2":      func(o *Options) { o.Accept = []float64{2} },
		"no days":           func(o *Options) { o.Days = 0 },
		"a crew of nothing": func(o *Options) { o.Crew = 0.01 },
		"a short horizon":   func(o *Options) { o.Horizon = 1 },
		"no-show 1":         func(o *Options) { o.NoShow = 1 },
	} {
		if _, err := Run(options(1, change)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func BenchmarkDay(b *testing.B) {
	o := options(1)
	config, err := o.shop()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := o.play(config, 1, false); err != nil {
			b.Fatal(err)
		}
	}
}
