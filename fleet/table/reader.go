package table

import (
	"strconv"
	"time"
	"unicode/utf8"
)

// reader reads JSON as shops write it. Whatever it does not know, from an escape in a text to a null, makes it wrong, and
// what it has read is worth nothing then.
type reader struct {
	text  []byte
	at    int
	first bool // nothing of the present object or list has been read
	wrong bool
	depth int
	names names
}

// names keeps one copy of each text that all shops say: channels, items, revisions of menus.
type names map[string]string

const (
	// namesMax bounds the copies: far more than the words of one brand. Beyond it every shop has its own.
	namesMax = 10_000
	// depthMax bounds objects and lists in each other.
	depthMax = 32
	// digitsMax is a whole number that surely fits into 64 bits.
	digitsMax = 18
)

// peek is the next byte that is no space; 0 at the end.
func (in *reader) peek() byte {
	for in.at < len(in.text) {
		switch c := in.text[in.at]; c {
		case ' ', '\t', '\n', '\r':
			in.at++
		default:
			return c
		}
	}
	return 0
}

func (in *reader) expect(c byte) {
	if in.peek() != c {
		in.wrong = true
		return
	}
	in.at++
}

// object and list begin one; [reader.more] goes on.
func (in *reader) object() { in.begin('{') }
func (in *reader) list()   { in.begin('[') }

func (in *reader) begin(open byte) {
	if in.expect(open); in.depth >= depthMax {
		in.wrong = true
	}
	in.depth++
	in.first = true
}

// more reports whether another member follows before the end of the object or list, which it reads.
func (in *reader) more(end byte) bool {
	c := in.peek()
	switch {
	case in.wrong:
		return false
	case c == end:
		in.at++
		in.depth--
		in.first = false
		return false
	case !in.first && c != ',':
		in.wrong = true
		return false
	case !in.first:
		in.at++
	}
	in.first = false
	return true
}

// ended reports whether all was read and understood.
func (in *reader) ended() bool { return !in.wrong && in.peek() == 0 && in.at == len(in.text) }

// key is the name of a member. One in capitals is for encoding/json, which takes it for the same.
func (in *reader) key() []byte {
	key := in.raw()
	for _, c := range key {
		if c >= 'A' && c <= 'Z' || c >= utf8.RuneSelf {
			in.wrong = true
		}
	}
	in.expect(':')
	return key
}

// raw is a text without escapes, as it lies in the message.
func (in *reader) raw() []byte {
	if in.expect('"'); in.wrong {
		return nil
	}
	from, plain := in.at, true
	for ; in.at < len(in.text); in.at++ {
		switch c := in.text[in.at]; {
		case c == '"':
			text := in.text[from:in.at]
			in.at++
			in.wrong = in.wrong || !plain && !utf8.Valid(text)
			return text
		case c == '\\' || c < ' ':
			in.wrong = true
			return nil
		case c >= utf8.RuneSelf:
			plain = false
		}
	}
	in.wrong = true
	return nil
}

// name is a text of which one copy is kept for all shops.
func (in *reader) name() string {
	text := in.raw()
	if known, ok := in.names[string(text)]; ok {
		return known
	}
	return in.names.keep(string(text))
}

// keep keeps a name if there is room for it.
func (n names) keep(name string) string {
	if len(n) < namesMax && n != nil {
		n[name] = name
	}
	return name
}

// number is the text of a number.
func (in *reader) number() []byte {
	in.peek()
	from := in.at
	if in.at < len(in.text) && in.text[in.at] == '-' {
		in.at++
	}
	whole := in.digits()
	if whole == 0 || whole > 1 && in.text[in.at-whole] == '0' {
		in.wrong = true
		return nil
	}
	if in.at < len(in.text) && in.text[in.at] == '.' {
		in.at++
		in.wrong = in.wrong || in.digits() == 0
	}
	if in.at < len(in.text) && (in.text[in.at] == 'e' || in.text[in.at] == 'E') {
		in.at++
		if in.at < len(in.text) && (in.text[in.at] == '+' || in.text[in.at] == '-') {
			in.at++
		}
		in.wrong = in.wrong || in.digits() == 0
	}
	return in.text[from:in.at]
}

func (in *reader) digits() (n int) {
	for in.at < len(in.text) && in.text[in.at] >= '0' && in.text[in.at] <= '9' {
		in.at++
		n++
	}
	return n
}

func (in *reader) integer() (n int64) {
	text := in.number()
	digits, negative := text, false
	if len(text) > 0 && text[0] == '-' {
		digits, negative = text[1:], true
	}
	if len(digits) == 0 || len(digits) > digitsMax {
		in.wrong = true
		return 0
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			in.wrong = true
			return 0
		}
		n = 10*n + int64(c-'0')
	}
	if negative {
		return -n
	}
	return n
}

// natural is an integer that is not negative.
func (in *reader) natural() int64 {
	in.wrong = in.wrong || in.peek() == '-'
	return in.integer()
}

func (in *reader) float() float64 {
	n, err := strconv.ParseFloat(string(in.number()), 64)
	in.wrong = in.wrong || err != nil
	return n
}

func (in *reader) flag() bool {
	yes := in.peek() == 't'
	if yes {
		in.word("true")
	} else {
		in.word("false")
	}
	return yes
}

func (in *reader) word(w string) {
	if in.at+len(w) > len(in.text) || string(in.text[in.at:in.at+len(w)]) != w {
		in.wrong = true
		return
	}
	in.at += len(w)
}

func (in *reader) time() (at time.Time) {
	text := in.raw()
	in.wrong = in.wrong || at.UnmarshalText(text) != nil
	return at
}

// skip reads a value that nobody needs.
func (in *reader) skip() {
	switch in.peek() {
	case '{':
		for in.object(); in.more('}'); {
			in.raw()
			in.expect(':')
			in.skip()
		}
	case '[':
		for in.list(); in.more(']'); {
			in.skip()
		}
	case '"':
		in.raw()
	case 't', 'f':
		in.flag()
	case 'n':
		in.word("null")
	default:
		in.number()
	}
}
