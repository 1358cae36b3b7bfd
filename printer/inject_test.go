package printer_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"weir/printer"
	"weir/printer/virtual"
)

// hostile draws texts as customers may type them: printer commands, quotes, line ends, rare characters, long ones.
func hostile() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.String(),
		rapid.StringMatching(`(\x1b@|\x1d[V!(rv]|\x10\x04\x01|\x1b!\?|~!T|"\r\nPRINT 9,1|\^XZ|~JA|\x1b\*!|\x00|[\x{4dae}\x{2cb5a}\x{202e}]`+
			`){0,8}`),
		rapid.SampledFrom([]string{"\xff\xfe\x1b@", strings.Repeat("备注", 3000), strings.Repeat("\x1d", 300), "🧋🏳️‍🌈", "奮!紾[R]"}),
	)
}

// Nothing a customer types reaches a printer as a command: with any text in every field, a ticket decodes into one
// sheet and the commands of the same ticket without text, but for those that draw characters.
func TestNothingTypedIsACommand(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := hostile()
		ticket := sample(text.Draw(t, "pickup"))
		ticket.Kind = rapid.SampledFrom([]printer.Kind{printer.Kitchen, printer.Receipt, printer.Slip, printer.Label}).Draw(t, "kind")
		ticket.Shop, ticket.Channel, ticket.Platform = text.Draw(t, "shop"), text.Draw(t, "channel"), text.Draw(t, "platform")
		ticket.Order, ticket.Note, ticket.Code = text.Draw(t, "order"), text.Draw(t, "note"), "c1"+text.Draw(t, "code")
		item := &ticket.Items[0]
		item.Name, item.Note = text.Draw(t, "name"), text.Draw(t, "item note")
		item.Options, item.Toppings = []string{text.Draw(t, "option")}, []string{text.Draw(t, "topping")}
		m := rapid.SampledFrom(printer.Models()).Draw(t, "model")
		b, err := printer.Encode(m, printer.Stock{}, ticket)
		if err != nil {
			if ticket.Kind == printer.Kitchen || ticket.Kind == printer.Receipt {
				return // not on labels
			}
			t.Fatal(err)
		}
		sheets, commands, unfinished := virtual.Decode(decoders[m].lang, decoders[m].dots, b)
		if len(sheets) != 1 || !sheets[0].Cut || unfinished != 0 {
			t.Fatalf("%d sheets, %d bytes unfinished", len(sheets), unfinished)
		}
		for _, c := range commands {
			if !strings.Contains(allowed[decoders[m].lang], " "+c+" ") {
				t.Fatalf("command %q on %s", c, m)
			}
		}
		if decoders[m].lang == virtual.ESCPOS && strings.Count(strings.Join(commands, " "), "ESC @") != 1 {
			t.Fatalf("reset in the middle: %v", commands)
		}
		if decoders[m].lang == virtual.ESCPOS && realtime(b) {
			t.Fatalf("a real-time command in %q", b)
		}
	})
}

// allowed are the commands we write ourselves, in each language.
var allowed = map[*virtual.Language]string{
	virtual.ESCPOS: " ESC @ FS & ESC E GS ! ESC a ESC d ESC * GS V GS (k ",
	virtual.TSPL:   " SIZE GAP DIRECTION CLS TEXT QRCODE PRINT  ",
	virtual.ZPL:    " XA PW LL LH FO GF FS BQ FD PQ XZ ",
}

// realtime finds what a printer obeys wherever it stands.
func realtime(b []byte) bool {
	for _, second := range []byte{0x04, 0x05, 0x14} {
		if strings.Contains(string(b), string([]byte{0x10, second})) {
			return true
		}
	}
	return false
}
