package shop

import (
	"slices"
	"time"

	"weir/shop/capacity"
)

// CupPart is one station's part of a cup, done.
type CupPart struct {
	Station string    `json:"station"`
	Begun   time.Time `json:"begun,omitzero"`    // when the station took the cup up; zero when one tap took it up and finished it
	At      time.Time `json:"at"`                // when the part was done
	Implied bool      `json:"implied,omitempty"` // nobody tapped: a later station had the cup already
}

// Passing reports whether cups go from station to station, each with a tap of its own. Otherwise one tap at any station
// finishes a cup: the shop wants it so, or has one station only.
func (s *State) Passing() bool { return len(s.Config.Stations) > 1 && !s.Settings.OneTap }

// knows is nil for a station of the shop, and for "".
func (c *Config) knows(station string) error {
	if station != "" && !slices.ContainsFunc(c.Stations, func(s Station) bool { return s.ID == station }) {
		return notFound("there is no station %q", station)
	}
	return nil
}

// Route is the stations that have a part in a line's cups, in the order of the line. It is empty for a drink that no
// station of this shop makes, as one that the menu does not know: such a cup may be finished anywhere.
func (c *Config) Route(l *Line) (route []string) {
	for station := range c.route(l) {
		route = append(route, station)
	}
	return route
}

// route yields the stations of a line's cups in the order of the line.
func (c *Config) route(l *Line) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		item := c.Menu.Of(l).Item(l.Item)
		if item == nil {
			return
		}
		for i := range c.Stations {
			if id := c.Stations[i].ID; item.Seconds[id] > 0 && !yield(id) {
				return
			}
		}
	}
}

// has reports whether a station is on the route of a line's cups.
func (c *Config) has(station string, l *Line) bool {
	for id := range c.route(l) {
		if id == station {
			return true
		}
	}
	return false
}

// part is the station's part of the cup, nil while it is not done.
func (c *Cup) part(station string) *CupPart {
	for i := range c.Parts {
		if c.Parts[i].Station == station {
			return &c.Parts[i]
		}
	}
	return nil
}

// InHand reports whether somebody is working on an unmade cup now. Between two stations nobody is.
func (c *Cup) InHand() bool { return c.State == Making && (!c.Taken.IsZero() || len(c.Parts) == 0) }

// Where is the station at which an unmade cup is or lies: the first of its route whose part is not done. It is "" where
// cups do not pass from station to station, and for a cup that no station makes.
func (s *State) Where(q Queued) string {
	if !s.Passing() || !q.Cup.State.Unmade() {
		return ""
	}
	for station := range s.Config.route(q.Line()) {
		if q.Cup.part(station) == nil {
			return station
		}
	}
	return ""
}

// At is the cup as a station sees it: it waits there or is to come ([Queued.Coming]), is in hand there, or its part is
// made. The state, when it began and when it was started are the station's own. What does not pass from station to
// station looks the same everywhere, and so does everything for the station "", which is the whole shop.
func (s *State) At(station string, q Queued) Queued {
	if station == "" || !s.Passing() || !s.Config.has(station, q.Line()) {
		return q
	}
	cup := *q.Cup
	q.Cup, q.Coming = &cup, false
	if p := cup.part(station); p != nil && (cup.State.Unmade() || cup.State == Made) {
		cup.State, cup.At, cup.Started = Made, p.At, p.Begun
		if p.Begun.IsZero() {
			cup.Started = p.At
		}
		return q
	}
	if !cup.State.Unmade() {
		return q
	}
	switch where := s.Where(q); {
	case where != station:
		cup.State, cup.Started, q.Coming = Waiting, time.Time{}, true
	case cup.InHand():
		if !cup.Taken.IsZero() {
			cup.At, cup.Started = cup.Taken, cup.Taken
		}
	default:
		cup.State, cup.Started = Waiting, time.Time{}
		if n := len(cup.Parts); n > 0 {
			cup.At = cup.Parts[n-1].At
		}
	}
	return q
}

// tapped is the station whose part of the cup a tap is about; "" is the whole cup. A cup that was made by its last
// station is taken back there.
func (s *State) tapped(c Tap, q Queued) string {
	switch {
	case !s.Passing():
		return ""
	case c.Station == "" && c.To == Making && q.Cup.passedLast():
		return q.Cup.Parts[len(q.Cup.Parts)-1].Station
	case len(s.Config.Route(q.Line())) == 0:
		return ""
	}
	return c.Station
}

// passedLast reports whether the cup was made by its last station, and not by a tap for the whole shop.
func (c *Cup) passedLast() bool {
	n := len(c.Parts)
	return c.State == Made && n > 0 && c.Parts[n-1].At.Equal(c.At)
}

// moveAt is the move of a cup that stands as at, by a tap that was judged; see [State.partMove].
func (s *State) moveAt(q Queued, station string, at, to CupState) *Move {
	if station != "" {
		return s.partMove(q, station, at, to)
	}
	m := &Move{N: q.Cup.N, From: q.Cup.State, To: to}
	if to == Waiting {
		m.Unpassed = len(q.Cup.Parts)
	}
	return m
}

