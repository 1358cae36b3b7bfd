package shop_test

import (
	"testing"
	"time"

	"weir/shop/capacity"
)

// On the day on which clocks are put forward, a shop opens and a day ends when the clock on the wall says so.
func TestTheClockOnTheWall(t *testing.T) {
	config := *demo(t)
	var err error
	if config.Location, err = time.LoadLocation("Europe/Berlin"); err != nil {
		t.Fatal(err)
	}
	config.Open, config.Close, config.Cutoff = 10*time.Hour, 22*time.Hour, 4*time.Hour
	at := func(clock string) time.Time {
		local, err := time.ParseInLocation("2006-01-02 15:04", clock, config.Location)
		if err != nil {
			t.Fatal(err)
		}
		return local
	}
	for clock, want := range map[string]string{
		"2026-03-29 03:59": "2026-03-28", "2026-03-29 04:00": "2026-03-29", "2026-03-30 03:59": "2026-03-29",
		"2026-10-25 03:59": "2026-10-24", "2026-10-25 04:00": "2026-10-25", "2026-11-22 12:00": "2026-11-22",
	} {
		if got := config.Day(at(clock)); string(got) != want {
			t.Errorf("%s belongs to %s, want %s", clock, got, want)
		}
	}
	for _, day := range []string{"2026-03-29", "2026-10-25", "2026-11-22"} {
		want := capacity.Day{Opens: at(day + " 10:00").UTC(), Closes: at(day + " 22:00").UTC()}
		if got := config.Hours(at(day + " 12:00")); got != want {
			t.Errorf("%s: %+v, want %+v", day, got, want)
		}
	}
}
