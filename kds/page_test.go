package kds

import (
	"strings"
	"testing"

	"weir/shop"
	"weir/shop/words"
)

// Every page must show in both languages without a mistake.
func TestPagesShow(t *testing.T) {
	k := open(t, options{config: roomy})
	k.rush(20)
	for _, path := range []string{"/", "/kds", "/kds/tea", "/kds?page=2", "/kds/recall", "/kds/sold-out", "/kds/why", "/kds/cups/c1-1",
		"/kds?view=batch", "/kds/clear", "/kds/release", "/kds/release?item=matcha",
		"/handoff", "/handoff?order=o1", "/handoff?code=1", "/handoff?code=nothing", "/board", "/printers"} {
		for _, l := range []string{"zh", "en"} {
			status, body := k.get(path, "Cookie", "weir_lang="+l)
			if status != 200 || !strings.Contains(body, "</html>") {
				t.Errorf("%s in %s: %d\n%s", path, l, status, body)
			}
			if strings.Contains(body, "%!") {
				t.Errorf("%s in %s has a bad format", path, l)
			}
		}
	}
	for _, path := range []string{"/kds/nowhere", "/kds/cups/c99-1", "/kds/cups/x"} {
		if status, _ := k.get(path); status != 404 {
			t.Errorf("%s: %d, want 404", path, status)
		}
	}
}

// A word that has no English is cut between its characters.
func TestShortWords(t *testing.T) {
	for name, want := range map[string]string{"Large": "L", "大杯": "大", "": "", "Extra large": "Extra large"} {
		if got := short(words.EN, shop.GroupSize, name); got != want {
			t.Errorf("%q is cut to %q, want %q", name, got, want)
		}
	}
}
