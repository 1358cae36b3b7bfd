package shop

import (
	"fmt"
	"slices"
)

// Statement is what a platform says it owes for a day: its own list, as it was imported.
type Statement struct {
	Lines   []StatementLine `json:"lines"`              // by their line in the file
	LeftOut []LeftOutLine   `json:"left_out,omitempty"` // lines that could not be read; a person went on without them
	Said    *int64          `json:"said_fen,omitempty"` // the file's own sum, where it has a row for it
}

// LeftOutLine is a line of a statement that could not be read and counts for nothing.
type LeftOutLine struct {
	Line int    `json:"line"` // in the file, from 1
	Text string `json:"text"` // as the file has it, shortened
	// Fault is the text of the catalogue that says why it could not be read, and Args is what the text quotes. A line
	// that was stored before November 2026 has the sentence itself instead, in Chinese and English.
	Fault string   `json:"fault,omitempty"`
	Args  []string `json:"args,omitempty"`
	Why   string   `json:"why,omitempty"`
}

// StatementLine is one order of a platform's statement. What the file does not say is nil or empty.
type StatementLine struct {
	Line         int    `json:"line"` // in the file, from 1
	Ref          string `json:"ref"`
	Subsidy      *int64 `json:"subsidy_fen,omitempty"`
	Cups         *int   `json:"cups,omitempty"`
	Parts               // of the order's money, with either sign: platforms write what they keep with a minus
	Compensation *int64 `json:"compensation_fen,omitempty"` // with either sign
	// State is OrderHanded for anything the platform regards as done, and OrderCancelled for what it does not
	State OrderState `json:"state,omitempty"`
}

// Sum is the subsidy of all lines, in fen.
func (s *Statement) Sum() (sum int64) {
	for _, l := range s.Lines {
		if l.Subsidy != nil {
			sum += *l.Subsidy
		}
	}
	return sum
}

// DifferenceKind says in what a statement and the shop's own book differ.
type DifferenceKind string

// The kinds of difference.
const (
	MissingThere DifferenceKind = "missing-there" // the shop made it, the statement does not have it
	MissingHere  DifferenceKind = "missing-here"  // the statement has it, the shop has never seen it
	OtherDay     DifferenceKind = "other-day"     // the shop has it on another business day: the platform's day turns at another hour
	OtherAmount  DifferenceKind = "other-amount"  // the subsidies differ
	OtherCups    DifferenceKind = "other-cups"    // the cups differ
	OtherState   DifferenceKind = "other-state"   // one says done, the other cancelled

	OtherChannelPart  DifferenceKind = "other-channel-part" // the parts of the money differ: what the channel bears,
	OtherShopPart     DifferenceKind = "other-shop-part"    // what the shop bears,
	OtherFee          DifferenceKind = "other-fee"          // the channel's fee,
	OtherPacking      DifferenceKind = "other-packing"      // packing,
	OtherCompensation DifferenceKind = "other-compensation" // or what the customer was given
)

// Difference is one row in which a statement and the shop's own book differ.
type Difference struct {
	Kind   DifferenceKind `json:"kind"`
	Ref    string         `json:"ref"`
	Line   int            `json:"line,omitempty"`  // in the statement's file; 0 where it has none
	Order  OrderID        `json:"order,omitempty"` // 0 where the shop has none
	Day    Day            `json:"day,omitempty"`   // of the order, for OtherDay
	Ours   string         `json:"ours,omitempty"`
	Theirs string         `json:"theirs,omitempty"`
	// Fen is how much more subsidy the shop is owed by its own book than by the statement; it may be negative. It is 0 where cups
	// or parts of the money differ.
	Fen int64 `json:"fen"`
}

// Differences compares a channel's statement of a day with the shop's orders of that day. elsewhere finds an order of
// the channel on another day. Rows come as in the statement, then by order what it does not have; orders without a
// subsidy need not be in it.
func Differences(orders []*Order, st *Statement, elsewhere func(ref string) (*Order, bool)) []Difference {
	ours := make(map[string]*Order, len(orders))
	for _, o := range orders {
		ours[o.Ref] = o
	}
	var list []Difference
	for i := range st.Lines {
		l := &st.Lines[i]
		o, ok := ours[l.Ref]
		delete(ours, l.Ref)
		if ok {
			list = append(list, l.against(o)...)
			continue
		}
		d := Difference{Kind: MissingHere, Ref: l.Ref, Line: l.Line, Theirs: yuan(l.Subsidy), Fen: -l.owed()}
		if o, ok := elsewhere(l.Ref); ok {
			d.Kind, d.Order, d.Day, d.Ours, d.Fen = OtherDay, o.ID, o.Day, string(o.Day), o.SubsidyDue()-l.owed()
		}
		list = append(list, d)
	}
	for _, o := range orders {
		if ours[o.Ref] == nil || !o.done() {
			continue
		}
		due := o.SubsidyDue()
		if o.Totals == nil {
			list = append(list, Difference{Kind: MissingThere, Ref: o.Ref, Order: o.ID})
		} else if due > 0 {
			list = append(list, Difference{Kind: MissingThere, Ref: o.Ref, Order: o.ID, Ours: yuan(&due), Fen: due})
		}
	}
	return list
}

