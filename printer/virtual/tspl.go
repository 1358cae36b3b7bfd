package virtual

import (
	"bytes"
	"strconv"
	"strings"
)

// labelHeight is the height in dots of a label that does not say its own: 30 mm.
const labelHeight = 240

// dotsPerMM is the resolution of label printers, 203 dpi.
const dotsPerMM = 8

// labelDotsMax bounds a picture on a label, across and down: more than the widest printer there is.
const labelDotsMax = 4096

// tsplDecoder carries out TSPL, a line at a time. As some clones do, it drops the whole label at a command it does not know.
type tsplDecoder struct {
	width  int // of the label, in dots; SIZE changes both
	height int
	marks  []Mark
	bad    bool   // an unknown command since CLS
	held   []byte // the beginning of an immediate command
}

// urgent answers <ESC>!? wherever it appears; its bytes go no further.
func (d *tsplDecoder) urgent(p *Printer, c byte) {
	const ask = "\x1b!?"
	d.held = append(d.held, c)
	switch {
	case string(d.held) == ask:
		p.reply([]byte{p.tsplStatus()})
		d.held = nil
	case !strings.HasPrefix(ask, string(d.held)):
		p.buf = append(p.buf, d.held...)
		d.held = nil
	}
}

func (p *Printer) tsplStatus() byte {
	var b byte
	if p.faults.CoverOpen {
		b |= 0x01
	}
	if p.faults.PaperOut {
		b |= 0x04
	}
	if p.faults.NoFence || p.busy || p.able() && len(p.buf) > p.starved {
		b |= 0x20
	}
	return b
}

func (d *tsplDecoder) step(p *Printer, b []byte) int {
	if n, ok := d.bitmap(b); ok {
		return n
	}
	end := bytes.IndexByte(b, '\n')
	if end < 0 {
		return 0
	}
	d.line(p, strings.TrimSpace(string(b[:end])))
	return end + 1
}

// bitmap carries out BITMAP x,y,width,height,mode,data: its data may hold anything. ok is false for other commands.
func (d *tsplDecoder) bitmap(b []byte) (n int, ok bool) {
	const name = "BITMAP "
	if !bytes.HasPrefix(b, []byte(name)) {
		return 0, false
	}
	rest := b[len(name):]
	var args [5]int
	for i := range args {
		comma := bytes.IndexByte(rest, ',')
		if comma < 0 {
			return 0, !bytes.ContainsRune(rest, '\n')
		}
		v, err := strconv.Atoi(strings.TrimSpace(string(rest[:comma])))
		if err != nil || v < 0 || v > labelDotsMax {
			return 0, false
		}
		args[i], rest = v, rest[comma+1:]
	}
	size := args[2] * args[3]
	if len(rest) < size {
		return 0, true
	}
	bits := &Bits{Width: args[2] * 8, Height: args[3], Rows: make([]byte, size)}
	for i, c := range rest[:size] {
		bits.Rows[i] = ^c // 0 burns
	}
	d.marks = append(d.marks, Mark{X: args[0], Y: args[1], Width: bits.Width, Height: bits.Height, Bits: bits})
	return len(b) - len(rest) + size, true
}

func (d *tsplDecoder) line(p *Printer, line string) {
	name, rest, _ := strings.Cut(line, " ")
	args := fields(rest)
	p.carriedOut(name)
	switch {
	case name == "" || name == "GAP" || name == "DIRECTION":
	case name == "SIZE" && len(args) == 2:
		d.width, d.height = millimetres(args[0], d.width), millimetres(args[1], d.height)
	case name == "CLS":
		d.marks, d.bad = nil, false
	case name == "TEXT" && len(args) == 7 && quoted(args[6]):
		d.text(args)
	case name == "QRCODE" && len(args) == 7 && quoted(args[6]):
		m, ok := qrMark(strings.Trim(args[6], `"`), atoi(args[3]))
		if ok {
			m.X, m.Y = atoi(args[0]), atoi(args[1])
			d.marks = append(d.marks, m)
		}
	case name == "PRINT":
		if !d.bad {
			p.label(d.marks, d.width, d.height)
		}
		d.marks = nil
	default:
		p.carriedOut("?" + name)
		d.bad = true
	}
}

func (d *tsplDecoder) text(args []string) {
	across, down := max(atoi(args[4]), 1), max(atoi(args[5]), 1)
	raw := strings.Trim(args[6], `"`)
	d.marks = append(d.marks, Mark{
		X: atoi(args[0]), Y: atoi(args[1]), Width: len(raw) * cellWidth * across, Height: cellHeight * down,
		Text: fromGBK([]byte(raw)),
	})
}

// fields cuts arguments at commas outside quotes.
func fields(s string) []string {
	var out []string
	quote, start := false, 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			quote = !quote
		case s[i] == ',' && !quote:
			out = append(out, strings.TrimSpace(s[start:i]))
			start = i + 1
		}
	}
	return append(out, strings.TrimSpace(s[start:]))
}

func quoted(s string) bool { return len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' }

// millimetres reads "40 mm" as dots; a size no printer has leaves things as they were.
func millimetres(arg string, before int) int {
	dots := atoi(strings.TrimSpace(strings.TrimSuffix(arg, "mm"))) * dotsPerMM
	if dots <= 0 || dots > labelDotsMax {
		return before
	}
	return dots
}

// atoi reads a number; what is none counts as 0, as printers have it.
func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

// label puts a label on paper and moves on to the next.
func (p *Printer) label(marks []Mark, width, height int) {
	for _, m := range marks {
		p.put(m)
	}
	p.paper.width, p.paper.now.Height = width, height
	p.paper.cut()
	p.fed()
	p.labour(func() {})
}
