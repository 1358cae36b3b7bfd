package shop

import "weir/shop/capacity"

// Resync asks for a channel's lease again.
type Resync struct {
	Channel string
	Counter *capacity.Stamp // the router's own counter, if it told; credit of orders that were lost is then written off
	Hello   string          // name of a router that lost its counter; "": it did not lose it
	Want    capacity.Work   // credit it would like; shops too small to grant ahead grant on request
}

func (Resync) subject() Subject { return Subject{} }

// Resynced says that a channel asked for its lease again.
type Resynced struct {
	Channel string          `json:"channel"`
	Counter *capacity.Stamp `json:"counter,omitempty"`
	Hello   string          `json:"hello,omitempty"`
	Want    capacity.Work   `json:"want_work,omitempty"`
}

func (Resynced) name() string { return "channel.resynced" }

// decide grants a channel's lease again.
func (c Resync) decide(d *decider) error {
	d.by = c.Channel
	if _, ok := d.state.Config.Channel(c.Channel); !ok {
		return notFound("there is no channel %q", c.Channel)
	}
	d.emit(0, Resynced(c))
	d.grant()
	return nil
}

func (f Resynced) apply(s State, e Event) State {
	if f.Hello != "" {
		s.Capacity = s.Capacity.Forgot(e.At, f.Channel, f.Hello)
	} else {
		s.Capacity = s.Capacity.Resync(e.At, f.Channel, f.Counter)
	}
	if f.Want > 0 {
		s.Capacity = s.Capacity.Ask(e.At, f.Channel, f.Want)
	}
	return s
}