// against compares a line with the shop's own order.
func (l *StatementLine) against(o *Order) (list []Difference) {
	due := o.SubsidyDue()
	differ := func(kind DifferenceKind, ours, theirs string, fen int64) {
		list = append(list, Difference{Kind: kind, Ref: l.Ref, Line: l.Line, Order: o.ID, Ours: ours, Theirs: theirs, Fen: fen})
	}
	if done := o.done(); l.State != "" && (l.State == OrderHanded) != done {
		differ(OtherState, string(o.State()), string(l.State), due-l.owed())
		return list
	}
	if l.Subsidy != nil && *l.Subsidy != due {
		ours := &due
		if o.Totals == nil {
			ours = nil // not known yet: nothing to compare but what to ask about
		}
		differ(OtherAmount, yuan(ours), yuan(l.Subsidy), due-*l.Subsidy)
	}
	if _, made := o.MadeOf(); l.Cups != nil && *l.Cups != made {
		differ(OtherCups, fmt.Sprint(made), fmt.Sprint(*l.Cups), 0)
	}
	ours := o.PartsDue()
	kinds := [4]DifferenceKind{OtherChannelPart, OtherShopPart, OtherFee, OtherPacking}
	theirs := l.Parts.all()
	for i, part := range ours.all() {
		if said := *theirs[i]; said != nil && (*part == nil || **part != unsigned(*said)) {
			differ(kinds[i], yuan(*part), yuan(said), 0)
		}
	}
	given := int64(0)
	if o.Compensation != nil {
		given = o.Compensation.Fen
	}
	if l.Compensation != nil && unsigned(*l.Compensation) != given {
		differ(OtherCompensation, yuan(&given), yuan(l.Compensation), 0)
	}
	return list
}

// unsigned is a sum without its sign.
func unsigned(fen int64) int64 { return max(fen, -fen) }

// done reports whether the order has ended and was made, so that its subsidy is owed.
func (o *Order) done() bool {
	ordered, made := o.MadeOf()
	return o.State().Ended() && (made > 0 || ordered == 0 && (o.End == OrderHanded || o.End == OrderUnclaimed))
}

// Money is what the line says beside the subsidy: channel's part, shop's part, fee, packing, compensation. Each is nil where the
// file does not say it.
func (l *StatementLine) Money() [5]**int64 {
	parts := l.Parts.all()
	return [5]**int64{parts[0], parts[1], parts[2], parts[3], &l.Compensation}
}

func (l *StatementLine) owed() int64 {
	if l.Subsidy == nil {
		return 0
	}
	return *l.Subsidy
}

// yuan writes fen as a person reads money; "" where it is not known.
func yuan(fen *int64) string {
	if fen == nil {
		return ""
	}
	sign, n := "", *fen
	if n < 0 {
		sign, n = "-", -n
	}
	return fmt.Sprintf("%s%d.%02d", sign, n/100, n%100)
}

// ImportStatement takes in what a platform says it owes for a day.
type ImportStatement struct {
	By, Channel string
	Day         Day
	Statement   Statement
	File        string // its name, for people
	SHA256      string // of the file, hex
}

func (ImportStatement) subject() Subject { return Subject{} }

// StatementImported says that a platform's list of what it owes was imported. Its lines are in a row of their own and not
// in the log.
type StatementImported struct {
	Channel   string    `json:"channel"`
	Day       Day       `json:"day"`
	Orders    int       `json:"orders"`
	Fen       int64     `json:"subsidy_fen"`
	File      string    `json:"file"`
	SHA256    string    `json:"sha256"`
	Statement Statement `json:"-"`
}

func (StatementImported) name() string { return "statement.imported" }

// decide takes a platform's statement in. It replaces an earlier one of the same channel and day.
func (c ImportStatement) decide(d *decider) error {
	d.by = c.By
	if _, ok := d.state.Config.Channel(c.Channel); !ok {
		return notFound("there is no channel %q", c.Channel)
	}
	if c.Day > d.state.Counters.Day {
		return conflict(ProblemDayOpen, "business day %s has not begun", c.Day)
	}
	if len(c.Statement.Lines) == 0 {
		return invalid(ProblemInvalid, "the statement has no orders", FieldError{"/lines", "is empty"})
	}
	seen := make(map[string]int, len(c.Statement.Lines))
	for _, l := range c.Statement.Lines {
		if first, twice := seen[l.Ref]; twice {
			return invalid(ProblemInvalid, fmt.Sprintf("lines %d and %d are the same order", first, l.Line),
				FieldError{fmt.Sprintf("/lines/%d", l.Line), l.Ref})
		}
		seen[l.Ref] = l.Line
	}
	d.emit(0, StatementImported{
		Channel: c.Channel, Day: c.Day, Orders: len(c.Statement.Lines), Fen: c.Statement.Sum(), File: c.File, SHA256: c.SHA256,
		Statement: Statement{Lines: slices.Clone(c.Statement.Lines), LeftOut: slices.Clone(c.Statement.LeftOut), Said: c.Statement.Said},
	})
	return nil
}

// apply changes nothing: the statement is in a row of its own.
func (StatementImported) apply(s State, _ Event) State { return s }
