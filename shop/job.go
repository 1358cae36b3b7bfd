package shop

import (
	"slices"
	"time"
)

// JobKind is what a print job puts on paper.
type JobKind string

// The kinds of paper.
const (
	JobKitchen JobKind = "kitchen" // the ticket: the whole order, for who makes it
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

// jobMoves are the moves there are: the printer's, and those of a person who looked. Whatever is not
// here is refused, so that a late report from a printer cannot undo what a person decided.
var jobMoves = map[JobState][]JobState{
	JobQueued:      {JobSending, JobBlocked, JobHeld, JobFailed, JobCancelled},
	JobBlocked:     {JobSending, JobQueued, JobHeld, JobFailed, JobCancelled},
	JobHeld:        {JobQueued, JobCancelled},
	JobSending:     {JobFenced, JobQueued, JobUnconfirmed},
	JobFenced:      {JobDone, JobUnconfirmed},
	JobUnconfirmed: {JobDone, JobCancelled},
	JobFailed:      {JobQueued, JobCancelled},
}

// Job is one piece of paper. It holds no personal data: what is printed is made from the order when
// it is sent.
type Job struct {
	ID      JobID     `json:"id"`
	Printer string    `json:"printer"`
	Kind    JobKind   `json:"kind"`
	Order   OrderID   `json:"order"`
	Cup     int       `json:"cup,omitempty"`     // for a label
	Reprint int       `json:"reprint,omitempty"` // 0 is the original; marked on the paper otherwise
	State   JobState  `json:"state"`
	Reason  string    `json:"reason,omitempty"`
	DueAt   time.Time `json:"due_at"` // when it was wanted on paper
	At      time.Time `json:"at"`     // since when it is in State
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
	j.State, j.At = JobQueued, d.now
	if j.DueAt.IsZero() {
		j.DueAt = d.now
	}
	d.emit(j.Order, JobAdded{Job: j})
}

// moveJob takes a printer's report or a person's wish. A report about a job that has left the printer
// is too late.
func (d *decider) moveJob(c MoveJob) error {
	d.by = c.By
	j := d.state.Jobs.At(int64(c.Job))
	if j == nil {
		return notFound("print job %d is not open", c.Job)
	}
	elsewhere := c.Printer != "" && c.Printer != j.Printer
	if j.State != c.From || elsewhere || !slices.Contains(jobMoves[c.From], c.To) {
		return conflict(ProblemInvalidTransition, "print job %d is %s on %s and cannot go from %s to %s", c.Job, j.State, j.Printer, c.From, c.To)
	}
	d.emit(j.Order, JobMoved{Job: c.Job, From: c.From, To: c.To, Reason: c.Reason})
	return nil
}

// sendJob gives a job that has not been sent to another printer.
func (d *decider) sendJob(c SendJob) error {
	d.by = c.By
	j := d.state.Jobs.At(int64(c.Job))
	if j == nil {
		return notFound("print job %d is not open", c.Job)
	}
	at := slices.IndexFunc(d.state.Config.Printers, func(p Printer) bool { return p.Name == c.Onto })
	if at < 0 || d.state.Config.Printers[at].Kind.Label() != (j.Kind == JobLabel) {
		return notFound("there is no printer %q for this kind of paper", c.Onto)
	}
	if !slices.Contains([]JobState{JobQueued, JobBlocked, JobHeld, JobFailed}, j.State) {
		return conflict(ProblemInvalidTransition, "print job %d is %s: it may be on paper already", c.Job, j.State)
	}
	d.emit(j.Order, JobMoved{Job: c.Job, From: j.State, To: JobQueued, Onto: c.Onto})
	return nil
}

// reprint queues the paper again, marked, and closes the old job. Released when the original was, so
// that it does not outlive it.
func (d *decider) reprint(c Reprint) error {
	d.by = c.By
	j := d.state.Jobs.At(int64(c.Job))
	if j == nil {
		return notFound("print job %d is not open", c.Job)
	}
	if c.Printer != "" && (j.Printer != c.Printer || j.State != JobUnconfirmed) {
		return conflict(ProblemInvalidTransition, "print job %d is %s on %s", c.Job, j.State, j.Printer)
	}
	if !slices.Contains(jobMoves[j.State], JobCancelled) {
		return conflict(ProblemInvalidTransition, "print job %d is being sent; wait until it is known what became of it", c.Job)
	}
	d.emit(j.Order, JobMoved{Job: j.ID, From: j.State, To: JobCancelled, Reason: "reprinted"})
	d.queue(Job{Printer: j.Printer, Kind: j.Kind, Order: j.Order, Cup: j.Cup, Reprint: j.Reprint + 1, DueAt: j.DueAt})
	return nil
}

// dropPaper cancels what has not been sent for an order, all of it or (with which) a part.
func (d *decider) dropPaper(order OrderID, why string, which func(*Job) bool) {
	for j := range d.state.Jobs.All() {
		unsent := j.State == JobQueued || j.State == JobBlocked || j.State == JobHeld
		if j.Order == order && unsent && (which == nil || which(j)) {
			d.emit(order, JobMoved{Job: j.ID, From: j.State, To: JobCancelled, Reason: why})
		}
	}
}

// dropLabel cancels the label of a cup that needs none any more.
func (d *decider) dropLabel(order OrderID, cup int) {
	d.dropPaper(order, "cup gone", func(j *Job) bool { return j.Kind == JobLabel && j.Cup == cup })
}
