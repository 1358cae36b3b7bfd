package capacity

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// canMake is the work that can surely be made, beside the counter's, until a deadline.
func (m *moment) canMake(at int64) Work {
	made := m.plan.reachFrom(m.now, m.stations)
	return m.slack(&made, at, &Demand{})
}

// twoStations is a line of two stations that are equally fast on the reference item.
func twoStations(t *testing.T) Line {
	t.Helper()
	l, err := NewLine([]Station{{"tea", 1}, {"shake", 2}}, map[string]int{"tea": 30, "shake": 60})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestWhatWorkSparesAStation(t *testing.T) {
	l := twoStations(t)
	none := int32(sideBySide * 200) // where there is no station
	for _, c := range []struct {
		name    string
		seconds map[string]int
		tea     int32
		shake   int32
	}{
		{"slow at the tea", map[string]int{"tea": 60, "shake": 30}, 0, int32(sideBySide * 150)},
		{"slow at the shaker", map[string]int{"tea": 15, "shake": 120}, int32(sideBySide * 150), 0},
		{"slow at both", map[string]int{"tea": 60, "shake": 120}, 0, 0},
	} {
		got := l.Spare(c.seconds, l.Weight(c.seconds))
		if want := (Spare{c.tea, c.shake, none, none, none, none}); got != want {
			t.Errorf("%s: %v, want %v", c.name, got, want)
		}
	}
	var many []Station
	seconds := map[string]int{}
	for _, id := range []string{"a", "b", "c", "d", "e", "f", "g"} {
		many = append(many, Station{id, 1})
		seconds[id] = 10
	}
	seconds["g"] = 30 // beyond the last that is looked at by itself
	long, err := NewLine(many, seconds)
	if err != nil {
		t.Fatal(err)
	}
	if got := long.Spare(seconds, Cup); got[StationsMax-1] != 0 || got[0] == 0 {
		t.Errorf("a long line: %v, want nothing spared where its last stations are", got)
	}
}

// room fills the kitchen with orders for the same time and tells how many went in.
func roomFor(t *testing.T, b Book, orders ...Order) (n int) {
	t.Helper()
	for ; n < 200; n++ {
		o := orders[n%len(orders)]
		a := b.Admit(noon, Request{Channel: "meituan", Work: o.Work, Spare: o.Spare, Cups: 1})
		if !a.Accepted {
			return n
		}
		o.ID, o.Channel, o.Placed, o.Due, o.Cups, o.Quote = int64(n+1), "meituan", noon, a.Due, 1, a.Quote
		b = b.Swap(Order{}, o)
	}
	return n
}

// TestDrinksSlowAtDifferentStationsAreMadeSideBySide: more of them are taken than of as many that are all slow at one, and
// no fewer of these than when nothing is known of stations.
func TestDrinksSlowAtDifferentStationsAreMadeSideBySide(t *testing.T) {
	l := twoStations(t)
	order := func(tea, shake int) Order {
		seconds := map[string]int{"tea": tea, "shake": shake}
		w := l.Weight(seconds)
		return Order{Work: w, Spare: l.Spare(seconds, w)}
	}
	tea, shaken := order(60, 20), order(10, 120)
	b := Open(Defaults(), Plan{l.Stint(time.Time{}, nil)}, today(), known())
	unknown := roomFor(t, b, Order{Work: tea.Work})
	if got := roomFor(t, b, tea); got != unknown {
		t.Errorf("%d that are slow at the tea, want %d as without any knowledge", got, unknown)
	}
	if got := roomFor(t, b, shaken); got != unknown {
		t.Errorf("%d that are slow at the shaker, want %d", got, unknown)
	}
	if got := roomFor(t, b, tea, shaken); got < unknown*5/4 {
		t.Errorf("%d of both in turn, want a quarter more than %d", got, unknown)
	}
}

// TestAStationWithFewerPeopleIsTheBottleneckOfItsOwnDrinks although the reference item does not feel it.
func TestAStationWithFewerPeopleIsTheBottleneckOfItsOwnDrinks(t *testing.T) {
	l, err := NewLine([]Station{{"tea", 2}, {"shake", 2}}, map[string]int{"tea": 20, "shake": 60})
	if err != nil {
		t.Fatal(err)
	}
	heavy := map[string]int{"tea": 60, "shake": 10}
	o := Order{Work: l.Weight(heavy), Spare: l.Spare(heavy, l.Weight(heavy))}
	light := map[string]int{"tea": 0, "shake": 60}
	other := Order{Work: l.Weight(light), Spare: l.Spare(light, l.Weight(light))}
	at := func(staff map[string]int) Book {
		return Open(Defaults(), Plan{l.Stint(time.Time{}, staff)}, today(), known())
	}
	both, one := at(nil), at(map[string]int{"tea": 1, "shake": 2})
	if both.Rate(noon) != one.Rate(noon) {
		t.Fatal("the reference item feels it: the test proves nothing")
	}
	if all, half := roomFor(t, both, o), roomFor(t, one, o); half > all*6/10 {
		t.Errorf("%d drinks of that station with one person, %d with two", half, all)
	}
	if all, half := roomFor(t, both, other), roomFor(t, one, other); half < all*8/10 {
		t.Errorf("%d drinks of the other station with one person here, %d with two", half, all)
	}
}

// TestAStationsOwnPaceCounts when it is slower than the crew's, for drinks that are slow there.
func TestAStationsOwnPaceCounts(t *testing.T) {
	l := twoStations(t)
	heavy, light := map[string]int{"tea": 60, "shake": 20}, map[string]int{"tea": 0, "shake": 120}
	o := Order{Work: l.Weight(heavy), Spare: l.Spare(heavy, l.Weight(heavy))}
	other := Order{Work: l.Weight(light), Spare: l.Spare(light, l.Weight(light))}
	s := Defaults()
	s.Stations = []string{"tea", "shake"}
	b := Open(s, Plan{l.Stint(time.Time{}, nil)}, today(), known())
	slow := b
	for i := range 120 { // half as fast as the menu: a minute for what should take half of one
		slow = slow.PartMade(noon.Add(time.Duration(i-120)*time.Minute), Part{Station: "tea", Seconds: 30, People: 1, Left: 9})
	}
	if all, half := roomFor(t, b, o), roomFor(t, slow, o); half > all*7/10 {
		t.Errorf("%d drinks of a station that is half as fast, %d otherwise", half, all)
	}
	if all, same := roomFor(t, b, other), roomFor(t, slow, other); same < all*8/10 {
		t.Errorf("%d drinks of the other station, %d otherwise", same, all)
	}
}

// TestThePaceIsOfTheMostLoadedStation: the same minutes with lighter parts elsewhere teach the same, and it survives a restart.
func TestThePaceIsOfTheMostLoadedStation(t *testing.T) {
	spare := stationRates{0, 1.5, 2, 2, 2, 2}
	other := stationRates{1.5, 0, 2, 2, 2, 2}
	learn := func(spares ...stationRates) Gamma {
		g := newPace().Fast
		for i := range 60 {
			g = g.learn(2, &spares[i%len(spares)], 2, 1, fastMinutes)
		}
		return g
	}
	one, none, mixed := learn(spare), learn(stationRates{}), learn(spare, other)
	if one.quantile(q50) != none.quantile(q50) {
		t.Errorf("slow at one station: %v, want %v", one.quantile(q50), none.quantile(q50))
	}
	if mixed.quantile(q50) > 0.8*one.quantile(q50) {
		t.Errorf("slow at two in turn: %v; each had less to do than at one, %v", mixed.quantile(q50), one.quantile(q50))
	}
	text, err := json.Marshal(mixed)
	if err != nil {
		t.Fatal(err)
	}
	var back Gamma
	if err := json.Unmarshal(text, &back); err != nil || back != mixed {
		t.Errorf("%s: %+v, %v", text, back, err)
	}
	if d := mixed.doubt(5); d.done() < 4.99 || d.done() > 5.01 || d.Made <= 5 {
		t.Errorf("doubt keeps %v of %+v, want 5 cups at the most loaded station", d.done(), d)
	}
}

// What is spared comes and goes with the order, also of one in several slots.
func TestWhatIsSparedGoesWithItsOrder(t *testing.T) {
	start := noon.Add(2 * time.Hour)
	for _, o := range []Order{
		{ID: 1, Channel: "meituan", Placed: noon, Due: noon.Add(20 * time.Minute), Work: 300, Spare: Spare{100, 0, 50}, Cups: 2},
		{ID: 1, Channel: "meituan", Placed: noon, Due: start.Add(SlotLength), Slot: start, Span: 3, Stage: Booked, Work: 1000,
			Spare: Spare{101, 0, 50}, Cups: 9},
		{ID: 1, Placed: noon, WalkIn: true, Due: noon.Add(20 * time.Minute), Work: 300, Spare: Spare{100, 0, 50}, Cups: 2},
		{ID: 1, Channel: "meituan", Placed: noon, Stage: Held, Work: 300, Spare: Spare{100, 0, 50}, Cups: 2},
	} {
		b := open().Swap(Order{}, o)
		if gone := b.Swap(o, Order{}); !gone.Equal(open()) {
			t.Errorf("gone, and something is left: %+v", gone.load)
		}
		var sum Spare
		for _, s := range b.load.slots {
			sum = sum.Plus(s.spare)
		}
		if diff := cmp.Diff(o.Spare, sum); o.Stage == Booked && diff != "" {
			t.Errorf("of several slots (-want +got):\n%s", diff)
		}
	}
}
