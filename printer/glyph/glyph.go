// Package glyph holds a small dot font, for printers that have no Chinese one and for characters GBK lacks.
//
// The dots are drawn by make.go from Noto Sans Mono CJK SC, © Adobe, under the SIL Open Font License 1.1; see OFL.txt.
package glyph

import (
	"bytes"
	"compress/flate"
	_ "embed"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"sync"

	"weir/printer/gbk"
)

//go:generate go run make.go -unihan /usr/share/unicode/Unihan_OtherMappings.txt

// Dots is the height of a glyph, and the width of a Chinese one; ASCII is half as wide.
const Dots = 24

// Bytes is the size of a glyph: Dots rows of three bytes, the leftmost dot in the highest bit, black is 1.
const Bytes = Dots * Dots / 8

//go:embed glyphs.bin
var packed []byte

var glyphs = sync.OnceValue(func() map[rune][]byte {
	m, err := unpack(packed)
	if err != nil {
		panic("unpack the glyphs embedded in the program: " + err.Error())
	}
	return m
})

func unpack(packed []byte) (map[rune][]byte, error) {
	b, err := io.ReadAll(flate.NewReader(bytes.NewReader(packed)))
	if err != nil {
		return nil, err
	}
	count, used := binary.Uvarint(b)
	b = b[max(used, 0):]
	runes := make([]rune, 0, count)
	last := rune(0)
	for range count {
		step, used := binary.Uvarint(b)
		if used <= 0 {
			return nil, io.ErrUnexpectedEOF
		}
		b = b[used:]
		last += rune(step)
		runes = append(runes, last)
	}
	if len(b) != len(runes)*Bytes {
		return nil, fmt.Errorf("%d bytes for %d glyphs", len(b), len(runes))
	}
	m := make(map[rune][]byte, count)
	for i, r := range runes {
		m[r] = b[i*Bytes : (i+1)*Bytes : (i+1)*Bytes]
	}
	return m, nil
}

// Of returns the dots of r, or nil if there is no glyph. The caller must not change them.
func Of(r rune) []byte { return glyphs()[r] }

// Has tells whether there is a glyph for r; the space is one.
func Has(r rune) bool { return r == ' ' || r == '\u3000' || glyphs()[r] != nil }

// Missing stands for a rune without a glyph.
const Missing = '〓'

// Clean returns text as Draw can draw it: cleaned for paper (see gbk.Clean), and Missing for what has no glyph.
func Clean(text string) string {
	return strings.Map(func(r rune) rune {
		if Has(r) {
			return r
		}
		return Missing
	}, gbk.Clean(text, Has))
}

// Width is the width in dots of r: half of Dots for ASCII, Dots for everything else.
func Width(r rune) int {
	if r < 0x80 {
		return Dots / 2
	}
	return Dots
}

// Draw calls burn for every black dot of text, each dot magnified across and down times, from the upper left corner.
// It returns the width drawn.
func Draw(text string, across, down int, burn func(x, y int)) int {
	left := 0
	for _, r := range text {
		rows := Of(r)
		if rows == nil && !Has(r) {
			rows = Of(Missing)
		}
		for i, b := range rows {
			for k := 0; b != 0; k, b = k+1, b<<1 {
				if b&0x80 != 0 {
					magnify(left+(i%3*8+k)*across, i/3*down, across, down, burn)
				}
			}
		}
		left += Width(r) * across
	}
	return left
}

func magnify(x, y, across, down int, burn func(x, y int)) {
	for dy := range down {
		for dx := range across {
			burn(x+dx, y+dy)
		}
	}
}
