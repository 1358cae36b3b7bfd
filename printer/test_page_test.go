package printer_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"weir/printer"
	"weir/printer/virtual"
)

// A test page says what Weir believes the printer to be, does not disturb the jobs around it, and is no job.
func TestTestPage(t *testing.T) {
	bench(t, printer.Models(), nil, func(t *testing.T, r *rig) {
		r.s.waitFor(r.add(printer.Label, "A1"), printer.Done)
		r.Test()
		time.Sleep(time.Minute)
		r.s.waitFor(r.add(printer.Label, "B2"), printer.Done)
		sheets := r.v.Paper()
		if len(sheets) != 3 || len(r.s.all()) != 2 {
			t.Fatalf("%d sheets, %d jobs", len(sheets), len(r.s.all()))
		}
		if got := scan(t, sheets[1]); got != "weir-test" {
			t.Errorf("its code says %q", got)
		}
		if text := strings.Join(sheets[1].Text(), " "); r.m != printer.ZPL && !strings.Contains(text, "kind: "+string(r.m)) {
			t.Errorf("it says %q", text)
		}
		if _, labels, _ := printer.ParseModel(string(r.m)); labels && r.m != printer.ZPL &&
			!strings.Contains(strings.Join(sheets[1].Text(), " "), "size: 40x30") {
			t.Errorf("it says no size: %q", sheets[1].Text())
		}
	})
}

// Without paper there is no test page, and none when paper comes back: whoever asked has seen why.
func TestNoTestPageWithoutPaper(t *testing.T) {
	bench(t, printer.Models(), nil, func(t *testing.T, r *rig) {
		r.fault(func(f *virtual.Faults) { f.PaperOut = true })
		r.Test()
		time.Sleep(time.Minute)
		r.fault(func(f *virtual.Faults) { f.PaperOut = false })
		time.Sleep(time.Minute)
		if n := len(r.v.Paper()); n != 0 {
			t.Errorf("%d sheets", n)
		}
	})
}

// A wrong kind in shop.yaml shows on the test page: the commands come out as text, or nothing does. The right one shows
// a code.
func TestWrongKindShowsOnTheTestPage(t *testing.T) {
	for _, believed := range printer.Models() {
		for _, real := range printer.Models() {
			synctest.Test(t, func(t *testing.T) {
				r := mistaken(t, believed, real)
				run(t, r.Run)
				r.Test()
				time.Sleep(time.Minute)
				sheets, found := r.v.Paper(), false
				for _, s := range sheets {
					found = found || scan(t, s) == "weir-test"
				}
				if same := decoders[believed].lang == decoders[real].lang; found != same {
					t.Errorf("%s taken for %s: %d sheets, a test code %v", real, believed, len(sheets), found)
				}
			})
		}
	}
}
