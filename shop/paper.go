package shop

// PaperGone is the reason of a job that ended by itself because what it was for has left.
const PaperGone = "order ended"

// settlePaper ends the jobs a person would have to look at although their orders have left or ended: whether such paper
// came out matters to nobody any more. What says that an order is cancelled is printed after it has ended, so it waits
// for a person where it was not sent.
func (d *decider) settlePaper() {
	for j := range d.state.Jobs.All() {
		waits := j.State == JobUnconfirmed || j.Kind != JobCancellation && (j.State == JobFailed || j.State == JobHeld)
		if o, ok := d.state.Order(j.Order); waits && (!ok || o.State().Ended()) {
			d.emit(j.Order, JobMoved{Job: j.ID, From: j.State, To: JobCancelled, Reason: PaperGone})
		}
	}
}

// withdrawPaper cancels what has not been sent for an order that will not be handed over. A printer that is set so
// prints a slip where something may be on paper already.
func (d *decider) withdrawPaper(o *Order, to OrderState) {
	var out []string
	for _, p := range d.state.Config.Printers {
		if p.Cancelled && (to == OrderCancelled || to == OrderReleased) && d.mayBeOut(p, o) {
			out = append(out, p.Name)
		}
	}
	d.dropPaper(o.ID, PaperGone, nil)
	for _, name := range out {
		d.queue(Job{Printer: name, Kind: JobCancellation, Order: o.ID})
	}
}

// mayBeOut reports whether the printer may have put something of the order on paper: it was given more than still waits.
func (d *decider) mayBeOut(p Printer, o *Order) bool {
	if o.KitchenAt.IsZero() {
		return false
	}
	given := 0
	for _, kind := range p.Prints {
		switch {
		case kind == JobLabel && p.Begun:
			for i := range o.Cups {
				if o.Cups[i].Labelled {
					given++
				}
			}
		case kind == JobLabel:
			given += len(o.Cups)
		case kind != JobKitchen || d.state.Config.concerns(p, o):
			given++
		}
	}
	for j := range d.state.Jobs.All() {
		if j.Order == o.ID && j.Printer == p.Name && j.Kind != JobCancellation && j.State.unsent() {
			given--
		}
	}
	return given > 0
}

// unsent reports whether no byte of the job has left.
func (s JobState) unsent() bool {
	return s == JobQueued || s == JobBlocked || s == JobHeld || s == JobFailed
}

// EndJobs is a person who decides about several print jobs at once. Those that have moved on meanwhile are left alone.
type EndJobs struct {
	By   string
	Jobs []JobID
	From JobState // state that the person saw
	To   JobState // done, because it is on paper, or cancelled
}

func (EndJobs) subject() Subject { return Subject{} }

func (c EndJobs) decide(d *decider) error {
	d.by = c.By
	if !c.To.Ended() {
		return invalid(ProblemInvalid, "print jobs can be ended as done or cancelled", FieldError{"/to", string(c.To)})
	}
	ended := 0
	for _, id := range c.Jobs {
		err := MoveJob{By: c.By, Job: id, From: c.From, To: c.To}.decide(d)
		if err == nil {
			ended++
		}
	}
	if ended == 0 {
		return conflict(ProblemInvalidTransition, "none of %d print jobs is %s any more", len(c.Jobs), c.From)
	}
	return nil
}

// PrintAgain asks for an order's paper once more, marked as a copy: all of it, or the label of one cup. Unlike [Reprint] it is
// about paper that has come out, and was lost or became wet.
type PrintAgain struct {
	By    string
	Order OrderID
	Cup   int // its label alone; 0 is everything
}

func (c PrintAgain) subject() Subject { return Subject{Orders: []OrderID{c.Order}} }

// decide queues the paper. What is queued as a copy already is not queued twice: that was a double tap.
func (c PrintAgain) decide(d *decider) error {
	d.by = c.By
	o, ok := d.state.Order(c.Order)
	if !ok || c.Cup != 0 && o.Cup(c.Cup) == nil {
		return notFound("there is no order %s, or no cup %d of it", c.Order, c.Cup)
	}
	d.out.Order = o.ID
	if o.KitchenAt.IsZero() {
		e := conflict(ProblemInvalidTransition, "order %s is %s: nothing of it has been printed", o.ID, o.State())
		e.Order = o
		return e
	}
	wanted, queued := 0, 0
	again := func(p Printer, kind JobKind, cup int) {
		wanted++
		for j := range d.state.Jobs.All() {
			if j.Order == o.ID && j.Printer == p.Name && j.Kind == kind && j.Cup == cup && j.Reprint > 0 && j.State.unsent() {
				return
			}
		}
		queued++
		d.queue(Job{Printer: p.Name, Kind: kind, Order: o.ID, Cup: cup, Reprint: 1})
	}
	for _, p := range d.state.Config.Printers {
		for _, kind := range p.Prints {
			switch {
			case kind == JobLabel:
				for i := range o.Cups {
					if n := o.Cups[i].N; c.Cup == n || c.Cup == 0 && o.Cups[i].State < Voided {
						again(p, kind, n)
					}
				}
			case c.Cup == 0 && (kind != JobKitchen || d.state.Config.concerns(p, o)):
				again(p, kind, 0)
			}
		}
	}
	if wanted == 0 {
		return notFound("no printer prints this paper")
	}
	d.out.Replayed = queued == 0
	return nil
}
