// Package tspl writes labels in TSPL, the language of TSC and of most Chinese label printers, text as GBK, and reads the status byte.
//
// Only commands every clone knows are used: some drop the whole label at the first unknown one.
package tspl

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"weir/printer/gbk"
	"weir/printer/glyph"
)

// DotsPerMM is the resolution, 203 dpi.
const DotsPerMM = 8

// Builder collects one label. See NewBuilder.
type Builder struct{ buf []byte }

// NewBuilder starts a label of the given size in mm on a roll with 2 mm gaps.
func NewBuilder(widthMM, heightMM int) *Builder {
	b := &Builder{buf: make([]byte, 0, 1024)}
	b.buf = fmt.Appendf(b.buf, "SIZE %d mm,%d mm\r\nGAP 2 mm,0 mm\r\nDIRECTION 1\r\nCLS\r\n", widthMM, heightMM)
	return b
}

// Text prints text with its upper left corner at x, y in dots, the built-in 24-dot Chinese font magnified across and
// down (1 … 10). What GBK lacks is drawn or substituted; a quote becomes an apostrophe, for it would end the text.
func (b *Builder) Text(x, y, across, down int, text string) {
	run := 0
	clean := b.Clean(text)
	for i, r := range clean {
		if gbk.Has(r) {
			continue
		}
		x += b.plain(x, y, across, down, clean[run:i])
		x += b.draw(x, y, across, down, r)
		run = i + len(string(r))
	}
	b.plain(x, y, across, down, clean[run:])
}

// Clean returns text as Text prints it.
func (b *Builder) Clean(text string) string { return gbk.Clean(harmless.Replace(text), glyph.Has) }

// harmless takes away what TSPL gives a meaning inside quotes: the quote, the escape \[…] and the immediate command ~!.
// The bracket and the exclamation mark go too, for backslash and tilde are also second bytes of Chinese characters.
var harmless = strings.NewReplacer(`"`, "'", `\`, "＼", "[", "［", "~", "～", "!", "！")

func (b *Builder) plain(x, y, across, down int, text string) int {
	if text == "" {
		return 0
	}
	b.buf = fmt.Appendf(b.buf, `TEXT %d,%d,"TSS24.BF2",0,%d,%d,"`, x, y, across, down)
	b.buf = gbk.Append(b.buf, text)
	b.buf = append(b.buf, "\"\r\n"...)
	return gbk.Width(text) * glyph.Dots / 2 * across
}

// draw places one glyph as a picture.
func (b *Builder) draw(x, y, across, down int, r rune) int {
	width := glyph.Dots * across
	stride := width / 8
	rows := make([]byte, stride*glyph.Dots*down)
	glyph.Draw(string(r), across, down, func(x, y int) { rows[y*stride+x/8] |= 0x80 >> (x % 8) })
	b.Picture(x, y, stride, rows)
	return width
}

// pictureBytes bounds the data of one BITMAP. A larger picture is sent in slices, so that Flush ends any of them.
const pictureBytes = 480

// Picture prints a picture with its upper left corner at x, y in dots: rows of stride bytes, the leftmost dot in the
// highest bit, 1 is black. White slices are left out. Where the dots say an immediate command, one dot stays white.
func (b *Builder) Picture(x, y, stride int, rows []byte) {
	for slice := range slices.Chunk(rows, max(pictureBytes/stride, 1)*stride) {
		height := len(slice) / stride
		if bytes.ContainsFunc(slice, func(r rune) bool { return r != 0 }) {
			b.buf = fmt.Appendf(b.buf, "BITMAP %d,%d,%d,%d,0,", x, y, stride, height)
			b.buf = append(b.buf, harmlessDots(slice)...)
			b.buf = append(b.buf, "\r\n"...)
		}
		y += height
	}
}

// harmlessDots turns black into TSPL's 0. Printers look for immediate commands, <ESC>! and ~!, in data too: their second
// byte gets another white dot.
func harmlessDots(rows []byte) []byte {
	data := make([]byte, len(rows))
	for i, b := range rows {
		data[i] = ^b
		if i > 0 && data[i] == '!' && (data[i-1] == 0x1B || data[i-1] == '~') {
			data[i] |= 0x02
		}
	}
	return data
}

// QR prints a QR code with its upper left corner at x, y and modules of size dots, error correction M. Of text only
// printable ASCII without quotes, escapes and tildes is used: codes are ours.
func (b *Builder) QR(x, y, size int, text string) {
	code := strings.Map(func(r rune) rune {
		if r < 0x20 || r >= 0x7F || r == '"' || r == '\\' || r == '~' {
			return -1
		}
		return r
	}, text)
	b.buf = fmt.Appendf(b.buf, "QRCODE %d,%d,M,%d,A,0,\"%s\"\r\n", x, y, size, code)
}

// Bytes ends the label: one copy.
func (b *Builder) Bytes() []byte { return append(b.buf, "PRINT 1,1\r\n"...) }
