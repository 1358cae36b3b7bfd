package wire

import (
	"errors"
	"strings"
	"testing"

	"weir/shop"
)

// What people type and scanners send is folded to what was meant.
func TestTypedFoldsWhatWasMeant(t *testing.T) {
	for in, want := range map[string]string{
		"c14-1": "c14-1", "ｃ１４－１": "c14-1", "c14－1": "c14-1", "c14—1": "c14-1", "c14−1": "c14-1", "０１４": "014",
		"c14﹣1": "c14-1", "c14⁃1": "c14-1", "014\ufe0f": "014", "\u20030\u206614\u2069": "014", "9\u202f00": "9 00", "﹟9﹪": "#9%",
		"c14-1\r\n": "c14-1", "\tc14-1\t": "c14-1", "\u3000c14-1\u00a0": "c14-1", "\u200b014\ufeff": "014", "0\u00ad14\x00": "014",
		"９．００": "9.00", "茉莉　奶绿": "茉莉 奶绿", "": "",
	} {
		if got := Typed(in); got != want {
			t.Errorf("Typed(%+q) = %+q, want %+q", in, got, want)
		}
	}
}

// A scanner may say before a code how it was printed, and send the separators of GS1 with it.
func TestScannedTakesTheMarkOfACodeOff(t *testing.T) {
	for in, want := range map[string]string{
		"]C1c14-1\x1d\r\n": "c14-1", "］ｑ３Ｃ１４－１": "C14-1", "]d2ok": "ok", "c14-1": "c14-1", "037": "037", "]1": "]1", "": "",
	} {
		if got := Scanned(in); got != want {
			t.Errorf("Scanned(%+q) = %+q, want %+q", in, got, want)
		}
	}
}

// Two ids that look the same are the same, or one of them is refused.
func TestNothingInvisibleInAnID(t *testing.T) {
	for name, mark := range map[string]string{
		"zero-width space": "\u200b", "zero-width joiner": "\u200d", "word joiner": "\u2060", "soft hyphen": "\u00ad",
		"byte order mark": "\ufeff",
		"direction mark":  "\u200e", "variation selector": "\ufe0f", "tag": "\U000e0041", "Hangul filler": "\u3164", "invisible plus": "\u2064",
		"no-break space": "\u00a0", "narrow no-break space": "\u202f", "ideographic space": "\u3000", "thin space": "\u2009",
		"line separator": "\u2028",
		"Braille blank":  "\u2800", "combining joiner": "\u034f", "Khmer filler": "\u17b4", "reserved": "\u2065", "not a character": "\ufffe",
		"isolate":    "\u2066",
		"annotation": "\ufff9", "Mongolian separator": "\u180e", "NUL": "\\u0000", "tab": "\\t", "delete": "\u007f", "next line": "\u0085",
	} {
		for field, body := range map[string]string{
			"/ref":                        `{"ref":"E-7*","items":[{"item":"green-tea","qty":1}]}`,
			"/items/0/item":               `{"ref":"E-7","items":[{"item":"green*-tea","qty":1}]}`,
			"/items/0/options/ice":        `{"ref":"E-7","items":[{"item":"green-tea","qty":1,"options":{"ice":"le*ss"}}]}`,
			"/items/0/options/toppings/0": `{"ref":"E-7","items":[{"item":"green-tea","qty":1,"options":{"toppings":["pea*rl"]}}]}`,
		} {
			_, err := DecodeOrder([]byte(strings.Replace(body, "*", mark, 1)))
			if e := (*shop.Error)(nil); !errors.As(err, &e) || len(e.Fields) != 1 || e.Fields[0].Pointer != field {
				t.Errorf("%s in %s: %v, want a fault there", name, field, err)
			}
			if _, err := DecodeOrder([]byte(strings.Replace(body, "*", "", 1))); err != nil {
				t.Errorf("the control, %s without it: %v", field, err)
			}
		}
		for what, decode := range map[string]func(string) error{
			"the ref of a cancellation": func(id string) error { _, err := DecodeCancellation([]byte(`{"ref":"` + id + `"}`)); return err },
			"the ref of progress": func(id string) error {
				_, err := DecodeProgress([]byte(`{"ref":"` + id + `","arrived":true}`))
				return err
			},
			"the campaign of an order": func(id string) error {
				// It refuses no order; what cannot be seen is taken off.
				d, err := DecodeOrder([]byte(`{"ref":"E","campaign":"` + id + `","items":[{"item":"green-tea","qty":1}]}`))
				if err == nil && d.Campaign != "E7" && d.Campaign != "E 7" {
					return nil
				}
				return errors.New("read as " + d.Campaign)
			},
			"the ref of a notice": func(id string) error {
				_, _, err := DecodeNotice([]byte(`{"ref":"` + id + `","name":"n","window":{"start":"2026-02-06T12:00:00Z",` +
					`"end":"2026-02-06T12:15:00Z"},"expected":[1]}`))
				return err
			},
			"an item of a notice": func(id string) error {
				_, _, err := DecodeNotice([]byte(`{"name":"n","items":[{"item":"` + id +
					`"}],"window":{"start":"2026-02-06T12:00:00Z","end":"2026-02-06T12:15:00Z"},"expected":[1]}`))
				return err
			},
			"the id of a notice": func(id string) error {
				_, err := DecodeCampaignMessage([]byte(`{"id":"` + id + `","cancelled":true}`))
				return err
			},
		} {
			if err := decode("E" + mark + "7"); err == nil {
				t.Errorf("%s in %s was taken", name, what)
			}
		}
	}
}

// RFC 8259, 8.1: a reader may ignore a byte order mark. It may be there once, at the beginning.
func TestAByteOrderMarkBeforeABody(t *testing.T) {
	const body = `{"ref":"BOM-1","items":[{"item":"green-tea","qty":1}]}`
	if d, err := DecodeOrder([]byte("\ufeff" + body)); err != nil || d.Ref != "BOM-1" {
		t.Errorf("%+v, %v", d, err)
	}
	for _, wrong := range []string{"\ufeff\ufeff" + body, body + "\ufeff", "\ufeff"} {
		if _, err := DecodeOrder([]byte(wrong)); err == nil {
			t.Errorf("%+q was taken", wrong)
		}
	}
}

// The last digits of a phone number are kept, however they are typed.
func TestThePhoneTailIsFolded(t *testing.T) {
	for _, phone := range []string{"138 0013 8000", "１３８００１３８０００", "+86-138-0013-8000", "138\u200b00138000\r\n"} {
		if got := tail(phone); got != "8000" {
			t.Errorf("tail(%+q) = %q, want 8000", phone, got)
		}
	}
}
