package shop

import "slices"

// TotalsFilled says what an order costs, where that was not known at acceptance.
type TotalsFilled struct {
	Totals Totals `json:"totals"`
}

func (TotalsFilled) name() string { return "totals.filled" }

func (f TotalsFilled) apply(s State, e Event) State {
	return s.change(e, func(o *Order) { o.Totals = &f.Totals })
}

// replay answers a ref that is known. Money and lines that were not known at acceptance may be filled in once.
func (d *decider) replay(prior *Order, draft Draft) error {
	d.out.Order, d.out.Replayed = prior.ID, true
	if prior.Refused != nil {
		return prior.Refused.again()
	}
	if prior.Tombstone() {
		return nil
	}
	if !same(d.state.Config.Menu, prior, draft) {
		e := conflict(ProblemOrderConflict, "ref %q is order %s with other items, options, fulfilment or slot; use a new ref for a new order",
			draft.Ref, prior.ID)
		e.Order = prior
		return e
	}
	if prior.Totals == nil && draft.Totals != nil {
		d.emit(prior.ID, TotalsFilled{Totals: *draft.Totals})
	} else if draft.Totals != nil {
		totals, filled := *prior.Totals, false
		if totals.Parts, filled = totals.Parts.with(draft.Totals.Parts); filled {
			d.emit(prior.ID, TotalsFilled{Totals: totals})
		}
	}
	if prior.LinesUnknown && prior.End == "" && !draft.bare() {
		prior, _ = d.state.Order(prior.ID)
		return d.fillIn(prior, draft)
	}
	return nil
}

// same reports whether a draft asks for what the order is. Notes, names and money are not compared. The lines may come
// in another order, in other portions, and with the standard options spelt out: it is the same order. Where one of the
// two has no lines, there is nothing to compare: a copy that the channel sent under load may come late.
func same(menu *Menu, o *Order, draft Draft) bool {
	if o.Fulfilment != draft.Fulfilment || !o.askedSlot().Equal(draft.SlotStart) || !o.DeliverAt.Equal(draft.DeliverAt) {
		return false
	}
	return o.LinesUnknown || draft.bare() || sameLines(menu, o.SentLines(), draft.Lines)
}

func sameLines(menu *Menu, one, other []Line) bool {
	left := menu.named(other) // what of the other the one does not have yet
	for i := range one {
		a := one[i].asked()
		menu := menu.Of(&a)
		want := a.Qty
		for j := range left {
			if b := &left[j]; a.Item == b.Item && menu.plain(a.Options).Equal(menu.plain(b.Options)) && (!a.Unmapped || a.Name == b.Name) {
				taken := min(want, b.Qty)
				want, b.Qty = want-taken, b.Qty-taken
			}
		}
		if want != 0 {
			return false
		}
	}
	return !slices.ContainsFunc(left, func(l Line) bool { return l.Qty != 0 })
}
