package sim

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func scenario(t *testing.T, name string) func(*Options) {
	t.Helper()
	s, err := ReadScenario(name)
	if err != nil {
		t.Fatal(err)
	}
	return func(o *Options) { o.Played = s }
}

func TestShippedScenariosArePlayed(t *testing.T) {
	names := Shipped()
	if len(names) < 12 {
		t.Errorf("%d scenarios ship", len(names))
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := ReadScenario(name)
			if err != nil {
				t.Fatal(err)
			}
			if s.Name != name || s.Shows == "" {
				t.Errorf("the file is %s and the scenario %q, which shows %q", name, s.Name, s.Shows)
			}
			if name == "week" && os.Getenv("WEIR_LONG") == "" {
				return
			}
			r := run(t, options(1, func(o *Options) { o.Played = s })).Policies[0]
			if r.Violations != 0 || r.Made == 0 {
				t.Errorf("%+v", r)
			}
		})
	}
}

func TestAWrongScenarioIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"no name":          {"shows: x", "name"},
		"an unknown key":   {"name: x\ncolour: red", "colour"},
		"an unknown curve": {"name: x\ndemand: [{curve: moon}]", "demand[0]: curve"},
		"no demand in it":  {"name: x\ndemand: [{from: \"10:00\"}]", "demand[0]: want a curve"},
		"a time outside":   {"name: x\nstaff: [{at: \"09:00\"}]", "09:00"},
		"too many people":  {"name: x\nstaff: [{at: \"11:00\", staff: 99}]", "staff[0]"},
		"a mix of nothing": {"name: x\nmix: [{share: 0.5}]", "mix[0]"},
		"a crew of NaN":    {"name: x\ncrew: {speed: .nan}", "crew"},
		"closed too soon":  {"name: x\ncloses: {said: \"14:00\", at: \"13:00\"}", "closes"},
		"a channel's form": {"name: x\nchannels: [Ele Me]", "channels[0]"},
		"no such people":   {"name: x\ncustomers: angry", "customers"},
	} {
		path := filepath.Join(t.TempDir(), "s.yaml")
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadScenario(path); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if _, err := ReadScenario("nowhere.yaml"); err == nil || !strings.Contains(err.Error(), "night") {
		t.Errorf("a missing file: %v", err)
	}
	station := &Scenario{Name: "x", Staff: []Turn{{Station: "fryer"}}}
	if _, err := Run(options(1, func(o *Options) { o.Played = station })); err == nil {
		t.Error("a station that is not there is accepted")
	}
}

// The same people ask under every policy, and take what they are told by one rule.
func TestCustomersDecideByOneRule(t *testing.T) {
	r := run(t, options(1, func(o *Options) { o.Policies, o.Models = []string{"weir", "uncapped"}, Models }))
	if len(r.Policies) != 6 {
		t.Fatalf("%d results", len(r.Policies))
	}
	of := func(model, policy string) Result {
		for _, p := range r.Policies {
			if p.Model == model && p.Policy == policy {
				return p
			}
		}
		t.Fatalf("no %s %s", model, policy)
		return Result{}
	}
	for _, policy := range []string{"weir", "uncapped"} {
		anyTime, mixed, patience := of("any", policy), of("mixed", policy), of("patience", policy)
		if !(anyTime.Made > mixed.Made && mixed.Made > patience.Made) {
			t.Errorf("%s makes %v, %v, %v cups for customers who take less and less", policy, anyTime.Made, mixed.Made, patience.Made)
		}
		if anyTime.Offered != patience.Offered {
			t.Errorf("%s: not the same people", policy)
		}
	}
}

func TestDaysInARowRemember(t *testing.T) {
	two := run(t, options(1, scenario(t, "night"))).Policies[0]
	one := run(t, options(1, func(o *Options) { o.Crew = 0.8 })).Policies[0]
	if two.Offered != one.Offered || two.Made == one.Made {
		t.Errorf("the second of two days offers %v cups and makes %v, a day alone %v and %v", two.Offered, two.Made, one.Offered, one.Made)
	}
}
