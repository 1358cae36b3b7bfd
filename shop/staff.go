package shop

import "fmt"

// SetStaff says who is on duty at a station.
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
const StaffMax = 20

// decide says who is on duty; the rate follows at once.
func (c SetStaff) decide(d *decider) error {
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

func (f StaffSet) apply(s State, _ Event) State {
	s.Settings.Staff = with(s.Settings.Staff, f.Station, f.Staff)
	s.Capacity = s.Capacity.Staff(s.Config.Line.Prior(s.Settings.Staff))
	return s
}
