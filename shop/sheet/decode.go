// Package sheet reads tables as spreadsheets write them: CSV in any of the encodings of Chinese programs, with whatever
// separator, with quotes that do not match and lines within a cell. It says what is wrong in words, with the line.
package sheet

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	unicode16 "golang.org/x/text/encoding/unicode"
)

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
		return nil, &Refused{Fault: FaultOf("file_fault.spreadsheet")}
	}
	if order, ok := utf16Of(file); ok {
		text, err := unicode16.UTF16(order, unicode16.UseBOM).NewDecoder().Bytes(file)
		if err != nil || len(file)%2 != 0 || bytes.ContainsRune(text, utf8.RuneError) {
			return nil, &Refused{FaultOf("file_fault.file_utf16"), []LineFault{{lineAt(text), FaultOf("file_fault.line_encoding")}}}
		}
		return text, nil
	}
	if text, ok := bytes.CutPrefix(file, []byte("\ufeff")); ok || utf8.Valid(file) {
		if !utf8.Valid(text) {
			return nil, &Refused{FaultOf("file_fault.file_not_utf8"), []LineFault{{lineAt(text), FaultOf("file_fault.line_not_utf8")}}}
		}
		return text, nil
	}
	text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(file)
	if err != nil || bytes.ContainsRune(text, utf8.RuneError) {
		return nil, &Refused{FaultOf("file_fault.file_encoding"), []LineFault{{lineAt(text), FaultOf("file_fault.line_encoding")}}}
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
