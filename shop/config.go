package shop

import (
	"time"

	"weir/shop/capacity"
)

// Config is a shop as its shop.yaml describes it. It does not change while the shop runs; what the
// owner changes later is in [Settings] and wins.
type Config struct {
	ID       string            // [a-z0-9-]+, unique at the platform; outside it is called "store"
	Name     Name              //
	Location *time.Location    // the shop's time zone
	Cutoff   time.Duration     // after midnight: when a business day begins
	Open     time.Duration     // after midnight
	Close    time.Duration     // after midnight; may be past 24 h
	Menu     *Menu             //
	Stations []Station         // in the order of the line
	Channels []Channel         //
	Printers []Printer         //
	Sisters  []Sister          //
	Settings Settings          // what the owner starts from
	Batching Batching          // how far a batch may reach ahead
	Line     capacity.Line     // the stations and what the reference item takes at each
	Capacity capacity.Settings // what shop.yaml sets and the owner's page does not
}

// Station is a place on the line and who stands there by default.
type Station struct {
	ID    string
	Name  Name
	Staff int
}

// Channel is a way orders come in.
type Channel struct {
	ID               string
	Name             Name
	Delivery         bool     // riders fetch it: it fills the shelf
	Leased           bool     // its router is granted credit ahead
	Weight           float64  // of its share of the credit
	MinShare         float64  // of the credit, fraction
	SlotShare        float64  // of a slot it may book until an hour before, fraction
	Strict           bool     // unknown items are refused even with a name
	HoldUntilArrival bool     // make when the customer is here
	Adapter          *Adapter // for a platform that takes no credit; nil is none
}

// fulfilment is how the channel's orders leave the shop if they do not say.
func (c Channel) fulfilment() Fulfilment {
	switch {
	case c.ID == CounterChannel:
		return Counter
	case c.Delivery:
		return Delivery
	}
	return Pickup
}

// Sister is another shop of the same owner.
type Sister struct {
	ID        string `json:"id"`
	Name      Name   `json:"name"`
	DistanceM int    `json:"distance_m"`
}

// PrinterKind says what language a printer speaks.
type PrinterKind string

// The printers there are drivers for.
const (
	ESCPOS58 PrinterKind = "escpos58" // receipts on 58 mm paper
	ESCPOS80 PrinterKind = "escpos80" // receipts on 80 mm paper
	TSPL     PrinterKind = "tspl"     // labels
	ZPL      PrinterKind = "zpl"      // labels
)

// Label reports whether the printer makes labels and not tickets.
func (k PrinterKind) Label() bool { return k == TSPL || k == ZPL }

// Printer is one printer of the shop and what it prints.
type Printer struct {
	Name    string
	Kind    PrinterKind
	Address string    // tcp://host:9100, file:/dev/usb/lp0 or virtual:
	Prints  []JobKind //
	Reprint bool      // may resend once by itself, marked, when it is not known whether a job came out
}

// Settings are what the owner may change while the shop runs.
type Settings struct {
	Staff     map[string]int    `json:"staff"`      // on duty, per station; a station not named has nobody
	Horizon   time.Duration     `json:"horizon"`    // longest promise for an order to be made now
	Reserve   capacity.Work     `json:"reserve"`    // kept for the counter
	ShelfMax  int               `json:"shelf_max"`  // bags that may wait to be fetched; 0 is no limit
	CheckMode string            `json:"check_mode"` // cup, bag or tap at hand-over
	Intake    map[string]Intake `json:"intake"`     // per channel; a missing one is open
}

// Intake is what the owner has set for one channel.
type Intake struct {
	Mode   capacity.IntakeMode `json:"mode"`           // "" is open
	Until  time.Time           `json:"until,omitzero"` // when it opens again by itself; zero is not before somebody opens it
	Reason string              `json:"reason"`
	By     string              `json:"by"`
}

// Channel returns the channel's configuration.
func (c *Config) Channel(id string) (Channel, bool) {
	for _, ch := range c.Channels {
		if ch.ID == id {
			return ch, true
		}
	}
	return Channel{}, false
}

// CounterChannel is the channel of walk-in cups tapped in on the board.
const CounterChannel = "counter"

// capacitySettings are what shop.yaml sets for capacity, with what the owner has changed.
func (s State) capacitySettings() capacity.Settings {
	limits := s.Config.Capacity
	limits.Horizon, limits.Reserve, limits.ShelfMax = s.Settings.Horizon, s.Settings.Reserve, s.Settings.ShelfMax
	limits.Channels = make([]capacity.Channel, 0, len(s.Config.Channels))
	for _, ch := range s.Config.Channels {
		in := s.Settings.Intake[ch.ID]
		limits.Channels = append(limits.Channels, capacity.Channel{
			ID: ch.ID, Delivery: ch.Delivery, Leased: ch.Leased, Weight: ch.Weight, MinShare: ch.MinShare, SlotShare: ch.SlotShare,
			Intake: capacity.Intake{Mode: in.Mode, Until: in.Until}, Bounds: s.bounds(ch.ID),
		})
	}
	return limits
}

// Day is the business day that a moment belongs to. The cut-off is what the clock on the wall says, also on the
// day on which it is put forward or back.
func (c *Config) Day(at time.Time) Day {
	local := at.In(c.Location)
	if h, m, s := local.Clock(); time.Duration(h)*time.Hour+time.Duration(m)*time.Minute+time.Duration(s)*time.Second < c.Cutoff {
		local = local.AddDate(0, 0, -1)
	}
	return Day(local.Format(time.DateOnly))
}

// Hours are opening and closing of the business day that a moment belongs to.
func (c *Config) Hours(at time.Time) capacity.Day { return c.hoursOf(c.Day(at)) }

func (c *Config) hoursOf(day Day) capacity.Day {
	date, err := time.Parse(time.DateOnly, string(day))
	if err != nil {
		return capacity.Day{} // not a day: never open
	}
	closes := c.Close
	if c.Close-c.Open >= 24*time.Hour {
		closes += overnight
	}
	wall := func(clock time.Duration) time.Time {
		y, m, d := date.Date()
		return time.Date(y, m, d, 0, 0, int(clock/time.Second), 0, c.Location).UTC()
	}
	return capacity.Day{Opens: wall(c.Open), Closes: wall(closes)}
}

// overnight is how far a shop that never closes looks past its cut-off, so that a promise given just
// before can reach over it. It covers the longest horizon.
const overnight = 2 * time.Hour
