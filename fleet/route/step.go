package route

// Step is a step of an order's way that has just been taken.
type Step string

// The steps, in the order in which an order takes them. Those of a flight come again as "recall …" when its order is
// being taken back.
const (
	StepRead      Step = "read"      // its record, or that there is none
	StepSpent     Step = "spent"     // credit at the shop that was chosen, where it is written before the record
	StepGiven     Step = "given"     // to the streams, which have not answered: what is ordered, the record, and credit with them
	StepWritten   Step = "written"   // what is ordered, and the record with the send that follows
	StepPublished Step = "published" // to the shop
	StepHeard     Step = "heard"     // the shop's answer
	StepClosed    Step = "closed"    // the record, by the answer; the caller is told next

	StepEventKept Step = "event kept" // in the feed; the record and the shop are told next
	StepEventRead Step = "event read" // by the record; the shop is told next
)

// recalled is a step of an order that is being taken back.
const recalled Step = "recall "

func (r *Router) step(s Step) {
	if r.Step != nil {
		r.Step(s)
	}
}

func (f *flight) step(s Step) {
	if f.entry.Record.TakeBack {
		s = recalled + s
	}
	f.r.step(s)
}
