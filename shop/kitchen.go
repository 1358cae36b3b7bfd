package shop

// OrderKitchened says that a booked order went to the kitchen.
type OrderKitchened struct {
	Why string `json:"why"` // slot, arrived, courier_arrived, lines
}

func (OrderKitchened) name() string { return "order.kitchened" }

// sendDueToKitchen sends booked orders to the kitchen in time to be made.
func (d *decider) sendDueToKitchen() {
	for _, id := range d.state.Capacity.Due(d.now) {
		if o, ok := d.state.Order(OrderID(id)); ok {
			d.kitchen(o, "slot")
		}
	}
}

// kitchen sends a booked order to the kitchen, with its paper. One of which nobody knows what is in it stays where it is.
func (d *decider) kitchen(o *Order, why string) {
	if o.LinesUnknown {
		return
	}
	d.emit(o.ID, OrderKitchened{Why: why})
	o, _ = d.state.Order(o.ID)
	d.paper(o)
}

func (OrderKitchened) apply(s State, e Event) State {
	o, ok := s.Order(e.Order)
	if !ok {
		return s
	}
	for range o.count()[Booked] {
		s.Ledger = s.Ledger.moved(Booked, Waiting)
	}
	return s.change(e, func(o *Order) {
		o.KitchenAt = e.At
		if len(o.Cups) == 0 {
			o.ReadyAt = e.At
		}
		for i := range o.Cups {
			if c := &o.Cups[i]; c.State == Booked {
				c.State, c.At = Waiting, e.At
			}
		}
	})
}
