package shop

import (
	"maps"
	"math"
	"slices"
	"time"

	"weir/shop/capacity"
)

// Forecast is what a campaign would ask of the shop, and what the shop can do of it.
type Forecast struct {
	Expected int          // cups, of the whole campaign
	CanTake  int          // cups of them in the quarters to come, beside the counter and what is booked already
	Quarters []Quarter    // of the window, from its start; none once it is over
	Staff    []StaffNeed  // by station, in the order of the line
	Uses     []Ingredient // by name
}

// Quarter is one quarter of an hour of a campaign.
type Quarter struct {
	Start    time.Time
	Expected int
	CanTake  int // at most Expected
}

// StaffNeed is how many people one station would need in the busiest quarter of an hour to make all that is expected
// while the shop is open.
type StaffNeed struct {
	Station  Station
	Ordinary int // who stands there by shop.yaml
	Needed   int
}

// Ingredient is how much of one would be used, in the menu's own units.
type Ingredient struct {
	Name     string
	Expected int64 // for all that is expected
	CanTake  int64 // for what can be taken
}

// Forecast reckons a campaign up. It follows from the notice, the menu, the opening hours, the rota and what was learned
// about the crew. It decides nothing.
func (s *State) Forecast(c *Campaign, now time.Time) Forecast {
	mix := s.Config.Menu.mix(c.Notice.Items)
	f := Forecast{Expected: c.Notice.Cups()}
	days := map[Day]dayForecast{}
	booked := s.bookedBeside(c.ID)
	peak := 0.0 // cups per minute by the menu
	for i, expected := range c.Notice.Expected {
		q := Quarter{Start: c.Notice.Start.Add(time.Duration(i) * capacity.SlotLength), Expected: expected}
		day := s.Config.Day(q.Start)
		d, known := days[day]
		if !known {
			d = s.dayForecast(day, now)
			days[day] = d
		}
		if d.open(q.Start) && q.Start.Add(capacity.SlotLength).After(now) {
			q.CanTake = min(expected, int(float64(max(0, d.book.PerSlot(d.at, q.Start)-booked[q.Start.Unix()]))/mix.work))
			peak = max(peak, d.cupsPerMinute(expected, mix.work))
		}
		f.CanTake += q.CanTake
		f.Quarters = append(f.Quarters, q)
	}
	f.Staff = s.staffFor(peak, &mix)
	f.Uses = mix.ingredients(f.Expected, f.CanTake)
	return f
}

// dayForecast is what a day's quarters of an hour can be reckoned with.
type dayForecast struct {
	hours   capacity.Day
	book    capacity.Book // of that day
	at      time.Time     // of which the book is asked
	walkIns float64       // work per minute
	yield   float64       // what bookings may count on of the menu's rate, fraction
}

func (d *dayForecast) open(at time.Time) bool {
	return !at.Before(d.hours.Opens) && !at.Add(capacity.SlotLength).After(d.hours.Closes)
}

// dayForecast asks capacity about a day as if it had come: a book is a value, so asking changes nothing.
func (s *State) dayForecast(day Day, now time.Time) dayForecast {
	d := dayForecast{hours: s.Config.HoursOf(day)}
	d.book, d.at = s.Capacity, now
	plan := s.Plan(day)
	if day != s.Config.Day(now) {
		plan = s.ordinary().Plan(day)
		d.book, d.at = d.book.Today(d.hours, plan), d.hours.Opens
	}
	report := d.book.Report(d.at)
	d.walkIns = report.WalkIns
	if nominal := plan.At(d.at); nominal > 0 {
		d.yield = float64(report.PerSlot)/(nominal*capacity.SlotLength.Minutes()) + d.walkIns/nominal
	}
	return d
}

// ordinary is the state with the staff of shop.yaml where the rota says nothing: what was set by hand is of today.
func (s State) ordinary() State {
	s.Settings.Staff = make(map[string]int, len(s.Config.Stations))
	for _, st := range s.Config.Stations {
		s.Settings.Staff[st.ID] = st.Staff
	}
	return s
}

// cupsPerMinute is the menu's rate that a crew would need to make so many cups in a quarter of an hour beside the
// counter's; each cup is of so much work.
func (d *dayForecast) cupsPerMinute(cups int, work float64) float64 {
	if d.yield <= 0 {
		return 0
	}
	return (float64(cups)/capacity.SlotLength.Minutes() + d.walkIns/work) / d.yield
}

// staffFor is the people each station needs for a rate.
func (s *State) staffFor(cupsPerMinute float64, mix *mix) []StaffNeed {
	needs := make([]StaffNeed, 0, len(s.Config.Stations))
	for _, station := range s.Config.Stations {
		people := cupsPerMinute * mix.seconds[station.ID] / 60
		needs = append(needs, StaffNeed{Station: station, Ordinary: station.Staff, Needed: int(math.Ceil(people - rounding))})
	}
	return needs
}

// rounding keeps 2.0000001 people from being three.
const rounding = 1e-6

// bookedBeside sums the unmade work of booked orders by the start of their slots, those of one campaign left out.
func (s *State) bookedBeside(campaign CampaignID) map[int64]capacity.Work {
	booked := map[int64]capacity.Work{}
	for o := range s.Orders.All() {
		if o.End != "" || o.Campaign == campaign || o.Promise.SlotStart.IsZero() {
			continue
		}
		for i := range o.Cups {
			if c := &o.Cups[i]; c.State <= Making {
				booked[o.Promise.SlotStart.Unix()] += c.Work
			}
		}
	}
	return booked
}

// mix is the mean cup of a campaign.
type mix struct {
	work    float64            // hundredths of a standard cup
	seconds map[string]float64 // by station
	uses    map[string]float64 // by ingredient
}

// mix is the mean cup of the items named; of everything on the menu when none is.
func (m *Menu) mix(items []ItemShare) mix {
	if len(items) == 0 {
		for i := range m.Items {
			items = append(items, ItemShare{m.Items[i].ID, 1})
		}
	}
	out := mix{seconds: map[string]float64{}, uses: map[string]float64{}}
	sum := 0.0
	for _, it := range items {
		item := m.Item(it.Item)
		if item == nil || item.Cups == 0 {
			continue // a bag, or an item that has left the menu since
		}
		share := float64(it.Share)
		sum += share
		out.work += share * float64(item.Work)
		for station, seconds := range item.Seconds {
			out.seconds[station] += share * float64(seconds)
		}
		for ingredient, amount := range item.Uses {
			out.uses[ingredient] += share * float64(amount) / float64(item.Cups)
		}
	}
	if sum == 0 || out.work == 0 {
		return mix{work: float64(capacity.Cup)}
	}
	out.work /= sum
	for station := range out.seconds {
		out.seconds[station] /= sum
	}
	for ingredient := range out.uses {
		out.uses[ingredient] /= sum
	}
	return out
}

// ingredients is what so many mean cups use, rounded up.
func (m *mix) ingredients(expected, canTake int) []Ingredient {
	list := make([]Ingredient, 0, len(m.uses))
	for _, name := range slices.Sorted(maps.Keys(m.uses)) {
		amount := func(cups int) int64 { return int64(math.Ceil(float64(cups)*m.uses[name] - rounding)) }
		list = append(list, Ingredient{Name: name, Expected: amount(expected), CanTake: amount(canTake)})
	}
	return list
}
