package virtual

import (
	"bytes"
	"fmt"
	"strings"
)

// zplDecoder carries out ZPL II, a command at a time: a caret or tilde, a name of two letters, arguments up to the next one.
type zplDecoder struct {
	width, height int  // of the label, in dots; ^PW and ^LL change them
	open          bool // between ^XA and ^XZ
	x, y          int
	size          int  // of QR modules
	qr            bool // the field is a QR code
	marks         []Mark
	held          []byte // the beginning of an immediate command
}

// urgent answers ~HS wherever it appears; its bytes go no further. ~JX is carried out at once, too.
func (d *zplDecoder) urgent(p *Printer, c byte) {
	d.held = append(d.held, c)
	switch held := string(d.held); {
	case held == "~HS":
		p.reply([]byte(p.hostStatus(d)))
		d.held = nil
	case held == "~JX":
		d.cancel(p)
		d.held = nil
	case !strings.HasPrefix("~HS", held) && !strings.HasPrefix("~JX", held):
		p.buf = append(p.buf, d.held...)
		d.held = nil
	}
}

// cancel forgets a label that is not whole, printed ones and those behind it excepted.
func (d *zplDecoder) cancel(p *Printer) {
	begin, end := bytes.LastIndex(p.buf, []byte("^XA")), bytes.LastIndex(p.buf, []byte("^XZ"))
	switch {
	case begin > end:
		p.buf, p.starved = p.buf[:begin], 0
	case d.open && end < 0:
		*d = zplDecoder{width: d.width, height: d.height}
		p.buf, p.starved = nil, 0
	}
}

func (p *Printer) hostStatus(d *zplDecoder) string {
	bit := func(on bool) int {
		if on {
			return 1
		}
		return 0
	}
	waiting := bit(p.faults.NoFence || p.busy || !p.lagging && strings.Contains(string(p.buf), "^XA"))
	return fmt.Sprintf("\x02030,%d,0,0240,%03d,0,0,%d,000,0,0,0\x03\r\n\x02000,0,%d,0,0,2,4,0,%08d,1,000\x03\r\n\x021234,0\x03\r\n",
		bit(p.faults.PaperOut), waiting, bit(d.open), bit(p.faults.CoverOpen), bit(p.busy))
}

func (d *zplDecoder) step(p *Printer, b []byte) int {
	if b[0] != '^' && b[0] != '~' {
		return 1
	}
	end := 1
	for end < len(b) && b[end] != '^' && b[end] != '~' && b[end] != '\n' {
		end++
	}
	if end == len(b) {
		return 0
	}
	if end >= 3 {
		d.command(p, string(b[1:3]), string(b[3:end]))
	}
	return end
}

func (d *zplDecoder) command(p *Printer, name, rest string) {
	p.carriedOut(name)
	args := strings.Split(rest, ",")
	switch name {
	case "XA":
		*d = zplDecoder{width: d.width, height: d.height, open: true, held: d.held}
	case "XZ":
		marks := d.marks
		*d = zplDecoder{width: d.width, height: d.height, held: d.held}
		p.label(marks, d.width, d.height)
	case "FO":
		d.x, d.y = atoi(args[0]), 0
		if len(args) > 1 {
			d.y = atoi(args[1])
		}
	case "BQ":
		d.qr = true
		if len(args) > 2 {
			d.size = atoi(args[2])
		}
	case "FD":
		if _, text, ok := strings.Cut(rest, ","); ok && d.qr {
			if m, ok := qrMark(text, max(d.size, 1)); ok {
				m.X, m.Y = d.x, d.y
				d.marks = append(d.marks, m)
			}
		}
	case "GF":
		if len(args) >= 5 && args[0] == "A" {
			d.picture(atoi(args[2]), atoi(args[3]), strings.Join(args[4:], ","))
		}
	case "FS":
		d.qr = false
	case "PW":
		d.width = labelDots(args[0], d.width)
	case "LL":
		d.height = labelDots(args[0], d.height)
	case "LH", "PQ", "FX":
	default:
		p.carriedOut("?" + name)
	}
}

// labelDots reads a size; one that no printer has leaves things as they were.
func labelDots(arg string, before int) int {
	if dots := atoi(arg); dots > 0 && dots <= labelDotsMax {
		return dots
	}
	return before
}

// picture unpacks ^GFA data: hexadecimal, G … Y and g … z repeat the next digit, a comma fills the row with zeros, an
// exclamation mark with ones, a colon repeats the row before.
func (d *zplDecoder) picture(size, stride int, data string) {
	if stride <= 0 || stride > labelDotsMax/8 || size <= 0 || size > bufferBytesMax {
		return
	}
	digits := make([]byte, 0, size*2)
	row, times := stride*2, 0
	fill := func(digit byte) {
		for ok := true; ok; ok = len(digits)%row != 0 {
			digits = append(digits, digit)
		}
	}
	for _, c := range []byte(data) {
		switch {
		case c >= 'G' && c <= 'Y':
			times += int(c-'G') + 1
		case c >= 'g' && c <= 'z':
			times += (int(c-'g') + 1) * 20
		case c == ',':
			fill('0')
		case c == '!':
			fill('F')
		case c == ':' && len(digits) >= row:
			digits = append(digits, digits[len(digits)-row:]...)
		default:
			for range min(max(times, 1), size*2) {
				digits = append(digits, c)
			}
			times = 0
		}
		if len(digits) > size*2 {
			return
		}
	}
	bits := newBits(stride*8, size/stride)
	for i, c := range digits {
		v := strings.IndexByte("0123456789ABCDEF", c)
		for k := range 4 {
			if v > 0 && v&(8>>k) != 0 {
				bits.Set(i%row*4+k, i/row)
			}
		}
	}
	d.marks = append(d.marks, Mark{X: d.x, Y: d.y, Width: bits.Width, Height: bits.Height, Bits: bits})
}
