// Package gate is the graded limit of a city: how many cups a minute may be let in, and what is done with the rest. It is
// pure: time and figures come in as arguments. Behind it stands the shops' credit, which is hard; the gate keeps the
// crowd from ever getting there.
package gate

import (
	"math"
	"time"
)

// Level is how tight a city is.
type Level int

// The levels.
const (
	Open  Level = iota // everything passes
	Pace               // campaign orders come one after the other, with a time for each
	Later              // campaign orders by slot or voucher only
	Slots              // slots and redemptions only
	Blind              // no majority, or reports that are old: nothing new can be promised
)

// Figures are what is known of a city at a moment.
type Figures struct {
	Supply  float64 // cups a minute that its fresh shops make, less what their counters take
	Room    float64 // cups that its shops have granted and nobody has sent yet
	Shops   int     // listed
	Fresh   int     // of them with a report that can be believed
	Refused float64 // share of the orders sent in the last minute that shops refused
}

// Shares of the supply at which the levels begin, and of refusals.
const (
	paceAt, laterAt, slotsAt = 0.7, 0.9, 1.0
	refusedMax               = 0.10
	easeAt                   = 0.05 // α falls while shops refuse more than this
	fall, rise               = 0.9, 1.05
	adjustEvery              = 10 * time.Second
	alphaMin                 = 0.1
	window                   = time.Minute // over which admitted cups are counted
	burst                    = 10 * time.Second
	// roomEnough is the minutes of supply that, while the shops have so much room, keep a short rush from being held back.
	roomEnough = 2.0
)

// CounterShare is the part of a shop's rate that goes to people at its counter, whom nothing limits.
const CounterShare = 0.25

// City is the gate of one city at one of several routers. It is a value.
type City struct {
	Figures Figures
	Level   Level
	alpha   float64
	pace    float64 // cups a minute that campaigns may have at this router
	tokens  float64 // cups; below 0 is what was let in beforehand
	filled  time.Time
	eased   time.Time
	load    float64 // cups admitted, decayed over the window
	turn    time.Time
}

// Look takes in the figures of this second. routers is how many share the city's supply.
func (c City) Look(f Figures, routers int, now time.Time) City {
	if c.alpha == 0 {
		c.alpha, c.filled, c.eased = 1, now, now
	}
	c.Figures = f
	if now.Sub(c.eased) >= adjustEvery {
		c.eased = now
		if f.Refused > easeAt {
			c.alpha = math.Max(alphaMin, c.alpha*fall)
		} else {
			c.alpha = math.Min(1, c.alpha*rise)
		}
	}
	c.pace = c.alpha * f.Supply / float64(max(1, routers))
	span := now.Sub(c.filled)
	if span > 0 {
		c.tokens = math.Min(c.tokens+c.pace*span.Minutes(), math.Max(1, c.pace*burst.Minutes()))
		c.load *= math.Exp(-span.Minutes() / window.Minutes())
		c.filled = now
	}
	load := c.load * float64(max(1, routers))
	if f.Room >= roomEnough*f.Supply {
		load = math.Min(load, f.Supply*(laterAt-0.01)) // what comes is more than is made, and the shops still have room for it
	}
	switch {
	case f.Fresh == 0:
		c.Level = Blind
	case load >= slotsAt*f.Supply || f.Refused > refusedMax:
		c.Level = Slots
	case load >= laterAt*f.Supply:
		c.Level = Later
	case load >= paceAt*f.Supply:
		c.Level = Pace
	default:
		c.Level = Open
	}
	return c
}

// Load is the cups a minute that were let in at this router.
func (c City) Load() float64 { return c.load / window.Minutes() }

// Answer says whether an order may go on.
type Answer struct {
	Admit  bool
	Level  Level
	TurnAt time.Time // when to come again, where waiting is what helps
}

// Admit lets an order of so many cups in, or says what to do instead. One for a slot takes nothing of the present.
func (c City) Admit(cups int, campaign, slot bool, now time.Time) (City, Answer) {
	a := Answer{Level: c.Level}
	switch {
	case c.Level == Blind:
	case slot:
		a.Admit = true
	case c.Level == Slots, c.Level == Later && campaign:
	case campaign && c.tokens <= c.least():
		if c.pace > 0 {
			from := now
			if c.turn.After(now) {
				from = c.turn
			}
			c.turn = from.Add(time.Duration(float64(cups) / c.pace * float64(time.Minute)))
			a.TurnAt = c.turn
		}
	default:
		a.Admit = true
		if campaign {
			c.tokens -= float64(cups)
		}
	}
	return c, a
}

// least is what the bucket has to be above. An open city lends so much as it takes to be open no more: its level is looked
// at once a second, and a crowd comes faster than that. An order is never too large for a full bucket.
func (c City) least() float64 {
	if c.Level == Open {
		return -paceAt * c.pace * window.Minutes()
	}
	return 0
}

// Charge counts cups that were let in for now.
func (c City) Charge(cups int) City {
	c.load += float64(cups)
	return c
}
