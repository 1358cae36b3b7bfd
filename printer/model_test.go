package printer_test

import (
	"strings"
	"testing"

	"weir/printer"
	"weir/shop/words"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		kind, address, want string // want: the address as read, or after "!" words the error must hold
	}{
		{"escpos58", "tcp://10.0.0.9:9100", "tcp://10.0.0.9:9100"},
		{"escpos80", "tcp://printer.lan", "tcp://printer.lan:9100"},
		{"tspl", "tcp://[fe80::1]:9100", "tcp://[fe80::1]:9100"},
		{"tspl", "file:/dev/usb/lp0", "file:/dev/usb/lp0"},
		{"zpl", "virtual:", "virtual:"},
		{"zpl", "virtual:127.0.0.1:9100", "virtual:127.0.0.1:9100"},
		{"escpos", "virtual:", "!escpos58, escpos80, tspl, zpl"},
		{"", "virtual:", "!escpos58, escpos80, tspl, zpl"},
		{"zpl", "", "!tcp://host:9100, file:/dev/usb/lp0 or virtual:"},
		{"zpl", "usb:lp0", "!tcp://host:9100, file:/dev/usb/lp0 or virtual:"},
		{"zpl", "10.0.0.9:9100", "!tcp://host:9100"},
		{"zpl", "tcp://", "!is not host:port"},
		{"zpl", "tcp://:9100", "!has no host"},
		{"zpl", "tcp://a:0", "!port from 1 to 65535"},
		{"zpl", "tcp://a:99999", "!port from 1 to 65535"},
		{"zpl", "tcp://a/b:9100", "!has no host"},
		{"zpl", "file:lp0", "!has no absolute path"},
		{"zpl", "virtual:nowhere:x", "!port from 1 to 65535"},
	} {
		_, address, err := printer.Parse(c.kind, c.address)
		words, wantError := strings.CutPrefix(c.want, "!")
		switch {
		case wantError && (err == nil || !strings.Contains(err.Error(), words)):
			t.Errorf("Parse(%q, %q): %v, want an error with %q", c.kind, c.address, err, words)
		case !wantError && (err != nil || address.String() != c.want):
			t.Errorf("Parse(%q, %q) = %q, %v, want %q", c.kind, c.address, address, err, c.want)
		}
	}
}

// Every reason has words in both languages.
func TestReasonTexts(t *testing.T) {
	for _, r := range printer.Reasons() {
		if r.Text(words.ZH) == "" || r.Text(words.EN) == "" || r.Text(words.ZH) == r.Text(words.EN) {
			t.Errorf("%q says %q and %q", r, r.Text(words.ZH), r.Text(words.EN))
		}
	}
	if len(printer.Reasons()) < 15 {
		t.Errorf("%d reasons", len(printer.Reasons()))
	}
}
