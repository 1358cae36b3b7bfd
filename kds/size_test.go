package kds

import (
	"net/url"
	"strings"
	"testing"

	"weir/templates"
)

// TestADeviceShowsEverythingAsLargeAsItWasAsked: the size holds for every page of this device, and only sizes there are rules for.
func TestADeviceShowsEverythingAsLargeAsItWasAsked(t *testing.T) {
	k := one(t)
	if status, to, _ := k.post("/size", url.Values{"size": {"150"}, "back": {"/"}}); status != 303 || to != "/" {
		t.Errorf("POST /size: %d to %q", status, to)
	}
	for cookie, want := range map[string]string{"weir_size=150": `data-size="150"`, "weir_size=9000": `data-size="100"`,
		"": `data-size="100"`} {
		for _, path := range []string{"/", "/kds", "/handoff", "/board"} {
			if _, page := k.get(path, "Cookie", cookie); !strings.Contains(page, want) {
				t.Errorf("%s with %q has no %s", path, cookie, want)
			}
		}
	}
}

// TestTheSideCountsToppings: what is to be taken from the cold counter is counted beside the drinks, in as many rows as there are.
func TestTheSideCountsToppings(t *testing.T) {
	k := open(t, options{config: roomy})
	k.rush(60)
	state := k.store.Snapshot()
	queue := state.Queue("", k.clock.Now())
	pearls := 0
	for _, q := range queue {
		for _, id := range q.Line().Options.Toppings {
			if id == "pearl" {
				pearls++
			}
		}
	}
	if pearls == 0 {
		t.Fatal("this rush has no pearls")
	}
	for rows := rowsMin; rows <= rowsMax; rows++ {
		s := side(state, "zh", queue, rows, k.clock.Now())
		used, drinks := 1+len(s.Drinks), 0
		for _, c := range s.Drinks {
			drinks += c.Cups
		}
		if len(s.Extras) > 0 {
			used += 1 + len(s.Extras)
		}
		if len(s.RunsOut) > 0 {
			used += 1 + 2*len(s.RunsOut)
		}
		if s.Later > 0 {
			used++
		}
		for _, list := range [][]templates.Amount{s.Left, s.Used} {
			if len(list) > 0 {
				used += 1 + len(list)
			}
		}
		if used > rows || drinks != len(queue) {
			t.Errorf("in %d rows: %d are used, and %d of %d cups are counted", rows, used, drinks, len(queue))
		}
		if rows > 30 {
			for _, c := range s.Extras {
				if c.Name == "珍珠" && c.Cups != pearls {
					t.Errorf("%d cups with pearls, want %d", c.Cups, pearls)
				}
			}
		}
	}
}
