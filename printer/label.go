package printer

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"rsc.io/qr"

	"weir/printer/escpos"
	"weir/printer/gbk"
)

// Distances on a label, in dots of 1/8 mm. A column is 12 dots: an ASCII letter, half a Chinese character.
const (
	labelMargin = 8  // left and right
	labelColumn = 12 // dots
	labelRow    = 26 // from one small row to the next; 24 of them are letters
	rowPickup   = 4  // 48 high
	rowName     = 56 // 48 high
	rowOptions  = 108
	markAbove   = 52 // from the lower edge to the marks; 48 high, or two small rows
	lastAbove   = 28 // from the lower edge to the last row
	codeMargin  = 12 // white to the right of the code, or scanners do not see it; and below, for Zebras print it 10 dots lower
	codeQuiet   = 8  // white to the left of it
	codeDotsMax = 92 // side of the code
	pickupCols  = 4  // columns a pick-up number gets at least
	rowsForTall = 3  // so many rows allow options of double height
	qrDotsMin   = 2  // of a module; smaller ones are not read reliably
	qrDotsMax   = 4
)

// frame is where things stand on a label of some size.
type frame struct {
	width, height int         // dots
	columns       int         // of the whole width
	beside        int         // columns left of the code
	rows          []labelLine // between name and foot
	mark, last    int         // y of the foot's two rows
	code          int         // side of the code at most
	codeTop       int         // y
}

// labelLine is one small row.
type labelLine struct{ y, columns int }

func frameOf(width, height int) frame {
	code := min(codeDotsMax, height-rowOptions-codeMargin)
	f := frame{
		width: width, height: height, columns: (width - 2*labelMargin) / labelColumn,
		beside: (width - codeMargin - code - codeQuiet - labelMargin) / labelColumn,
		mark:   height - markAbove, last: height - lastAbove, code: code, codeTop: height - codeMargin - code,
	}
	for y := rowOptions; y+labelRow <= f.mark+2; y += labelRow {
		line := labelLine{y, f.beside}
		if y+labelRow <= f.codeTop+2 {
			line.columns = f.columns
		}
		f.rows = append(f.rows, line)
	}
	return f
}

// labelBuilder is what the languages of label printers have in common. Places and sizes are in dots.
type labelBuilder interface {
	pictures
	// Clean returns text as the builder will print it, so that it can be measured.
	Clean(text string) string
	Text(x, y, across, down int, text string)
	QR(x, y, size int, text string)
}

// label lays out one cup: whose it is, which of how many, what is in it, when it is promised, its code.
func label(b labelBuilder, f frame, t *Ticket) {
	item := t.drink()
	labelHead(b, f, t.Pickup, fmt.Sprintf("%d/%d", t.Cup, t.Cups))
	labelName(b, f, item.Name)
	more := strings.Join(item.Toppings, " ")
	if item.Note != "" {
		more = strings.TrimLeft(more+" "+t.lang().T("paper.note")+":"+item.Note, " ")
	}
	labelDrink(b, f, strings.Join(item.Options, " "), more)
	labelFoot(b, f, t)
}

// labelDrink writes options, toppings and note: the options high where there is room and both fit beside the code, else
// all small.
func labelDrink(b labelBuilder, f frame, options, more string) {
	options, more = b.Clean(options), b.Clean(more)
	if len(f.rows) < rowsForTall || gbk.Width(options) > f.beside || gbk.Width(more) > f.beside {
		labelRows(b, f, strings.TrimSpace(options+" "+more))
		return
	}
	b.Text(labelMargin, f.rows[0].y, 1, 2, options)
	b.Text(labelMargin, f.rows[2].y, 1, 1, more)
}

// labelSlip lays out the slip for a bag.
func labelSlip(b labelBuilder, f frame, t *Ticket) {
	labelHead(b, f, t.Pickup, "")
	labelName(b, f, t.lang().N(t.Cups, "paper.bag_holds"))
	labelRows(b, f, itemList(t))
	labelFoot(b, f, t)
}

// itemList is what an order consists of, on one line.
func itemList(t *Ticket) string {
	var items []string
	for _, item := range t.Items {
		items = append(items, strconv.Itoa(item.Qty)+"×"+item.Name)
	}
	return strings.Join(items, " ")
}

