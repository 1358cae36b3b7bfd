package wire

import (
	"strings"
	"unicode"
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

// directs reports whether a character only changes how its neighbours are laid out: the bidirectional
// marks of Unicode's annex 9, the byte order mark and the interlinear annotations.
func directs(r rune) bool {
	return unicode.Is(unicode.Bidi_Control, r) || r == '\ufeff' || r >= '\ufff9' && r <= '\ufffb'
}

// tail keeps the last four digits of a phone number: what a person at the counter is asked for.
func tail(phone string) string {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, phone)
	return digits[max(0, len(digits)-phoneTail):]
}

// phoneTail is the digits of a phone number that are kept.
const phoneTail = 4
