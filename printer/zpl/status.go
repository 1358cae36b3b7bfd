package zpl

import (
	"bytes"
	"strconv"
	"strings"
)

// AskStatus asks how the printer stands (~HS); it is answered at once with three framed lines.
var AskStatus = []byte("~HS\r\n")

// Flush is sent first on a new connection: it cancels a label that the last one broke off in (~JX).
var Flush = []byte("\r\n~JX\r\n")

// Status is the answer to AskStatus.
type Status struct {
	PaperOut  bool
	Paused    bool
	HeadOpen  bool
	RibbonOut bool
	Fault     bool // memory or temperature
	Busy      bool // labels waiting, begun or being printed
}

// statusBytes bounds an answer; a real one has about 80.
const statusBytes = 512

// ReadStatus takes a host status off b and returns its length, 0 if b ends before it does. ok is false if what stands
// at the beginning of b is not one; it is to be skipped.
func ReadStatus(b []byte) (s Status, n int, ok bool) {
	var lines [3][]string
	for i := range lines {
		if n < len(b) && b[n] != stx {
			return s, 1, false
		}
		end := bytes.IndexByte(b[n:], etx)
		if end < 0 {
			if len(b) > statusBytes {
				return s, 1, false
			}
			return s, 0, false
		}
		lines[i] = strings.Split(string(b[n+1:n+end]), ",")
		n += end + 1
		for n < len(b) && (b[n] == '\r' || b[n] == '\n') {
			n++
		}
	}
	if len(lines[0]) < 12 || len(lines[1]) < 11 {
		return s, n, false
	}
	one, two := lines[0], lines[1]
	s = Status{
		PaperOut: set(one[1]), Paused: set(one[2]), HeadOpen: set(two[2]), RibbonOut: set(two[3]),
		Fault: set(one[9]) || set(one[10]) || set(one[11]),
		Busy:  set(one[4]) || set(one[7]) || set(two[8]),
	}
	return s, n, true
}

const (
	stx = 0x02
	etx = 0x03
)

func set(field string) bool {
	n, err := strconv.Atoi(strings.TrimSpace(field))
	return err == nil && n != 0
}
