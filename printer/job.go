package printer

import (
	"context"
	"errors"
	"time"
)

// Kind is what a job prints.
type Kind string

// The documents there are.
const (
	Kitchen Kind = "kitchen" // what to make, one per order
	Receipt Kind = "receipt" // what was paid, for the customer
	Slip    Kind = "slip"    // goes on the bag: how many cups belong in it
	Label   Kind = "label"   // goes on one cup
	// Cancellation says that what is on paper already is not to be made any more.
	Cancellation Kind = "cancellation"
	// Test says what Weir believes the printer to be. It belongs to no order and is no job.
	Test Kind = "test"
)

// State is how far a job has come.
type State string

// The states of a job; see Steps for who may lead where.
const (
	Queued      State = "queued"
	Sending     State = "sending"     // written before the first byte leaves
	Fenced      State = "fenced"      // all bytes written, awaiting the printer's fence
	Done        State = "done"        // the fence came back, or a person saw the paper
	Blocked     State = "blocked"     // next in line, and the printer says why it cannot print
	Unconfirmed State = "unconfirmed" // it may or may not be on paper
	Failed      State = "failed"      // cannot be printed
	Held        State = "held"        // too old to print unasked
	Cancelled   State = "cancelled"   // not wanted any more, or a marked reprint stands in its place
)

// Open tells whether the worker still has to do with a job in this state.
func (s State) Open() bool {
	switch s {
	case Queued, Sending, Fenced, Blocked, Unconfirmed:
		return true
	}
	return false
}

// Step is one legal change of state.
type Step struct{ From, To State }

// Steps are all changes the worker asks for, and when. What people may do (release a held job, confirm or reprint an
// unconfirmed one, cancel, move to another printer) is the shop's affair.
var Steps = map[Step]string{
	{Queued, Sending}:        "about to write the first byte",
	{Blocked, Sending}:       "the printer is ready again; about to write the first byte",
	{Queued, Blocked}:        "next in line, but the printer cannot print; the reason says why",
	{Blocked, Queued}:        "the reason has changed, or the printer is ready",
	{Queued, Held}:           "more than HoldAfter past its release",
	{Queued, Failed}:         "cannot be rendered, or not on this printer",
	{Sending, Queued}:        "the connection was lost before any byte was written",
	{Sending, Fenced}:        "all bytes were written",
	{Sending, Unconfirmed}:   "the connection was lost or stood still after some bytes, or the process died",
	{Fenced, Done}:           "the fence came back",
	{Fenced, Unconfirmed}:    "no fence in time, the connection was lost, or the process died",
	{Unconfirmed, Done}:      "the fence came back late",
	{Unconfirmed, Cancelled}: "only by Spool.Reprint, which queues the marked reprint in the same transaction",
}

// Job is one document for one printer. It holds no personal data: the document is rendered from the order when it is
// printed.
type Job struct {
	ID      int64
	Printer string
	Kind    Kind
	Order   string
	Cup     string // of a label, otherwise empty
	Pickup  string // pick-up number, for lists
	Reprint int    // 0 the original; n prints a large "补打 REPRINT n"
	State   State
	Reason  Reason
	DueAt   time.Time
}

// Move asks for one change of state.
type Move struct {
	Job     int64
	Printer string // the printer that asks; a job moved to another one is no longer its to change
	From    State
	To      State
	Reason  Reason
}

// ErrStale is returned by a Spool when the job is no longer in From on that printer: somebody cancelled or moved it.
var ErrStale = errors.New("the job is no longer in that state on that printer")

// Spool is where jobs are kept; the shop's store.
type Spool interface {
	// Bell returns a channel that is closed at the next change. Take it before reading Jobs.
	Bell() <-chan struct{}
	// Jobs lists the printer's open jobs (see State.Open), oldest release first.
	Jobs(printer string) []Job
	// Move changes a job's state. When it returns nil the change is durable and Jobs shows it. It returns an error
	// that wraps ErrStale if the job is not where the move begins; after any other error the outcome is unknown.
	Move(ctx context.Context, m Move) error
	// Reprint closes an unconfirmed original and queues one marked copy (Reprint+1, same release time) in its place, in
	// one durable step. It returns an error that wraps ErrStale if the job is not unconfirmed on that printer.
	Reprint(ctx context.Context, printer string, job int64) error
}

// Render builds the ticket of a job from its order as it stands now.
type Render func(ctx context.Context, job Job) (Ticket, error)
