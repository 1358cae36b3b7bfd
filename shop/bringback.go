package shop

// BringBack takes back that a cup was voided or thrown away by hand, while its order is open.
type BringBack struct {
	By  string
	Cup CupID
}

func (c BringBack) subject() Subject { return Subject{Orders: []OrderID{c.Cup.Order}} }

// MayComeBack reports whether a voided or discarded cup of an open order may be brought back: nothing was made in its
// place.
func (o *Order) MayComeBack(n int) bool {
	cup := o.Cup(n)
	if cup == nil || o.State().Ended() || cup.State != Voided && cup.State != Discarded {
		return false
	}
	for i := range o.Cups {
		if o.Cups[i].Replaces == n {
			return false
		}
	}
	return true
}

// decide gives the cup the place that it would have now: a voided one waits, or is booked while its order's slot has not
// begun; a discarded one is made.
func (c BringBack) decide(d *decider) error {
	d.by = c.By
	o, ok := d.state.Order(c.Cup.Order)
	if !ok || o.Cup(c.Cup.N) == nil {
		return notFound("there is no cup %s", c.Cup)
	}
	d.out.Order = o.ID
	cup := o.Cup(c.Cup.N)
	if cup.State.Open() {
		d.out.Replayed = true
		return nil
	}
	if !o.MayComeBack(cup.N) {
		e := conflict(ProblemInvalidTransition, "cup %s is %s and cannot be brought back", c.Cup, cup.State)
		e.Order, e.Cups = o, []CupID{c.Cup}
		return e
	}
	to := Waiting
	switch {
	case cup.State == Discarded:
		to = Made
	case o.KitchenAt.IsZero():
		to = Booked
	}
	d.out.Cups = []CupID{c.Cup}
	d.move(o.ID, []Move{{N: cup.N, From: cup.State, To: to}})
	if to == Waiting { // its label was cancelled where it had not been sent
		o, _ = d.state.Order(o.ID)
		d.paperFor(o, cup.N)
	}
	return nil
}
