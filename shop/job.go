package shop

import (
	"slices"
	"time"
)

// JobKind is what a print job puts on paper.
type JobKind string

// The kinds of paper.
const (
	JobTicket  JobKind = "ticket"  // for the kitchen: the whole order
	JobReceipt JobKind = "receipt" // for the customer
	JobSlip    JobKind = "slip"    // for the bag
	JobLabel   JobKind = "label"   // for one cup
)

// JobState is how far a print job is. The words are what is known, never what is hoped.
type JobState string

// The states of a print job.
const (
	JobQueued      JobState = "queued"      // nothing has been sent
	JobSending     JobState = "sending"     // the first byte may be out
	JobFenced      JobState = "fenced"      // all bytes are out; the printer has not said that it is done
	JobDone        JobState = "done"        // the printer said so
	JobBlocked     JobState = "blocked"     // nothing sent, and the reason is known: paper, cover, unreachable
	JobUnconfirmed JobState = "unconfirmed" // it may or may not have come out: a person looks
	JobFailed      JobState = "failed"      // cannot be printed
	JobHeld        JobState = "held"        // too old to come out unasked
	JobCancelled   JobState = "cancelled"   // not wanted any more
)

// Ended reports whether the job needs nothing more.
func (s JobState) Ended() bool { return s == JobDone || s == JobCancelled }

// jobMoves are the moves there are. Whatever is not here is refused, so that a late report from a
// printer cannot undo what a person decided.
var jobMoves = map[JobState][]JobState{
	JobQueued:      {JobSending, JobBlocked, JobHeld, JobFailed, JobCancelled},
	JobBlocked:     {JobSending, JobQueued, JobHeld, JobFailed, JobCancelled},
	JobHeld:        {JobQueued, JobCancelled},
	JobSending:     {JobFenced, JobQueued, JobBlocked, JobUnconfirmed, JobFailed, JobDone},
	JobFenced:      {JobDone, JobUnconfirmed},
	JobUnconfirmed: {JobDone, JobCancelled},
	JobFailed:      {JobQueued, JobCancelled},
}

// jobAgeMax is how long after its release a job may still come out unasked: later, the drink has been
// made from the screen and the paper would make it twice.
const jobAgeMax = 15 * time.Minute

// Job is one piece of paper. It holds no personal data: what is printed is made from the order when
// it is sent.
type Job struct {
	ID         JobID     `json:"id"`
	Printer    string    `json:"printer"`
	Kind       JobKind   `json:"kind"`
	Order      OrderID   `json:"order"`
	Cup        int       `json:"cup,omitempty"`     // for a label
	Reprint    int       `json:"reprint,omitempty"` // 0 is the original; marked on the paper otherwise
	State      JobState  `json:"state"`
	Reason     string    `json:"reason,omitempty"`
	ReleasedAt time.Time `json:"released_at"` // when the paper was due
	At         time.Time `json:"at"`          // since when it is in State
}

// paper is the jobs that are due when an order goes to the kitchen.
func (d *decider) paper(o *Order) {
	for _, p := range d.state.Config.Printers {
		for _, kind := range p.Prints {
			if kind != JobLabel {
				d.queue(Job{Printer: p.Name, Kind: kind, Order: o.ID})
				continue
			}
			for _, c := range o.Cups {
				d.label(p, o, c.N)
			}
		}
	}
}

// paperFor is the jobs that are due when one cup is made again.
func (d *decider) paperFor(o *Order, n int) {
	for _, p := range d.state.Config.Printers {
		if slices.Contains(p.Prints, JobLabel) {
			d.label(p, o, n)
		}
	}
}

func (d *decider) label(p Printer, o *Order, n int) {
	if o.Cup(n).State.Unmade() {
		d.queue(Job{Printer: p.Name, Kind: JobLabel, Order: o.ID, Cup: n})
	}
}

func (d *decider) queue(j Job) {
	j.ID = d.state.Counters.Job + 1
	j.State, j.ReleasedAt, j.At = JobQueued, d.now, d.now
	d.emit(j.Order, JobAdded{Job: j})
}

func (d *decider) moveJob(c MoveJob) error {
	j := d.state.Jobs.At(int64(c.Job))
	if j == nil {
		return notFound("print job %d is not open", c.Job)
	}
	if j.State != c.From || !slices.Contains(jobMoves[c.From], c.To) && !(c.Printer != "" && c.From == c.To) {
		return conflict(ProblemInvalidTransition, "print job %d is %s, not %s, or cannot become %s", c.Job, j.State, c.From, c.To)
	}
	if c.Printer != "" && !slices.ContainsFunc(d.state.Config.Printers, func(p Printer) bool { return p.Name == c.Printer }) {
		return notFound("there is no printer %q", c.Printer)
	}
	d.by = c.By
	d.emit(j.Order, JobMoved{Job: c.Job, From: c.From, To: c.To, Reason: c.Reason, Printer: c.Printer})
	return nil
}

// reprint queues the paper again, marked, and closes the old job.
func (d *decider) reprint(c Reprint) error {
	j := d.state.Jobs.At(int64(c.Job))
	if j == nil {
		return notFound("print job %d is not open; print the order again from its page", c.Job)
	}
	d.by = c.By
	if slices.Contains(jobMoves[j.State], JobCancelled) {
		d.emit(j.Order, JobMoved{Job: j.ID, From: j.State, To: JobCancelled, Reason: "reprinted"})
	}
	again := *j
	again.Reprint++
	again.Reason = ""
	d.queue(again)
	return nil
}

// dropPaper cancels what has not been sent for an order.
func (d *decider) dropPaper(order OrderID) {
	for j := range d.state.Jobs.All() {
		if j.Order == order && (j.State == JobQueued || j.State == JobBlocked || j.State == JobHeld) {
			d.emit(order, JobMoved{Job: j.ID, From: j.State, To: JobCancelled, Reason: "order ended"})
		}
	}
}
