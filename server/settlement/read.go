package settlement

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	unicode16 "golang.org/x/text/encoding/unicode"

	"weir/shop"
	"weir/shop/wire"
)

// Limits of a statement.
const (
	// FileMax is the size of a file in bytes: twenty thousand orders with thirty columns.
	FileMax = 8 << 20
	// linesMax is more orders than a shop makes in a month.
	linesMax = 20_000
	// faultsMax is how many wrong lines one refusal names.
	faultsMax = 20
	// doubtsMax is how many lines of a statement a person may decide about. With more it is another kind of file.
	doubtsMax = 200
	// excerptMax is what of a line that was left out is kept, in characters.
	excerptMax = 120
	// fileNameMax is what of a file's name is kept, in characters.
	fileNameMax = 80
)

// Import takes in a platform's statement for a day: CSV in UTF-8, with or without byte order mark, in UTF-16, GBK or
// GB18030; see docs/settlement.md for the columns. The same day's earlier statement of the channel is replaced. It returns where
// the statement and the shop's own book differ.
//
// A file that is no statement is refused with a [*shop.Error]. Lines that cannot be read, and order numbers that a
// spreadsheet has cut, are an [*Unclear] error that lists them: nothing is taken in until a person has decided about
// them in choice.
func (b *Books) Import(ctx context.Context, by, channel string, day shop.Day, name string, r io.Reader, choice Choice) (Comparison, error) {
	text, err := io.ReadAll(io.LimitReader(r, FileMax+1))
	if err != nil {
		return Comparison{}, fmt.Errorf("read the statement: %w", err)
	}
	read, err := Parse(text)
	if err != nil {
		return Comparison{}, err
	}
	if err := b.recognise(ctx, &read, channel, day, choice); err != nil {
		return Comparison{}, err
	}
	if len(read.Doubts) > 0 && !choice.LeaveOut {
		return Comparison{}, &Unclear{Lines: read.Doubts, Readable: len(read.Statement.Lines)}
	}
	for _, d := range read.Doubts {
		read.Statement.LeftOut = append(read.Statement.LeftOut, shop.LeftOutLine{Line: d.Line, Text: d.Text, Fault: d.Why.ID, Args: d.Why.Args})
	}
	if len(read.Statement.Lines) == 0 {
		return Comparison{}, errNoOrders
	}
	sum := sha256.Sum256(text)
	_, err = b.shop.Do(ctx, shop.ImportStatement{
		By: by, Channel: channel, Day: day, Statement: read.Statement, File: shown(name), SHA256: hex.EncodeToString(sum[:]),
	})
	if err != nil {
		return Comparison{}, err
	}
	return b.Compare(ctx, day, channel)
}

// shown is a file's name as it may be kept and shown.
func shown(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == utf8.RuneError {
			return -1
		}
		return r
	}, filepath.Base(filepath.ToSlash(name)))
	if cut := []rune(name); len(cut) > fileNameMax {
		name = string(cut[:fileNameMax])
	}
	return name
}

// Read is what came of a statement's file.
type Read struct {
	Statement shop.Statement
	Doubts    []Doubt // lines that were not taken in
}

// Parse reads a statement's file. A file that is no statement is a [*shop.Error]; a line that cannot be read is a doubt.
func Parse(file []byte) (Read, error) {
	if len(file) > FileMax {
		return Read{}, wrong(faultOf("file_fault.file_too_large", FileMax>>20))
	}
	text, err := Decode(file)
	if err != nil {
		return Read{}, err
	}
	if strings.TrimSpace(string(text)) == "" {
		return Read{}, wrong(faultOf("file_fault.file_empty"))
	}
	s := newSheet(string(text))
	at, found, err := s.head()
	if err != nil {
		return Read{}, err
	}
	if !found {
		return Read{}, wrong(faultOf("file_fault.head_without_number"), LineFault{1, faultOf("file_fault.number_column_missing")})
	}
	p := parser{sheet: s, at: at, first: map[string]int{}}
	for p.next() {
		if len(p.out.Statement.Lines) > linesMax {
			return Read{}, wrong(faultOf("file_fault.orders_too_many", linesMax))
		}
		if len(p.out.Doubts) > doubtsMax {
			return Read{}, wrong(faultOf("file_fault.lines_unreadable", doubtsMax), faultsOf(p.out.Doubts)...)
		}
	}
	if len(p.out.Statement.Lines) == 0 && len(p.out.Doubts) == 0 {
		return Read{}, errNoOrders
	}
	return p.out, nil
}

var errNoOrders = wrong(faultOf("file_fault.no_orders"))

// parser reads the lines of a statement.
type parser struct {
	sheet *sheet
	at    map[string]int // column by name
	out   Read
	first map[string]int // index of an order number's line
}

// next reads a row. It is false at the end of the file.
func (p *parser) next() bool {
	cells, torn, more := p.sheet.row()
	if !more {
		return false
	}
	if !slices.ContainsFunc(cells, func(cell string) bool { return bare(cell) != "" }) {
		return true // a spreadsheet leaves rows of commas at its end
	}
	if at, err := columnsOf(cells, p.sheet.line); err == nil && len(at) == len(p.at) && !torn {
		p.at, p.sheet.columns = at, len(cells) // pages that were put together: each has its head line
		return true
	}
	row := fileRow{at: p.at, width: p.sheet.columns, cells: cells, torn: torn}
	if row.isTotal() {
		if fen, err := row.subsidy(); err == nil && fen != nil {
			p.out.Statement.Said = fen // of several, the last: it stands below all orders
		}
		return true
	}
	l, err := row.line(p.sheet.line)
	if digits, cut := roundedRef(l.Ref); err == nil && cut {
		p.doubt(Doubt{Line: l.Line, Why: errCut, Cut: true, digits: digits, line: l}, cells)
		return true
	}
	if err == nil {
		err = p.take(l)
	}
	if err != nil {
		p.doubt(Doubt{Line: p.sheet.line, Why: err}, cells)
	}
	return true
}

