package printer

import (
	"rsc.io/qr"

	"weir/printer/glyph"
)

// pictures is a builder that prints pictures: rows of stride bytes, the leftmost dot in the highest bit, 1 is black.
type pictures interface {
	Picture(x, y, stride int, rows []byte)
	Bytes() []byte
}

// canvas draws a whole label as one picture, text and code included. It asks nothing of a printer but pictures.
type canvas struct {
	width, height int // dots
	stride        int // bytes of a row
	rows          []byte
	out           pictures
}

func newCanvas(width, height int, out pictures) *canvas {
	stride := (width + 7) / 8
	return &canvas{width: width, height: height, stride: stride, rows: make([]byte, stride*height), out: out}
}

// burn blackens a dot; outside the label nothing happens.
func (c *canvas) burn(x, y int) {
	if x >= 0 && x < c.width && y >= 0 && y < c.height {
		c.rows[y*c.stride+x/8] |= 0x80 >> (x % 8)
	}
}

// Clean implements [labelBuilder].
func (c *canvas) Clean(text string) string { return glyph.Clean(text) }

// Text implements [labelBuilder].
func (c *canvas) Text(x, y, across, down int, text string) {
	glyph.Draw(c.Clean(text), across, down, func(dx, dy int) { c.burn(x+dx, y+dy) })
}

// QR implements [labelBuilder]. A text too long for a code is left out.
func (c *canvas) QR(x, y, size int, text string) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return
	}
	for dy := range code.Size * size {
		for dx := range code.Size * size {
			if code.Black(dx/size, dy/size) {
				c.burn(x+dx, y+dy)
			}
		}
	}
}

// Picture implements [labelBuilder].
func (c *canvas) Picture(x, y, stride int, rows []byte) {
	for i, b := range rows {
		for k := range 8 {
			if b&(0x80>>k) != 0 {
				c.burn(x+i%stride*8+k, y+i/stride)
			}
		}
	}
}

// Bytes implements [labelBuilder].
func (c *canvas) Bytes() []byte {
	c.out.Picture(0, 0, c.stride, c.rows)
	return c.out.Bytes()
}
