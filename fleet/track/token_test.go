package track

import (
	"encoding/base64"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"weir/fleet/orders"
)

// TestATokenIsItsOrderAndNothingElse: what was sealed is read again; a text that differs in one bit, is cut, is longer or
// was made with another key opens nothing; and the ref is not in it.
func TestATokenIsItsOrderAndNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := key(rapid.SliceOfN(rapid.Byte(), keySize, keySize).Draw(t, "key"))
		of := orders.Key{Channel: rapid.StringMatching(`[a-z0-9-]{1,32}`).Draw(t, "channel"), Ref: rapid.StringN(8, 64, 128).Draw(t, "ref")}
		may := rapid.SampledFrom([]May{Look, Act}).Draw(t, "may")
		token := k.token(may, of.Place())
		got, place, err := k.open(token)
		if err != nil || got != may || place != of.Place() {
			t.Fatalf("%q opens as %v %v %v, want %v %v", token, got, place, err, may, of.Place())
		}
		raw, err := base64.RawURLEncoding.DecodeString(token)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(raw), of.Ref) {
			t.Fatal("the ref stands in the token")
		}
		bit := rapid.IntRange(0, 8*len(raw)-1).Draw(t, "bit")
		forged := append([]byte{}, raw...)
		forged[bit/8] ^= 1 << (bit % 8)
		other := k
		other[rapid.IntRange(0, keySize-1).Draw(t, "byte")] ^= 1
		for what, text := range map[string]string{
			"one bit":     base64.RawURLEncoding.EncodeToString(forged),
			"cut":         token[:rapid.IntRange(0, len(token)-1).Draw(t, "cut")],
			"longer":      token + rapid.StringMatching(`[A-Za-z0-9_-]{1,4}`).Draw(t, "more"),
			"another key": other.token(may, of.Place()),
			"line breaks": token[:4] + "\n" + token[4:],
		} {
			if _, _, err := k.open(text); err == nil {
				t.Fatalf("%s: %q opens", what, text)
			}
		}
	})
}
