package shop

import (
	"slices"
	"time"
)

// Stop is a cup that somebody had in hand when its order was called off. It stands on every board until a
// person says that they have seen it. It holds no personal data.
type Stop struct {
	Cup    CupID      `json:"cup"`
	Number int        `json:"number"` // pick-up number of its order
	Of     int        `json:"of"`     // cups of the order
	Line   Line       `json:"line"`
	At     time.Time  `json:"at"`
	End    OrderState `json:"end"` // how the order ended
	Reason string     `json:"reason,omitempty"`
}

// stopsMax bounds the stops that nobody dismisses: more cups than that are not in anybody's hands. The
// oldest go first.
const stopsMax = 100

// DismissStop says that a person has seen that a cup is not to be made.
type DismissStop struct {
	By  string
	Cup CupID
}

func (DismissStop) subject() Subject { return Subject{} }

// CupsStopped says which cups in the making belong to an order that was called off.
type CupsStopped struct {
	Stops []Stop `json:"stops"`
}

// StopDismissed says that somebody has seen a stop.
type StopDismissed struct {
	Cup CupID `json:"cup"`
}

func (CupsStopped) name() string   { return "cups.stopped" }
func (StopDismissed) name() string { return "stop.dismissed" }

// stop raises a stop for each cup of an order that is being made, before the order ends.
func (d *decider) stop(o *Order, end OrderState, reason string) {
	d.stopCups(o, func(int) bool { return true }, end, reason)
}

// stopCups raises a stop for those cups of an order that are being made.
func (d *decider) stopCups(o *Order, which func(n int) bool, end OrderState, reason string) {
	var stops []Stop
	for i := range o.Cups {
		if c := &o.Cups[i]; c.State == Making && which(c.N) {
			stops = append(stops, Stop{
				Cup: o.CupID(c.N), Number: o.Number, Of: len(o.Cups), Line: o.Lines[c.Line], At: d.now, End: end, Reason: reason,
			})
		}
	}
	if len(stops) > 0 {
		d.emit(o.ID, CupsStopped{Stops: stops})
	}
}

// decide takes a stop off the boards. Two people may have seen it.
func (c DismissStop) decide(d *decider) error {
	d.by = c.By
	if !slices.ContainsFunc(d.state.Stops, func(s Stop) bool { return s.Cup == c.Cup }) {
		d.out.Replayed = true
		return nil
	}
	d.emit(c.Cup.Order, StopDismissed{Cup: c.Cup})
	return nil
}

func (f CupsStopped) apply(s State, _ Event) State {
	s.Stops = append(slices.Clone(s.Stops), f.Stops...)
	s.Stops = s.Stops[max(0, len(s.Stops)-stopsMax):]
	return s
}

func (f StopDismissed) apply(s State, _ Event) State {
	s.Stops = slices.DeleteFunc(slices.Clone(s.Stops), func(stop Stop) bool { return stop.Cup == f.Cup })
	return s
}
