package access

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

// quiet is the empty border around a QR code, in modules. The standard (ISO/IEC 18004) wants 4; every
// reader tried is content with 2 on a screen.
const quiet = 2

// dark reports whether a module of a code is dark; the border is not.
func dark(code *qr.Code, x, y int) bool {
	return x >= 0 && y >= 0 && x < code.Size && y < code.Size && code.Black(x, y)
}

// QRText is a QR code for a terminal: two rows of modules in each line, by half blocks. With colour it sets
// its own, since terminals are dark or light; without, it is for a light one, or paper.
func QRText(text string, colour bool) (string, error) {
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		return "", fmt.Errorf("make a QR code: %w", err)
	}
	begin, end := "", "\n"
	if colour {
		begin, end = "\x1b[30;107m", "\x1b[0m\n" // black on bright white
	}
	var b strings.Builder
	for y := -quiet; y < code.Size+quiet; y += 2 {
		b.WriteString(begin)
		for x := -quiet; x < code.Size+quiet; x++ {
			top, bottom := dark(code, x, y), dark(code, x, y+1)
			switch {
			case top && bottom:
				b.WriteString("█")
			case top:
				b.WriteString("▀")
			case bottom:
				b.WriteString("▄")
			default:
				b.WriteByte(' ')
			}
		}
		b.WriteString(end)
	}
	return b.String(), nil
}

// QRPath is a QR code as the path of an SVG whose sides are size long.
func QRPath(text string) (path string, size int, err error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return "", 0, fmt.Errorf("make a QR code: %w", err)
	}
	var b strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			from := x
			for x < code.Size && code.Black(x, y) {
				x++
			}
			if x > from {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", from+quiet, y+quiet, x-from, x-from)
			}
		}
	}
	return b.String(), code.Size + 2*quiet, nil
}
