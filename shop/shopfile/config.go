package shopfile

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"weir/printer"
	"weir/shop"
	"weir/shop/capacity"
	"weir/shop/words"

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

func (f *file) channels(c *shop.Config) error {
	var shares float64
	for i, ch := range f.Channels {
		at := fmt.Sprintf("$.channels[%d]", i)
		if _, twice := c.Channel(ch.ID); !idForm.MatchString(ch.ID) || twice {
			return wrong(at, "channel %q: want an id of its own, of a-z, 0-9 and -", ch.ID)
		}
		if !slices.Contains([]string{"delivery", "pickup", "counter"}, ch.Fulfilment) {
			return wrong(at, "channel %s: fulfilment %q: want delivery, pickup or counter", ch.ID, ch.Fulfilment)
		}
		if !slices.Contains([]string{"", "channel", "shop"}, ch.SoldOut) {
			return wrong(at+".sold_out", "channel %s: sold_out %q: want channel (what it marks as sold out is so for itself) "+
				"or shop (for every channel)", ch.ID, ch.SoldOut)
		}
		out := shop.Channel{
			ID: ch.ID, Name: ch.Name, Delivery: ch.Fulfilment == "delivery", Leased: ch.ID != shop.CounterChannel && ch.Adapter == nil,
			Weight: ch.Weight, MinShare: ch.MinShare, SlotShare: ch.SlotShare, Strict: ch.Strict, HoldUntilArrival: ch.HoldUntilArrival,
			SaysForAll: ch.SoldOut == "shop", Provisional: ch.Provisional, OwnRiders: ch.OwnRiders, Ride: shop.RideUsual,
		}
		if ch.RideMin != nil {
			out.Ride = time.Duration(*ch.RideMin) * time.Minute
		}
		if out.HoldCups = shop.HoldCups; ch.HoldCups != nil {
			out.HoldCups = *ch.HoldCups
		}
		if ch.Adapter != nil {
			var err error
			if out.Adapter, err = ch.Adapter.shop(at+".adapter", ch.ID); err != nil {
				return err
			}
		}
		if ch.Webhook != nil {
			var err error
			if out.Webhook, err = ch.Webhook.shop(at+".webhook", ch.ID); err != nil {
				return err
			}
		}
		if ch.Connector != nil {
			var err error
			if out.Connector, err = ch.Connector.shop(at+".connector", ch.ID); err != nil {
				return err
			}
			out.Leased = false // the platform takes no credit
		}
		c.Channels = append(c.Channels, out)
		if shares += ch.MinShare; shares > 1 {
			return wrong(at+".min_share", "channels: the least shares are %.2f together by channel %s, want at most 1", shares, ch.ID)
		}
	}
	if len(c.Channels) == 0 {
		return wrong("$.channels", "channels: want at least one")
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
	c.Settings.OneTap = f.Taps == "once"
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

func (f *file) printers(c *shop.Config) error {
	papers := []shop.JobKind{shop.JobKitchen, shop.JobReceipt, shop.JobSlip, shop.JobLabel}
	for i, p := range f.Printers {
		at := fmt.Sprintf("$.printers[%d]", i)
		_, labels, err := printer.ParseModel(p.Kind)
		if err != nil {
			return wrong(at+".kind", "printer %q: %v", p.Name, err)
		}
		if _, err := printer.ParseAddress(p.Address); err != nil {
			return wrong(at+".address", "printer %q: %v", p.Name, err)
		}
		if _, err := printer.ParseStock(p.Size); err != nil {
			return wrong(at+".size", "printer %q: %v", p.Name, err)
		}
		if _, known := words.Parse(p.Lang); !known && p.Lang != "" {
			return wrong(at+".lang", "printer %q: there is no language %q; there are %v", p.Name, p.Lang, words.All())
		}
		if !labels && (p.Size != "" || p.Pictures) {
			return wrong(at, "printer %q: size and pictures are for label printers", p.Name)
		}
		if p.Name == "" || slices.ContainsFunc(c.Printers, func(o shop.Printer) bool { return o.Name == p.Name }) {
			return wrong(at, "printer %q: want a name of its own", p.Name)
		}
		if !slices.Contains([]string{"", "accepted", "begun"}, p.Labels) || p.Labels != "" && !labels {
			return wrong(at+".labels", "printer %q: labels %q: want accepted or begun, of a label printer", p.Name, p.Labels)
		}
		if p.Station != "" && (labels || !slices.ContainsFunc(c.Stations, func(s shop.Station) bool { return s.ID == p.Station })) {
			return wrong(at+".station", "printer %q: station %q: want a station of the shop, for a printer of tickets", p.Name, p.Station)
		}
		out := shop.Printer{
			Begun: p.Labels == "begun", Station: p.Station,
			Name: p.Name, Kind: p.Kind, Labels: labels, Address: p.Address, Reprint: p.Reprint == nil || *p.Reprint,
			Lang: p.Lang, Cancelled: p.Cancelled, Size: p.Size, Pictures: p.Pictures,
		}
		for _, word := range p.Prints {
			paper := shop.JobKind(word)
			if !slices.Contains(papers, paper) || !out.Takes(paper) {
				return wrong(at, "printer %q cannot print %q; kitchen, receipt and slip are for escpos, label is for tspl and zpl", p.Name, word)
			}
			out.Prints = append(out.Prints, paper)
		}
		if len(out.Prints) == 0 && labels {
			out.Prints = []shop.JobKind{shop.JobLabel}
		} else if len(out.Prints) == 0 {
			out.Prints = []shop.JobKind{shop.JobKitchen}
		}
		c.Printers = append(c.Printers, out)
	}
	return nil
}

// menu weighs items and options on the line.
func (f *file) menu(c *shop.Config) (err error) {
	m := &shop.Menu{Reference: f.Reference}
	for group := range f.Options {
		if !slices.Contains(groups, group) {
			return wrong("$.options."+group, "options: unknown group %q; the groups are %v", group, groups)
		}
	}
	for _, group := range groups {
		g := shop.Group{ID: group}
		for _, o := range f.Options[group] {
			if err := f.seconds(c, "$.options."+group, o.Work); err != nil {
				return err
			}
			if o.ID == "" || slices.ContainsFunc(g.Options, func(other shop.Option) bool { return other.ID == o.ID }) {
				return wrong("$.options."+group, "options: %s option %q: want an id of its own", group, o.ID)
			}
			price, err := fen("$.options."+group, o.ID, o.Price, o.Yuan)
			if err != nil {
				return err
			}
			g.Options = append(g.Options, shop.Option{
				ID: o.ID, Name: shop.Name{ZH: o.ZH, EN: o.EN}, PriceFen: price, Work: c.Line.Weight(o.Work), Uses: o.Uses, Scale: o.Scale,
				Swaps: o.Swaps,
				Spare: c.Line.Spare(o.Work, c.Line.Weight(o.Work)),
			})
		}
		m.Groups = append(m.Groups, g)
	}
	for i, it := range f.Items {
		at := fmt.Sprintf("$.items[%d]", i)
		if !idForm.MatchString(it.ID) || slices.ContainsFunc(m.Items, func(o shop.Item) bool { return o.ID == it.ID }) {
			return wrong(at, "item %q: want an id of its own, of a-z, 0-9 and -", it.ID)
		}
		price, err := fen(at, it.ID, it.Price, it.Yuan)
		if err != nil {
			return err
		}
		if err := f.seconds(c, at, it.Work); err != nil {
			return err
		}
		cups := 1
		if it.Cups != nil {
			cups = *it.Cups
		}
		m.Items = append(m.Items, shop.Item{
			ID: it.ID, Name: it.Name, PriceFen: price, Work: c.Line.Weight(it.Work), Seconds: it.Work, Cups: cups, Uses: it.Uses,
			Spare: c.Line.Spare(it.Work, c.Line.Weight(it.Work)),
		})
	}
	if err = swaps(m); err != nil {
		return err
	}
	if err = f.pantry(c, m); err != nil {
		return err
	}
	m.Index()
	f.recipes(m)
	text, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode the menu: %w", err)
	}
	sum := sha256.Sum256(text)
	m.Rev = hex.EncodeToString(sum[:6])
	m.Index()
	c.Menu = m
	return nil
}

// swaps looks for options that take the place of an ingredient that no item has.
func swaps(m *shop.Menu) error {
	for _, g := range m.Groups {
		for _, o := range g.Options {
			for from, to := range o.Swaps {
				used := slices.ContainsFunc(m.Items, func(it shop.Item) bool { return it.Uses[from] > 0 })
				if !used || to == "" || to == from {
					return wrong("$.options."+g.ID, "options: %s swaps %q for %q: want an ingredient of an item, and another in its place",
						o.ID, from, to)
				}
			}
		}
	}
	return nil
}

// pantry reads the ingredients as people handle them, and where they go in. One that nothing uses is a typing error.
func (f *file) pantry(c *shop.Config, m *shop.Menu) error {
	m.Pantry = make(map[string]shop.Supply, len(f.Pantry))
	for id, in := range f.Pantry {
		at := "$.ingredients." + id
		switch {
		case !m.Needs(id):
			return wrong(at, "ingredients: nothing on the menu uses %q", id)
		case in.ZH == "" && in.EN == "":
			return wrong(at, "ingredients: %s needs a name", id)
		case in.Station != "" && !slices.ContainsFunc(c.Stations, func(s shop.Station) bool { return s.ID == in.Station }):
			return wrong(at, "ingredients: %s: there is no station %q", id, in.Station)
		case in.Batch > 0 && in.LeadMin == 0:
			return wrong(at+".batch", "ingredients: %s has a batch and no lead_min: how long does it take to prepare?", id)
		}
		out := shop.Supply{Name: shop.Name{ZH: in.ZH, EN: in.EN}, Lead: time.Duration(in.LeadMin) * time.Minute, Batch: in.Batch, Fixed: in.Fixed}
		if u := in.Unit; u != nil {
			out.Unit, out.Holds = shop.Name{ZH: u.ZH, EN: u.EN}, u.Holds
			if out.Unit == (shop.Name{}) || u.Holds < 1 {
				return wrong(at+".unit", "ingredients: the unit of %s needs a name and how much one holds, as in {zh: 袋, en: bag, holds: 1000}", id)
			}
		}
		m.Pantry[id] = out
		if in.Station == "" {
			continue
		}
		if m.PutIn == nil {
			m.PutIn = map[string]string{}
		}
		m.PutIn[id] = in.Station
	}
	return nil
}

// portion is what people count an ingredient in that was put into the menu by [file.recipes].
var portion = shop.Name{ZH: "份", EN: "portion"}

// recipes gives a menu that names no ingredient at all the recipe that staff have in mind when they say "no more pearls":
// each topping is an ingredient of its own, counted in portions, and a drink that has the topping's name in its own takes a
// portion of it.
func (f *file) recipes(m *shop.Menu) {
	if len(m.Ingredients()) > 0 {
		return
	}
	for _, g := range m.Groups {
		if g.ID != shop.GroupTopping {
			continue
		}
		for i := range g.Options {
			topping := &g.Options[i]
			topping.Uses = map[string]int{topping.ID: 1}
			m.Pantry[topping.ID] = shop.Supply{Name: topping.Name, Unit: portion, Holds: 1}
			for n := range m.Items {
				it := &m.Items[n]
				if topping.Name.ZH != "" && strings.Contains(it.Name.ZH, topping.Name.ZH) {
					if it.Uses == nil {
						it.Uses = map[string]int{}
					}
					it.Uses[topping.ID] = max(it.Cups, 1)
				}
			}
		}
	}
}

var groups = []string{shop.GroupSize, shop.GroupIce, shop.GroupSugar, shop.GroupMilk, shop.GroupTopping}

// fen is the one price that the file has for an item or option: whole fen, or yuan.
func fen(at, id string, whole int64, inYuan *yuan) (int64, error) {
	switch {
	case inYuan == nil:
		return whole, nil
	case whole != 0:
		return 0, wrong(at, "%s has price and price_yuan; write one of them", id)
	}
	return int64(*inYuan), nil
}

// seconds checks that work is at stations that exist.
func (f *file) seconds(c *shop.Config, at string, work map[string]int) error {
	for station := range work {
		if !slices.ContainsFunc(c.Stations, func(st shop.Station) bool { return st.ID == station }) {
			return wrong(at+".work", "work: there is no station %q", station)
		}
	}
	return nil
}
