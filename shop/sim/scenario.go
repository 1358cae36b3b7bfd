package sim

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"weir/shop"
	"weir/shop/capacity"
)

// Scenario is a day, or several in a row, as a file describes it: who comes, who works and what goes wrong. What it does not
// say is as in the scenario 1400. The files in the folder scenarios are part of the program.
type Scenario struct {
	Name   string   `yaml:"name"`
	Shows  string   `yaml:"shows"` // what one learns from it
	Demand []Wave   `yaml:"demand"`
	Added  []string `yaml:"channels"` // delivery channels beside those of the demo shop
	Mix    []Mix    `yaml:"mix"`
	Line   []Post   `yaml:"line"`  // stations that are not as in the demo shop
	Staff  []Turn   `yaml:"staff"` // who comes and goes, and whether the shop is told
	Crew   Crew     `yaml:"crew"`
	Days   []Day    `yaml:"days"`  // days in a row with memory; none is one day
	Count  string   `yaml:"count"` // last: only the last day's figures count; otherwise those of all

	WalkInCups *float64 `yaml:"walk_in_cups"` // a day, that the shop expects at its counter
	Closes     *Closing `yaml:"closes"`       // the owner says that the shop closes early
	Taps       Taps     `yaml:"taps"`
	PowerCuts  []Span   `yaml:"power_cuts"`   // the shop is off, and has afterwards what it had stored
	RidersAway []Span   `yaml:"riders_away"`  // nobody fetches anything
	NoLeases   []string `yaml:"ignore_lease"` // channels that send whatever their lease says
	Retries    *Retries `yaml:"retries"`
	Customers  string   `yaml:"customers"` // one of [Models]
	Standby    float64  `yaml:"standby"`   // share of those who would go with nothing who wait for room instead
	NoShow     float64  `yaml:"no_show"`
}

// Wave is some of the demand: a curve, or so many cups or orders between two times.
type Wave struct {
	Curve    string         `yaml:"curve"` // feb6, campaign (of feb6) or ordinary (of feb6)
	Times    float64        `yaml:"times"` // by which the curve is multiplied; 0 is 1
	Cups     int            `yaml:"cups"`
	Orders   int            `yaml:"orders"` // instead of cups: so many orders of From to To cups each
	Least    int            `yaml:"least"`  // cups of such an order
	Most     int            `yaml:"most"`
	Ahead    int            `yaml:"ahead_min"` // such an order is asked for so long before it is wanted
	From     Clock          `yaml:"from"`
	To       Clock          `yaml:"to"`
	Channels map[string]int `yaml:"channels"` // weights; none is both delivery channels alike
}

// Mix is a drink that is not on the demo's menu and that a share of all cups is of, between two times.
type Mix struct {
	From  Clock          `yaml:"from"`
	To    Clock          `yaml:"to"`
	Share float64        `yaml:"share"`
	Work  map[string]int `yaml:"work"` // seconds per station
}

// Post is a station with other people, or with work that takes longer by a factor than in the demo's menu.
type Post struct {
	Station string  `yaml:"station"`
	Staff   *int    `yaml:"staff"`
	Times   float64 `yaml:"times"`
}

// Turn is a change of the people at a station.
type Turn struct {
	At      Clock  `yaml:"at"`
	Station string `yaml:"station"` // none is the bottleneck
	Staff   int    `yaml:"staff"`
	Silent  bool   `yaml:"silent"`  // nobody tells the shop
	Planned bool   `yaml:"planned"` // it is in the shop's rota, so nobody has to
}

// rota are the turns that were planned.
func (s *Scenario) rota(c *shop.Config) (rota capacity.Rota) {
	for _, t := range s.Staff {
		if t.Planned {
			from := (c.Open + time.Duration(t.At)*time.Millisecond).Truncate(time.Minute)
			rota = append(rota, capacity.Turn{Station: cmp.Or(t.Station, c.Line.Bottleneck()), From: from, Staff: t.Staff})
		}
	}
	return rota
}

// Crew is how fast the crew is by the menu.
type Crew struct {
	Speed float64 `yaml:"speed"` // 0 is 1
	Ends  float64 `yaml:"ends"`  // the crew tires: its speed goes from Speed to this over the day; 0 is as it began
	Drift float64 `yaml:"drift"`
}

// Day is what is different on one of several days.
type Day struct {
	Crew  float64 `yaml:"crew"`  // speed; 0 is the scenario's
	Times float64 `yaml:"times"` // demand; 0 is 1
}

// Closing is the owner who says that the shop closes early.
type Closing struct {
	Said Clock `yaml:"said"`
	At   Clock `yaml:"at"`
}

// Taps is how the crew says what it has made.
type Taps struct {
	Every int  `yaml:"every_min"` // in lumps; 0 is cup by cup
	None  bool `yaml:"none"`
}

// Span is a part of the day.
type Span struct {
	From Clock `yaml:"from"`
	To   Clock `yaml:"to"`
}

