package outbox

import "time"

// Status is how a follower stands.
type Status struct {
	Name    string // what it is and whose, as webhook/shangou
	Channel string
	Kind    string
	Host    string    // who is called; "" while there is nobody
	Told    uint64    // number of the last event that was confirmed
	Last    uint64    // number of the last event that there is
	ToldAt  time.Time // when something was last confirmed since the start
	Failing time.Time // since when it cannot be told; zero while it can
	Parked  time.Time // when it was given up; zero is not
	Why     string    // what went wrong last
	Done    uint64    // calls confirmed since the start
	Failed  uint64    // calls not confirmed since the start
}

// Waiting is how many events there are that were not confirmed.
func (s Status) Waiting() uint64 { return s.Last - min(s.Told, s.Last) }

// Status is the state at this moment.
func (f *Follower) Status() Status {
	last := f.Shop.Snapshot().Counters.Feeds[f.Channel]
	f.mu.Lock()
	defer f.mu.Unlock()
	return Status{Name: f.name, Channel: f.Channel, Kind: f.Kind, Host: f.Teller.Host(), Told: f.at.Seq, Last: last, ToldAt: f.told,
		Failing: f.at.Failing, Parked: f.at.Parked, Why: f.at.Why, Done: f.done, Failed: f.failed}
}
