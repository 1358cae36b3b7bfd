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
	// JobCancellation says that paper of the order that is out already is not to be made any more.
	JobCancellation JobKind = "cancellation"
)

// JobState is how far a print job is. A state says only what is known for certain.
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

// jobMoves is the one table of what a print job may become: by the printer's reports, and by the decisions of a person
// who looked. What is not in it is refused, so that a late report cannot undo a decision. An unconfirmed job is printed
// again as a new, marked job, and the old one is cancelled with [ReasonReprinted]: failed is for what cannot be printed.
var jobMoves = map[JobState][]JobState{
	JobQueued:      {JobSending, JobBlocked, JobHeld, JobFailed, JobCancelled},
	JobBlocked:     {JobSending, JobQueued, JobHeld, JobFailed, JobCancelled},
	JobHeld:        {JobQueued, JobCancelled},
	JobSending:     {JobFenced, JobQueued, JobUnconfirmed},
	JobFenced:      {JobDone, JobUnconfirmed},
	JobUnconfirmed: {JobDone, JobCancelled},
	JobFailed:      {JobQueued, JobCancelled},
}

// ReasonReprinted is why a job is cancelled in whose place a marked copy is printed.
const ReasonReprinted = "reprinted"

// MayBecome reports whether a job in state s may go to another state.
func (s JobState) MayBecome(to JobState) bool { return slices.Contains(jobMoves[s], to) }

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
			switch {
			case kind == JobKitchen && !d.state.Config.concerns(p, o):
			case kind != JobLabel:
				d.queue(Job{Printer: p.Name, Kind: kind, Order: o.ID})
			case !p.Begun:
				for _, c := range o.Cups {
					d.label(p, o, c.N)
				}
			}
		}
	}
}

// paperFor is the jobs that are due when one cup is made again.
func (d *decider) paperFor(o *Order, n int) {
	for _, p := range d.state.Config.Printers {
		if slices.Contains(p.Prints, JobLabel) && !p.Begun {
			d.label(p, o, n)
		}
	}
}

// labelsOfBegun is the labels that are due when cups are begun, in the order in which they were tapped: that of their
// batch. A cup that was put back and is begun again has its label already.
func (d *decider) labelsOfBegun(cups []CupID) {
	for _, id := range cups {
		o, _ := d.state.Order(id.Order)
		cup := o.Cup(id.N)
		if cup.Labelled || cup.State != Making && cup.State != Made {
			continue
		}
		for _, p := range d.state.Config.Printers {
			if p.Begun && slices.Contains(p.Prints, JobLabel) {
				d.queue(Job{Printer: p.Name, Kind: JobLabel, Order: o.ID, Cup: id.N})
			}
		}
	}
}

// concerns reports whether anything of an order is for a printer's kitchen tickets.
func (c *Config) concerns(p Printer, o *Order) bool {
	return slices.ContainsFunc(o.Lines, func(l Line) bool { return c.OnTicket(p, &l) })
}

// OnTicket reports whether a line is on a printer's kitchen tickets: those of a station have what it takes part in.
func (c *Config) OnTicket(p Printer, l *Line) bool { return c.makes(p.Station, l) }

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

// MoveJob reports what became of a print job, or what a person wants of it.
type MoveJob struct {
	By      string
	Job     JobID
	Printer string   // the printer that reports; "" when a person does
	From    JobState // must be the job's state, otherwise the report is too late
	To      JobState
	Reason  string
}

func (MoveJob) subject() Subject { return Subject{} }

// SendJob gives a print job to another printer.
type SendJob struct {
	By   string
	Job  JobID
	Onto string
}

func (SendJob) subject() Subject { return Subject{} }

// Reprint asks for a job once more, marked as a reprint.
type Reprint struct {
	By      string
	Job     JobID
	Printer string // the printer that asks by itself, of an unconfirmed job; "" when a person does
}

func (Reprint) subject() Subject { return Subject{} }

// JobAdded says that a print job is due.
type JobAdded struct {
	Job Job `json:"job"`
}

