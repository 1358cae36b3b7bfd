package capacity

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Rota is the plan of who will be at which station. It is a list of turns. Where no turn says anything, the ordinary
// staff is there.
type Rota []Turn

// Turn is one line of a [Rota]: how many people are at a station in a stretch of a business day. All its fields are
// comparable, so a turn can be named by its value. From and To are times after midnight as the clock on the wall says;
// two in the morning of the same business day is 26 h.
type Turn struct {
	Station string        `json:"station"`
	Days    Weekdays      `json:"days"`  // on these weekdays; none is every day
	Date    string        `json:"date"`  // on this business day alone, as 2006-01-02; "" is by weekdays
	From    time.Duration `json:"from"`  //
	To      time.Duration `json:"to"`    // 0 is to the end of the business day
	Staff   int           `json:"staff"` // people; with More the difference, which may be negative
	More    bool          `json:"more"`  // Staff is how many more are there than the rest of the rota says: a break, somebody who goes home
}

// Weekdays is a set of weekdays: bit 0 is Sunday, as in package time.
type Weekdays uint8

// Of is the set of these weekdays.
func Of(days ...time.Weekday) (w Weekdays) {
	for _, d := range days {
		w |= 1 << d
	}
	return w
}

// Has reports whether the set has a weekday.
func (w Weekdays) Has(d time.Weekday) bool { return w&(1<<d) != 0 }

// Limits of a rota.
const (
	// TurnsMax bounds a rota: a turn for each station, weekday and hour of a shop of four stations has fewer lines.
	TurnsMax = 400
	// HeadsMax is more people than stand at one station of any shop.
	HeadsMax = 20
	// clockMax is the end of the latest business day: a cut-off is before noon.
	clockMax = 36 * time.Hour
)

// Check says what is wrong with a turn, in words for the owner. Whether there is such a station it does not know.
func (t *Turn) Check() error {
	switch {
	case t.From < 0 || t.To < 0 || t.From >= clockMax || t.To > clockMax:
		return errors.New("times are from 00:00 to 36:00; two in the morning of the same business day is 26:00")
	case t.From%time.Minute != 0 || t.To%time.Minute != 0:
		return errors.New("times are in whole minutes")
	case t.To != 0 && t.To <= t.From:
		return errors.New("want the end after the start")
	case t.More && (t.Staff == 0 || t.Staff < -HeadsMax || t.Staff > HeadsMax):
		return fmt.Errorf("want 1 to %d people more or fewer", HeadsMax)
	case !t.More && (t.Staff < 0 || t.Staff > HeadsMax):
		return fmt.Errorf("staff at a station is 0 to %d", HeadsMax)
	case t.Days >= 1<<7:
		return errors.New("there are seven weekdays")
	}
	if t.Date == "" {
		return nil
	}
	if _, err := time.Parse(time.DateOnly, t.Date); err != nil || t.Days != 0 {
		return errors.New("want a date such as 2026-10-01, and no weekdays beside it")
	}
	return nil
}

// On reports whether the turn says anything about a business day.
func (t *Turn) On(date string, day time.Weekday) bool {
	if t.Date != "" {
		return t.Date == date
	}
	return t.Days == 0 || t.Days.Has(day)
}

func (t *Turn) holds(clock time.Duration) bool {
	return clock >= t.From && (t.To == 0 || clock < t.To)
}

// Heads is how many people a rota has at a station at a time of a business day. ordinary is who is there where no turn
// says a number. Of the turns that say a number the last holds, and those of a date before those of weekdays; then
// differences are added.
func (r Rota) Heads(station, date string, day time.Weekday, clock time.Duration, ordinary int) int {
	heads, dated, more := ordinary, false, 0
	for i := range r {
		t := &r[i]
		switch {
		case t.Station != station || !t.On(date, day) || !t.holds(clock):
		case t.More:
			more += t.Staff
		case t.Date != "" || !dated:
			heads, dated = t.Staff, t.Date != ""
		}
	}
	return max(heads+more, 0)
}

// Changes are the times after midnight at which a rota may change who is there on a business day, rising, each once. The
// first is 0.
func (r Rota) Changes(date string, day time.Weekday) []time.Duration {
	at := []time.Duration{0}
	for i := range r {
		if t := &r[i]; t.On(date, day) {
			at = append(at, t.From)
			if t.To != 0 {
				at = append(at, t.To)
			}
		}
	}
	slices.Sort(at)
	return slices.Compact(at)
}

// SameTime reports whether two turns are differences of one station over the same time.
func (t Turn) SameTime(o Turn) bool {
	return t.More && o.More && t.Station == o.Station && t.Days == o.Days && t.Date == o.Date && t.From == o.From && t.To == o.To
}

// Speaks reports whether the rota says anything of a station on a business day.
func (r Rota) Speaks(station, date string, day time.Weekday) bool {
	return slices.ContainsFunc(r, func(t Turn) bool { return t.Station == station && t.On(date, day) })
}