// Retries is customers who come back after they went away with nothing.
type Retries struct {
	Share float64 `yaml:"share"`
	After int     `yaml:"after_min"`
	Times int     `yaml:"times"`
}

// Clock is a time of the simulated day, written 13:00, in ms since opening.
type Clock int64

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *Clock) UnmarshalText(text []byte) error {
	if string(text) == "22:00" {
		*c = Clock(dayLength)
		return nil
	}
	ms, err := dayTime(string(text))
	*c = Clock(ms)
	return err
}

func (s Span) holds(at int64) bool { return at >= int64(s.From) && at < int64(s.To) }

// shipped are the scenarios that are part of the program.
//
//go:embed scenarios/*.yaml
var shipped embed.FS

// Shipped are the names of the scenarios that are part of the program, in alphabetical order.
func Shipped() (names []string) {
	files, _ := shipped.ReadDir("scenarios") // embedded
	for _, f := range files {
		names = append(names, strings.TrimSuffix(f.Name(), ".yaml"))
	}
	return names
}

// scenarioBytesMax bounds a scenario file.
const scenarioBytesMax = 1 << 20

// ReadScenario reads a file, or one of the [Shipped] by its name.
func ReadScenario(path string) (*Scenario, error) {
	text, err := shipped.ReadFile("scenarios/" + path + ".yaml")
	if err != nil {
		if text, err = os.ReadFile(path); err != nil {
			return nil, fmt.Errorf("read the scenario: %w; those that ship with the program are %s", err, strings.Join(Shipped(), ", "))
		}
	}
	if len(text) > scenarioBytesMax {
		return nil, fmt.Errorf("%s: a scenario has at most %d bytes", path, scenarioBytesMax)
	}
	s := &Scenario{}
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(s); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

const (
	waveCupsMax   = 10_000
	daysInARow    = 31
	channelsAdded = 10
)

func (s *Scenario) check() error {
	switch {
	case !channelForm.MatchString(s.Name):
		return fmt.Errorf("name %q: want one of a-z, 0-9 and -", s.Name)
	case s.Count != "" && s.Count != "last":
		return fmt.Errorf("count %q: want last, or nothing for all days", s.Count)
	case len(s.Days) > daysInARow:
		return fmt.Errorf("days: want at most %d", daysInARow)
	case s.Customers != "" && !slices.Contains(Models, s.Customers):
		return fmt.Errorf("customers %q: the models are %s", s.Customers, strings.Join(Models, ", "))
	case !(s.Standby >= 0 && s.Standby <= 1):
		return fmt.Errorf("standby %v: want a share from 0 to 1", s.Standby)
	case !(s.NoShow >= 0 && s.NoShow <= noShowMost):
		return fmt.Errorf("no_show %v: want a share from 0 to %v", s.NoShow, noShowMost)
	case s.Closes != nil && s.Closes.Said >= s.Closes.At:
		return fmt.Errorf("closes: want said before at")
	case s.Taps.Every < 0 || s.Taps.Every > 120:
		return fmt.Errorf("taps: want every_min from 0 to 120")
	}
	if w := s.WalkInCups; w != nil && !(*w >= 0 && *w <= waveCupsMax) {
		return fmt.Errorf("walk_in_cups %v: want 0 to %d", *w, waveCupsMax)
	}
	for _, speed := range []float64{s.Crew.Speed, s.Crew.Ends} {
		if speed != 0 && !(speed >= crewLeast && speed <= crewMost) {
			return fmt.Errorf("crew %v: want %v to %v times what the menu says", speed, crewLeast, crewMost)
		}
	}
	if d := s.Crew.Drift; !(d >= 0 && d <= driftMost) {
		return fmt.Errorf("crew drift %v: want 0 to %v", d, driftMost)
	}
	for i, d := range s.Days {
		if d.Crew != 0 && !(d.Crew >= crewLeast && d.Crew <= crewMost) || !(d.Times >= 0 && d.Times <= flashTimesMost) {
			return fmt.Errorf("days[%d]: want a crew of %v to %v and times of 0 to %d", i, crewLeast, crewMost, flashTimesMost)
		}
	}
	for i, id := range s.Added {
		if !channelForm.MatchString(id) || i == channelsAdded {
			return fmt.Errorf("channels[%d] %q: want at most %d names of a-z, 0-9 and -", i, id, channelsAdded)
		}
	}
	for i := range s.Demand {
		if err := s.Demand[i].check(); err != nil {
			return fmt.Errorf("demand[%d]: %w", i, err)
		}
	}
	for i, m := range s.Mix {
		if !(m.Share > 0 && m.Share <= 1) || m.From >= m.to() || len(m.Work) == 0 {
			return fmt.Errorf("mix[%d]: want a share above 0 and at most 1, from before to, and work", i)
		}
	}
	for i, t := range s.Staff {
		if t.Staff < 0 || t.Staff > shop.StaffMax {
			return fmt.Errorf("staff[%d]: want 0 to %d people", i, shop.StaffMax)
		}
	}
	for _, span := range append(slices.Clone(s.PowerCuts), s.RidersAway...) {
		if span.From >= span.To {
			return fmt.Errorf("power_cuts and riders_away: want from before to")
		}
	}
	if r := s.Retries; r != nil && (!(r.Share >= 0 && r.Share <= 1) || r.After < 1 || r.After > 720 || r.Times < 1 || r.Times > 10) {
		return fmt.Errorf("retries: want a share from 0 to 1, after_min from 1 to 720 and times from 1 to 10")
	}
	return nil
}

func (w *Wave) check() error {
	curves := []string{"", "feb6", "campaign", "ordinary"}
	total := 0
	for _, n := range w.Channels {
		if n < 0 {
			return fmt.Errorf("channels: weights must not be negative")
		}
		total += n
	}
	switch {
	case !slices.Contains(curves, w.Curve):
		return fmt.Errorf("curve %q: want feb6, campaign or ordinary", w.Curve)
	case !(w.Times >= 0 && w.Times <= flashTimesMost):
		return fmt.Errorf("times %v: want 0 to %d", w.Times, flashTimesMost)
	case w.Cups < 0 || w.Cups > waveCupsMax || w.Orders < 0 || w.Orders > waveCupsMax:
		return fmt.Errorf("want 0 to %d cups or orders", waveCupsMax)
	case w.Curve == "" && w.Cups == 0 && w.Orders == 0:
		return fmt.Errorf("want a curve, cups or orders")
	case w.Curve == "" && w.From >= w.to():
		return fmt.Errorf("want from before to")
	case w.Orders > 0 && (w.Least < 1 || w.Most < w.Least || w.Most > traceCupsMax || w.Ahead < 0 || w.Ahead > 720):
		return fmt.Errorf("orders: want least and most cups from 1 to %d, and ahead_min from 0 to 720", traceCupsMax)
	case len(w.Channels) > 0 && total == 0:
		return fmt.Errorf("channels: want a weight above 0")
	}
	return nil
}

func (w *Wave) to() Clock { return until(w.To) }
func (m *Mix) to() Clock  { return until(m.To) }

// until is an end of a span; none is closing.
func until(c Clock) Clock {
	if c == 0 {
		return Clock(dayLength)
	}
	return c
}

// mixID is the item of a mix.
func mixID(i int) string { return fmt.Sprintf("%s%d", mixPrefix, i) }

const mixPrefix = "mix-"

// furnish changes the demo shop into the scenario's.
func (s *Scenario) furnish(c *shop.Config) error {
	if s.WalkInCups != nil {
		c.Capacity.WalkIns = *s.WalkInCups * float64(capacity.Cup) / (time.Duration(dayLength) * time.Millisecond).Minutes()
	}
	menu := *c.Menu
	menu.Items = slices.Clone(c.Menu.Items)
	for _, p := range s.Line {
		at := slices.IndexFunc(c.Stations, func(st shop.Station) bool { return st.ID == p.Station })
		if at < 0 {
			return fmt.Errorf("line: there is no station %q", p.Station)
		}
		if p.Staff != nil {
			c.Stations[at].Staff, c.Settings.Staff[p.Station] = *p.Staff, *p.Staff
		}
		for i := range menu.Items {
			if p.Times > 0 {
				menu.Items[i].Seconds = stretched(menu.Items[i].Seconds, p)
			}
		}
	}
	for i, m := range s.Mix {
		menu.Items = append(menu.Items, shop.Item{ID: mixID(i), Name: shop.Name{ZH: mixID(i), EN: mixID(i)}, Seconds: m.Work, Cups: 1})
	}
	var line []capacity.Station
	for _, st := range c.Stations {
		line = append(line, capacity.Station{ID: st.ID, Staff: st.Staff})
	}
	at := slices.IndexFunc(menu.Items, func(it shop.Item) bool { return it.ID == menu.Reference })
	var err error
	if c.Line, err = capacity.NewLine(line, menu.Items[at].Seconds); err != nil {
		return err
	}
	for i := range menu.Items {
		it := &menu.Items[i]
		it.Work = c.Line.Weight(it.Seconds)
		it.Spare = c.Line.Spare(it.Seconds, it.Work)
	}
	menu.Index()
	c.Menu = &menu
	for _, id := range s.Added {
		addChannel(c, id)
	}
	for _, w := range s.Demand {
		for id := range w.Channels {
			if _, known := c.Channel(id); !known {
				return fmt.Errorf("demand: the demo shop has no channel %q; those that are to be added are in channels", id)
			}
		}
	}
	for _, t := range s.Staff {
		if t.Station != "" && !slices.ContainsFunc(c.Stations, func(st shop.Station) bool { return st.ID == t.Station }) {
			return fmt.Errorf("staff: there is no station %q", t.Station)
		}
	}
	c.Settings.Rota = s.rota(c)
	return nil
}

func stretched(seconds map[string]int, p Post) map[string]int {
	next := map[string]int{}
	for id, s := range seconds {
		if next[id] = s; id == p.Station {
			next[id] = int(float64(s)*p.Times + 0.5)
		}
	}
	return next
}
