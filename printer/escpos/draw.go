package escpos

import "bytes"

// A drawn glyph is as large as a Chinese character of font A.
const (
	glyphDots  = 24
	glyphBytes = glyphDots * glyphDots / 8
)

// draw places a glyph in the text line, 24 dots high at double density (ESC * 33): column by column, top dot first.
func (b *Builder) draw(rows []byte) {
	b.buf = append(b.buf, esc, '*', 33, glyphDots, 0)
	b.buf = append(b.buf, columnwise(rows)...)
}

// drawable refuses a glyph whose dots a printer could take for a real-time command: DLE EOT, ENQ and DC4 are
// obeyed even inside image data.
func drawable(rows []byte) bool {
	if len(rows) != glyphBytes {
		return false
	}
	columns := columnwise(rows)
	for _, second := range []byte{0x04, 0x05, 0x14} {
		if bytes.Contains(columns, []byte{0x10, second}) {
			return false
		}
	}
	return true
}

func columnwise(rows []byte) []byte {
	columns := make([]byte, glyphBytes)
	for y := range glyphDots {
		for x := range glyphDots {
			if rows[y*3+x/8]&(0x80>>(x%8)) != 0 {
				columns[x*3+y/8] |= 0x80 >> (y % 8)
			}
		}
	}
	return columns
}
