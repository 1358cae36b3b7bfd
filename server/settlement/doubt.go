package settlement

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"weir/shop"
)

// likelyMax is how many orders are shown beside a line whose order number was cut.
const likelyMax = 5

// Doubt is a line of a statement about which a person has to decide.
type Doubt struct {
	Line   int      // number of the line in the file, from 1
	Text   string   // the line as in the file, shortened
	Why    *Fault   // the reason
	Cut    bool     // a spreadsheet has cut its order number
	MayBe  bool     // the number may also be right as it stands
	Likely []Likely // orders of the day that it may be about; a person decides, nothing is guessed

	digits rounded            // what is left of its order number
	line   shop.StatementLine // the rest of the line
}

// Likely is an order that a line may be about.
type Likely struct {
	Ref    string
	Order  shop.OrderID
	Number string // pick-up number
	Due    int64  // amount in the shop's book, fen
}

// Choice is what a person has decided about the lines of a statement that are in doubt.
type Choice struct {
	LeaveOut bool           // go on without those that nothing is decided about; the settlement says which
	Refs     map[int]string // the order number of a line that was cut, by line
}

// Unclear is the error of a statement with lines in doubt. Nothing was taken in.
type Unclear struct {
	Lines    []Doubt
	Readable int // lines that can be read
}

// Error implements error.
func (u *Unclear) Error() string { return u.Unwrap().Error() }

// Unwrap makes it a refusal that names each line.
func (u *Unclear) Unwrap() error {
	return wrong(faultOf("file_fault.nothing_taken_in"), faultsOf(u.Lines)...)
}

func faultsOf(doubts []Doubt) (faults []LineFault) {
	for _, d := range doubts[:min(len(doubts), faultsMax)] {
		faults = append(faults, LineFault{Line: d.Line, Fault: d.Why})
	}
	return faults
}

// errCut is about an order number that a spreadsheet has cut.
var errCut = faultOf("file_fault.number_cut")

// recognise looks for order numbers that a spreadsheet has cut, finds the orders that they may be about, and takes in
// those that a person has named.
func (b *Books) recognise(ctx context.Context, read *Read, channel string, day shop.Day, choice Choice) error {
	if err := b.findCut(ctx, read, channel); err != nil {
		return err
	}
	if !slices.ContainsFunc(read.Doubts, func(d Doubt) bool { return d.Cut }) {
		return nil
	}
	orders, err := b.shop.OrdersOfDay(ctx, day, channel)
	if err != nil {
		return err
	}
	taken := map[string]bool{}
	for _, l := range read.Statement.Lines {
		taken[l.Ref] = true
	}
	left := read.Doubts[:0]
	for _, d := range read.Doubts {
		ref, chosen := choice.Refs[d.Line]
		if chosen && d.Cut && !taken[ref] && (d.digits.fits(ref) || d.MayBe && ref == d.line.Ref) {
			d.line.Ref, taken[ref] = ref, true
			read.Statement.Lines = append(read.Statement.Lines, d.line)
			continue
		}
		for _, o := range orders {
			if d.Cut && len(d.Likely) < likelyMax && !taken[o.Ref] && d.digits.fits(o.Ref) {
				d.Likely = append(d.Likely, Likely{Ref: o.Ref, Order: o.ID, Number: o.PickupNumber(), Due: o.SubsidyDue()})
			}
		}
		left = append(left, d)
	}
	read.Doubts = left
	slices.SortFunc(read.Statement.Lines, func(a, b shop.StatementLine) int { return a.Line - b.Line })
	return nil
}

// findCut moves lines whose order number ends in zeros where a spreadsheet would have written them, and which the shop
// does not know, to those in doubt. A spreadsheet cuts every long number of a file: where one is whole, none was cut.
func (b *Books) findCut(ctx context.Context, read *Read, channel string) error {
	if slices.ContainsFunc(read.Statement.Lines, func(l shop.StatementLine) bool { return longRef(l.Ref) }) {
		return nil
	}
	left := make([]shop.StatementLine, 0, len(read.Statement.Lines))
	for _, l := range read.Statement.Lines {
		digits, cut := cutRef(l.Ref)
		if cut {
			_, err := b.shop.OrderByRef(ctx, channel, l.Ref)
			if err != nil && !errors.Is(err, shop.ErrNotFound) {
				return fmt.Errorf("look for order %s: %w", l.Ref, err)
			}
			cut = err != nil
		}
		if !cut {
			left = append(left, l)
			continue
		}
		read.Doubts = append(read.Doubts, Doubt{Line: l.Line, Text: excerpt(l.Ref), Why: errCut, Cut: true, MayBe: true, digits: digits, line: l})
	}
	read.Statement.Lines = left
	slices.SortFunc(read.Doubts, func(a, b Doubt) int { return a.Line - b.Line })
	return nil
}
