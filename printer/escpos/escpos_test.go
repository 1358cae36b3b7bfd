package escpos_test

import (
	"bytes"
	"testing"

	"weir/printer/escpos"
	"weir/printer/gbk"
)

// A printer obeys DLE EOT even in the middle of a picture: a glyph whose dots say that is not drawn.
func TestGlyphThatLooksLikeACommand(t *testing.T) {
	for _, second := range []byte{0x04, 0x05, 0x14} {
		rows := make([]byte, 72) // row-wise; the bytes sent are columns of three: dots 3 of column 0, then of its next byte
		set := func(column, bit int) { rows[bit*3+column/8] |= 0x80 >> (column % 8) }
		set(0, 3) // 0x10 is the first byte of column 0
		for k := range 8 {
			if second&(0x80>>k) != 0 {
				set(0, 8+k) // and the second
			}
		}
		harmless := make([]byte, 72)
		glyphs := func(r rune) []byte {
			if r == '䶮' {
				return rows
			}
			return harmless
		}
		got := escpos.NewBuilder(escpos.Paper58, glyphs).Line("a䶮b𬭚c").Bytes()
		if bytes.Contains(got, []byte{0x10, second}) {
			t.Errorf("DLE %#x in % x", second, got)
		}
		if want := gbk.Append(nil, "a〓b"); !bytes.Contains(got, want) || bytes.Count(got, []byte{0x1B, '*', 33}) != 1 {
			t.Errorf("% x", got)
		}
	}
}

func TestColumns2(t *testing.T) {
	for _, c := range []struct{ left, right, want string }{
		{"共 3 杯", "承诺 12:30", "共 3 杯               承诺 12:30"},
		{"很长很长很长很长很长很长很长很长很长很长", "￥12.00", "很长很长很长很长很长很… ￥12.00"},
		{"a", "很长很长很长很长很长很长很长很长很长很长", "a     很长很长很长很长很长很长…"},
	} {
		got := escpos.NewBuilder(escpos.Paper58, nil).Columns2(c.left, c.right).Bytes()[4:]
		if want := append(gbk.Append(nil, c.want), '\n'); !bytes.Equal(got, want) || len(got) > 33 {
			t.Errorf("Columns2(%q, %q) = %q, want %q", c.left, c.right, got, want)
		}
	}
}
