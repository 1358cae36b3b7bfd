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
		"c14-1\r\n": "c14-1", "\tc14-1\t": "c14-1", "\u3000c14-1\u00a0": "c14-1", "\u200b014\ufeff": "014", "0\u00ad14\x00": "014",
		"９．００": "9.00", "茉莉　奶绿": "茉莉 奶绿", "": "",
	} {
		if got := Typed(in); got != want {
			t.Errorf("Typed(%+q) = %+q, want %+q", in, got, want)
		}
	}
}

// Two ids that look the same are the same, or one of them is refused.
func TestNothingInvisibleInAnID(t *testing.T) {
	for name, mark := range map[string]string{
		"zero-width space": "\u200b", "zero-width joiner": "\u200d", "word joiner": "\u2060", "soft hyphen": "\u00ad", "byte order mark": "\ufeff",
		"direction mark": "\u200e", "variation selector": "\ufe0f", "tag": "\U000e0041", "Hangul filler": "\u3164", "invisible plus": "\u2064",
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
		if _, err := DecodeCancellation([]byte(`{"ref":"E-7` + mark + `"}`)); err == nil {
			t.Errorf("%s in the ref of a cancellation was taken", name)
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
