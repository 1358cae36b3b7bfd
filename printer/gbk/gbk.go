// Package gbk turns text into what a Chinese printer can print: two-byte GBK, ASCII, and nothing that could be a command.
package gbk

import (
	"sync"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// Missing stands where a character can be neither encoded nor drawn: the geta mark, the usual sign for "glyph missing".
const Missing = '〓'

// The two-byte area of GBK that printers carry glyphs for. Lead 0xFE (a handful of rare components) and the
// user-defined rows are left out: printers show blanks there.
const (
	leadMin  = 0x81
	leadMax  = 0xFD
	trailMin = 0x40
	trailMax = 0xFE
	trailBad = 0x7F // never a trail byte
)

const euro = 0xA2E3 // added by GB 18030; a blank on printers with GBK glyphs only

// table maps a rune of the basic plane to its two bytes, 0 for none.
var table = sync.OnceValue(func() *[0x10000]uint16 {
	var t [0x10000]uint16
	var pairs []byte
	for lead := leadMin; lead <= leadMax; lead++ {
		for trail := trailMin; trail <= trailMax; trail++ {
			if trail != trailBad && lead<<8|trail != euro {
				pairs = append(pairs, byte(lead), byte(trail), '\n')
			}
		}
	}
	// The decoder never fails: what it does not know becomes U+FFFD. The line feed keeps a bad pair from eating the next one.
	text, err := simplifiedchinese.GBK.NewDecoder().Bytes(pairs)
	if err != nil {
		panic("decode the GBK table: " + err.Error())
	}
	at := 0
	var pair []rune
	for _, r := range string(text) {
		if r != '\n' {
			pair = append(pair, r)
			continue
		}
		if len(pair) == 1 && encodable(pair[0]) && t[pair[0]] == 0 {
			t[pair[0]] = uint16(pairs[at])<<8 | uint16(pairs[at+1])
		}
		at += 3
		pair = pair[:0]
	}
	return &t
})

// encodable leaves out ASCII (a single byte), private-use characters and U+FFFD, which mean "no such pair".
func encodable(r rune) bool {
	return r >= 0x80 && r <= 0xFFFF && r != 0xFFFD && (r < 0xE000 || r > 0xF8FF)
}

// pairOf returns the two bytes of r, or 0 where GBK has none. ASCII has none: it is one byte.
func pairOf(r rune) uint16 {
	if r < 0 || r > 0xFFFF {
		return 0
	}
	return table()[r]
}

// Has tells whether r is printable ASCII or has two bytes in GBK.
func Has(r rune) bool { return r >= 0x20 && r < 0x7F || pairOf(r) != 0 }

// Append encodes s behind dst. s must be clean (see Clean); a rune that is not encodable becomes Missing, so the
// result never holds a control byte whatever s was.
func Append(dst []byte, s string) []byte {
	for s != "" {
		var n int
		dst, n = AppendUntil(dst, s)
		if s = s[n:]; s == "" {
			break
		}
		pair := pairOf(Missing)
		dst = append(dst, byte(pair>>8), byte(pair))
		_, size := utf8.DecodeRuneInString(s)
		s = s[size:]
	}
	return dst
}

// AppendUntil encodes s behind dst up to the first rune that is not encodable, and returns how many bytes of s that took.
func AppendUntil(dst []byte, s string) ([]byte, int) {
	t := table()
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c < 0x7F {
			dst = append(dst, c)
			i++
			continue
		}
		r, size := decode(s[i:])
		if r < 0x80 || r > 0xFFFF || t[r] == 0 {
			return dst, i
		}
		dst = append(dst, byte(t[r]>>8), byte(t[r]))
		i += size
	}
	return dst, len(s)
}

// decode is utf8.DecodeRuneInString, short for the three bytes of a Chinese character.
func decode(s string) (rune, int) {
	if len(s) >= 3 && s[0]&0xF0 == 0xE0 && s[1]&0xC0 == 0x80 && s[2]&0xC0 == 0x80 {
		r := rune(s[0]&0x0F)<<12 | rune(s[1]&0x3F)<<6 | rune(s[2]&0x3F)
		if r >= 0x800 && (r < 0xD800 || r > 0xDFFF) {
			return r, 3
		}
	}
	return utf8.DecodeRuneInString(s)
}

// Width is the number of columns s takes on paper: one for ASCII, two for everything else.
func Width(s string) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

// runeWidth is the number of columns r takes on paper.
func runeWidth(r rune) int {
	if r < 0x80 {
		return 1
	}
	return 2
}
