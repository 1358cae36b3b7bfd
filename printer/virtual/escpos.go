package virtual

import "golang.org/x/text/encoding/simplifiedchinese"

// Dots of font A, of a Chinese character, and between lines.
const (
	cellWidth   = 12
	cellHeight  = 24
	lineSpacing = 30
)

// escpos carries out ESC/POS. Commands it knows by length only are skipped; that is what printers do too.
type escpos struct {
	dots    int
	bold    bool
	chinese bool
	across  int
	down    int
	align   byte
	line    []Mark // of the line not yet printed, X from 0
	x, y    int
	height  int // of that line
	code    string
	module  int
	tail    [2]byte // the last two bytes received
}

func newEscpos(dots int) *escpos {
	e := &escpos{dots: dots}
	e.reset()
	return e
}

func (e *escpos) reset() {
	*e = escpos{dots: e.dots, y: e.y, tail: e.tail, chinese: true, across: 1, down: 1, module: 3, height: lineSpacing}
}

// urgent answers DLE EOT n wherever it appears, image data included. The bytes are buffered all the same.
func (e *escpos) urgent(p *Printer, c byte) {
	if e.tail == [2]byte{0x10, 0x04} {
		if b, ok := p.realtimeStatus(c); ok {
			p.reply([]byte{b})
		}
	}
	e.tail = [2]byte{e.tail[1], c}
	p.buf = append(p.buf, c)
}

func (p *Printer) realtimeStatus(n byte) (byte, bool) {
	f := p.faults
	b := byte(0x12)
	set := func(on bool, bits byte) {
		if on {
			b |= bits
		}
	}
	switch n {
	case 1:
		set(!p.online(), 0x08)
	case 2:
		set(f.CoverOpen, 0x04)
		set(f.PaperOut, 0x20)
	case 3:
	case 4:
		set(f.NearEnd || f.PaperOut, 0x0C)
		set(f.PaperOut, 0x60)
	default:
		return 0, false
	}
	return b, true
}

// autoStatus is the ASB: 14 00 00 0F when all is well.
func (p *Printer) autoStatus() []byte {
	b := []byte{0x14, 0x00, 0x00, 0x0F}
	if !p.online() {
		b[0] |= 0x08
	}
	if p.faults.CoverOpen {
		b[0] |= 0x20
	}
	b[2] = p.paperSensor()
	return b
}

func (p *Printer) paperSensor() byte {
	switch {
	case p.faults.PaperOut:
		return 0x0F
	case p.faults.NearEnd:
		return 0x03
	}
	return 0
}

func (e *escpos) step(p *Printer, b []byte) int {
	switch c := b[0]; {
	case c == 0x1B || c == 0x1C || c == 0x1D || c == 0x10:
		n := commandLength(b)
		if n > 0 && n <= len(b) {
			e.command(p, b[:n])
			return n
		}
		return 0
	case c == '\n' || c == 0x0C:
		e.print(p, lineSpacing)
	case c < 0x20 || c == 0x7F:
	case c < 0x80 || !e.chinese:
		e.text(p, string(rune(c)))
	default:
		if len(b) < 2 {
			return 0
		}
		e.text(p, fromGBK(b[:2]))
		return 2
	}
	return 1
}

// text puts one character on the line; a full line is printed first.
func (e *escpos) text(p *Printer, s string) {
	w := cellWidth * e.across
	if s[0] >= 0x80 {
		w *= 2
	}
	h := cellHeight * e.down
	if e.x+w > e.dots {
		e.print(p, lineSpacing)
	}
	if n := len(e.line); n > 0 && e.line[n-1].Text != "" && e.line[n-1].Height == h && e.line[n-1].Bold == e.bold {
		e.line[n-1].Text += s
		e.line[n-1].Width += w
	} else {
		e.line = append(e.line, Mark{X: e.x, Width: w, Height: h, Text: s, Bold: e.bold})
	}
	e.x += w
	e.height = max(e.height, h+lineSpacing-cellHeight)
}

// fromGBK reads GBK as the printer does.
func fromGBK(b []byte) string {
	text, err := simplifiedchinese.GBK.NewDecoder().Bytes(b)
	if err != nil {
		return "〓"
	}
	return string(text)
}

// print puts the line on paper, aligned, characters of different height on one base.
func (e *escpos) print(p *Printer, least int) {
	h := max(e.height, least)
	base := h - (lineSpacing - cellHeight)
	for _, m := range e.line {
		m.X += max(0, e.dots-e.x) * int(e.align) / 2
		m.Y = e.y + max(0, base-m.Height)
		p.put(m)
	}
	e.y += h
	e.line, e.x, e.height = nil, 0, 0
	p.fed()
}

// image prints a picture on a line of its own.
func (e *escpos) image(p *Printer, m Mark) {
	m.X, m.Y = max(0, e.dots-m.Width)*int(e.align)/2, e.y
	p.put(m)
	e.y += m.Height
	p.fed()
}

func (e *escpos) qr(p *Printer) {
	if m, ok := qrMark(e.code, e.module); ok {
		e.image(p, m)
	}
}
