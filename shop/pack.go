package shop

// Pack says that a cup's code was read as it went into its order's bag. A cup that nobody had tapped as
// made is made by that: it is in somebody's hand.
type Pack struct {
	By    string
	Order OrderID // whose bag it goes into; 0 is the cup's own order
	Cup   CupID
}

func (c Pack) subject() Subject {
	if c.Order == 0 {
		return Subject{Orders: []OrderID{c.Cup.Order}}
	}
	return Subject{Orders: ordersOf([]CupID{{Order: c.Order}, c.Cup})}
}

// CupPacked says that a cup was checked into its bag.
type CupPacked struct {
	N int `json:"n"`
}

func (CupPacked) name() string { return "cup.packed" }

// decide checks a cup into its order's bag. Somebody else's cup is stopped, and the right order named.
func (c Pack) decide(d *decider) error {
	d.by = c.By
	if c.Order == 0 {
		c.Order = c.Cup.Order
	}
	o, err := d.open(c.Order)
	if err != nil {
		return err
	}
	d.out.Order = o.ID
	if err := d.wrongCup(o, []CupID{c.Cup}); err != nil {
		return err
	}
	cup := o.Cup(c.Cup.N)
	switch {
	case !cup.State.Open():
		e := conflict(ProblemInvalidTransition, "cup %s is %s", c.Cup, cup.State)
		e.Order, e.Cups = o, []CupID{c.Cup}
		return e
	case !cup.PackedAt.IsZero():
		d.out.Replayed = true
		return nil
	case cup.State != Made:
		d.move(o.ID, []Move{{N: cup.N, From: cup.State, To: Made}})
	}
	d.emit(o.ID, CupPacked{N: cup.N})
	d.out.Cups = []CupID{c.Cup}
	return nil
}

func (f CupPacked) apply(s State, e Event) State {
	return s.change(e, func(o *Order) { o.Cups[f.N-1].PackedAt = e.At })
}

// Complete reports whether an order may be called and given out by a check mode: every cup is here and, in
// mode cup, was checked into the bag.
func (o *Order) Complete(mode string) bool {
	if o.State() != OrderReady {
		return false
	}
	for i := range o.Cups {
		if c := &o.Cups[i]; mode == CheckCup && c.State == Made && c.PackedAt.IsZero() {
			return false
		}
	}
	return true
}
