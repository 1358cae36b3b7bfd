package shop

import "time"

// EpochMax bounds an epoch: the largest number that every reader of JSON takes in exactly. [RFC 8259, 6]
const EpochMax = 1<<53 - 1

// NewEpoch begins an epoch above one that was found outside, because what was published under it is
// not in this shop's memory. It does nothing when the shop's epoch is higher already.
type NewEpoch struct {
	Above int64
	Why   string
}

func (NewEpoch) subject() Subject { return Subject{} }

// EpochBegun says that a new epoch has begun: the rows do not have all that was published under older ones.
type EpochBegun struct {
	Epoch int64  `json:"epoch"`
	Why   string `json:"why"`
}

func (EpochBegun) name() string { return "epoch.begun" }

// decide begins an epoch when the broker has something of this shop that its memory does not have: the rows were lost,
// or are a copy that is older than what was published. Credit that was granted before is void, and none is granted
// until every lease of before has expired.
func (c NewEpoch) decide(d *decider) error {
	if c.Above < d.state.Counters.Epoch {
		d.out.Replayed = true
		return nil
	}
	if c.Above >= EpochMax {
		return &Error{Kind: Invalid, Type: ProblemInvalid, Detail: "no epoch can be above that"}
	}
	d.emit(0, EpochBegun{Epoch: c.Above + 1, Why: c.Why})
	return nil
}

func (f EpochBegun) apply(s State, e Event) State {
	s.Counters.Epoch, s.Counters.Restored = f.Epoch, e.At
	return s.lendAnew(e.At)
}

// clocksDiffer bounds how far the clock of a sender and the shop's own are apart, and the same again for a shop whose clock
// was wrong when its memory was restored.
const clocksDiffer = 4 * time.Second

// forgets reports whether the shop may have known what was sent at a time, and have forgotten it: its memory was
// restored from a copy, or lost, afterwards. The zero time is never forgotten.
func (c Counters) forgets(sent time.Time) bool {
	return !c.Restored.IsZero() && !sent.IsZero() && !sent.After(c.Restored.Add(clocksDiffer))
}

// ErrForgotten is the answer to an order that the shop does not know, and may have known before its memory was restored.
// It is no refusal: the order may have been accepted then, printed and made, or taken back.
var ErrForgotten = &Error{
	Kind: Unavailable, Type: ProblemStorage, Unknown: true,
	Detail: "the shop's memory was restored from a copy after this order was first sent: it may have been made; send it with the receipt " +
		"of its acceptance, or ask again",
}

// lendAnew begins the leases of the state's epoch. Credit that was granted before is void.
func (s State) lendAnew(at time.Time) State {
	s.Leases = nil
	s.Capacity = s.Capacity.NewEpoch(at, s.Counters.Epoch)
	return s
}
