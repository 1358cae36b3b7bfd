package settlement

import (
	"fmt"

	"weir/shop"
	"weir/shop/sheet"
)

// Fault is what is wrong with a file or with one of its lines.
type Fault = sheet.Fault

// LineFault is what is wrong with one line of a file.
type LineFault = sheet.LineFault

func faultOf(id string, args ...any) *Fault { return sheet.FaultOf(id, args...) }

// Refused is a file of which nothing was taken in, and why.
type Refused struct {
	*Fault
	Lines []LineFault // the lines at fault, at most faultsMax
}

// Unwrap is the refusal as the rules know it, in English.
func (r *Refused) Unwrap() error {
	e := &shop.Error{Kind: shop.Invalid, Type: shop.ProblemInvalid, Detail: r.Error()}
	for _, f := range r.Lines {
		e.Fields = append(e.Fields, shop.FieldError{Pointer: fmt.Sprintf("/lines/%d", f.Line), Detail: f.Error()})
	}
	return e
}

// wrong refuses a file because of the file itself, and names the lines at fault.
func wrong(f *Fault, lines ...LineFault) error { return &Refused{Fault: f, Lines: lines} }

// quoted is a cell of a file as a fault quotes it: at most 40 characters, in quotes.
func quoted(cell string) string { return fmt.Sprintf("%.40q", cell) }
