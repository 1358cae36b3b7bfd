package shop

import "weir/shop/capacity"

// LeasesIssued says which credit was granted. It is committed before it is published.
type LeasesIssued struct {
	Leases []capacity.Lease `json:"leases"`
}

func (LeasesIssued) name() string { return "leases.issued" }

// grant publishes credit that is due.
func (d *decider) grant() {
	if d.state.Counters.ClockDoubt {
		return // the times in a lease would mean nothing
	}
	if leases := d.state.Capacity.Grant(d.now); len(leases) > 0 {
		d.emit(0, LeasesIssued{Leases: leases})
	}
}

func (f LeasesIssued) apply(s State, _ Event) State {
	s.Capacity = s.Capacity.Issue(f.Leases)
	for _, l := range f.Leases {
		s.Leases = with(s.Leases, l.Channel, l)
	}
	return s
}
