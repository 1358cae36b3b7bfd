package shop

import "time"

// newEpoch begins an epoch when something of this shop was found outside that its memory does not
// know: the rows were lost, or are a copy that is older than what was published. What was granted
// before is dead, and nothing is granted until nobody can still be obeying it.
func (d *decider) newEpoch(c NewEpoch) error {
	if c.Above < d.state.Counters.Epoch {
		d.out.Replayed = true
		return nil
	}
	d.emit(0, EpochBegun{Epoch: c.Above + 1, Why: c.Why})
	return nil
}

// resync grants a channel's lease again.
func (d *decider) resync(c Resync) error {
	d.by = c.Channel
	if _, ok := d.state.Config.Channel(c.Channel); !ok {
		return notFound("there is no channel %q", c.Channel)
	}
	d.emit(0, Resynced(c))
	d.grant()
	return nil
}

func (s State) resynced(e Event, f Resynced) State {
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

func (s State) epochBegun(e Event, f EpochBegun) State {
	s.Counters.Epoch = f.Epoch
	return s.lendAnew(e.At)
}

// lendAnew begins the lease book of the state's epoch. What was granted before is dead.
func (s State) lendAnew(at time.Time) State {
	s.Leases = nil
	s.Capacity = s.Capacity.NewEpoch(at, s.Counters.Epoch)
	return s
}
