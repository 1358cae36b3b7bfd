package escpos

import "weir/printer/gbk"

// qrBytesMax bounds a QR code's content; ours are short codes. It keeps the longest command we send below the flush.
const qrBytesMax = 200

// QR prints a QR code of text with modules of size dots (1 … 16), error correction M, drawn by the printer itself
// (GS ( k functions 165, 167, 169, 180, 181). Text beyond printable ASCII is dropped: codes are ASCII.
func (b *Builder) QR(text string, size int) *Builder {
	text = ascii(text)
	n := len(text) + 3
	b.buf = append(b.buf,
		gs, '(', 'k', 4, 0, '1', 'A', '2', 0, // model 2
		gs, '(', 'k', 3, 0, '1', 'C', byte(min(max(size, 1), 16)),
		gs, '(', 'k', 3, 0, '1', 'E', '1', // level M
		gs, '(', 'k', byte(n), byte(n>>8), '1', 'P', '0')
	b.buf = append(b.buf, text...)
	b.buf = append(b.buf, gs, '(', 'k', 3, 0, '1', 'Q', '0', '\n')
	return b
}

func ascii(s string) string {
	out := make([]byte, 0, len(s))
	for _, r := range s {
		if r < 0x80 && gbk.Has(r) && len(out) < qrBytesMax {
			out = append(out, byte(r))
		}
	}
	return string(out)
}
