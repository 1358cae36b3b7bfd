package virtual

import "rsc.io/qr"

// qrMark draws a QR code at the origin, modules of size dots. A text too long for one leaves nothing on paper.
func qrMark(text string, size int) (Mark, bool) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return Mark{}, false
	}
	bits := newBits(code.Size, code.Size)
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				bits.Set(x, y)
			}
		}
	}
	side := code.Size * size
	return Mark{Width: side, Height: side, Code: text, Bits: bits}, true
}
