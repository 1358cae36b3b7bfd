// Package escpos writes the bytes an ESC/POS printer wants, Chinese as GBK, and reads the bytes it answers with.
//
// Names in capitals (ESC @, GS V) are those of Epson's ESC/POS command reference; Chinese makers follow it.
package escpos

import (
	"strings"
	"unicode/utf8"

	"weir/printer/gbk"
)

const (
	esc = 0x1B
	fs  = 0x1C
	gs  = 0x1D
)

// Paper is the width of a paper roll.
type Paper struct {
	Columns int // of font A, 12 dots each; a Chinese character takes two
	Dots    int // printable dots a line at 203 dpi
}

// The two rolls in use.
var (
	Paper58 = Paper{Columns: 32, Dots: 384}
	Paper80 = Paper{Columns: 48, Dots: 576}
)

// Align is where a line stands on the paper.
type Align byte

// Alignments as ESC a numbers them.
const (
	Left Align = iota
	Center
	Right
)

// Glyphs draws characters GBK lacks: 24 rows of 3 bytes, the leftmost dot in the highest bit. Nil if it cannot.
type Glyphs func(rune) []byte

// Builder collects the bytes of one ticket. Its zero value is not usable; see NewBuilder.
type Builder struct {
	buf    []byte
	paper  Paper
	glyphs Glyphs
	scale  int // current magnification across, 1 … 8
}

// NewBuilder starts a ticket on the given paper: the printer reset, Chinese switched on. glyphs may be nil.
func NewBuilder(paper Paper, glyphs Glyphs) *Builder {
	b := &Builder{glyphs: glyphs}
	b.Begin(paper)
	return b
}

// Begin starts another ticket; what Bytes returned before is no longer valid.
func (b *Builder) Begin(paper Paper) {
	b.paper, b.scale = paper, 1
	b.buf = append(b.buf[:0], esc, '@', fs, '&')
}

// Bytes returns what was written so far.
func (b *Builder) Bytes() []byte { return b.buf }

// Columns is the number of columns a line holds at the current size.
func (b *Builder) Columns() int { return b.paper.Columns / b.scale }

// Bold switches emphasis (ESC E).
func (b *Builder) Bold(on bool) *Builder {
	n := byte(0)
	if on {
		n = 1
	}
	b.buf = append(b.buf, esc, 'E', n)
	return b
}

// Size sets the magnification across and down, 1 … 8 each (GS !).
func (b *Builder) Size(across, down int) *Builder {
	across, down = min(max(across, 1), 8), min(max(down, 1), 8)
	b.scale = across
	b.buf = append(b.buf, gs, '!', byte((across-1)<<4|(down-1)))
	return b
}

// Align places the lines that follow (ESC a).
func (b *Builder) Align(a Align) *Builder {
	b.buf = append(b.buf, esc, 'a', byte(a))
	return b
}

// Feed moves the paper n lines on (ESC d).
func (b *Builder) Feed(n int) *Builder {
	b.buf = append(b.buf, esc, 'd', byte(min(max(n, 0), 255)))
	return b
}

// Cut feeds to the cutter and cuts, leaving one point (GS V B). Printers without a cutter only feed.
func (b *Builder) Cut() *Builder {
	b.buf = append(b.buf, gs, 'V', 'B', 0)
	return b
}

// Clean returns text as this builder can print it.
func (b *Builder) Clean(text string) string {
	return gbk.Clean(text, func(r rune) bool { return b.glyphs != nil && drawable(b.glyphs(r)) })
}

// textColumnsMax bounds one text on paper: five lines of a narrow roll. Notes may have ten thousand characters; who
// needs them all reads them on the board.
const textColumnsMax = 160

// Line prints the parts as one text, wrapped at the paper's edge. A text of more than textColumnsMax columns is cut,
// and the cut is shown.
func (b *Builder) Line(parts ...string) *Builder {
	if b.whole(parts) {
		return b
	}
	text := b.Clean(strings.Join(parts, ""))
	for _, line := range gbk.Wrap(gbk.Cut(text, textColumnsMax), b.Columns()) {
		b.text(line)
		b.buf = append(b.buf, '\n')
	}
	return b
}

// whole prints parts that fit on one line and are clean, as nearly all are, without looking at them twice. Otherwise
// it leaves the ticket as it is and returns false.
func (b *Builder) whole(parts []string) bool {
	length, buf := 0, b.buf
	for _, part := range parts {
		if length += len(part); length > b.Columns() {
			return false
		}
		var n int
		if buf, n = gbk.AppendUntil(buf, part); n < len(part) {
			return false
		}
	}
	b.buf = append(buf, '\n')
	return true
}

// Columns2 prints left and right at the two edges of one line; left gives way and is cut if both do not fit.
func (b *Builder) Columns2(left, right string) *Builder {
	right = gbk.Cut(b.Clean(right), b.Columns()-5)
	room := b.Columns() - gbk.Width(right)
	left = gbk.Cut(b.Clean(left), room-1)
	b.text(left)
	for i := gbk.Width(left); i < room; i++ {
		b.buf = append(b.buf, ' ')
	}
	b.text(right)
	b.buf = append(b.buf, '\n')
	return b
}

// Rule prints a line of dashes across the paper.
func (b *Builder) Rule() *Builder {
	for range b.Columns() {
		b.buf = append(b.buf, '-')
	}
	b.buf = append(b.buf, '\n')
	return b
}

// text writes clean text, drawing what GBK lacks.
func (b *Builder) text(clean string) {
	for {
		var n int
		b.buf, n = gbk.AppendUntil(b.buf, clean)
		if clean = clean[n:]; clean == "" {
			return
		}
		r, size := utf8.DecodeRuneInString(clean)
		b.draw(b.glyphs(r))
		clean = clean[size:]
	}
}
