package virtual

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
)

// sheetMargin is the white border around a sheet's picture, in dots.
const sheetMargin = 12

// SVG draws the sheet as a picture of paper, one unit a dot. It holds no style and no script, so that it may stand in a
// page with a strict content policy; text in it can be selected and is read aloud.
func (s Sheet) SVG() []byte {
	var b bytes.Buffer
	width, height := s.Width+2*sheetMargin, s.Height+2*sheetMargin
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="%d %d %d %d" width="%d" height="%d">`,
		-sheetMargin, -sheetMargin, width, height, width, height)
	fmt.Fprintf(&b, `<title>%s</title>`, escape(strings.Join(s.Text(), " ")))
	fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%d" height="%d" fill="#fff"/>`, -sheetMargin, -sheetMargin, width, height)
	for _, m := range s.Marks {
		if m.Bits != nil {
			drawBits(&b, m)
		} else {
			drawText(&b, m)
		}
	}
	b.WriteString(`</svg>`)
	return b.Bytes()
}

// drawText stretches the text to the width the printer gave it; its base line is where a Chinese font has it.
func drawText(b *bytes.Buffer, m Mark) {
	if strings.TrimSpace(m.Text) == "" {
		return
	}
	weight := "normal"
	if m.Bold {
		weight = "bold"
	}
	fmt.Fprintf(b, `<text x="%d" y="%d" font-family="monospace" font-size="%d" font-weight="%s" textLength="%d" lengthAdjust="spacingAndGlyphs" xml:space="preserve">%s</text>`,
		m.X, m.Y+m.Height*86/100, m.Height, weight, m.Width, escape(m.Text))
}

func escape(s string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(s)) // a strings.Builder never fails
	return b.String()
}

// drawBits draws runs of black dots, scaled to the mark's size.
func drawBits(b *bytes.Buffer, m Mark) {
	scale := func(v, to, from int) string {
		return strconv.FormatFloat(float64(v*to)/float64(max(from, 1)), 'f', -1, 64)
	}
	b.WriteString(`<path shape-rendering="crispEdges" d="`)
	for y := range m.Bits.Height {
		for x := 0; x < m.Bits.Width; x++ {
			from := x
			for m.Bits.Black(x, y) {
				x++
			}
			if x > from {
				w := scale(x-from, m.Width, m.Bits.Width)
				fmt.Fprintf(b, "M%s %sh%sv%sh-%sz", scale(m.X*m.Bits.Width+from*m.Width, 1, m.Bits.Width),
					scale(m.Y*m.Bits.Height+y*m.Height, 1, m.Bits.Height), w, scale(1, m.Height, m.Bits.Height), w)
			}
		}
	}
	b.WriteString(`"/>`)
}
