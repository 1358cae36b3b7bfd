package paper

import (
	"strings"
	"testing"

	"weir/printer"
	"weir/shop"
	"weir/shop/shopfile"
)

// TestTheShopAllowsWhatPrintersAskFor: the table of the rules, shop.JobState.MayBecome, decides.
func TestTheShopAllowsWhatPrintersAskFor(t *testing.T) {
	for step, when := range printer.Steps {
		if !shop.JobState(step.From).MayBecome(shop.JobState(step.To)) {
			t.Errorf("a printer takes a job from %s to %s (%s), and the shop refuses it", step.From, step.To, when)
		}
	}
	if shop.JobUnconfirmed.MayBecome(shop.JobFailed) || !shop.JobUnconfirmed.MayBecome(shop.JobCancelled) {
		t.Error("an unconfirmed job that is printed again is cancelled")
	}
}

// TestAStationsTicketHasWhatItTakesPartIn: a printer of one station leaves out what does not come there, and says whose it is.
func TestAStationsTicketHasWhatItTakesPartIn(t *testing.T) {
	config, err := shopfile.Demo()
	if err != nil {
		t.Fatal(err)
	}
	config.Printers = []shop.Printer{{Name: "tea", Station: "tea"}, {Name: "all"}}
	lines := []shop.Line{{Item: "americano", Qty: 1}, {Item: "matcha", Qty: 1}, {Item: "unknown", Name: "新品", Qty: 1}}
	o := &shop.Order{ID: 1, Channel: "meituan", Lines: lines}
	for name, want := range map[string]int{"tea": 2, "all": 3} { // what no station is known to make is on every ticket
		got := ticket(config, o, printer.Job{Printer: name, Kind: printer.Kitchen})
		if len(got.Items) != want || strings.Contains(got.Shop, "茶底") != (name == "tea") {
			t.Errorf("the ticket of %s is of %q and has %+v, want %d items", name, got.Shop, got.Items, want)
		}
	}
	if got := ticket(config, o, printer.Job{Printer: "tea", Kind: printer.Receipt}); len(got.Items) != 3 {
		t.Errorf("a receipt has %d items, want all", len(got.Items))
	}
}
