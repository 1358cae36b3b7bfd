package kds

import (
	"bytes"
	"encoding/xml"
	"fmt"

	"weir/printer/virtual"
)

// drawPaper draws a sheet as SVG: text stays text, so that it is sharp at any size, and dots become runs.
func drawPaper(s virtual.Sheet) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d">`, s.Width, s.Height, s.Width,
		s.Height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fffef8"/>`, s.Width, s.Height)
	b.WriteString(`<g fill="#111" font-family="Noto Sans CJK SC,PingFang SC,Microsoft YaHei,monospace">`)
	for _, m := range s.Marks {
		if m.Text != "" {
			weight := 400
			if m.Bold {
				weight = 700
			}
			// Letters are drawn at nine tenths of their cell, standing on its lower eighth, as printers' fonts do.
			fmt.Fprintf(&b, `<text x="%d" y="%d" font-size="%d" font-weight="%d" textLength="%d"`, m.X, m.Y+m.Height*7/8, m.Height*9/10,
				weight, m.Width)
			b.WriteString(` lengthAdjust="spacingAndGlyphs" xml:space="preserve">`)
			xml.EscapeText(&b, []byte(m.Text)) // a bytes.Buffer takes everything
			b.WriteString(`</text>`)
		}
		if m.Bits != nil {
			drawBits(&b, m)
		}
	}
	if !s.Cut {
		fmt.Fprintf(&b, `<path d="M0 %d H%d" stroke="#999" stroke-width="2" stroke-dasharray="6 6"/>`, s.Height-1, s.Width)
	}
	b.WriteString(`</g></svg>`)
	return b.Bytes()
}

// drawBits draws a picture's black dots, run by run, as large as the mark is: a code has a dot for each of its modules.
func drawBits(b *bytes.Buffer, m virtual.Mark) {
	dx, dy := max(m.Width/max(m.Bits.Width, 1), 1), max(m.Height/max(m.Bits.Height, 1), 1)
	b.WriteString(`<path d="`)
	for y := range m.Bits.Height {
		for x := 0; x < m.Bits.Width; x++ {
			from := x
			for x < m.Bits.Width && m.Bits.Black(x, y) {
				x++
			}
			if x > from {
				fmt.Fprintf(b, "M%d %dh%dv%dh-%dz", m.X+from*dx, m.Y+y*dy, (x-from)*dx, dy, (x-from)*dx)
			}
		}
	}
	b.WriteString(`"/>`)
}
