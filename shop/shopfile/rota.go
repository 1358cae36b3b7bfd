package shopfile

import (
	"fmt"
	"slices"
	"time"

	"weir/shop"
	"weir/shop/capacity"
)

// weekdays are the days of a rota as the file names them.
var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// rota reads who will be there.
func (f *file) rota(c *shop.Config) error {
	if len(f.Rota) > capacity.TurnsMax {
		return wrong("$.rota", "rota: %d lines, want at most %d", len(f.Rota), capacity.TurnsMax)
	}
	for i, line := range f.Rota {
		at := fmt.Sprintf("$.rota[%d]", i)
		if !slices.ContainsFunc(c.Stations, func(s shop.Station) bool { return s.ID == line.Station }) {
			return wrong(at, "rota: there is no station %q", line.Station)
		}
		t, err := line.turn()
		if err == nil {
			err = t.Check()
		}
		if err != nil {
			return wrong(at, "rota: %v", err)
		}
		c.Settings.Rota = append(c.Settings.Rota, t)
	}
	return nil
}

func (line *turn) turn() (t capacity.Turn, err error) {
	t = capacity.Turn{Station: line.Station, Date: line.Date}
	for _, word := range line.Days {
		day := slices.Index(weekdays, word)
		if day < 0 {
			return t, fmt.Errorf("day %q: want any of %v", word, weekdays)
		}
		t.Days |= capacity.Of(time.Weekday(day))
	}
	for _, clock := range []struct {
		text string
		to   *time.Duration
	}{{line.From, &t.From}, {line.To, &t.To}} {
		if clock.text == "" {
			continue
		}
		if *clock.to, err = clockTime(clock.text); err != nil {
			return t, fmt.Errorf("time %q: want a time such as \"13:30\"; two in the morning is \"26:00\"", clock.text)
		}
	}
	said := 0
	for _, n := range []struct {
		people *int
		times  int
		more   bool
	}{{line.Staff, 1, false}, {line.Fewer, -1, true}, {line.More, 1, true}} {
		if n.people != nil {
			t.Staff, t.More, said = *n.people*n.times, n.more, said+1
		}
	}
	if said != 1 {
		return t, fmt.Errorf("want one of staff (so many are there), fewer and more (than otherwise)")
	}
	return t, nil
}
