package zpl_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"weir/printer/virtual"
	"weir/printer/zpl"
)

const fine = "\x02030,0,0,0240,000,0,0,0,000,0,0,0\x03\r\n\x02000,0,0,0,0,2,4,0,00000000,1,000\x03\r\n\x021234,0\x03\r\n"

func TestReadStatus(t *testing.T) {
	for _, c := range []struct {
		name, old, new string
		want           zpl.Status
	}{
		{"ready", "", "", zpl.Status{}},
		{"paper", "030,0,0", "030,1,0", zpl.Status{PaperOut: true}},
		{"paused", "030,0,0", "030,0,1", zpl.Status{Paused: true}},
		{"head", "\x02000,0,0,0", "\x02000,0,1,0", zpl.Status{HeadOpen: true}},
		{"ribbon", "\x02000,0,0,0", "\x02000,0,0,1", zpl.Status{RibbonOut: true}},
		{"hot", "000,0,0,0\x03", "000,0,0,1\x03", zpl.Status{Fault: true}},
		{"waiting", "0240,000", "0240,001", zpl.Status{Busy: true}},
		{"begun", "0240,000,0,0,0", "0240,000,0,0,1", zpl.Status{Busy: true}},
		{"printing", "00000000", "00000003", zpl.Status{Busy: true}},
	} {
		b := strings.Replace(fine, c.old, c.new, 1)
		got, n, ok := zpl.ReadStatus([]byte(b + "next"))
		if !ok || got != c.want || n != len(b) {
			t.Errorf("%s: %+v, %d, %v", c.name, got, n, ok)
		}
	}
	for i := range len(fine) - 2 { // the last line end may be missing
		if _, n, ok := zpl.ReadStatus([]byte(fine[:i])); ok || n != 0 {
			t.Errorf("%d bytes: taken as %d", i, n)
		}
	}
}

func FuzzReadStatus(f *testing.F) {
	f.Add([]byte(fine))
	f.Add([]byte("\x02,\x03\x02\x03\x02\x03"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for len(b) > 0 {
			_, n, ok := zpl.ReadStatus(b)
			if n < 0 || n > len(b) || ok && n == 0 {
				t.Fatalf("%d of %d bytes, %v", n, len(b), ok)
			}
			if n == 0 {
				return
			}
			b = b[n:]
		}
	})
}

// Text is drawn, so nothing a customer types is in the bytes; and what is drawn survives the packing.
func TestTextIsOnlyDots(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := zpl.NewBuilder(40, 30)
		b.Text(8, 8, rapid.IntRange(1, 2).Draw(t, "across"), rapid.IntRange(1, 2).Draw(t, "down"),
			rapid.OneOf(rapid.String(), rapid.StringMatching(`[\^~A-Z0-9,:]{0,12}`)).Draw(t, "text"))
		b.QR(200, 100, 4, rapid.String().Draw(t, "code"))
		out := b.Bytes()
		sheets, commands, unfinished := virtual.Decode(virtual.ZPL, 320, out)
		if len(sheets) > 1 || unfinished != 0 {
			t.Fatalf("%d sheets, %d unfinished", len(sheets), unfinished)
		}
		want := strings.Fields("XA PW LL LH FO GF FS FO BQ FD FS PQ XZ")
		if len(commands) == len(want)-3 { // nothing but blanks
			want = append(want[:4:4], want[7:]...)
		}
		if strings.Join(commands, " ") != strings.Join(want, " ") {
			t.Fatalf("commands %v of %q", commands, out)
		}
	})
}
