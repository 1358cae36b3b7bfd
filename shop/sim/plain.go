package sim

import "weir/shop/capacity"

// plain is a shop without Weir. It makes orders in the order in which they came, and walk-ins always enter.
type plain struct {
	*day
	rule     string // none, toggle, throttle or uncapped; "" is the bound: everything is taken and nobody leaves
	closed   bool
	capacity float64 // work per minute that the staff believes in
}

const (
	toggleClose = 200 // cups of backlog at which the staff pulls the plug
	toggleOpen  = 50  // and at which it takes orders again
	busyStep    = 5   // minutes by which busy mode lengthens what the customer is told
	busyMost    = 120

	uncappedSafety = 1.1 // what is quoted without an end is quoted with so much to spare
)

func newPlain(d *day, rule string) *plain {
	return &plain{day: d, rule: rule, capacity: d.config.Line.Prior(d.config.Settings.Staff)}
}

func (p *plain) begin() {}

func (p *plain) arrive(v *visit) {
	if p.now >= p.closes {
		p.refuse(v)
		return
	}
	if p.rule == "toggle" {
		p.closed = p.dueCups >= toggleClose || p.closed && p.dueCups > toggleOpen
		if p.closed && !v.walkIn {
			p.refuse(v)
			return
		}
	}
	promise, leaves := p.now+p.horizon(), p.now+v.patience
	if (p.rule == "throttle" || p.rule == "uncapped") && !v.walkIn {
		quoted := p.quoted()
		if !p.accepts(v, quoted) || p.rule == "uncapped" && p.now+quoted > p.closes {
			p.refuse(v)
			return
		}
		promise, leaves = p.now+quoted, v.deadline(p.now+quoted)
	}
	v.state, v.promised = accepted, promise
	p.serve(v, p.now)
	if p.rule != "" {
		p.leavesAt(p, v, leaves)
	}
}

// refuse sends a customer away. There is nothing else to offer.
func (p *plain) refuse(v *visit) { p.away(p, v, true) }

// quoted is the time that busy mode tells: half an hour, and longer in steps as the backlog grows.
func (p *plain) quoted() int64 {
	minutes := float64(p.dueWork) / p.capacity
	if p.rule == "uncapped" {
		minutes *= uncappedSafety
	}
	steps := int64(max(0, minutes-float64(p.horizon())/60_000)/busyStep) + 1
	if minutes*60_000 <= float64(p.horizon()) {
		steps = 0
	}
	if p.rule == "throttle" {
		steps = min(steps, busyMost/busyStep)
	}
	return p.horizon() + steps*busyStep*60_000
}

func (p *plain) made(*visit, int) {}

// quit cancels an order of which nothing has been made; the others are made for nobody.
func (p *plain) quit(v *visit) {
	if v.left == len(v.cups) {
		p.drop(v)
	}
}

func (p *plain) gone(*visit)      {}
func (p *plain) unclaimed(*visit) {}

// closing tells nobody: there is nothing in these shops to do it with.
func (p *plain) closing(int64) {}

func (p *plain) staff(station string, onDuty int) {
	duty := map[string]int{}
	for i, s := range p.config.Stations {
		duty[s.ID] = p.line.stations[i].staff
	}
	duty[station] = onDuty
	p.capacity = max(p.config.Line.Prior(duty), float64(capacity.Cup)/60)
}

func (p *plain) end() error { return nil }
