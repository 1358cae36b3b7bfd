package shop

import (
	"fmt"

	"weir/shop/capacity"
)

// SetStaff says how many people are at a station now. For later see [ChangeRota].
type SetStaff struct {
	By      string
	Station string
	Staff   int
}

func (SetStaff) subject() Subject { return Subject{} }

// StaffSet says how many people are on duty at a station.
type StaffSet struct {
	Station string `json:"station"`
	Staff   int    `json:"staff"`
}

func (StaffSet) name() string { return "staff.set" }

// StaffMax is more people than stand at one station of any shop.
const StaffMax = capacity.HeadsMax

// decide says who is on duty; the rate follows at once, and promises that it breaks are seen to.
func (c SetStaff) decide(d *decider) error {
	d.by = c.By
	for _, st := range d.state.Config.Stations {
		if st.ID != c.Station {
			continue
		}
		if c.Staff < 0 || c.Staff > StaffMax {
			return invalid(ProblemInvalid, fmt.Sprintf("staff at a station is 0 to %d", StaffMax), FieldError{"/staff", fmt.Sprint(c.Staff)})
		}
		if err := d.state.tooManyTurns(); err != nil {
			return err
		}
		d.crewChanged(StaffSet{Station: c.Station, Staff: c.Staff})
		return nil
	}
	return notFound("there is no station %q", c.Station)
}

func (f StaffSet) apply(s State, e Event) State {
	return s.setByHand(f.Station, f.Staff, e.At).replanned(e.At)
}
