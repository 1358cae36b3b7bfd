// Package zpl writes labels in ZPL II, Zebra's language, all text as pictures of it, and reads the host status.
//
// Zebras have no Chinese font of their own. As text is only ever sent as dots, nothing in it can be a command.
package zpl

import (
	"fmt"
	"strings"

	"weir/printer/glyph"
)

// DotsPerMM is the resolution, 203 dpi.
const DotsPerMM = 8

// Builder collects one label. See NewBuilder.
type Builder struct{ buf []byte }

// NewBuilder starts a label of the given size in mm.
func NewBuilder(widthMM, heightMM int) *Builder {
	b := &Builder{buf: make([]byte, 0, 8<<10)}
	b.buf = fmt.Appendf(b.buf, "^XA^PW%d^LL%d^LH0,0\n", widthMM*DotsPerMM, heightMM*DotsPerMM)
	return b
}

// Text draws text with its upper left corner at x, y in dots, in a 24-dot font magnified across and down.
// A character without a glyph becomes the mark for that.
func (b *Builder) Text(x, y, across, down int, text string) {
	text = b.Clean(text)
	if strings.TrimSpace(text) == "" {
		return
	}
	width := 0
	for _, r := range text {
		width += glyph.Width(r) * across
	}
	stride, height := (width+7)/8, glyph.Dots*down
	rows := make([]byte, stride*height)
	glyph.Draw(text, across, down, func(x, y int) { rows[y*stride+x/8] |= 0x80 >> (x % 8) })
	b.Picture(x, y, stride, rows)
}

// Picture prints a picture with its upper left corner at x, y in dots: rows of stride bytes, the leftmost dot in the
// highest bit, 1 is black.
func (b *Builder) Picture(x, y, stride int, rows []byte) {
	b.buf = fmt.Appendf(b.buf, "^FO%d,%d^GFA,%d,%d,%d,", x, y, len(rows), len(rows), stride)
	b.buf = pack(b.buf, rows, stride)
	b.buf = append(b.buf, "^FS\n"...)
}

// Clean returns text as Text draws it.
func (b *Builder) Clean(text string) string { return glyph.Clean(text) }

// QR prints a QR code with its upper left corner at x, y and modules of size dots (1 … 10), error correction M. Many
// Zebras print it 10 dots lower than asked; leave room. Of text only letters, digits and -._:/ are used: codes are ours.
func (b *Builder) QR(x, y, size int, text string) {
	code := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || strings.ContainsRune("-._:/", r) {
			return r
		}
		return -1
	}, text)
	b.buf = fmt.Appendf(b.buf, "^FO%d,%d^BQN,2,%d^FDMA,%s^FS\n", x, y, size, code)
}

// Bytes ends the label: one copy.
func (b *Builder) Bytes() []byte { return append(b.buf, "^PQ1^XZ\n"...) }

// pack writes rows in hexadecimal with Zebra's run lengths: G … Y stand for 1 … 19 times, g … z for 20 … 400 times the
// next digit, a comma for the rest of the row being zero, a colon for a row like the one before.
func pack(dst, rows []byte, stride int) []byte {
	last := ""
	for i := 0; i < len(rows); i += stride {
		row := fmt.Sprintf("%X", rows[i:i+stride])
		if row == last {
			dst = append(dst, ':')
			continue
		}
		last = row
		trimmed := strings.TrimRight(row, "0")
		for trimmed != "" {
			n := 1
			for n < len(trimmed) && trimmed[n] == trimmed[0] {
				n++
			}
			dst = append(times(dst, n), trimmed[0])
			trimmed = trimmed[n:]
		}
		if strings.HasSuffix(row, "0") {
			dst = append(dst, ',')
		}
	}
	return dst
}

// times writes a run length, the sum of its letters; one needs none.
func times(dst []byte, n int) []byte {
	if n == 1 {
		return dst
	}
	for n >= 20 {
		scores := min(n/20, 20)
		dst = append(dst, 'f'+byte(scores))
		n -= scores * 20
	}
	if n > 0 {
		dst = append(dst, 'F'+byte(n))
	}
	return dst
}
