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
