package shopfile

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"

	"weir/shop"
	"weir/shop/capacity"

	_ "time/tzdata" // a box without the system's time zone files still knows its own zone
)

// timeForm is a time of day, as "10:30".
var timeForm = regexp.MustCompile(`^([0-9]{1,2}):([0-9]{2})$`)

var idForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$`)

// config turns the file into the shop it describes, or says what is wrong and where.
func (f *file) config() (*shop.Config, error) {
	c := &shop.Config{ID: f.ID, Name: f.Name}
	for _, step := range []func(*shop.Config) error{f.place, f.line, f.rota, f.channels, f.terms, f.printers, f.menu, f.alerts} {
		if err := step(c); err != nil {
			return nil, err
		}
	}
	for i, s := range f.Sisters {
		if !idForm.MatchString(s.ID) {
			return nil, wrong(fmt.Sprintf("$.sisters[%d]", i), "a sister shop needs an id of a-z, 0-9 and -")
		}
		c.Sisters = append(c.Sisters, shop.Sister(s))
	}
	return c, nil
}

// place reads where and when the shop is.
func (f *file) place(c *shop.Config) (err error) {
	if !idForm.MatchString(f.ID) {
		return wrong("$.store", "store %q: want the shop's id at the platform, of a-z, 0-9 and -", f.ID)
	}
	zone := f.TimeZone
	if zone == "" {
		zone = "Asia/Shanghai"
	}
	if c.Location, err = time.LoadLocation(zone); err != nil {
		return wrong("$.time_zone", "time zone %q: want a name such as Asia/Shanghai", zone)
	}
	cutoff := f.DayCutoff
	if cutoff == "" {
		cutoff = "04:00"
	}
	if c.Cutoff, err = clockTime(cutoff); err != nil || c.Cutoff >= 12*time.Hour {
		return wrong("$.day_cutoff", "day_cutoff %q: want a time of the night such as \"04:00\"", cutoff)
	}
	if c.Open, err = clockTime(f.Hours.Open); err != nil {
		return wrong("$.hours", "hours.open %q: want a time such as \"10:00\"", f.Hours.Open)
	}
	if c.Close, err = clockTime(f.Hours.Close); err != nil {
		return wrong("$.hours", "hours.close %q: want a time such as \"22:00\"; two in the morning is \"26:00\"", f.Hours.Close)
	}
	if c.Close <= c.Open || c.Close > 24*time.Hour+c.Cutoff {
		return wrong("$.hours", "hours: want open before close, and close no later than the next day's cut-off (\"28:00\" for 04:00)")
	}
	return nil
}

// clockTime reads "10:30" as the time since midnight; "26:00" is two in the morning of the same business day.
func clockTime(s string) (time.Duration, error) {
	parts := timeForm.FindStringSubmatch(s)
	if parts == nil {
		return 0, fmt.Errorf("not a time: %q", s)
	}
	h, _ := strconv.Atoi(parts[1]) // the form is digits alone
	m, _ := strconv.Atoi(parts[2])
	if h > 28 || m > 59 {
		return 0, fmt.Errorf("not a time: %q", s)
	}
	return time.Duration(h)*time.Hour + time.Duration(m)*time.Minute, nil
}

// line reads the stations and finds the bottleneck.
func (f *file) line(c *shop.Config) error {
	c.Settings.Staff = map[string]int{}
	var line []capacity.Station
	for i, s := range f.Stations {
		if !idForm.MatchString(s.ID) || slices.ContainsFunc(c.Stations, func(o shop.Station) bool { return o.ID == s.ID }) {
			return wrong(fmt.Sprintf("$.stations[%d]", i), "station %q: want an id of its own, of a-z, 0-9 and -", s.ID)
		}
		c.Stations = append(c.Stations, shop.Station(s))
		c.Settings.Staff[s.ID] = s.Staff
		line = append(line, capacity.Station{ID: s.ID, Staff: s.Staff})
	}
	at := slices.IndexFunc(f.Items, func(it item) bool { return it.ID == f.Reference })
	if at < 0 {
		return wrong("$.reference", "reference %q is not an item of the menu", f.Reference)
	}
	var err error
	if c.Line, err = capacity.NewLine(line, f.Items[at].Work); err != nil {
		return wrong("$.stations", "stations: %v", err)
	}
	return nil
}

// allergyWordsMax bounds the words that are looked for in every note.
const allergyWordsMax = 100

// terms reads what the owner decides about capacity.
func (f *file) terms(c *shop.Config) error {
	t := capacity.Defaults()
	if f.Capacity.HorizonMin != 0 {
		t.Horizon = time.Duration(f.Capacity.HorizonMin) * time.Minute
	}
	if cups := f.Capacity.CounterReserveCups; cups != nil {
		t.Reserve = capacity.Work(*cups * float64(capacity.Cup))
	}
	if f.Capacity.ShelfBags != nil {
		t.ShelfMax = *f.Capacity.ShelfBags
	}
	if f.Capacity.BusyAt != 0 {
		t.BusyAt = f.Capacity.BusyAt
	}
	if f.Capacity.LimitedAt != 0 {
		t.LimitedAt = f.Capacity.LimitedAt
	}
	if err := t.Check(); err != nil {
		return wrong("$.capacity", "capacity: %v", err)
	}
	if err := f.batching(c); err != nil {
		return err
	}
	if c.AllergyWords = f.Allergy; len(f.Allergy) == 0 {
		c.AllergyWords = shop.DefaultAllergyWords
	}
	if n := len(f.Allergy); n > allergyWordsMax || slices.Contains(f.Allergy, "") {
		return wrong("$.allergy_words", "allergy_words: want at most %d, none of them empty", allergyWordsMax)
	}
	mode := f.CheckMode
	if mode == "" {
		mode = shop.CheckTap
	}
	if !slices.Contains([]string{shop.CheckCup, shop.CheckBag, shop.CheckTap}, mode) {
		return wrong("$.check_mode", "check_mode %q: want cup, bag or tap", mode)
	}
	if !slices.Contains([]string{"", "each", "once"}, f.Taps) {
		return wrong("$.station_taps", "station_taps %q: want each or once", f.Taps)
	}
	c.Settings.OneTap, c.Settings.Remote = f.Taps == "once", shop.Remote(f.Remote)
	t.Passing = capacity.Passing{Ahead: time.Duration(f.Passing.AheadMin * float64(time.Minute)), Cups: f.Passing.Cups}
	c.Capacity = t
	c.Settings.Horizon, c.Settings.Reserve, c.Settings.ShelfMax, c.Settings.CheckMode = t.Horizon, t.Reserve, t.ShelfMax, mode
	return nil
}

// batching reads how far a batch may reach ahead of the oldest cup left waiting.
func (f *file) batching(c *shop.Config) error {
	c.Batching = shop.DefaultBatching
	if m := f.Batch.AheadMin; m != nil {
		c.Batching.Ahead = time.Duration(*m * float64(time.Minute))
	}
	if n := f.Batch.AheadCups; n != nil {
		c.Batching.Cups = *n
	}
	if c.Batching.Ahead < 0 || c.Batching.Ahead > time.Hour || c.Batching.Cups < 0 || c.Batching.Cups > 100 {
		return wrong("$.batch", "batch: want ahead_min from 0 to 60 and ahead_cups from 0 to 100")
	}
	if p := f.Passing; !(p.AheadMin >= 0 && p.AheadMin <= 60) || p.Cups < 0 || p.Cups > 100 {
		return wrong("$.passing", "passing: want ahead_min from 0 to 60 and cups from 0 to 100")
	}
	return nil
}
