package wire

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
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

// Typed reads what a person typed or a scanner sent where a code, a number or a name of ours is wanted: full-width
// letters, digits and signs as an input method leaves them become plain ones, any dash becomes "-", and what cannot be
// seen goes: control characters, format characters (Unicode's Cf), and white space at both ends.
func Typed(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r >= '\u2010' && r <= '\u2015' || r == '\u2212': // hyphens, dashes and the minus sign
			return '-'
		case unicode.IsSpace(r):
			return ' '
		case unicode.In(r, unicode.Cc, unicode.Cf):
			return -1
		}
		return r
	}, width.Fold.String(s)))
}

// invisible reports whether a character cannot be seen: two ids that differ in it alone look the same. Soft hyphens,
// zero-width spaces and joiners, direction marks and the byte order mark are format characters of Unicode (Cf); the
// fillers of Hangul and the variation selectors are not, but cannot be seen either.
func invisible(r rune) bool {
	return unicode.In(r, unicode.Cf, unicode.Variation_Selector) || r == '\u115f' || r == '\u1160' || r == '\u3164' || r == '\uffa0' || r == '\u2800' || r == '\u034f'
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
