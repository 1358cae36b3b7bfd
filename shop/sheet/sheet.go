package sheet

import (
	"encoding/csv"
	"strings"
	"unicode/utf8"
)

const (
	// PreambleMax is how many lines may stand before the head line: name of the shop, period, notes.
	PreambleMax = 20
	// quotedLinesMax is how many lines one quoted cell may span: a customer's note. More is a quote that was never
	// closed.
	quotedLinesMax = 20
)

// Separators are what sets columns apart: CSV, what spreadsheets call text, what they write where the comma is the decimal
// point, what old systems write, and what an input method makes of a comma.
var Separators = []string{",", "\t", ";", "|", "，"}

// Sheet reads the lines of a file one after the other. A line that is not as RFC 4180 wants it is read as well as it
// can be, and never together with the lines after it.
type Sheet struct {
	Separator string
	Columns   int // number of columns in the head line; 0 while it is not known
	Line      int // line of the row that was read last, from 1
	rest      string
	next      int // line of the next row
}

// New reads a text as [Decode] leaves it.
func New(text string) *Sheet { return &Sheet{rest: text, Separator: Separators[0], next: 1} }

// Row reads the next row. torn says that its quotes do not match: cells with a quote in them are not to be trusted.
// more is false at the end of the file.
func (s *Sheet) Row() (cells []string, torn, more bool) {
	if s.rest == "" {
		return nil, false, false
	}
	s.Line = s.next
	line := firstLine(s.rest)
	if !strings.Contains(line, `"`) {
		s.step(len(line))
		return strings.Split(strings.TrimRight(line, "\r\n"), s.Separator), false, true
	}
	if cells, n := s.quoted(); n > 0 {
		s.step(n)
		return cells, false, true
	}
	s.step(len(line))
	line = strings.TrimRight(line, "\r\n")
	if plain := strings.Split(line, s.Separator); len(plain) == s.Columns {
		return plain, true, true
	}
	r := s.reader(line)
	r.LazyQuotes = true
	cells, err := r.Read()
	if err != nil {
		cells = []string{line}
	}
	return cells, true, true
}

// quoted reads the next row by RFC 4180 and says how many bytes it takes; 0 when it is not written so. A quoted cell
// that swallows lines which could be rows is a quote that was not closed.
func (s *Sheet) quoted() (cells []string, n int) {
	window := s.rest
	for at, lines := 0, 0; ; lines++ {
		if lines == quotedLinesMax {
			window = s.rest[:at]
			break
		}
		line := firstLine(s.rest[at:])
		if line == "" {
			break
		}
		at += len(line)
	}
	r := s.reader(window)
	cells, err := r.Read()
	if err != nil {
		return nil, 0
	}
	for _, cell := range cells {
		inner := strings.Split(cell, "\n")
		for i, line := range inner {
			if i > 0 && s.Columns > 1 && strings.Count(line, s.Separator) >= s.Columns-1 {
				return nil, 0
			}
		}
	}
	return cells, int(r.InputOffset())
}

func (s *Sheet) reader(text string) *csv.Reader {
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, _ = utf8.DecodeRuneInString(s.Separator)
	r.FieldsPerRecord = -1
	return r
}

// step goes on by so many bytes.
func (s *Sheet) step(n int) {
	s.next += strings.Count(s.rest[:n], "\n")
	s.rest = s.rest[n:]
}

// firstLine is a text up to and with its first line feed.
func firstLine(text string) string {
	if at := strings.IndexByte(text, '\n'); at >= 0 {
		return text[:at+1]
	}
	return text
}

// Head finds the head line among the first lines, and what sets its columns apart. known says whether cells are a head
// line. Where none is found the sheet stands at its beginning.
func (s *Sheet) Head(known func(cells []string, line int) bool) (found bool) {
	start := *s
	for range PreambleMax {
		here := *s
		for _, separator := range Separators {
			*s = here
			s.Separator, s.Columns = separator, 0
			cells, _, more := s.Row()
			if !more {
				*s = start
				return false
			}
			if known(cells, s.Line) {
				s.Columns = len(cells)
				return true
			}
		}
	}
	*s = start
	return false
}
