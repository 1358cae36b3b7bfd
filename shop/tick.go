package shop

import "weir/shop/capacity"

// Tick is the clock: what is due is done. Sending it more often than needed does nothing. With NoOrders none is taken from
// the waiting list: the disk is short, or another box is the shop.
type Tick struct{ NoOrders bool }

func (Tick) subject() Subject { return Subject{} }

// Stepped says that time alone changed a level or settled a lease.
type Stepped struct {
	Level  int             `json:"level"`
	Reason capacity.Reason `json:"reason"`
}

func (Stepped) name() string { return "capacity.stepped" }

// decide does what is due. It is idempotent: nothing is due twice.
func (c Tick) decide(d *decider) error {
	d.turnDay()
	d.endHolds(holdLapsed, false)
	d.resumeIntake()
	d.bringBack()
	d.tellReady()
	d.releaseGone()
	d.releaseUnlisted()
	d.sendDueToKitchen()
	d.beginInTime()
	d.settlePaper()
	d.mend()
	d.requote()
	d.standby(c.NoOrders)
	d.step()
	d.grant()
	return nil
}

// step tells capacity the time. An event is written only when that changed a level or settled a lease, so that a quiet
// shop writes little to its flash.
func (d *decider) step() {
	if after := d.state.Capacity.Tick(d.now); !after.SameMemory(d.state.Capacity) {
		level := after.Level(d.now, "")
		d.emit(0, Stepped{Level: level.Level, Reason: level.Reason})
	}
}

func (Stepped) apply(s State, e Event) State {
	s.Capacity = s.Capacity.Tick(e.At)
	return s
}
