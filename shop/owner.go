package shop

import (
	"fmt"

	"weir/shop/capacity"
)

// setAvailable marks an item as sold out or back; every channel is told.
func (d *decider) setAvailable(c SetAvailable) error {
	d.by = c.By
	if d.state.Config.Menu.Item(c.Item) == nil {
		return notFound("the menu has no item %q", c.Item)
	}
	if d.state.Available(c.Item) == c.Available {
		d.out.Replayed = true
		return nil
	}
	d.emit(0, ItemSet{Item: c.Item, Available: c.Available})
	kind := ToldSoldOut
	if c.Available {
		kind = ToldAvailable
	}
	d.tellAll(Told{Type: kind, Item: c.Item})
	return nil
}

// setIntake is the owner's toggle.
func (d *decider) setIntake(c SetIntake) error {
	d.by = c.Intake.By
	if _, ok := d.state.Config.Channel(c.Channel); !ok {
		return notFound("there is no channel %q", c.Channel)
	}
	switch c.Intake.Mode {
	case capacity.IntakeOpen, capacity.IntakeSlots, capacity.IntakePaused:
	default:
		return invalid(ProblemInvalid, "intake is open, slots or paused", FieldError{"/mode", string(c.Intake.Mode)})
	}
	if !c.Intake.Until.IsZero() && !c.Intake.Until.After(d.now) {
		return invalid(ProblemInvalid, "the time at which intake opens again is past", FieldError{"/until", "is past"})
	}
	d.intake(c.Channel, c.Intake)
	return nil
}

func (d *decider) intake(channel string, in Intake) {
	in.Until = in.Until.UTC()
	d.emitTold(0, IntakeSet{Channel: channel, Intake: in}, &Told{Channel: channel, Type: ToldIntake, Intake: &in})
}

// setStaff says who is on duty; the rate follows at once.
func (d *decider) setStaff(c SetStaff) error {
	d.by = c.By
	for _, st := range d.state.Config.Stations {
		if st.ID != c.Station {
			continue
		}
		if c.Staff < 0 || c.Staff > StaffMax {
			return invalid(ProblemInvalid, fmt.Sprintf("staff at a station is 0 to %d", StaffMax), FieldError{"/staff", fmt.Sprint(c.Staff)})
		}
		d.emit(0, StaffSet{Station: c.Station, Staff: c.Staff})
		return nil
	}
	return notFound("there is no station %q", c.Station)
}

// StaffMax is more people than stand at one station of any shop.
const StaffMax = 20

// ack takes a channel's word for how far it has read.
func (d *decider) ack(c Ack) error {
	d.by = c.Channel
	if c.Through > d.state.Counters.Feeds[c.Channel] {
		return invalid(ProblemCursorInvalid, "this cursor has not been given out", FieldError{"/cursor", fmt.Sprint(c.Through)})
	}
	if c.Through > d.state.Counters.Acks[c.Channel] {
		d.emit(0, FeedAcked(c))
	}
	return nil
}
