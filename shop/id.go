package shop

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// Invisible reports whether a character cannot be seen: two ids that differ in it alone look the same. These are the
// format characters of Unicode (Cf: soft hyphens, zero-width spaces and joiners, direction marks, the byte order mark),
// what else it says to ignore where it cannot be shown (fillers of Hangul, variation selectors and the like), the empty
// pattern of Braille, and what never is a character.
func Invisible(r rune) bool {
	return unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point,
		unicode.Noncharacter_Code_Point) || r == '\u2800'
}

// OddSpace reports whether a character is a space that looks like the plain one, or like none: no-break, thin, ideographic.
func OddSpace(r rune) bool { return r != ' ' && unicode.IsSpace(r) }

// OrderID numbers the orders of a shop from 1. Outside it is written "o1042".
type OrderID int64

// String returns the form used in URLs, JSON and on paper.
func (id OrderID) String() string { return "o" + strconv.FormatInt(int64(id), 10) }

// MarshalText implements encoding.TextMarshaler.
func (id OrderID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (id *OrderID) UnmarshalText(text []byte) (err error) {
	*id, err = ParseOrderID(string(text))
	return err
}

// ParseOrderID reads the form written by [OrderID.String].
func ParseOrderID(s string) (OrderID, error) {
	digits, ok := strings.CutPrefix(s, "o")
	n, err := strconv.ParseInt(digits, 10, 64)
	if !ok || err != nil || n < 0 {
		return 0, fmt.Errorf("order id %q: want the letter o and a number, as in o1042", s)
	}
	return OrderID(n), nil
}

// CupID names one cup: the order and the cup's number in it, from 1. Outside it is written
// "c1042-2"; the same text is the code on the cup's label.
type CupID struct {
	Order OrderID
	N     int
}

// String returns the form used in URLs, JSON and in the label's QR code.
func (id CupID) String() string {
	return "c" + strconv.FormatInt(int64(id.Order), 10) + "-" + strconv.Itoa(id.N)
}

// MarshalText implements encoding.TextMarshaler.
func (id CupID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (id *CupID) UnmarshalText(text []byte) (err error) {
	*id, err = ParseCupID(string(text))
	return err
}

// ParseCupID reads the form written by [CupID.String]. Scanners with caps lock send "C1042-2"; that is read too.
func ParseCupID(s string) (CupID, error) {
	rest, ok := strings.CutPrefix(strings.ToLower(s), "c")
	order, n, found := strings.Cut(rest, "-")
	o, errOrder := strconv.ParseInt(order, 10, 64)
	i, errCup := strconv.Atoi(n)
	if !ok || !found || errOrder != nil || errCup != nil || o <= 0 || i <= 0 {
		return CupID{}, fmt.Errorf("cup id %q: want the form c1042-2", s)
	}
	return CupID{Order: OrderID(o), N: i}, nil
}

// JobID numbers print jobs from 1.
type JobID int64
