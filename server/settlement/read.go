package settlement

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"weir/shop"
	"weir/shop/sheet"
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
	text, err := sheet.Decode(file)
	if refused := (*sheet.Refused)(nil); errors.As(err, &refused) {
		return Read{}, wrong(refused.Fault, refused.Lines...)
	}
	if strings.TrimSpace(string(text)) == "" {
		return Read{}, wrong(faultOf("file_fault.file_empty"))
	}
	s := sheet.New(string(text))
	at, found, err := headOf(s)
	if err != nil {
		return Read{}, err
	}
	if !found {
		return Read{}, wrong(faultOf("file_fault.head_without_number"), LineFault{Line: 1, Fault: faultOf("file_fault.number_column_missing")})
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
	sheet *sheet.Sheet
	at    map[string]int // column by name
	out   Read
	first map[string]int // index of an order number's line
}

// next reads a row. It is false at the end of the file.
func (p *parser) next() bool {
	cells, torn, more := p.sheet.Row()
	if !more {
		return false
	}
	if !slices.ContainsFunc(cells, func(cell string) bool { return bare(cell) != "" }) {
		return true // a spreadsheet leaves rows of commas at its end
	}
	if at, err := columnsOf(cells, p.sheet.Line); err == nil && len(at) == len(p.at) && !torn {
		p.at, p.sheet.Columns = at, len(cells) // pages that were put together: each has its head line
		return true
	}
	row := fileRow{at: p.at, width: p.sheet.Columns, cells: cells, torn: torn}
	if row.isTotal() {
		if fen, err := row.subsidy(); err == nil && fen != nil {
			p.out.Statement.Said = fen // of several, the last: it stands below all orders
		}
		return true
	}
	l, err := row.line(p.sheet.Line)
	if digits, cut := roundedRef(l.Ref); err == nil && cut {
		p.doubt(Doubt{Line: l.Line, Why: errCut, Cut: true, digits: digits, line: l}, cells)
		return true
	}
	if err == nil {
		err = p.take(l)
	}
	if err != nil {
		p.doubt(Doubt{Line: p.sheet.Line, Why: err}, cells)
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
	d.Text = excerpt(strings.Join(cells, p.sheet.Separator))
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

// errQuote says that a line has a quote that is opened and not closed, or the other way round.
var errQuote = faultOf("file_fault.quote_open")

// headOf finds the head line. found says whether there is one; at is where each column is that it names.
func headOf(s *sheet.Sheet) (at map[string]int, found bool, err error) {
	found = s.Head(func(cells []string, line int) bool {
		at, err = columnsOf(cells, line)
		_, named := at["ref"]
		return named || err != nil
	})
	if !found {
		return nil, false, nil
	}
	return at, true, err
}