// labelCancellation lays out what is stuck over, or put beside, the paper of an order that is not to be made any more.
func labelCancellation(b labelBuilder, f frame, t *Ticket) {
	labelHead(b, f, t.Pickup, "")
	labelName(b, f, twice(t.lang(), "paper.cancelled"))
	labelRows(b, f, itemList(t))
	labelFoot(b, f, t)
}

// labelTest lays out a test label. Its border is the size Weir believes the label has.
func labelTest(b labelBuilder, f frame, t *Ticket) {
	labelHead(b, f, t.Pickup, "")
	labelName(b, f, twice(t.lang(), "paper.test"))
	labelRows(b, f, strings.Join(t.About, " "))
	labelFoot(b, f, t)
	border(b, f)
}

// border draws two dots of black along the edges.
func border(b labelBuilder, f frame) {
	stride := f.width / 8
	line := bytes.Repeat([]byte{0xFF}, 2*stride)
	b.Picture(0, 0, stride, line)
	b.Picture(0, f.height-2, stride, line)
	b.Picture(0, 2, 1, bytes.Repeat([]byte{0xC0}, f.height-4))
	b.Picture(f.width-8, 2, 1, bytes.Repeat([]byte{0x03}, f.height-4))
}

// drink is what is in the cup of a label.
func (t *Ticket) drink() Item {
	if len(t.Items) == 0 {
		return Item{}
	}
	return t.Items[0]
}

func labelHead(b labelBuilder, f frame, pickup, which string) {
	room := f.columns/2 - gbk.Width(which) - 1
	b.Text(labelMargin, rowPickup, 2, 2, gbk.Cut(b.Clean(pickup), max(room, pickupCols)))
	b.Text(f.width-labelMargin-gbk.Width(which)*2*labelColumn, rowPickup, 2, 2, which)
}

// labelName writes the drink as wide as it fits.
func labelName(b labelBuilder, f frame, name string) {
	across := 1
	name = b.Clean(name)
	if gbk.Width(name) <= f.columns/2 {
		across = 2
	}
	b.Text(labelMargin, rowName, across, 2, gbk.Cut(name, f.columns/across))
}

// labelRows fills the rows between name and foot. What does not fit is cut, and the cut is shown.
func labelRows(b labelBuilder, f frame, text string) {
	text = b.Clean(text)
	for i, row := range f.rows {
		line := gbk.Cut(text, row.columns)
		if i < len(f.rows)-1 {
			line, text = takeLine(text, row.columns)
		}
		b.Text(labelMargin, row.y, 1, 1, line)
	}
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
func labelFoot(b labelBuilder, f frame, t *Ticket) {
	labelCode(b, f, t.Code)
	marks := marks(t)
	switch len(marks) {
	case 0:
		b.Text(labelMargin, f.mark, 1, 1, gbk.Cut(b.Clean(t.source()), f.beside))
		b.Text(labelMargin, f.last, 1, 1, gbk.Cut(promise(t.lang(), t), f.beside))
	case 1:
		b.Text(labelMargin, f.mark, 1, 2, gbk.Cut(marks[0], f.beside))
	default:
		b.Text(labelMargin, f.mark, 1, 1, gbk.Cut(marks[0], f.beside))
		b.Text(labelMargin, f.last, 1, 1, gbk.Cut(strings.Join(marks[1:], " "), f.beside))
	}
}

// labelCode places the QR code in the lower right corner, its modules as large as fit.
func labelCode(b labelBuilder, f frame, text string) {
	code, err := qr.Encode(text, qr.M)
	if text == "" || err != nil {
		return // a code too long to scan is left out; the pick-up number is on the label
	}
	size := min(max(f.code/code.Size, qrDotsMin), qrDotsMax)
	b.QR(f.width-codeMargin-code.Size*size, f.codeTop, size, text)
}

// cupTicket writes a cup's label on a paper roll, for shops without a label printer.
func cupTicket(b *escpos.Builder, t *Ticket) {
	item := t.drink()
	mark(b, t)
	b.Align(escpos.Left).Size(2, 2).Bold(true).Columns2(t.Pickup, fmt.Sprintf("%d/%d", t.Cup, t.Cups))
	b.Line(item.Name).Bold(false).Size(1, 2)
	details(b, t.lang(), item)
	b.Size(1, 1).Columns2(t.source(), promise(t.lang(), t))
	if t.Code != "" {
		b.Align(escpos.Center).QR(t.Code, qrDotsOnPaper).Align(escpos.Left)
	}
}
