package shop

import "slices"

// TakeBack undoes what one tap finished, all of it at once: cups that had been started are in the making again, the others
// wait. Station is where they were finished; "" is the whole cup. A cup that has moved on meanwhile stays as it is.
type TakeBack struct {
	By      string
	Cups    []CupID
	Station string
}

func (c TakeBack) subject() Subject { return Subject{Orders: ordersOf(c.Cups)} }

// decide takes back what can be. It is refused when that is nothing, and replayed when everything is back already.
func (c TakeBack) decide(d *decider) error {
	d.by = c.By
	if len(c.Cups) == 0 {
		return invalid(ProblemInvalid, "name the cups to take back", FieldError{"/cups", "is empty"})
	}
	if err := d.state.Config.knows(c.Station); err != nil {
		return err
	}
	var refused error
	byOrder := map[OrderID][]Move{}
	for _, id := range c.Cups {
		move, err := d.takeBack(c, id)
		if err != nil {
			refused = err
		}
		if move != nil && !slices.Contains(d.out.Cups, id) {
			byOrder[id.Order] = append(byOrder[id.Order], *move)
			d.out.Cups = append(d.out.Cups, id)
		}
	}
	d.out.Order = c.Cups[0].Order
	if len(d.out.Cups) == 0 {
		d.out.Replayed = refused == nil
		return refused
	}
	for _, id := range ordersOf(d.out.Cups) {
		d.move(id, byOrder[id])
	}
	return nil
}

// takeBack judges one cup; nil moves nothing.
func (d *decider) takeBack(c TakeBack, id CupID) (*Move, error) {
	q, err := d.queued(id)
	if err != nil {
		return nil, err
	}
	tap := Tap{By: c.By, Cups: []CupID{id}, To: Making, Station: c.Station}
	station := d.state.tapped(tap, q)
	at := d.state.At(station, q)
	if at.Cup.State.Unmade() && !q.Order.State().Ended() {
		return nil, nil
	}
	if at.Cup.State == Made {
		tap.To, tap.Station = at.Cup.Undone(), station
		if station != "" {
			return d.tapOne(tap, id)
		}
		return d.state.moveAt(q, "", Made, tap.To), nil
	}
	e := conflict(ProblemInvalidTransition, "cup %s is %s and cannot be taken back", id, at.Cup.State)
	e.Order, e.Cups = q.Order, []CupID{id}
	return nil, e
}
