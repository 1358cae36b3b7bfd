package wire

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"

	"weir/shop"
)

// clean makes a person's text safe to keep: no control characters, which printers would obey, and no
// direction marks, which would show it as something else. All that can be read stays, emoji too;
// cutting and escaping are up to whoever shows it.
func clean(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t' || r == '\u2028' || r == '\u2029':
			return ' '
		case unicode.IsControl(r) || directs(r):
			return -1
		}
		return r
	}, s))
}

// Typed reads what a person typed or a scanner sent where a code, a number or a name of ours is wanted: full-width and
// small letters, digits and signs as an input method leaves them become plain ones, any dash becomes "-", any space a
// plain one, and what cannot be seen goes: control characters, what [shop.Invisible] names, and white space at both ends.
func Typed(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r >= '\u2010' && r <= '\u2015' || strings.ContainsRune("\u2043\u2212\ufe58\ufe63", r): // hyphens, dashes and the minus sign
			return '-'
		case r >= '\ufe50' && r <= '\ufe6b': // small forms, as Big5 has them
			return small(r)
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r) || shop.Invisible(r):
			return -1
		}
		return r
	}, width.Fold.String(s)))
}

// symbology is what a scanner may put before a code, to say how it was printed: "]C1" of a GS1-128 label, "]Q3" of a QR
// code (ISO/IEC 15424).
var symbology = regexp.MustCompile(`^\][A-Za-z][0-9A-Za-z]`)

// Scanned reads what a scanner sent: as [Typed] does, without the mark of how the code was printed.
func Scanned(s string) string {
	s = Typed(s)
	return s[len(symbology.FindString(s)):]
}

// small is the plain form of one of Unicode's small form variants.
func small(r rune) rune {
	if plain := []rune(norm.NFKC.String(string(r))); len(plain) == 1 {
		return plain[0]
	}
	return r
}

// directs reports whether a character only changes how its neighbours are laid out: the bidirectional
// marks of Unicode's annex 9, the byte order mark and the interlinear annotations.
func directs(r rune) bool {
	return unicode.Is(unicode.Bidi_Control, r) || r == '\ufeff' || r >= '\ufff9' && r <= '\ufffb'
}

// tail keeps the last four digits of a phone number: what a person at the counter is asked for. Full-width digits count.
func tail(phone string) string {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, Typed(phone))
	return digits[max(0, len(digits)-phoneTail):]
}

// phoneTail is the digits of a phone number that are kept.
const phoneTail = 4
