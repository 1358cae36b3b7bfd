package sim

import (
	"testing"
	"time"

	shopsim "weir/shop/sim"
)

// rush is the fleet's way, counted while a crowd is there.
type rush struct {
	*fleet
	open        bool // control: without the city's gate
	forgetful   bool // control: what was spent of the shops' credit is forgotten each second
	from, until time.Duration
	made        float64 // cups that the shops make meanwhile, less what their counters take
	sent        int     // cups that were let through to shops for now
	stamped     int     // orders on credit
	bounced     int     // of them refused by a shop
}

func (c *rush) during() bool { return c.now >= c.from && c.now < c.until }

// look implements policy.
func (c *rush) look() {
	c.fleet.look()
	if c.during() {
		c.made += c.gate.Figures.Supply * step.Minutes()
	}
	for _, l := range c.lines {
		if c.forgetful {
			clear(l.routers)
		}
	}
}

// ask implements policy.
func (c *rush) ask(p *person) {
	before := len(p.tried)
	if c.open {
		c.send(p)
	} else {
		c.fleet.ask(p)
	}
	if c.during() && len(p.tried) > before {
		c.sent += len(p.Lines)
	}
}

// said implements policy.
func (c *rush) said(at int, a shopsim.Answer) {
	if c.waiting[a.Guest].stamped {
		c.stamped++
		if !a.Accepted {
			c.bounced++
		}
	}
	c.fleet.said(at, a)
}

// TestATwentyfoldCrowd: for ten minutes twenty times as many cups are asked for as the city makes. What is let through to
// the shops is what they make, give or take a tenth, and none of them refuses an order on its own credit.
func TestATwentyfoldCrowd(t *testing.T) {
	const begins, lasts = shopsim.DayLength - time.Hour, 10 * time.Minute
	crowd := func(shops int, change func(*rush)) *rush {
		o := options(func(o *Options) { o.Shops = shops })
		town, err := newTown(o)
		if err != nil {
			t.Fatal(err)
		}
		const each = 20 * 2.3 * 10 // cups a shop: twenty times its rate, for ten minutes
		n := int(each * float64(o.Shops))
		town.arrivals = nil
		for i := range n {
			at := begins + time.Duration(i)*lasts/time.Duration(n)
			town.arrivals = append(town.arrivals, arrival{at: at, campaign: true, channel: "shangou", cups: 1})
		}
		c := &rush{from: begins, until: begins + lasts}
		change(c)
		result, err := newRun(town, 0.5, true, false).live(func(r *run) policy { c.fleet = newFleet(r); return c })
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%.0f made, %d let through; %d on credit, %d of them refused; worst backlog %d, kept %.3f",
			c.made, c.sent, c.stamped, c.bounced, result.Worst, result.Kept)
		return c
	}
	c := crowd(10, func(*rush) {})
	if ratio := float64(c.sent) / c.made; ratio < 0.9 || ratio > 1.1 {
		t.Errorf("%d cups were let through while %.0f were made", c.sent, c.made)
	}
	if c.bounced > 0 || c.stamped == 0 {
		t.Errorf("%d of %d orders on credit were refused", c.bounced, c.stamped)
	}
	if c := crowd(4, func(c *rush) { c.open = true }); float64(c.sent) < 5*c.made {
		t.Errorf("control: without the gate %d cups were let through while %.0f were made: this is no crowd", c.sent, c.made)
	}
	if c := crowd(4, func(c *rush) { c.open, c.forgetful = true, true }); c.bounced == 0 {
		t.Error("control: credit is spent again and again, and no shop refuses an order on credit")
	}
}
