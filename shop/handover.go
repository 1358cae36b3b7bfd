package shop

import "slices"

// Handover gives an order out. Cups names those that go when it is not all of them; then a reason is due.
type Handover struct {
	By      string
	Order   OrderID
	Cups    []CupID
	Scanned []CupID // cups whose code was read
	Bag     bool    // the bag's code was read
	Made    bool    // the person says that they are all here, tapped or not
	Reason  string
}

func (c Handover) subject() Subject {
	return Subject{Orders: append(append([]OrderID{c.Order}, ordersOf(c.Scanned)...), ordersOf(c.Cups)...)}
}

// Check modes: what has to be scanned before an order may leave.
const (
	CheckCup = "cup" // every cup, packed into the bag or now
	CheckBag = "bag" // the bag once, or any cup in it
	CheckTap = "tap" // nothing is scanned: a person checks
)

// decide gives an order out when it is complete, or a part of it with a reason. It implies made for
// the cups it names when the person says so: crews in a rush work from paper and do not tap.
func (c Handover) decide(d *decider) error {
	d.by = c.By
	o, ok := d.state.Order(c.Order)
	if !ok {
		return notFound("there is no order %s", c.Order)
	}
	d.out.Order = o.ID
	if o.State() == OrderHanded {
		d.out.Replayed = true
		return nil
	}
	if _, err := d.open(c.Order); err != nil {
		return err
	}
	if err := d.wrongCup(o, append(slices.Clone(c.Scanned), c.Cups...)); err != nil {
		return err
	}
	if o.LinesUnknown && len(c.Cups) > 0 {
		e := conflict(ProblemInvalidTransition, "it is not known yet what is in order %s, so no part of it can leave", o.ID)
		e.Order = o
		return e
	}
	going, err := goingOut(o, c)
	if err != nil {
		return err
	}
	if missing := d.missing(o, c, going); len(missing) > 0 {
		e := conflict(ProblemIncomplete, "%d cups of order %s are missing; say which leave and why, or finish them", len(missing), o.ID)
		e.Order, e.Cups = o, missing
		return e
	}
	return d.give(o, going, c.Reason)
}

// wrongCup stops a cup that belongs to somebody else and names the order it belongs to.
func (d *decider) wrongCup(o *Order, scanned []CupID) error {
	for _, id := range scanned {
		if id.Order == o.ID && o.Cup(id.N) != nil {
			continue
		}
		e := conflict(ProblemWrongCup, "cup %s is not of order %s, number %s", id, o.ID, o.PickupNumber())
		e.Cups = []CupID{id}
		if right, ok := d.state.Order(id.Order); ok && id.Order != o.ID {
			e.Order = right
			e.Detail += "; it belongs to number " + right.PickupNumber()
		}
		return e
	}
	return nil
}

// goingOut lists the cups that leave now.
func goingOut(o *Order, c Handover) ([]CupID, error) {
	var all []CupID
	for i := range o.Cups {
		if o.Cups[i].State.Open() {
			all = append(all, o.CupID(o.Cups[i].N))
		}
	}
	if len(c.Cups) == 0 {
		return all, nil
	}
	for _, id := range c.Cups {
		if id.Order != o.ID || o.Cup(id.N) == nil {
			return nil, notFound("order %s has no cup %s", o.ID, id)
		}
	}
	if c.Reason == "" && len(c.Cups) < len(all) {
		return nil, invalid(ProblemInvalid, "a partial hand-over needs a reason", FieldError{"/reason", "is missing"})
	}
	return slices.DeleteFunc(all, func(id CupID) bool { return !slices.Contains(c.Cups, id) }), nil
}

// missing lists the cups that are not complete by the shop's check mode.
func (d *decider) missing(o *Order, c Handover, going []CupID) (missing []CupID) {
	for _, id := range going {
		unmade := o.Cup(id.N).State != Made && !c.Made
		if unmade || !d.checked(o, c, id) {
			missing = append(missing, id)
		}
	}
	return missing
}

// checked reports whether a cup was checked as the shop's mode asks. With a reason a person may hand it over unchecked:
// a label can be unreadable while the customer waits.
func (d *decider) checked(o *Order, c Handover, id CupID) bool {
	if c.Made && c.Reason != "" {
		return true
	}
	switch d.state.Settings.CheckMode {
	case CheckCup:
		return slices.Contains(c.Scanned, id) || !o.Cup(id.N).PackedAt.IsZero()
	case CheckBag:
		return c.Bag || len(c.Scanned) > 0
	}
	return true
}

// give moves the cups to handed and ends the order when none is left. Of an order whose cups were all thrown away
// nothing can be given.
func (d *decider) give(o *Order, going []CupID, reason string) error {
	if o.OnStandby() {
		e := conflict(ProblemInvalidTransition, "order %s is on the waiting list: there is nothing to hand over", o.ID)
		e.Order = o
		return e
	}
	if len(going) == 0 && o.gone() {
		e := conflict(ProblemIncomplete, "every cup of order %s was thrown away; make them again, or release it", o.ID)
		e.Order = o
		return e
	}
	var first, then []Move
	for _, id := range going {
		c := o.Cup(id.N)
		if c.State != Made {
			first = append(first, Move{N: id.N, From: c.State, To: Made})
		}
		then = append(then, Move{N: id.N, From: Made, To: Handed})
	}
	d.out.Cups = going
	if len(first) > 0 {
		d.emit(o.ID, CupsMoved{Moves: first, Implied: true})
	}
	if len(then) > 0 {
		d.emit(o.ID, CupsMoved{Moves: then, Reason: reason})
	}
	for _, m := range then {
		d.dropLabel(o.ID, m.N)
	}
	if left, _ := d.state.Order(o.ID); left.left() == 0 {
		d.handed(left)
	}
	return nil
}

// handed ends an order that has left. Receipts and slips are still printed; tickets and labels are not.
func (d *decider) handed(o *Order) {
	d.ending(o, OrderEnded{State: OrderHanded}, tell(ToldHanded, o, OrderHanded, ""))
	d.dropPaper(o.ID, "handed over", func(j *Job) bool { return j.Kind == JobKitchen || j.Kind == JobLabel })
}
