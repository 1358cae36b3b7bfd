package printer_test

import (
	"strings"
	"testing"

	"weir/printer"
	"weir/shop/words"
)

func TestParseAddress(t *testing.T) {
	for _, c := range []struct {
		address, want string // want: the address as read, or after "!" words the error must hold
	}{
		{"tcp://10.0.0.9:9100", "tcp://10.0.0.9:9100"},
		{"tcp://printer.lan", "tcp://printer.lan:9100"},
		{"tcp://[fe80::1]:9100", "tcp://[fe80::1]:9100"},
		{"file:/dev/usb/lp0", "file:/dev/usb/lp0"},
		{"virtual:", "virtual:"},
		{"virtual:127.0.0.1:9100", "virtual:127.0.0.1:9100"},
		{"", "!tcp://host:9100, file:/dev/usb/lp0 or virtual:"},
		{"usb:lp0", "!tcp://host:9100, file:/dev/usb/lp0 or virtual:"},
		{"10.0.0.9:9100", "!tcp://host:9100"},
		{"tcp://", "!is not host:port"},
		{"tcp://:9100", "!has no host"},
		{"tcp://a:0", "!port from 1 to 65535"},
		{"tcp://a:99999", "!port from 1 to 65535"},
		{"tcp://a/b:9100", "!has no host"},
		{"file:lp0", "!has no absolute path"},
		{"virtual:nowhere:x", "!port from 1 to 65535"},
	} {
		address, err := printer.ParseAddress(c.address)
		words, wantError := strings.CutPrefix(c.want, "!")
		switch {
		case wantError && (err == nil || !strings.Contains(err.Error(), words)):
			t.Errorf("ParseAddress(%q): %v, want an error with %q", c.address, err, words)
		case !wantError && (err != nil || address.String() != c.want):
			t.Errorf("ParseAddress(%q) = %q, %v, want %q", c.address, address, err, c.want)
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
