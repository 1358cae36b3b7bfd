package shop_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"weir/shop"
	"weir/shop/capacity"
)

// at is the command of a tap at a station on the first cup of the first order.
func at(station string, to shop.CupState) shop.Command {
	return shop.Tap{By: "tablet", Cups: cupsOf(1, 1), To: to, Station: station}
}

// whereIs is where the first cup of the first order is: its state, its station, and whether it is in hand there.
func whereIs(s shop.State) string {
	o, _ := s.Order(1)
	q := shop.Queued{Order: o, Cup: &o.Cups[0]}
	return fmt.Sprintf("%v %s %v", q.Cup.State, s.Where(q), q.Cup.InHand())
}

func TestACupMovesFromStationToStation(t *testing.T) {
	back := func(station string) shop.Command { return shop.TakeBack{Cups: cupsOf(1, 1), Station: station} }
	for _, tt := range []struct {
		name string
		taps []shop.Command
		want string
	}{
		{"nobody has begun", nil, "waiting tea false"},
		{"begun", []shop.Command{at("tea", shop.Making)}, "making tea true"},
		{"passed on", []shop.Command{at("tea", shop.Made)}, "making shake false"},
		{"passed on twice by two tablets", []shop.Command{at("tea", shop.Made), at("tea", shop.Made)}, "making shake false"},
		{"in hand at the second", []shop.Command{at("tea", shop.Made), at("shake", shop.Making)}, "making shake true"},
		{"put down there", []shop.Command{at("tea", shop.Made), at("shake", shop.Making), at("shake", shop.Waiting)}, "making shake false"},
		{"the last makes it", []shop.Command{at("tea", shop.Made), at("shake", shop.Made), at("seal", shop.Made)}, "made  false"},
		{"a later station implies the others", []shop.Command{at("seal", shop.Made)}, "made  false"},
		{"and so does taking it up", []shop.Command{at("seal", shop.Making)}, "making seal true"},
		{"which is all undone", []shop.Command{at("seal", shop.Making), at("seal", shop.Waiting)}, "waiting tea false"},
		{"undone where it was not begun", []shop.Command{at("tea", shop.Made), back("tea")}, "waiting tea false"},
		{"undone where it was begun", []shop.Command{at("tea", shop.Making), at("tea", shop.Made), back("tea")}, "making tea true"},
		{"undone at the last", []shop.Command{at("tea", shop.Made), at("shake", shop.Made), at("seal", shop.Made), back("seal")},
			"making seal false"},
		{"undone on the whole board", []shop.Command{at("tea", shop.Made), at("shake", shop.Made), at("seal", shop.Made), back("")},
			"making seal false"},
		{"one tap on the whole board", []shop.Command{at("tea", shop.Made), at("", shop.Made)}, "made  false"},
		{"and undone", []shop.Command{at("tea", shop.Made), at("", shop.Made), back("")}, "making shake false"},
		{"and undone at a station that had not had it", []shop.Command{at("tea", shop.Made), at("", shop.Made), back("seal")},
			"making shake false"},
		{"recalled by the whole board", []shop.Command{at("seal", shop.Made), at("", shop.Waiting)}, "waiting tea false"},
	} {
		s := follow(t, shop.New(demo(t), noon), noon, wish("a", "matcha", 1))
		for i, c := range tt.taps {
			s = follow(t, s, noon.Add(time.Duration(i+1)*time.Second), c)
		}
		if got := whereIs(s); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestWhatAnotherStationHasIsNotTakenBack(t *testing.T) {
	for _, tt := range []struct {
		name string
		taps []shop.Command
	}{
		{"in hand there", []shop.Command{at("tea", shop.Made), at("shake", shop.Making)}},
		{"passed on there", []shop.Command{at("tea", shop.Made), at("shake", shop.Made)}},
		{"made there", []shop.Command{at("tea", shop.Made), at("shake", shop.Made), at("seal", shop.Made)}},
	} {
		s := follow(t, shop.New(demo(t), noon), noon, wish("a", "matcha", 1))
		s = follow(t, s, noon, tt.taps...)
		if got := refusal(t, s, shop.TakeBack{Cups: cupsOf(1, 1), Station: "tea"}); got != shop.ProblemInvalidTransition {
			t.Errorf("%s: the first station's undo is %q", tt.name, got)
		}
	}
}

// TestStationsThatDoNotPassCupsOn: in a shop that wants it so, and in one with a single station, one tap is the whole cup.
func TestStationsThatDoNotPassCupsOn(t *testing.T) {
	one := demo(t)
	one.Settings.OneTap = true
	single := demo(t)
	single.Stations = single.Stations[1:2]
	line, err := capacity.NewLine([]capacity.Station{{ID: "shake", Staff: 2}}, map[string]int{"shake": 53})
	if err != nil {
		t.Fatal(err)
	}
	single.Line = line
	for name, config := range map[string]*shop.Config{"one tap": one, "one station": single} {
		s := follow(t, shop.New(config, noon), noon, wish("a", "matcha", 1), at("shake", shop.Made))
		if got := whereIs(s); got != "made  false" {
			t.Errorf("%s: %s after a tap at one station", name, got)
		}
	}
	unknown := follow(t, shop.New(demo(t), noon), noon, wish("a", "mystery", 1), at("seal", shop.Made))
	if got := whereIs(unknown); got != "made  false" {
		t.Errorf("a drink that no station makes is %s after a tap at one", got)
	}
	coffee := follow(t, shop.New(demo(t), noon), noon, wish("a", "americano", 1))
	if got := refusal(t, coffee, at("tea", shop.Made)); got != shop.ProblemInvalidTransition {
		t.Errorf("a tap at a station that has no part in the drink is %q", got)
	}
}

// TestRowsWithoutStationsOpenUnchanged: a cup as an older version wrote it is at its first station.
func TestRowsWithoutStationsOpenUnchanged(t *testing.T) {
	s := follow(t, shop.New(demo(t), noon), noon, wish("a", "matcha", 3), shop.Tap{Cups: cupsOf(1, 1), To: shop.Making},
		shop.Tap{Cups: cupsOf(1, 2), To: shop.Made})
	o, _ := s.Order(1)
	row, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(row), `"parts"`) || strings.Contains(string(row), `"taken"`) {
		t.Fatalf("taps for the whole shop write what an older version does not know: %s", row)
	}
	again := &shop.Order{}
	if err := json.Unmarshal(row, again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(o.Cups, again.Cups); diff != "" {
		t.Error(diff)
	}
	s = follow(t, s.Recall(again), noon.Add(time.Second), at("tea", shop.Made))
	if got := whereIs(s); got != "making shake false" {
		t.Errorf("a cup that was being made is %s after the first station's tap", got)
	}
}

// track is a cup as a person with a pencil would follow it.
type track struct {
	done  int    // stations of its route that are done
	hand  bool   // the next one has it in hand
	whole bool   // finished by a tap for the whole shop
	back  []past // what each tap that finished something had found
}

// past is what a tap at a station found, and which station that was.
type past struct {
	station, done int
	hand, whole   bool
}

// TestACupIsReadyWhenItsLastStationIsDone taps cups at any station in any order, from two tablets that both send each tap.
// An order is ready if and only if the last station of each of its cups is done, or somebody tapped it as made for all.
func TestACupIsReadyWhenItsLastStationIsDone(t *testing.T) {
	config := demo(t)
	route := config.Route(&shop.Line{Item: "matcha"})
	if diff := cmp.Diff([]string{"tea", "shake", "seal"}, route); diff != "" {
		t.Fatal(diff)
	}
	rapid.Check(t, func(t *rapid.T) {
		s := shop.New(config, noon)
		d, err := shop.Decide(s, wish("a", "matcha", 3), noon)
		if err != nil {
			t.Fatal(err)
		}
		s = d.Next
		now, cups := noon, make([]track, 3)
		for range rapid.IntRange(1, 40).Draw(t, "taps") {
			now = now.Add(time.Second)
			n, i := rapid.IntRange(1, 3).Draw(t, "cup"), rapid.IntRange(-1, 2).Draw(t, "station")
			station := ""
			if i >= 0 {
				station = route[i]
			}
			var c shop.Command
			switch k := &cups[n-1]; rapid.SampledFrom([]string{"start", "done", "done", "undo"}).Draw(t, "what") {
			case "start":
				c = shop.Tap{Cups: cupsOf(1, n), To: shop.Making, Station: station}
				if i < 0 {
					continue // the whole board starts nothing that has begun; the table has it
				}
				if !k.whole && k.done <= i && !(k.done == i && k.hand) {
					k.done, k.hand = i, true
				} else if k.whole || k.done > i {
					continue // made there: a start is the undo of a bump, which the table has
				}
			case "done":
				c = shop.Tap{Cups: cupsOf(1, n), To: shop.Made, Station: station}
				found := past{i, k.done, k.hand, k.whole}
				switch {
				case k.whole || k.done == len(route):
				case i < 0:
					k.whole, k.back = true, append(k.back, found)
				case k.done <= i:
					k.done, k.hand, k.back = i+1, false, append(k.back, found)
				}
			case "undo":
				c = shop.TakeBack{Cups: cupsOf(1, n), Station: station}
				k.undo(i)
			}
			for range 2 { // both tablets
				if d, err := shop.Decide(s, c, now); err == nil {
					s = d.Next
				}
				now = now.Add(time.Millisecond)
				if _, again := c.(shop.TakeBack); again {
					break
				}
			}
			o, _ := s.Order(1)
			ready := true
			for j := range cups {
				k, cup := &cups[j], &o.Cups[j]
				made := k.whole || k.done == len(route)
				if ready = ready && made; made != (cup.State == shop.Made) {
					t.Fatalf("cup %d is %v with %d of %d stations done, whole %v, after %#v", j+1, cup.State, k.done, len(route), k.whole, c)
				}
				if q := (shop.Queued{Order: o, Cup: cup}); !made && (s.Where(q) != route[k.done] || cup.InHand() != k.hand) {
					t.Fatalf("cup %d is at %s, in hand %v, with %d stations done, in hand %v, after %#v", j+1, s.Where(q), cup.InHand(), k.done, k.hand, c)
				}
			}
			if ready != !o.ReadyAt.IsZero() || ready != (o.State() == shop.OrderReady) {
				t.Fatalf("the order is %v, ready at %v, when its cups are %+v", o.State(), o.ReadyAt, cups)
			}
			if lost := s.Lost(); lost != 0 {
				t.Fatalf("%d cups lost", lost)
			}
		}
	})
}

// undo takes back what a station (-1: the whole board) finished last, if nobody has gone on with the cup.
func (k *track) undo(station int) {
	if len(k.back) == 0 {
		return
	}
	last := k.back[len(k.back)-1]
	made := k.whole || k.done == 3
	fits := last.station == station && (made || !k.hand && k.done == station+1) || made && k.whole && station >= k.done || made && station < 0
	if !fits {
		return
	}
	k.done, k.hand, k.whole, k.back = last.done, last.hand, last.whole, k.back[:len(k.back)-1]
}
