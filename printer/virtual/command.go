package virtual

import (
	"bytes"
	"fmt"
	"strings"
)

// commandLength is the length of the ESC/POS command b begins with; 0 if b is too short to tell. Lengths are those of
// Epson's ESC/POS command reference.
func commandLength(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[0] {
	case 0x10:
		return dleLength(b)
	case 0x1B:
		return escLength(b)
	case 0x1C:
		return fsLength(b)
	}
	return gsLength(b)
}

func dleLength(b []byte) int {
	switch b[1] {
	case 0x04, 0x05:
		return 3
	case 0x14:
		if len(b) < 3 {
			return 0
		}
		if b[2] == 8 {
			return 10
		}
		return 5
	}
	return 1
}

func escLength(b []byte) int {
	switch b[1] {
	case '@', '2', 0x0C, 'L', 'S', 'i', 'm':
		return 2
	case '$', '\\', 'c', 'B':
		return 4
	case 'p':
		return 5
	case 'W':
		return 10
	case 'D':
		return after(b, 2, 0)
	case '*':
		if len(b) < 5 {
			return 0
		}
		n := int(b[3]) | int(b[4])<<8
		if b[2] >= 32 {
			n *= 3
		}
		return 5 + n
	case '&':
		return definedLength(b)
	case '(':
		return sized(b, 3)
	case 0x06:
		return 3
	}
	return 3
}

// definedLength is that of ESC & y c1 c2 [x d1 … d(y·x)] for each character c1 … c2.
func definedLength(b []byte) int {
	if len(b) < 5 {
		return 0
	}
	n := 5
	for range max(0, int(b[4])-int(b[3])+1) {
		if len(b) <= n {
			return 0
		}
		n += 1 + int(b[2])*int(b[n])
	}
	return n
}

func fsLength(b []byte) int {
	switch b[1] {
	case '&', '.':
		return 2
	case '!', '-', 'C', 'W':
		return 3
	case 'S', 'p':
		return 4
	case '2':
		return 4 + 72
	case '(':
		return sized(b, 3)
	case 'g':
		if len(b) < 10 {
			return 0
		}
		return 10
	}
	return 2
}

func gsLength(b []byte) int {
	switch b[1] {
	case ':', 0x0C:
		return 2
	case '$', '\\', 'L', 'P', 'W':
		return 4
	case '^':
		return 5
	case '(':
		return sized(b, 3)
	case '8':
		if len(b) < 7 {
			return 0
		}
		return 7 + int(b[3]) + int(b[4])<<8 + int(b[5])<<16 + int(b[6]&0x0F)<<24
	case 'V':
		if len(b) < 3 {
			return 0
		}
		if b[2] == 0 || b[2] == 1 || b[2] == '0' || b[2] == '1' {
			return 3
		}
		return 4
	case 'v':
		if len(b) < 8 {
			return 0
		}
		return 8 + (int(b[4])|int(b[5])<<8)*(int(b[6])|int(b[7])<<8)
	case '*':
		if len(b) < 4 {
			return 0
		}
		return 4 + int(b[2])*int(b[3])*8
	case 'k':
		if len(b) < 4 {
			return 0
		}
		if b[2] <= 6 {
			return after(b, 3, 0)
		}
		return 4 + int(b[3])
	case 'g':
		return 6
	}
	return 3
}

// sized is the length of a command whose parameter length stands in two bytes at i.
func sized(b []byte, i int) int {
	if len(b) < i+2 {
		return 0
	}
	return i + 2 + (int(b[i]) | int(b[i+1])<<8)
}

// after is the length of a command that ends with the byte end.
func after(b []byte, i int, end byte) int {
	if n := bytes.IndexByte(b[min(i, len(b)):], end); n >= 0 {
		return i + n + 1
	}
	return 0
}

