package settlement

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"weir/shop"
)

// Limits of a statement.
const (
	// FileMax is the size of a file in bytes: twenty thousand orders with thirty columns.
	FileMax = 8 << 20
	// linesMax is more orders than a shop makes in a month.
	linesMax = 20_000
	// faultsMax is how many wrong lines one refusal names.
	faultsMax = 20
	// fileNameMax is what of a file's name is kept, in characters.
	fileNameMax = 80
)

// Import takes in a platform's statement for a day: CSV in UTF-8, with or without byte order mark, or in GBK or GB18030,
// with a head line; see docs/settlement.md for the columns. A file with anything wrong in it is refused with the numbers
// of its lines and changes nothing. The same day's earlier statement of the channel is replaced. It returns where the
// statement and the shop's own book differ.
func (b *Books) Import(ctx context.Context, by, channel string, day shop.Day, name string, r io.Reader) (Comparison, error) {
	text, err := io.ReadAll(io.LimitReader(r, FileMax+1))
	if err != nil {
		return Comparison{}, fmt.Errorf("read the statement: %w", err)
	}
	st, err := Parse(text)
	if err != nil {
		return Comparison{}, err
	}
	sum := sha256.Sum256(text)
	_, err = b.shop.Do(ctx, shop.ImportStatement{
		By: by, Channel: channel, Day: day, Statement: st, File: shown(name), SHA256: hex.EncodeToString(sum[:]),
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

// Parse reads a statement's file. The error is a [*shop.Error] with a field for each wrong line.
func Parse(file []byte) (shop.Statement, error) {
	if len(file) > FileMax {
		return shop.Statement{}, wrong(fmt.Sprintf("文件超过 %[1]d MiB / the file is larger than %[1]d MiB", FileMax>>20))
	}
	text, err := decode(file)
	if err != nil {
		return shop.Statement{}, err
	}
	p := parser{csv: csv.NewReader(bytes.NewReader(text)), first: map[string]int{}}
	p.csv.ReuseRecord = true
	head, err := p.csv.Read()
	if err != nil {
		return shop.Statement{}, p.syntax(err)
	}
	if err := p.columns(head); err != nil {
		return shop.Statement{}, err
	}
	for {
		record, err := p.csv.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return shop.Statement{}, p.syntax(err)
		}
		if !slices.ContainsFunc(record, func(cell string) bool { return strings.TrimSpace(cell) != "" }) {
			continue // a spreadsheet leaves rows of commas at its end
		}
		p.line(record)
		if len(p.out.Lines) > linesMax {
			return shop.Statement{}, wrong(fmt.Sprintf("一个文件超过 %[1]d 个订单 / more than %[1]d orders in one file", linesMax))
		}
	}
	if len(p.faults) > 0 {
		return shop.Statement{}, wrong(tookNothing, p.faults...)
	}
	if len(p.out.Lines) == 0 {
		return shop.Statement{}, wrong("文件只有表头，没有订单 / the file has a head line and no orders")
	}
	return p.out, nil
}

// tookNothing is said of a file with wrong lines. What an owner reads here is in both languages.
const tookNothing = "没有导入任何内容，请改正所列各行 / nothing was taken in; mend the lines that are named"

// decode turns a file into UTF-8. What Chinese platforms and spreadsheets write is GBK, which is read as its superset
// GB18030.
func decode(file []byte) ([]byte, error) {
	if text, ok := bytes.CutPrefix(file, []byte("\ufeff")); ok || utf8.Valid(file) {
		if !utf8.Valid(text) {
			return nil, wrong("文件标明 UTF-8 但不是 / the file says it is UTF-8 and is not", fault(lineAt(text), "不是 UTF-8 / is not UTF-8"))
		}
		return text, nil
	}
	if bytes.HasPrefix(file, []byte{0xff, 0xfe}) || bytes.HasPrefix(file, []byte{0xfe, 0xff}) {
		return nil, wrong("文件是 UTF-16，请另存为 CSV UTF-8 / the file is UTF-16; save it as CSV UTF-8")
	}
	text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(file)
	if err != nil || bytes.ContainsRune(text, utf8.RuneError) {
		return nil, wrong("文件既不是 UTF-8 也不是 GBK，请另存为 CSV UTF-8 / the file is neither UTF-8 nor GBK; save it as CSV UTF-8", fault(lineAt(text), "无法读取 / cannot be read"))
	}
	return text, nil
}

// lineAt is the line of the first character that could not be read.
func lineAt(text []byte) int {
	at := bytes.IndexRune(text, utf8.RuneError) // also finds the first byte that is not UTF-8
	return 1 + bytes.Count(text[:max(at, 0)], []byte("\n"))
}

// syntax is the refusal of a file that is no CSV.
func (p *parser) syntax(err error) error {
	if errors.Is(err, io.EOF) {
		return wrong("文件是空的 / the file is empty")
	}
	at := (*csv.ParseError)(nil)
	if !errors.As(err, &at) {
		return fmt.Errorf("read the statement: %w", err)
	}
	faults := append(p.faults, fault(at.StartLine, at.Err.Error()))
	return wrong(tookNothing, faults...)
}

func fault(line int, detail string) shop.FieldError {
	return shop.FieldError{Pointer: fmt.Sprintf("/lines/%d", line), Detail: detail}
}

func wrong(detail string, faults ...shop.FieldError) error {
	return &shop.Error{Kind: shop.Invalid, Type: shop.ProblemInvalid, Detail: detail, Fields: faults}
}
