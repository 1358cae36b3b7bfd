package wire

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"weir/shop"
)

// reader takes members out of an object by their exact names. What is absent or null is zero; what
// is there and wrong is a fault. Members that nobody asks for are ignored.
type reader struct {
	*faults
	at      string // JSON pointer (RFC 6901) of the object
	members map[string]any
}

// has reports whether a member is there and not null.
func (r reader) has(name string) bool { return r.members[name] != nil }

func (r reader) wrong(name, detail string) { r.add(r.at+"/"+name, detail) }

// missing is the fault of a member without which nothing can be done.
func (r reader) missing(name string) { r.wrong(name, "is missing") }

// text reads free text of people, cleaned. It is as long as the body allows.
func (r reader) text(name string) string {
	s, _ := r.str(name)
	return clean(s)
}

// id reads a short name that machines compare: nothing is changed about it, so nothing invisible
// may be in it.
func (r reader) id(name string, max int) string {
	s, ok := r.str(name)
	if !ok {
		return ""
	}
	return r.checkID(r.at+"/"+name, s, max)
}

func (r reader) checkID(pointer, s string, max int) string {
	switch {
	case len(s) > max:
		r.add(pointer, fmt.Sprintf("is %d bytes long; at most %d", len(s), max))
	default:
		why := unfit(s)
		if why == "" {
			return s
		}
		r.add(pointer, why)
	}
	return ""
}

// unfit says why a text is no id; "" is nothing.
func unfit(s string) string {
	switch {
	case clean(s) != s || strings.ContainsRune(s, utf8.RuneError):
		return "has spaces at an end, control characters or direction marks"
	case strings.ContainsFunc(s, shop.Invisible):
		return "has characters that cannot be seen, such as a zero-width space (U+200B)"
	case strings.ContainsFunc(s, shop.OddSpace):
		return "has a space that is not the plain one, such as a no-break space (U+00A0)"
	}
	return ""
}

func (r reader) str(name string) (s string, ok bool) {
	if !r.has(name) {
		return "", false
	}
	if s, ok = r.members[name].(string); !ok {
		r.wrong(name, "want a string")
	}
	return s, ok
}

func (r reader) flag(name string) bool {
	if !r.has(name) {
		return false
	}
	b, ok := r.members[name].(bool)
	if !ok {
		r.wrong(name, "want true or false")
	}
	return b
}

// whole reads a whole number between two bounds, written without fraction and exponent. ok is false
// when it is absent or wrong.
func (r reader) whole(name string, min, max int64) (n int64, ok bool) {
	if !r.has(name) {
		return 0, false
	}
	number, ok := r.members[name].(json.Number)
	if !ok {
		r.wrong(name, "want a number")
		return 0, false
	}
	n, err := strconv.ParseInt(string(number), 10, 64)
	if err != nil || n < min || n > max {
		r.wrong(name, fmt.Sprintf("is %.24s; want a whole number from %d to %d, without fraction or exponent", number, min, max))
		return 0, false
	}
	return n, true
}

// moment reads a time by RFC 3339.
func (r reader) moment(name string) time.Time {
	s, ok := r.str(name)
	if !ok {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, s)
	if err != nil || at.Year() < yearMin || at.Year() > yearMax {
		r.wrong(name, "want a time by RFC 3339, as in 2026-02-06T12:00:00+08:00")
		return time.Time{}
	}
	return at.UTC().Truncate(time.Millisecond)
}

// object reads a nested object; ok is false when it is absent or wrong.
func (r reader) object(name string) (inner reader, ok bool) {
	if !r.has(name) {
		return reader{}, false
	}
	members, ok := r.members[name].(map[string]any)
	if !ok {
		r.wrong(name, "want an object")
	}
	return reader{r.faults, r.at + "/" + name, members}, ok
}

// list reads a nested array; nil when it is absent, wrong or too long.
func (r reader) list(name string, max int) []any {
	if !r.has(name) {
		return nil
	}
	elements, ok := r.members[name].([]any)
	switch {
	case !ok:
		r.wrong(name, "want an array")
	case len(elements) > max:
		r.wrong(name, fmt.Sprintf("has %d elements; at most %d", len(elements), max))
	default:
		return elements
	}
	return nil
}