// take adds an order, or what a later row takes back of it.
func (p *parser) take(l shop.StatementLine) *Fault {
	if strings.ContainsFunc(l.Ref, unicode.IsControl) {
		return faultOf("file_fault.number_with_control")
	}
	at, twice := p.first[l.Ref]
	if !twice {
		p.first[l.Ref] = len(p.out.Statement.Lines)
		p.out.Statement.Lines = append(p.out.Statement.Lines, l)
		return nil
	}
	first := &p.out.Statement.Lines[at]
	if !takenBack(first) && !takenBack(&l) {
		return faultOf("file_fault.order_twice", l.Ref, first.Line)
	}
	sum := int64(0)
	for _, row := range []*shop.StatementLine{first, &l} {
		if row.Subsidy != nil {
			sum += *row.Subsidy
		}
	}
	more := l.Money()
	for i, part := range first.Money() {
		if *part == nil {
			*part = *more[i]
		} else if *more[i] != nil {
			both := **part + **more[i]
			*part = &both
		}
	}
	order, refund := first, &l
	if takenBack(first) { // the file has the newest row first
		order, refund = &l, first
	}
	state, cups := order.State, order.Cups
	if sum == 0 && refund.State == shop.OrderCancelled {
		state, cups = shop.OrderCancelled, nil
	}
	first.Subsidy, first.State, first.Cups = &sum, state, cups
	return nil
}

// takenBack reports whether a row takes back money: a refund.
func takenBack(l *shop.StatementLine) bool { return l.Subsidy != nil && *l.Subsidy < 0 }

func (p *parser) doubt(d Doubt, cells []string) {
	d.Text = excerpt(strings.Join(cells, p.sheet.separator))
	p.out.Doubts = append(p.out.Doubts, d)
}

// excerpt is what of a line is shown and kept.
func excerpt(line string) string {
	line = strings.ToValidUTF8(wire.Typed(line), "")
	if cut := []rune(line); len(cut) > excerptMax {
		line = string(cut[:excerptMax]) + "…"
	}
	return line
}

// Decode turns a file into UTF-8 with line feeds at the ends of its lines. What Chinese platforms and spreadsheets write
// is GBK, which is read as its superset GB18030, or "Unicode text", which is UTF-16.
func Decode(file []byte) ([]byte, error) {
	text, err := utf8Of(file)
	if err != nil {
		return nil, err
	}
	return bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n")), nil
}

func utf8Of(file []byte) ([]byte, error) {
	if bytes.HasPrefix(file, []byte("PK\x03\x04")) || bytes.HasPrefix(file, []byte{0xd0, 0xcf, 0x11, 0xe0}) {
		return nil, wrong(faultOf("file_fault.spreadsheet"))
	}
	if order, ok := utf16Of(file); ok {
		text, err := unicode16.UTF16(order, unicode16.UseBOM).NewDecoder().Bytes(file)
		if err != nil || len(file)%2 != 0 || bytes.ContainsRune(text, utf8.RuneError) {
			return nil, wrong(faultOf("file_fault.file_utf16"), LineFault{lineAt(text), faultOf("file_fault.line_encoding")})
		}
		return text, nil
	}
	if text, ok := bytes.CutPrefix(file, []byte("\ufeff")); ok || utf8.Valid(file) {
		if !utf8.Valid(text) {
			return nil, wrong(faultOf("file_fault.file_not_utf8"), LineFault{lineAt(text), faultOf("file_fault.line_not_utf8")})
		}
		return text, nil
	}
	text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(file)
	if err != nil || bytes.ContainsRune(text, utf8.RuneError) {
		return nil, wrong(faultOf("file_fault.file_encoding"), LineFault{lineAt(text), faultOf("file_fault.line_encoding")})
	}
	return text, nil
}

// utf16Of recognises UTF-16 by its byte order mark, or by the zeros of its digits, commas and line ends: they are in every
// second byte and nowhere else.
func utf16Of(file []byte) (unicode16.Endianness, bool) {
	switch {
	case bytes.HasPrefix(file, []byte{0xff, 0xfe}):
		return unicode16.LittleEndian, true
	case bytes.HasPrefix(file, []byte{0xfe, 0xff}):
		return unicode16.BigEndian, true
	}
	var zeros [2]int
	begin := file[:min(len(file), sampleMax)]
	for i, b := range begin {
		if b == 0 {
			zeros[i%2]++
		}
	}
	many := len(begin) / 8
	switch {
	case zeros[0] == 0 && zeros[1] > many:
		return unicode16.LittleEndian, true
	case zeros[1] == 0 && zeros[0] > many:
		return unicode16.BigEndian, true
	}
	return unicode16.LittleEndian, false
}

// sampleMax is how many bytes of a file show how it is written.
const sampleMax = 4096

// lineAt is the line of the first character that could not be read.
func lineAt(text []byte) int {
	at := bytes.IndexRune(text, utf8.RuneError) // also finds the first byte that is not UTF-8
	return 1 + bytes.Count(text[:max(at, 0)], []byte("\n"))
}