// partMove is the move of a cup by a tap at a station of its route, where the cup stands as at; the tap was judged. It is
// nil where somebody has gone on with the cup, so that the tap cannot be taken back any more.
func (s *State) partMove(q Queued, station string, at, to CupState) *Move {
	c := q.Cup
	m := &Move{N: c.N, From: c.State, To: Making, Station: station}
	switch {
	case at == Made && (c.part(station) == nil || to == Discarded): // it was finished by a tap for the whole shop
		m.To = to
		if to == Waiting {
			m.Unpassed = len(c.Parts)
		}
	case at == Made:
		return c.unpass(m, to)
	case to == Voided:
		m.To = Voided
	case to == Waiting:
		m.layBack(c)
	default: // the parts before it are done: the cup is here
		for id := range s.Config.route(q.Line()) {
			if id == station {
				break
			}
			if c.part(id) == nil {
				m.Passed = append(m.Passed, id)
			}
		}
		if m.Taken = to == Making; m.Taken {
			break
		}
		m.Passed = append(m.Passed, station)
		if route := s.Config.Route(q.Line()); route[len(route)-1] == station {
			m.To = Made
		}
	}
	return m
}

// layBack puts a cup that is in hand down before its station, with what taking it up had implied.
func (m *Move) layBack(c *Cup) {
	for i := len(c.Parts) - 1; i >= 0 && c.Parts[i].Implied && c.Parts[i].At.Equal(c.Taken); i-- {
		m.Unpassed++
	}
	m.lay(c, m.Unpassed > 0)
}

// lay leaves the cup before the station whose part is the first that is not done any more; with hand, in the hand of who
// had it there.
func (m *Move) lay(c *Cup, hand bool) {
	left := len(c.Parts) - m.Unpassed
	m.Taken = hand && !c.Parts[left].Begun.IsZero()
	m.Laid = !m.Taken
	if m.Laid && left == 0 {
		m.To = Waiting
	}
}

// unpass takes a part back that is done, with what it had implied, as long as nobody has gone on with the cup; else nil.
func (c *Cup) unpass(m *Move, to CupState) *Move {
	last := c.Parts[len(c.Parts)-1]
	if last.Station != m.Station || c.InHand() || c.State == Made && !c.passedLast() {
		return nil
	}
	m.Unpassed, m.Taken = 1, to == Making
	for i := len(c.Parts) - 2; i >= 0 && c.Parts[i].Implied && c.Parts[i].At.Equal(last.At) && !m.Taken; i-- {
		m.Unpassed++
	}
	if !m.Taken {
		m.lay(c, m.Unpassed > 1)
	}
	return m
}

// pass changes the cup's parts and who has it in hand, by a move at a time.
func (c *Cup) pass(m Move, at time.Time) {
	begun := c.Taken
	if begun.IsZero() && c.InHand() {
		begun = c.Started // it was in hand before stations had taps of their own
	}
	if m.Unpassed > 0 {
		c.Parts = c.Parts[:max(0, len(c.Parts)-m.Unpassed)]
		if len(c.Parts) == 0 {
			c.Parts = nil
		}
	}
	if len(m.Passed) > 0 {
		c.Parts = slices.Clone(c.Parts)
	}
	for i, station := range m.Passed {
		p := CupPart{Station: station, At: at, Implied: m.Taken || i < len(m.Passed)-1}
		if i == 0 {
			p.Begun = begun // whoever had it in hand
		}
		c.Parts = append(c.Parts, p)
	}
	switch {
	case m.Taken:
		c.Taken = at
	case m.Laid || len(m.Passed) > 0 || m.To == Waiting:
		c.Taken = time.Time{}
	}
}

// paced tells capacity which parts stations have just finished or taken back, of an order as it was and as it is. What
// follows from a later tap says nothing about when it was done.
func (s State) paced(was, is *Order, moves []Move, at time.Time) State {
	for _, m := range moves {
		if m.Station == "" {
			continue
		}
		before, after := was.Cups[m.N-1].part(m.Station) != nil, is.Cups[m.N-1].part(m.Station) != nil
		line := &is.Lines[is.Cups[m.N-1].Line]
		item := s.Config.Menu.Of(line).Item(line.Item)
		if before == after || item == nil {
			continue
		}
		part := capacity.Part{Station: m.Station, Seconds: item.Seconds[m.Station], People: s.OnDuty(at)[m.Station], Left: s.lying(m.Station)}
		if before {
			part.Seconds = -part.Seconds
		}
		s.Capacity = s.Capacity.PartMade(at, part)
	}
	return s
}

// lying is how many unmade cups are at a station now.
func (s *State) lying(station string) (n int) {
	for o := range s.Orders.All() {
		for i := range o.Cups {
			if c := &o.Cups[i]; c.State.Unmade() && s.Where(Queued{Order: o, Cup: c}) == station {
				n++
			}
		}
	}
	return n
}
