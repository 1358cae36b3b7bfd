package shop

import (
	"time"
	"weir/shop/capacity"
)

// Config is a shop as its shop.yaml describes it. It does not change while the shop runs; what the
// owner changes later is in [Settings] and wins.
type Config struct {
	ID           string            // [a-z0-9-]+, unique at the platform; outside it is called "store"
	Name         Name              //
	Location     *time.Location    // the shop's time zone
	Cutoff       time.Duration     // after midnight: when a business day begins
	Open         time.Duration     // after midnight
	Close        time.Duration     // after midnight; may be past 24 h
	Menu         *Menu             //
	Stations     []Station         // in the order of the line
	Channels     []Channel         //
	Printers     []Printer         //
	Sisters      []Sister          //
	Alerts       []Alert           // who is told outside the shop
	Settings     Settings          // what the owner starts from
	Batching     Batching          // how far a batch may reach ahead
	AllergyWords []string          // what in a note is shown loudest
	Line         capacity.Line     // the stations and what the reference item takes at each
	Capacity     capacity.Settings // what shop.yaml sets and the owner's page does not
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
	Delivery         bool                       // riders fetch it: it fills the shelf
	Leased           bool                       // its router is granted credit ahead
	Weight           float64                    // of its share of the credit
	MinShare         float64                    // of the credit, fraction
	SlotShare        float64                    // of a slot it may book until an hour before, fraction
	Strict           bool                       // unknown items are refused even with a name
	Provisional      bool                       // may send an order without its lines, and fill them in later
	HoldUntilArrival bool                       // make when the customer is here
	OwnRiders        bool                       // the shop's own riders bring its orders: they need the address
	Ride             time.Duration              // from the shop to the door, where an order does not say it
	HoldCups         int                        // cups that it may hold at once for orders to come, see [HoldRoom]
	Compensation     map[Cause]CompensationRule // what its customers are given when the shop does not keep its word; nothing without a rule
	SaysForAll       bool                       // what it marks as sold out is so for every channel
	Adapter          *Adapter                   // for a platform that takes no credit; nil is none
	Webhook          *Webhook                   // told its events by calls; nil: only where the channel registers one itself
	Connector        *Connector                 // pushes its orders in a form of its own; nil: it speaks the shop's
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

// Alert is somebody outside the shop who is told what is wrong in it. Package shop/alert knows the services and the kinds.
type Alert struct {
	Name       string
	To         string        // the service
	URL        string        // where to
	URLFile    string        // a file that holds the URL, instead
	SecretFile string        // a file with the service's secret
	Kinds      []string      // what is told; none is all
	From       time.Duration // since midnight: when messages may begin …
	Until      time.Duration // … and end. Equal is the whole day
	After      time.Duration // what has to last at least so long before it is told
	Lang       string        // of the messages; "" is Chinese
	MailFrom   string
	MailTo     []string
}

// Sister is another shop of the same owner.
type Sister struct {
	ID        string `json:"id"`
	Name      Name   `json:"name"`
	DistanceM int    `json:"distance_m"`
}

// Printer is one printer of the shop and what it prints. Which kinds there are is known to package printer.
type Printer struct {
	Name      string
	Kind      string    // of printer, as shop.yaml names it
	Labels    bool      // the kind takes labels; others take tickets
	Address   string    // tcp://host:9100, file:/dev/usb/lp0 or virtual:
	Prints    []JobKind // what it is given when an order goes to the kitchen
	Reprint   bool      // may resend once by itself, marked, when it is not known whether a job came out
	Lang      string    // of the words on its paper, the name of a catalogue; "" is Chinese
	Size      string    // of its labels in mm, as "40x30"; "" is the usual size
	Pictures  bool      // prints labels as pictures, for want of a Chinese font
	Begun     bool      // prints a label when somebody begins the cup, a batch's in its order; else when the order goes to the kitchen
	Station   string    // of its kitchen tickets: what the station has a part in; "" is the whole order
	Cancelled bool      // prints a slip for an order that is cancelled when its paper may be out already
}

// Takes reports whether the printer can be given a piece of paper of this kind.
func (p Printer) Takes(k JobKind) bool { return k == JobCancellation || p.Labels == (k == JobLabel) }

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
