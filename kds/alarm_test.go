package kds

import (
	"testing"

	"weir/printer"
	"weir/shop"
	"weir/shop/words"
)

// TestWhenNoPrinterWorksTheScreensAreThePaper: one that works is enough; with none, what is due is said.
func TestWhenNoPrinterWorksTheScreensAreThePaper(t *testing.T) {
	down := shown{status: printer.Status{Name: "a", Reason: printer.ReasonPaper}}
	up := shown{status: printer.Status{Name: "b", Online: true}}
	if down.status.Working() || !up.status.Working() {
		t.Fatal("the printers of this test are not what it says")
	}
	for _, tt := range []struct {
		name     string
		printers []Printer
		order    bool
		alarms   int
	}{
		{"one works", []Printer{down, up}, true, 0},
		{"none works", []Printer{down, down}, true, 1},
		{"none works, nothing is due", []Printer{down}, false, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := open(t, options{screen: func(c *Config) { c.Printers = tt.printers }})
			if tt.order {
				if _, err := k.store.Do(t.Context(), shop.Place{Channel: "shangou",
					Draft: shop.Draft{Ref: "r", Lines: []shop.Line{{Item: "grape", Qty: 1}}}}); err != nil {
					t.Fatal(err)
				}
			}
			if got := k.screens.noPaper(words.Lang("zh")); len(got) != tt.alarms {
				t.Errorf("alarms %v, want %d", got, tt.alarms)
			}
		})
	}
}