// command carries out one whole command.
func (e *escpos) command(p *Printer, b []byte) {
	if b[0] == 0x10 || len(b) < 2 {
		return
	}
	name := string(b[:2])
	if !known(b) {
		p.carriedOut(fmt.Sprintf("?%q", name))
		return
	}
	p.carriedOut(commandName(b))
	switch name {
	case "\x1b@":
		e.line, e.x = nil, 0
		e.reset()
	case "\x1bE":
		e.bold = b[2]&1 == 1
	case "\x1ba":
		e.align = b[2] % '0' % 3
	case "\x1bd":
		e.print(p, 0)
		e.y += lineSpacing * int(b[2])
	case "\x1bJ":
		e.print(p, 0)
		e.y += int(b[2])
	case "\x1b*":
		e.bitImage(p, b)
	case "\x1c&":
		e.chinese = true
	case "\x1c.":
		e.chinese = false
	case "\x1d!":
		e.across, e.down = int(b[2]>>4&7)+1, int(b[2]&7)+1
	case "\x1dV":
		e.print(p, 0)
		e.y = 0
		p.paper.cut()
		p.changed()
	case "\x1dv":
		e.raster(p, b)
	case "\x1d(":
		e.function(p, b)
	case "\x1dr":
		e.transmit(p, b[2])
	case "\x1dI":
		e.identify(p, b[2])
	case "\x1da":
		p.auto = b[2] != 0
		if p.auto {
			p.answer(p.autoStatus())
		}
	}
}

func (e *escpos) transmit(p *Printer, n byte) {
	switch n {
	case 1, '1':
		p.fence([]byte{p.paperSensor()})
	case 2, '2':
		p.answer([]byte{0})
	}
}

func (e *escpos) identify(p *Printer, n byte) {
	switch n {
	case 'A':
		p.answer([]byte("_1.00\x00"))
	case 'B':
		p.answer([]byte("_" + p.Maker + "\x00"))
	case 'C':
		p.answer([]byte("_VIRTUAL\x00"))
	}
}

// function carries out the GS ( family: QR codes, named fences.
func (e *escpos) function(p *Printer, b []byte) {
	d := b[5:]
	switch {
	case b[2] == 'H' && len(d) == 6 && d[0] == '0' && d[1] == '0':
		if p.Maker == "EPSON" {
			p.fence([]byte{0x37, 0x22, d[2], d[3], d[4], d[5], 0})
		}
	case b[2] == 'k' && len(d) >= 3 && d[0] == '1':
		switch d[1] {
		case 'C':
			e.module = int(d[2])
		case 'P':
			e.code = string(d[3:])
		case 'Q':
			e.qr(p)
		}
	}
}

// raster prints GS v 0.
func (e *escpos) raster(p *Printer, b []byte) {
	w, h := (int(b[4])|int(b[5])<<8)*8, int(b[6])|int(b[7])<<8
	e.image(p, Mark{Width: w, Height: h, Bits: &Bits{Width: w, Height: h, Rows: bytes.Clone(b[8:])}})
}

// bitImage puts ESC * dots in the line: column by column, top dot in the highest bit.
func (e *escpos) bitImage(p *Printer, b []byte) {
	w, tall := int(b[3])|int(b[4])<<8, 1
	if b[2] >= 32 {
		tall = 3
	}
	bits := newBits(w, tall*8)
	for i, c := range b[5:] {
		for k := range 8 {
			if c&(0x80>>k) != 0 {
				bits.Set(i/tall, i%tall*8+k)
			}
		}
	}
	if e.x+w > e.dots {
		e.print(p, lineSpacing)
	}
	e.line = append(e.line, Mark{X: e.x, Width: w, Height: cellHeight, Bits: bits})
	e.x += w
	e.height = max(e.height, lineSpacing)
}

// The second bytes of the commands whose length is known.
const (
	knownEsc = "!$%&()*-23=?@DEGJLMRSTVW\\aBcdimprt{ \x06\x0c"
	knownFS  = "!&()-.2CSWgp"
	knownGS  = "!#$()*/:8BCEHILPTVW\\^abfghkrvw\x0c"
)

func known(b []byte) bool {
	switch b[0] {
	case 0x1B:
		return strings.IndexByte(knownEsc, b[1]) >= 0
	case 0x1C:
		return strings.IndexByte(knownFS, b[1]) >= 0
	}
	return strings.IndexByte(knownGS, b[1]) >= 0
}

func commandName(b []byte) string {
	lead := map[byte]string{0x1B: "ESC ", 0x1C: "FS ", 0x1D: "GS "}[b[0]]
	if b[1] == '(' {
		return lead + string(b[1:3])
	}
	return lead + string(b[1])
}
