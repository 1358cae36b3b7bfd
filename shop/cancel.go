package shop

// Cancel takes an order back. With Final it is cancelled even if cups are made; the channel then owes for those.
type Cancel struct {
	Channel, Ref string
	Final        bool
}

func (c Cancel) subject() Subject { return Subject{Channel: c.Channel, Ref: c.Ref} }

// decide takes an order back as long as no cup of it is made.
func (c Cancel) decide(d *decider) error {
	d.by = c.Channel
	o, ok := d.state.ByRef(c.Channel, c.Ref)
	if !ok {
		return d.tombstone(c)
	}
	d.out.Order = o.ID
	made, state := made(o), o.State()
	tooLate := len(made) > 0 || state == OrderHanded || state == OrderUnclaimed
	reason := ""
	if tooLate {
		reason = ReasonMadeThenCancelled
	}
	switch {
	case state == OrderCancelled:
		d.out.Replayed = true
	case tooLate && !c.Final:
		e := conflict(ProblemCancelTooLate, "%d of %d cups are made; send final:true to settle it as made and cancelled", len(made), len(o.Cups))
		e.Order, e.Cups = o, made
		return e
	case state.Ended():
		// What left the shop stays handed over, and what was released stays unmade; only the settlement changes.
		d.emitTold(o.ID, OrderEnded{State: OrderCancelled, Reason: reason}, tell(ToldCancelled, o, OrderCancelled, reason))
	default:
		d.finish(o, OrderCancelled, ToldCancelled, reason)
	}
	return nil
}

// ReasonMadeThenCancelled marks an order that was cancelled after cups of it had been made: the shop is owed for it.
const ReasonMadeThenCancelled = "made-then-cancelled"

// tombstone remembers a cancellation whose order has not come yet, so that it is never made.
func (d *decider) tombstone(c Cancel) error {
	o, err := d.grave(c.Channel, c.Ref, ReasonCancelledBefore)
	if err != nil {
		return err
	}
	d.out.Order, d.out.Deferred = o.ID, true
	d.emitTold(o.ID, OrderPlaced{Order: o, Tombstone: true}, tell(ToldCancelled, o, OrderCancelled, ReasonCancelledBefore))
	return nil
}

// ReasonCancelledBefore marks a cancellation that came before its order.
const ReasonCancelledBefore = "cancelled-before-order"

// made lists the cups that were made, whether or not they left.
func made(o *Order) (ids []CupID) {
	for i := range o.Cups {
		if s := o.Cups[i].State; s == Made || s == Handed {
			ids = append(ids, o.CupID(o.Cups[i].N))
		}
	}
	return ids
}
