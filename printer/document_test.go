package printer_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"weir/printer"
	"weir/printer/virtual"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden are the tickets whose bytes are kept in testdata/golden, to be read by people and by programs not ours.
func golden() map[string]printer.Ticket {
	tickets := map[string]printer.Ticket{}
	for _, kind := range []printer.Kind{printer.Kitchen, printer.Receipt, printer.Slip, printer.Label} {
		t := sample("A037")
		t.Kind, t.Cup, t.Code = kind, 2, "C20260206-A037-2"
		tickets[string(kind)] = t
	}
	copied := tickets["kitchen"]
	copied.Reprint = 1
	tickets["kitchen-reprint"] = copied
	copied = tickets["label"]
	copied.Reprint = 2
	tickets["label-reprint"] = copied
	for _, name := range []string{"kitchen", "label"} {
		copied = tickets[name]
		copied.MayBeMade = true
		tickets[name+"-may-be-made"] = copied
	}
	copied.Lang = "en"
	tickets["label-may-be-made-en"] = copied
	for _, kind := range []printer.Kind{printer.Cancellation, printer.Test} {
		copied = tickets["label"]
		copied.Kind, copied.Code = kind, ""
		tickets[string(kind)] = copied
	}
	test := tickets["test"]
	test.Pickup, test.Items, test.Code, test.Channel, test.Fulfil, test.Platform = "bar", nil, "weir-test", "", "", ""
	test.About = []string{"kind: tspl", "40x30 mm", "12:05", "珍珠 ½ ⑳"}
	tickets["test"] = test
	provisional := tickets["receipt"]
	provisional.Totals, provisional.Lang = nil, "en"
	tickets["receipt-provisional-en"] = provisional
	for _, name := range []string{"receipt", "slip"} {
		copied = tickets[name]
		copied.Track = "https://fleet.example/t/ATX28Gl7rY0mWZ0pJxq8n1vVc2hhbmdvdS7wBJ0kqf5h3l2m0Q9xYw"
		tickets[name+"-track"] = copied
	}
	hostile := tickets["kitchen"]
	hostile.Note = "\x1b@\x1dV\x00\x10\x04\x01 ¥5 & 🧋 <b> \u202e 𬭚䶮 \"PRINT 1,1\r\n^XZ~JA" + strings.Repeat("很长的备注", 2000)
	tickets["kitchen-hostile"] = hostile
	full := tickets["label"]
	full.Items = []printer.Item{{
		Qty: 1, Name: "桂花酒酿米乳超大杯特别版限定款", Options: []string{"大杯", "少冰", "不另加糖", "燕麦奶"},
		Toppings: []string{"珍珠", "椰果", "芋圆", "布丁", "红豆"}, Note: hostile.Note,
	}}
	full.Remake = true
	tickets["label-full"] = full
	return tickets
}

// decoders say how our virtual printer reads each kind of printer.
var decoders = map[printer.Model]struct {
	lang *virtual.Language
	dots int
}{
	printer.ESCPOS58: {virtual.ESCPOS, 384}, printer.ESCPOS80: {virtual.ESCPOS, 576},
	printer.TSPL: {virtual.TSPL, 320}, printer.ZPL: {virtual.ZPL, 320},
}

var endings = map[printer.Model]string{printer.ESCPOS58: ".bin", printer.ESCPOS80: ".bin", printer.TSPL: ".tspl", printer.ZPL: ".zpl"}

func goldenFile(m printer.Model, name string) string {
	return filepath.Join("testdata", "golden", string(m)+"-"+name+endings[m])
}

// eachGolden calls f for every ticket on every printer that can print it.
func eachGolden(f func(m printer.Model, name string, ticket printer.Ticket)) {
	for _, m := range printer.Models() {
		for name, ticket := range golden() {
			if onStock := ticket.Kind != printer.Kitchen && ticket.Kind != printer.Receipt; onStock || decoders[m].lang == virtual.ESCPOS {
				f(m, name, ticket)
			}
		}
	}
}

func TestGolden(t *testing.T) {
	t.Parallel()
	eachGolden(func(m printer.Model, name string, ticket printer.Ticket) {
		got, err := printer.Encode(m, printer.Stock{}, ticket)
		if err != nil {
			t.Errorf("%s on %s: %v", name, m, err)
			return
		}
		sheets, commands, unfinished := virtual.Decode(decoders[m].lang, decoders[m].dots, got)
		if len(sheets) != 1 || !sheets[0].Cut || unfinished != 0 {
			t.Errorf("%s on %s: %d sheets, %d bytes unfinished", name, m, len(sheets), unfinished)
			return
		}
		for _, c := range commands {
			if strings.HasPrefix(c, "?") {
				t.Errorf("%s on %s: unknown command %s", name, m, c)
			}
		}
		if ticket.Kind == printer.Label || ticket.Kind == printer.Slip || ticket.Kind == printer.Test || ticket.Track != "" {
			want := []string{ticket.Code}
			switch onRoll := decoders[m].lang == virtual.ESCPOS; {
			case ticket.Kind == printer.Receipt:
				want = []string{ticket.Track}
			case onRoll && ticket.Track != "": // a label has no room for it
				want = append(want, ticket.Track)
			}
			if !slices.Equal(sheets[0].Codes(), want) {
				t.Errorf("%s on %s: QR codes %v, want %v", name, m, sheets[0].Codes(), want)
			}
		}
		file := goldenFile(m, name)
		compare(t, file, got)
		if m != printer.ZPL { // all its text is pictures
			text := strings.TrimSuffix(file, filepath.Ext(file)) + ".txt"
			compare(t, text, []byte(strings.Join(sheets[0].Text(), "\n")+"\n"))
		}
	})
}

func compare(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (rewrite with -update)", err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func TestUnfitDocuments(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		model printer.Model
		kind  printer.Kind
	}{{printer.TSPL, printer.Kitchen}, {printer.ZPL, printer.Receipt}, {printer.ESCPOS58, "poster"}} {
		ticket := sample("A1")
		ticket.Kind = c.kind
		if b, err := printer.Encode(c.model, printer.Stock{}, ticket); !errors.Is(err, printer.ErrUnfit) {
			t.Errorf("%s on %s: %d bytes, %v", c.kind, c.model, len(b), err)
		}
	}
}
