package tspl_test

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"weir/printer/tspl"
	"weir/printer/virtual"
)

// What a customer types stays between the quotes: the label has the commands we wrote, and drawn characters.
func TestTextIsOnlyText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := tspl.NewBuilder(40, 30)
		b.Text(8, 8, rapid.IntRange(1, 2).Draw(t, "across"), rapid.IntRange(1, 2).Draw(t, "down"),
			rapid.OneOf(rapid.String(), rapid.StringMatching(`["\\\[\]~!RL\r\nA-Z0-9,奮紾䶮]{0,12}`)).Draw(t, "text"))
		b.QR(200, 100, 4, rapid.String().Draw(t, "code"))
		out := b.Bytes()
		if bytes.Contains(out, []byte("\x1b!")) || bytes.Contains(out, []byte("~!")) || bytes.Contains(out, []byte(`\[`)) {
			t.Fatalf("an immediate command in %q", out)
		}
		sheets, commands, unfinished := virtual.Decode(virtual.TSPL, 320, out)
		if len(sheets) > 1 || unfinished != 0 {
			t.Fatalf("%d sheets, %d unfinished of %q", len(sheets), unfinished, out)
		}
		for _, c := range commands {
			if !strings.Contains(" SIZE GAP DIRECTION CLS TEXT QRCODE PRINT  ", " "+c+" ") {
				t.Fatalf("command %q in %q", c, out)
			}
		}
		if commands[len(commands)-1] != "PRINT" || strings.Count(strings.Join(commands, " "), "PRINT") != 1 {
			t.Fatalf("commands %v", commands)
		}
	})
}
