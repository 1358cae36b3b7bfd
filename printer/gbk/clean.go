package gbk

import (
	"strings"
	"unicode"
)

// Drawer tells whether a glyph for a rune can be drawn dot by dot where GBK lacks it.
type Drawer func(rune) bool

// Clean returns s as it can be printed: control and direction marks removed, line breaks as spaces, what GBK lacks
// replaced by its equal, kept where drawn says it can be drawn, or replaced by Missing (a run of them by one).
// drawn may be nil. Text that is printable already comes back as it is, without a copy.
func Clean(s string, drawn Drawer) string {
	if printable(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	missing, before := false, ""
	for _, r := range s {
		word, ok := plain(r, drawn)
		switch {
		case !ok && !missing:
			b.WriteRune(Missing)
		case word == "":
			continue
		case digit(before, false) && digit(word, true):
			between := gap(r, word)
			if between == "" && fraction(before) {
				between = " "
			}
			b.WriteString(between)
		}
		missing, before = !ok, word
		b.WriteString(word)
	}
	return b.String()
}

func printable(s string) bool {
	t := table()
	for _, r := range s {
		if r < 0x20 || r == 0x7F || r > 0xFFFF || r >= 0x80 && t[r] == 0 {
			return false
		}
	}
	return true
}

// plain gives what is printed for r: itself, an equal, nothing at all for invisible marks; false if it is lost.
func plain(r rune, drawn Drawer) (string, bool) {
	if Has(r) {
		return string(r), true
	}
	if word, ok := substitutes[r]; ok {
		return word, true
	}
	if word, ok := circled(r); ok {
		return word, true
	}
	if word, ok := pictured(r); ok {
		return word, true
	}
	if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Mn, unicode.Me, unicode.Variation_Selector) || r >= skinMin && r <= skinMax {
		return "", true
	}
	if drawn != nil && drawn(r) {
		return string(r), true
	}
	return decomposed(r)
}

// The colours of skin that follow a picture of a person or a hand.
const skinMin, skinMax = 0x1F3FB, 0x1F3FF

// Take returns the longest beginning of s that is at most columns columns wide; a rune wider than that stands alone.
func Take(s string, columns int) string {
	if len(s) <= columns { // no rune is wider than its bytes are many
		return s
	}
	width := 0
	for i, r := range s {
		if width += runeWidth(r); width > columns && i > 0 {
			return s[:i]
		}
	}
	return s
}

// Wrap cuts s into lines of at most columns columns. An empty s is one empty line.
func Wrap(s string, columns int) []string {
	var lines []string
	for {
		line := Take(s, columns)
		lines = append(lines, line)
		if s = s[len(line):]; s == "" {
			return lines
		}
	}
}

// Cut shortens s to columns columns (at least 4), its last two an ellipsis where something was left out.
func Cut(s string, columns int) string {
	if len(Take(s, columns)) == len(s) {
		return s
	}
	return Take(s, columns-2) + "…"
}
