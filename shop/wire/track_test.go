package wire

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestOnlyAPhonesAddressIsPrinted: what is no address of a page is left out, and the order is taken all the same.
func TestOnlyAPhonesAddressIsPrinted(t *testing.T) {
	good := "https://fleet.example/t/AbC_-9"
	for url, want := range map[any]string{
		good: good, "http://127.0.0.1:8090/t/x": "http://127.0.0.1:8090/t/x",
		"javascript:alert(1)": "", "https://user:pass@fleet.example/t/x": "", "/t/x": "", "https://fleet.example/a b": "",
		"https://fleet.example/\u4e2d": "", good + "\x1b@": "", good + strings.Repeat("a", 200): "", 7: "", nil: "", "": "",
	} {
		text, err := json.Marshal(map[string]any{"ref": "a", "items": []any{map[string]any{"item": "tea", "qty": 1}}, "track_url": url})
		if err != nil {
			t.Fatal(err)
		}
		draft, err := DecodeOrder(text)
		if err != nil || draft.TrackURL != want {
			t.Errorf("%v: %q %v, want %q", url, draft.TrackURL, err, want)
		}
	}
}
