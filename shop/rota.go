package shop

import (
	"slices"
	"time"

	"weir/shop/capacity"
)

// ChangeRota takes turns out of the plan of who will be there, and puts others in.
type ChangeRota struct {
	By     string
	Remove []capacity.Turn // one that is not there has been taken out before
	Add    []capacity.Turn
}

func (ChangeRota) subject() Subject { return Subject{} }

// RotaChanged says which turns went out of the plan of who will be there, and which came in.
type RotaChanged struct {
	Removed []capacity.Turn `json:"removed,omitempty"`
	Added   []capacity.Turn `json:"added,omitempty"`
}

func (RotaChanged) name() string { return "rota.changed" }

// decide changes the plan of who will be there. Promises that it breaks are seen to at once.
func (c ChangeRota) decide(d *decider) error {
	d.by = c.By
	rota := d.state.Settings.Rota
	var change RotaChanged
	for _, t := range c.Remove {
		if slices.Contains(rota, t) && !slices.Contains(change.Removed, t) {
			change.Removed = append(change.Removed, t)
		}
	}
	for _, t := range c.Add {
		if !slices.ContainsFunc(d.state.Config.Stations, func(s Station) bool { return s.ID == t.Station }) {
			return notFound("there is no station %q", t.Station)
		}
		if err := t.Check(); err != nil {
			return invalid(ProblemInvalid, err.Error(), FieldError{"/add", err.Error()})
		}
		kept := slices.Contains(rota, t) && !slices.Contains(change.Removed, t)
		if !kept && !slices.Contains(change.Added, t) {
			change.Added = append(change.Added, t)
		}
	}
	if n := len(rota) - len(change.Removed) + len(change.Added); n > capacity.TurnsMax {
		return conflict(ProblemInvalid, "the rota has %d lines and can have %d; take some out first", n, capacity.TurnsMax)
	}
	if change.Removed == nil && change.Added == nil {
		d.out.Replayed = true
		return nil
	}
	d.crewChanged(change)
	return nil
}

// Broken counts the orders whose promises a command has broken, and what could be done: all of them were told.
type Broken struct {
	Moved    int // to a later time
	Released int // will not be made
}

// crewChanged establishes a fact about who is there, and sees at once to the promises that this breaks.
func (d *decider) crewChanged(f Fact) {
	before := d.state.Plan(d.state.Counters.Day)
	d.emit(0, f)
	if !slices.Equal(before, d.state.Plan(d.state.Counters.Day)) && !d.state.Counters.ClockDoubt {
		d.mendNow()
		d.requoteNow()
	}
}

func (f RotaChanged) apply(s State, e Event) State {
	rota := make(capacity.Rota, 0, len(s.Settings.Rota)+len(f.Added))
	for _, t := range s.Settings.Rota {
		if !slices.Contains(f.Removed, t) {
			rota = append(rota, t)
		}
	}
	s.Settings.Rota = append(rota, f.Added...)
	return s.replanned(e.At)
}

// replanned lets capacity see who is planned to be there.
func (s State) replanned(now time.Time) State {
	s.Capacity = s.Capacity.Staff(now, s.Plan(s.Counters.Day))
	return s
}

// OnDuty is how many people are planned to be at each station at a time.
func (s State) OnDuty(at time.Time) map[string]int {
	return s.onDuty(s.Config.Day(at), s.Config.Clock(at))
}

func (s State) onDuty(day Day, clock time.Duration) map[string]int {
	staff := make(map[string]int, len(s.Config.Stations))
	weekday := day.weekday()
	for _, st := range s.Config.Stations {
		staff[st.ID] = s.Settings.Rota.Heads(st.ID, string(day), weekday, clock, s.Settings.Staff[st.ID])
	}
	return staff
}

// Plan is how fast the menu says that a business day's crew works, from its beginning until the end of the day after: a
// shop that never closes looks past its cut-off.
func (s State) Plan(day Day) capacity.Plan {
	var plan capacity.Plan
	for _, day := range [...]Day{day, day.next()} {
		for _, clock := range s.Settings.Rota.Changes(string(day), day.weekday()) {
			clock = max(clock, s.Config.Cutoff)
			plan = append(plan, s.Config.Line.Stint(s.Config.wall(day, clock), s.onDuty(day, clock)))
		}
		if s.Settings.Rota == nil {
			break // nobody comes or goes
		}
	}
	slices.SortStableFunc(plan, func(a, b capacity.Stint) int { return a.From.Compare(b.From) })
	return plan
}

// Shifts are the times of a business day at which the plan may change, the first at its beginning.
func (s State) Shifts(day Day) (list []time.Time) {
	for _, clock := range s.Settings.Rota.Changes(string(day), day.weekday()) {
		list = append(list, s.Config.wall(day, max(clock, s.Config.Cutoff)))
	}
	return list
}

// Clock is what the clock on the wall says at a time, as the time after the midnight with which its business day began.
func (c *Config) Clock(at time.Time) time.Duration {
	h, m, s := at.In(c.Location).Clock()
	clock := time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(s)*time.Second
	if clock < c.Cutoff {
		clock += 24 * time.Hour
	}
	return clock
}

// wall is when the clock on the wall says so much after the midnight of a business day.
func (c *Config) wall(day Day, clock time.Duration) time.Time {
	date, err := time.Parse(time.DateOnly, string(day))
	if err != nil {
		return time.Time{} // not a day
	}
	y, m, d := date.Date()
	return time.Date(y, m, d, 0, 0, int(clock/time.Second), 0, c.Location).UTC()
}

func (d Day) weekday() time.Weekday {
	date, _ := time.Parse(time.DateOnly, string(d)) // what is no day has no hours either
	return date.Weekday()
}

func (d Day) next() Day {
	date, _ := time.Parse(time.DateOnly, string(d))
	return Day(date.AddDate(0, 0, 1).Format(time.DateOnly))
}

// setByHand is the settings when somebody says that so many people are at a station now. On a day of which the rota says
// something about the station, this holds until the day's end and is kept as a difference to the rota, so that breaks
// and further shifts still count. On other days it holds until it is changed.
func (s State) setByHand(station string, staff int, at time.Time) State {
	day, clock := s.Config.Day(at), s.Config.Clock(at).Truncate(time.Minute)
	if !s.Settings.Rota.Speaks(station, string(day), day.weekday()) {
		s.Settings.Staff = with(s.Settings.Staff, station, staff)
		return s
	}
	t := capacity.Turn{Station: station, Date: string(day), From: clock, Staff: staff - s.OnDuty(at)[station], More: true}
	rota := slices.Clone(s.Settings.Rota)
	if i := slices.IndexFunc(rota, t.SameTime); i >= 0 {
		t.Staff += rota[i].Staff
		rota = slices.Delete(rota, i, i+1)
	}
	if t.Staff != 0 {
		rota = append(rota, t)
	}
	s.Settings.Rota = rota
	return s
}

// tooManyTurns is why no turn can be added, or nil.
func (s *State) tooManyTurns() error {
	if n := len(s.Settings.Rota); n >= capacity.TurnsMax {
		return conflict(ProblemInvalid, "the rota has %d lines, and no more are kept; take some out first", n)
	}
	return nil
}
