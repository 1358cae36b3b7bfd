package printer

import (
	"fmt"
	"strconv"
	"strings"

	"rsc.io/qr"

	"weir/printer/escpos"
	"weir/printer/gbk"
)

// The label stock: 40 × 30 mm at 8 dots a millimetre.
const (
	labelWidthMM  = 40
	labelHeightMM = 30
)

// Where things stand on a label, in dots. A column is 12 dots: an ASCII letter, half a Chinese character.
const (
	labelLeft    = 8
	labelColumns = 25 // the whole width
	besideCode   = 16 // columns left of the QR code
	rowPickup    = 4  // 48 high
	rowName      = 56 // 48 high
	rowOptions   = 108
	rowMore      = 134 // beside the code from here on
	rowThird     = 160
	rowMark      = 188 // 48 high
	rowLast      = 212
	codeRight    = 308 // white to the right of it, or scanners do not see it
	labelRight   = 312
	codeTop      = 136
	codeDotsMax  = 92 // ends above the lower edge even where a Zebra prints it 10 dots lower
)

// labelBuilder is what TSPL and ZPL have in common.
type labelBuilder interface {
	// Clean returns text as the builder will print it, so that it can be measured.
	Clean(text string) string
	Text(x, y, across, down int, text string)
	QR(x, y, size int, text string)
	Bytes() []byte
}

// label lays out one cup: whose it is, which of how many, what is in it, when it is promised, its code.
func label(b labelBuilder, t *Ticket) {
	item := t.drink()
	labelHead(b, t, fmt.Sprintf("%d/%d", t.Cup, t.Cups))
	labelName(b, item.Name)
	more := strings.Join(item.Toppings, " ")
	if item.Note != "" {
		more = strings.TrimLeft(more+" "+t.lang().T("paper.note")+":"+item.Note, " ")
	}
	labelDrink(b, strings.Join(item.Options, " "), more)
	labelFoot(b, t)
}

// labelDrink writes options, toppings and note: the options high where both fit beside the code, else all small.
func labelDrink(b labelBuilder, options, more string) {
	options, more = b.Clean(options), b.Clean(more)
	if gbk.Width(options) > besideCode || gbk.Width(more) > besideCode {
		labelRows(b, strings.TrimSpace(options+" "+more))
		return
	}
	b.Text(labelLeft, rowOptions, 1, 2, options)
	b.Text(labelLeft, rowThird, 1, 1, more)
}

// labelSlip lays out the slip for a bag.
func labelSlip(b labelBuilder, t *Ticket) {
	labelHead(b, t, "")
	labelName(b, t.lang().N(t.Cups, "paper.bag_holds"))
	var items []string
	for _, item := range t.Items {
		items = append(items, strconv.Itoa(item.Qty)+"×"+item.Name)
	}
	labelRows(b, strings.Join(items, " "))
	labelFoot(b, t)
}

// drink is what is in the cup of a label.
func (t *Ticket) drink() Item {
	if len(t.Items) == 0 {
		return Item{}
	}
	return t.Items[0]
}

func labelHead(b labelBuilder, t *Ticket, which string) {
	room := labelColumns/2 - gbk.Width(which) - 1
	b.Text(labelLeft, rowPickup, 2, 2, gbk.Cut(b.Clean(t.Pickup), max(room, 4)))
	b.Text(labelRight-gbk.Width(which)*24, rowPickup, 2, 2, which)
}

// labelName writes the drink as wide as it fits.
func labelName(b labelBuilder, name string) {
	across := 1
	name = b.Clean(name)
	if gbk.Width(name) <= labelColumns/2 {
		across = 2
	}
	b.Text(labelLeft, rowName, across, 2, gbk.Cut(name, labelColumns/across))
}

// labelRows fills the rows between name and foot. What does not fit is cut, and the cut is shown.
func labelRows(b labelBuilder, text string) {
	text = b.Clean(text)
	for _, row := range []struct{ y, columns int }{{rowOptions, labelColumns}, {rowMore, besideCode}} {
		var line string
		line, text = takeLine(text, row.columns)
		b.Text(labelLeft, row.y, 1, 1, line)
	}
	b.Text(labelLeft, rowThird, 1, 1, gbk.Cut(text, besideCode))
}

// takeLine takes a line off text, at a space if there is one in its second half.
func takeLine(text string, columns int) (line, rest string) {
	if gbk.Width(text) <= columns {
		return text, ""
	}
	line = gbk.Take(text, columns)
	if i := strings.LastIndexByte(line, ' '); i > len(line)/2 && text[len(line)] != ' ' {
		line = line[:i]
	}
	return line, strings.TrimLeft(text[len(line):], " ")
}

// labelFoot writes channel, promise and code; on a copy the mark takes most of the place.
func labelFoot(b labelBuilder, t *Ticket) {
	l := t.lang()
	labelCode(b, t.Code)
	marks := marks(t)
	switch len(marks) {
	case 0:
		b.Text(labelLeft, rowMark, 1, 1, gbk.Cut(b.Clean(t.source()), besideCode))
		b.Text(labelLeft, rowLast, 1, 1, gbk.Cut(promise(l, t), besideCode))
	case 1:
		b.Text(labelLeft, rowMark, 1, 2, gbk.Cut(marks[0], besideCode))
	default:
		b.Text(labelLeft, rowMark, 1, 1, gbk.Cut(marks[0], besideCode))
		b.Text(labelLeft, rowLast, 1, 1, gbk.Cut(strings.Join(marks[1:], " "), besideCode))
	}
}

// labelCode places the QR code in the lower right corner, its modules as large as fit.
func labelCode(b labelBuilder, text string) {
	code, err := qr.Encode(text, qr.M)
	if text == "" || err != nil {
		return // a code too long to scan is left out; the pick-up number is on the label
	}
	size := min(max(codeDotsMax/code.Size, 2), 4)
	b.QR(codeRight-code.Size*size, codeTop, size, text)
}

// cupTicket writes a cup's label on a paper roll, for shops without a label printer.
func cupTicket(b *escpos.Builder, t *Ticket) {
	l := t.lang()
	item := t.drink()
	mark(b, t)
	b.Align(escpos.Left).Size(2, 2).Bold(true).Columns2(t.Pickup, fmt.Sprintf("%d/%d", t.Cup, t.Cups))
	b.Line(item.Name).Bold(false).Size(1, 2)
	details(b, l, item)
	b.Size(1, 1).Columns2(t.source(), promise(l, t))
	if t.Code != "" {
		b.Align(escpos.Center).QR(t.Code, qrDotsOnPaper).Align(escpos.Left)
	}
}