func (JobAdded) name() string { return "job.added" }

// JobMoved says what became of a print job.
type JobMoved struct {
	Job    JobID    `json:"job"`
	From   JobState `json:"from"`
	To     JobState `json:"to"`
	Reason string   `json:"reason,omitempty"`
	Onto   string   `json:"onto,omitempty"` // another printer
}

func (JobMoved) name() string { return "job.moved" }

// decide takes a printer's report or a person's wish. A report about a job that has left the printer
// is too late.
func (c MoveJob) decide(d *decider) error {
	d.by = c.By
	j := d.state.Jobs.At(int64(c.Job))
	if j == nil {
		return notFound("print job %d is not open", c.Job)
	}
	elsewhere := c.Printer != "" && c.Printer != j.Printer
	if j.State != c.From || elsewhere || !c.From.MayBecome(c.To) {
		return conflict(ProblemInvalidTransition, "print job %d is %s on %s and cannot go from %s to %s", c.Job, j.State, j.Printer, c.From, c.To)
	}
	d.emit(j.Order, JobMoved{Job: c.Job, From: c.From, To: c.To, Reason: c.Reason})
	return nil
}

// decide gives a job that has not been sent to another printer.
func (c SendJob) decide(d *decider) error {
	d.by = c.By
	j := d.state.Jobs.At(int64(c.Job))
	if j == nil {
		return notFound("print job %d is not open", c.Job)
	}
	at := slices.IndexFunc(d.state.Config.Printers, func(p Printer) bool { return p.Name == c.Onto })
	if at < 0 || !d.state.Config.Printers[at].Takes(j.Kind) {
		return notFound("there is no printer %q for this kind of paper", c.Onto)
	}
	if !slices.Contains([]JobState{JobQueued, JobBlocked, JobHeld, JobFailed}, j.State) {
		return conflict(ProblemInvalidTransition, "print job %d is %s: it may be on paper already", c.Job, j.State)
	}
	d.emit(j.Order, JobMoved{Job: c.Job, From: j.State, To: JobQueued, Onto: c.Onto})
	return nil
}

// decide queues the paper again, marked, and closes the old job. Released when the original was, so
// that it does not outlive it.
func (c Reprint) decide(d *decider) error {
	d.by = c.By
	j := d.state.Jobs.At(int64(c.Job))
	if j == nil {
		return notFound("print job %d is not open", c.Job)
	}
	if c.Printer != "" && (j.Printer != c.Printer || j.State != JobUnconfirmed) {
		return conflict(ProblemInvalidTransition, "print job %d is %s on %s", c.Job, j.State, j.Printer)
	}
	if !j.State.MayBecome(JobCancelled) {
		return conflict(ProblemInvalidTransition, "print job %d is being sent; wait until it is known what became of it", c.Job)
	}
	d.emit(j.Order, JobMoved{Job: j.ID, From: j.State, To: JobCancelled, Reason: ReasonReprinted})
	d.queue(Job{Printer: j.Printer, Kind: j.Kind, Order: j.Order, Cup: j.Cup, Reprint: j.Reprint + 1, DueAt: j.DueAt})
	return nil
}

func (f JobAdded) apply(s State, e Event) State {
	s.Counters.Job = f.Job.ID
	s.Jobs = s.Jobs.With(int64(f.Job.ID), &f.Job)
	if f.Job.Kind == JobLabel && f.Job.Cup > 0 {
		return s.change(e, func(o *Order) { o.Cups[f.Job.Cup-1].Labelled = true })
	}
	return s
}

func (f JobMoved) apply(s State, e Event) State {
	next := *s.Jobs.At(int64(f.Job))
	next.State, next.Reason, next.At = f.To, f.Reason, e.At
	if f.Onto != "" {
		next.Printer = f.Onto
	}
	if f.From == JobHeld && f.To == JobQueued {
		next.DueAt = e.At // a person let it go: it is due now
	}
	s.Jobs = s.Jobs.With(int64(f.Job), &next)
	return s
}
