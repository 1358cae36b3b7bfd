package settlement

import (
	"regexp"
	"strconv"
	"strings"
)

// digitsKept is how many digits of a number a spreadsheet keeps (IEEE 754 double precision, as Excel shows it). Order
// numbers of platforms have 16 to 20: the others become zeros.
const digitsKept = 15

// scientific is an order number as a spreadsheet shows one that it took for a quantity: 8.02013E+17, 8,02013E+17 where the
// comma is the decimal point, or 8.02013×10^17.
var scientific = regexp.MustCompile(`^([0-9])(?:[.,]([0-9]+))? ?(?:[eE]|[*×xX] ?10\^?)\+?([0-9]{1,2})$`)

// rounded is an order number of which a spreadsheet has kept only the first digits.
type rounded struct {
	first  string // the digits it kept; the last of them may have been rounded up
	length int    // digits of the whole number
}

// roundedRef reports whether an order number has lost digits for certain, because it is written with an exponent.
func roundedRef(ref string) (rounded, bool) {
	m := scientific.FindStringSubmatch(ref)
	if m == nil {
		return rounded{}, false
	}
	exponent, err := strconv.Atoi(m[3])
	if err != nil || exponent < len(m[2]) {
		return rounded{}, false
	}
	return rounded{first: m[1] + m[2], length: exponent + 1}, true
}

// cutRef reports whether an order number looks as if its last digits had become zeros. An honest one may look so too.
func cutRef(ref string) (rounded, bool) {
	if len(ref) <= digitsKept || strings.Trim(ref, "0123456789") != "" || strings.Trim(ref[digitsKept:], "0") != "" {
		return rounded{}, false
	}
	return rounded{first: ref[:digitsKept], length: len(ref)}, true
}

// longRef reports whether an order number has more digits than a spreadsheet keeps, and still has them.
func longRef(ref string) bool {
	_, cut := cutRef(ref)
	return !cut && len(ref) > digitsKept && strings.Trim(ref, "0123456789") == ""
}

// fits reports whether an order number could have become this one.
func (r rounded) fits(ref string) bool {
	if len(ref) != r.length || strings.Trim(ref, "0123456789") != "" || len(r.first) > len(ref) {
		return false
	}
	kept := ref[:len(r.first)]
	if kept == r.first {
		return true
	}
	n, err := strconv.ParseUint(kept, 10, 64)
	if err != nil || len(r.first) == len(ref) {
		return false
	}
	return ref[len(r.first)] >= '5' && strconv.FormatUint(n+1, 10) == r.first
}
