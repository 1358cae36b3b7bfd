package sheet

import (
	"fmt"

	"weir/shop/words"
)

// Fault is what is wrong with a file or with one of its lines: a text of the catalogue with what is quoted in it. Faults
// of lines that were left out are stored: a text of file_fault keeps its id.
type Fault struct {
	ID   string   // in the catalogue
	Args []string // what the text quotes, ready to be read
}

// FaultOf is a fault with its arguments.
func FaultOf(id string, args ...any) *Fault {
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
	Lines []LineFault // the lines at fault, those that a person reads
}

// Told is the refusal in a language: what is wrong, and the lines.
func (r *Refused) Told(l words.Lang) (what string, lines []string) {
	for _, f := range r.Lines {
		lines = append(lines, l.T("menu_file.line", f.Line, f.In(l)))
	}
	return r.In(l), lines
}
