package printer_test

import (
	"strings"
	"testing"
	"time"

	"weir/printer"
	"weir/printer/virtual"
)

// A kind that has no row is an error wherever it is used: nothing speaks ESC/POS to it for want of something better.
func TestUnknownKind(t *testing.T) {
	const unknown printer.Model = "teletype"
	ticket := sample("A1")
	ticket.Kind = printer.Kitchen
	encoded, encodeErr := printer.Encode(unknown, printer.Stock{}, ticket)
	made, newErr := printer.New(config(unknown), newSpool(t), render, time.Now, quick, nil)
	_, _, parseErr := printer.ParseModel(string(unknown))
	if encoded != nil || made != nil {
		t.Errorf("%d bytes, printer %v", len(encoded), made)
	}
	for where, err := range map[string]error{"Encode": encodeErr, "New": newErr, "ParseModel": parseErr} {
		if err == nil || !strings.Contains(err.Error(), `"teletype"; the kinds are escpos58, escpos80, tspl, zpl`) {
			t.Errorf("%s: %v", where, err)
		}
	}
}

// A kind that is new has one row, and everything works with it: it is parsed, encoded, spoken to, shown and named in
// errors. What its row names is used and nothing else.
func TestMadeUpKindIsOneRow(t *testing.T) {
	const model printer.Model = "teletype"
	const greeting = "TELETYPE "
	printer.AddKind(t, model, greeting, virtual.TSPL)
	if _, labels, err := printer.ParseModel("teletype"); err != nil || !labels {
		t.Fatalf("labels %v, %v", labels, err)
	}
	if _, _, err := printer.ParseModel("telex"); err == nil || !strings.Contains(err.Error(), "zpl, teletype") {
		t.Errorf("the error does not name it: %v", err)
	}
	s := newSpool(t)
	p := start(t, config(model), s)
	s.waitFor(s.add(printer.Job{Printer: "bar", Kind: printer.Label, Pickup: "A037"}), printer.Done)
	sheets := p.Virtual().Paper()
	if len(sheets) != 1 || !strings.Contains(strings.Join(sheets[0].Text(), " "), greeting+"A037") {
		t.Errorf("paper %v", sheets)
	}
}

// A printer that never answers shows what it was sent: on no kind do two kinds send the same, and only rolls send ESC/POS.
func TestKindsSpeakTheirOwnLanguage(t *testing.T) {
	for _, m := range printer.Models() {
		ticket := sample("A1")
		ticket.Kind = printer.Label
		b, err := printer.Encode(m, printer.Stock{}, ticket)
		if err != nil {
			t.Fatal(err)
		}
		for lang, begins := range map[*virtual.Language]string{virtual.ESCPOS: "\x1b@", virtual.TSPL: "SIZE ", virtual.ZPL: "^XA"} {
			if is := strings.HasPrefix(string(b), begins); is != (decoders[m].lang == lang) {
				t.Errorf("%s begins with %q: %v", m, begins, is)
			}
		}
	}
}
