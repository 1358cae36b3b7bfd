package settlement

import (
	"fmt"

	"weir/shop"
	"weir/shop/words"
)

// Fault is what is wrong with a file or with one of its lines: a text of the catalogue with what is quoted in it. Faults
// of lines that were left out are stored: a text of file_fault keeps its id.
type Fault struct {
	ID   string   // in the catalogue
	Args []string // what the text quotes, ready to be read
}

// faultOf is a fault with its arguments.
func faultOf(id string, args ...any) *Fault {
	f := &Fault{ID: id}
	for _, a := range args {
		f.Args = append(f.Args, fmt.Sprint(a))
	}
	return f
}

// In is the fault in a language.
func (f *Fault) In(l words.Lang) string {
	args := make([]any, len(f.Args))
	for i, a := range f.Args {
		args[i] = a
	}
	return l.T(f.ID, args...)
}

// Error implements error, in English.
func (f *Fault) Error() string { return f.In(words.EN) }

// LineFault is what is wrong with one line of a file.
type LineFault struct {
	Line int // from 1
	*Fault
}

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
