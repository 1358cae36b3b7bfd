package virtual

import (
	"slices"
	"strings"
	"time"
)

// Sheet is one piece of paper, as far as it is printed.
type Sheet struct {
	No     int64 // counts from 1
	At     time.Time
	Width  int // dots; 8 dots are a millimetre
	Height int
	Cut    bool // false: still in the printer
	Marks  []Mark
}

// Mark is one thing on a sheet.
type Mark struct {
	X, Y, Width, Height int // dots from the upper left corner
	Text                string
	Bold                bool
	Code                string // what a QR code says; its modules are Bits
	Bits                *Bits
}

// Bits is a picture of black and white dots.
type Bits struct {
	Width, Height int
	Rows          []byte // (Width+7)/8 bytes a row, leftmost dot in the highest bit, 1 is black
}

// newBits returns a white picture.
func newBits(width, height int) *Bits {
	return &Bits{Width: width, Height: height, Rows: make([]byte, (width+7)/8*height)}
}

// Black tells whether a dot is black; outside everything is white.
func (b *Bits) Black(x, y int) bool {
	return x >= 0 && y >= 0 && x < b.Width && y < b.Height && b.Rows[y*((b.Width+7)/8)+x/8]&(0x80>>(x%8)) != 0
}

// Set blackens a dot; outside nothing happens.
func (b *Bits) Set(x, y int) {
	if x >= 0 && y >= 0 && x < b.Width && y < b.Height {
		b.Rows[y*((b.Width+7)/8)+x/8] |= 0x80 >> (x % 8)
	}
}

// Text returns the sheet's text, line by line from the top, marks of one line from the left joined by a space.
func (s Sheet) Text() []string {
	marks := slices.Clone(s.Marks)
	marks = slices.DeleteFunc(marks, func(m Mark) bool { return m.Text == "" })
	slices.SortStableFunc(marks, func(a, b Mark) int {
		if a.Y != b.Y {
			return a.Y - b.Y
		}
		return a.X - b.X
	})
	var lines []string
	y := -1
	for _, m := range marks {
		if m.Y != y {
			lines = append(lines, m.Text)
			y = m.Y
			continue
		}
		lines[len(lines)-1] += " " + m.Text
	}
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return lines
}

// Codes returns what the sheet's QR codes say.
func (s Sheet) Codes() []string {
	var codes []string
	for _, m := range s.Marks {
		if m.Code != "" {
			codes = append(codes, m.Code)
		}
	}
	return codes
}

// sheetsMax is how many sheets are kept to look at; older ones are forgotten.
const sheetsMax = 200

// marksMax bounds one sheet: paper that is never cut is cut here.
const marksMax = 4000

// paper is what came out of the printer.
type paper struct {
	width  int
	sheets []Sheet // finished ones
	now    Sheet   // in the printer
	count  int64
}

// Paper returns the sheets printed so far, oldest first; the last one may still be in the printer.
func (p *Printer) Paper() []Sheet {
	p.mu.Lock()
	defer p.mu.Unlock()
	sheets := slices.Clone(p.paper.sheets)
	if len(p.paper.now.Marks) > 0 {
		now := p.paper.now
		now.No, now.Width, now.Marks = p.paper.count+1, p.paper.width, slices.Clone(now.Marks)
		sheets = append(sheets, now)
	}
	return sheets
}

// Tear takes all paper away.
func (p *Printer) Tear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.paper.sheets, p.paper.now = nil, Sheet{}
	p.changed()
}

// put places a mark on the sheet, if there is paper.
func (p *Printer) put(m Mark) {
	if !p.faults.PaperOut {
		p.paper.add(m)
	}
}

func (pp *paper) add(m Mark) {
	pp.now.Marks = append(pp.now.Marks, m)
	pp.now.Height = max(pp.now.Height, m.Y+m.Height)
	if len(pp.now.Marks) >= marksMax {
		pp.cut()
	}
}

func (pp *paper) cut() {
	if len(pp.now.Marks) == 0 {
		pp.now = Sheet{}
		return
	}
	pp.count++
	pp.now.No, pp.now.At, pp.now.Width, pp.now.Cut = pp.count, time.Now(), pp.width, true
	pp.sheets = append(pp.sheets, pp.now)
	if len(pp.sheets) > sheetsMax {
		pp.sheets = slices.Delete(pp.sheets, 0, len(pp.sheets)-sheetsMax)
	}
	pp.now = Sheet{}
}

// fed is told that a line or label came out: paper is used up.
func (p *Printer) fed() {
	if p.faults.PaperLines > 0 {
		p.faults.PaperLines--
		if p.faults.PaperLines == 0 {
			p.faults.PaperOut = true
		}
	}
	p.changed()
}
