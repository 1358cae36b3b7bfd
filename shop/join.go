package shop

import (
	"bytes"
	"fmt"
	"slices"
	"time"
)

// JoinFleet says whose commands the shop takes from outside. It takes the place of the fleet that was joined before.
type JoinFleet struct {
	By string
	To Joined
}

func (JoinFleet) subject() Subject { return Subject{} }

// LeaveFleet ends it: nothing from outside is carried out any more.
type LeaveFleet struct{ By string }

func (LeaveFleet) subject() Subject { return Subject{} }

// SetRemote changes what people outside may do.
type SetRemote struct {
	By     string
	Remote Remote
}

func (SetRemote) subject() Subject { return Subject{} }

// FleetJoined says whom the shop has joined. What only the shop may know is in its rows and not in the log.
type FleetJoined struct {
	Fleet string `json:"fleet"`
	Key   string `json:"key"` // id

	joined Joined
}

func (FleetJoined) name() string { return "fleet.joined" }

// FleetLeft says that the shop has left its fleet.
type FleetLeft struct {
	Fleet string `json:"fleet"`
}

func (FleetLeft) name() string { return "fleet.left" }

// RemoteSet says what people outside may do.
type RemoteSet struct {
	Remote Remote `json:"remote"`
}

func (RemoteSet) name() string { return "remote.set" }

// Remote is what people outside the shop may do with it through the fleet that it has joined. They may always look.
type Remote struct {
	Intake  bool `json:"intake"`  // pause channels, and open them again
	Staff   bool `json:"staff"`   // say who is on duty
	Notices bool `json:"notices"` // answer campaigns
}

// Joining is the fleet that the shop has joined, and what it did for people there. It is never changed in place.
type Joining struct {
	To   *Joined   `json:"to,omitempty"` // nil: none
	Done []Carried `json:"done,omitempty"`
}

// Joined is the fleet that a shop has joined.
type Joined struct {
	Fleet  string     `json:"fleet"`            // its name, as people read it
	Pages  string     `json:"pages"`            // where its people sign in
	Keys   []FleetKey `json:"keys"`             // with which it signs; two while it changes to a new one
	Own    []byte     `json:"own"`              // seed of the Ed25519 key with which the shop signs its answers
	Broker string     `json:"broker,omitempty"` // the fleet's broker, with the shop's key; "" is the one that the shop is started with
	By     string     `json:"by"`
	At     time.Time  `json:"at"`
}

// FleetKey is a public key of a fleet.
type FleetKey struct {
	ID     string `json:"id"`
	Public []byte `json:"public"` // Ed25519
}

const (
	// fleetKeysMax is how many keys a fleet has at once: the present one and the one before.
	fleetKeysMax = 2
	// keySize is an Ed25519 public key, and the seed of a private one, in bytes (RFC 8032, 5.1.5).
	keySize = 32
	// joinedTextMax bounds each text about a fleet in bytes: a name, an address.
	joinedTextMax = 500
)

// decide joins a fleet.
func (c JoinFleet) decide(d *decider) error {
	d.by = c.By
	t := c.To
	switch {
	case t.Fleet == "" || len(t.Fleet) > joinedTextMax || len(t.Pages) > joinedTextMax || len(t.Broker) > joinedTextMax:
		return invalid(ProblemInvalid, fmt.Sprintf("a fleet has a name, and no text about it is longer than %d bytes", joinedTextMax),
			FieldError{"/fleet", "is not so"})
	case len(t.Keys) != 1 || !t.Keys[0].good():
		return invalid(ProblemInvalid, "a fleet is joined with one key", FieldError{"/keys", "is not one good key"})
	case len(t.Own) != keySize:
		return invalid(ProblemInvalid, "the shop needs a key of its own", FieldError{"/own", "is none"})
	}
	t.By, t.At, t.Keys = c.By, d.now, slices.Clone(t.Keys)
	d.emit(0, FleetJoined{Fleet: t.Fleet, Key: t.Keys[0].ID, joined: t})
	return nil
}

func (k FleetKey) good() bool { return k.ID != "" && len(k.ID) <= 64 && len(k.Public) == keySize }

func (f FleetJoined) apply(s State, _ Event) State {
	s.Joining = Joining{To: &f.joined, Done: s.Joining.Done} // after joining anew, too, a command is done once
	return s
}

// decide leaves the fleet. A shop that has joined none has left it.
func (c LeaveFleet) decide(d *decider) error {
	d.by = c.By
	if d.state.Joining.To == nil {
		d.out.Replayed = true
		return nil
	}
	d.emit(0, FleetLeft{Fleet: d.state.Joining.To.Fleet})
	return nil
}

func (f FleetLeft) apply(s State, _ Event) State {
	s.Joining = Joining{Done: s.Joining.Done}
	return s
}

// decide changes what people outside may do.
func (c SetRemote) decide(d *decider) error {
	d.by = c.By
	if c.Remote == d.state.Settings.Remote {
		d.out.Replayed = true
		return nil
	}
	d.emit(0, RemoteSet{Remote: c.Remote})
	return nil
}

func (f RemoteSet) apply(s State, _ Event) State {
	s.Settings.Remote = f.Remote
	return s
}

// FleetKeyed says that the shop has learned a key of its fleet, or has been told that one is not used any more.
type FleetKeyed struct {
	Fleet  string `json:"fleet"`
	Key    string `json:"key"` // id
	Public []byte `json:"public,omitempty"`
	Gone   bool   `json:"gone,omitempty"`
}

func (FleetKeyed) name() string { return "fleet.keyed" }

// LearnKey tells the shop the fleet's next key. The fleet has signed that with the present one. Both are good until the
// present one is forgotten.
type LearnKey struct {
	By  string
	Key FleetKey
}

func (LearnKey) subject() Subject { return Subject{} }

// decide adds a key.
func (c LearnKey) decide(d *decider) error {
	d.by = c.By
	to := d.state.Joining.To
	switch {
	case to == nil:
		return notFound("the shop has joined no fleet")
	case !c.Key.good():
		return invalid(ProblemInvalid, "this is no key", FieldError{"/learn", "want an id and 32 bytes"})
	}
	if known, ok := to.Key(c.Key.ID); ok {
		if !bytes.Equal(known.Public, c.Key.Public) {
			return conflict(ProblemInvalid, "key %s is another one", c.Key.ID)
		}
		d.out.Replayed = true
		return nil
	}
	if len(to.Keys) >= fleetKeysMax {
		return conflict(ProblemInvalid, "the shop knows %d keys of this fleet already: one has to be forgotten first", fleetKeysMax)
	}
	d.emit(0, FleetKeyed{Fleet: to.Fleet, Key: c.Key.ID, Public: c.Key.Public})
	return nil
}

// ForgetKey says that a key of the fleet is not used any more. The last one cannot be forgotten: that is leaving.
type ForgetKey struct{ By, Key string }

func (ForgetKey) subject() Subject { return Subject{} }

// decide takes a key out.
func (c ForgetKey) decide(d *decider) error {
	d.by = c.By
	to := d.state.Joining.To
	if to == nil {
		return notFound("the shop has joined no fleet")
	}
	if _, ok := to.Key(c.Key); !ok {
		d.out.Replayed = true
		return nil
	}
	if len(to.Keys) < fleetKeysMax {
		return conflict(ProblemInvalid, "key %s is the only one that the shop knows", c.Key)
	}
	d.emit(0, FleetKeyed{Fleet: to.Fleet, Key: c.Key, Gone: true})
	return nil
}

func (f FleetKeyed) apply(s State, _ Event) State {
	if s.Joining.To == nil {
		return s
	}
	to := *s.Joining.To
	to.Keys = slices.DeleteFunc(slices.Clone(to.Keys), func(k FleetKey) bool { return k.ID == f.Key })
	if !f.Gone {
		to.Keys = append(to.Keys, FleetKey{ID: f.Key, Public: f.Public})
	}
	s.Joining.To = &to
	return s
}

// Key is a key of the fleet by its id.
func (j *Joined) Key(id string) (FleetKey, bool) {
	for _, k := range j.Keys {
		if k.ID == id {
			return k, true
		}
	}
	return FleetKey{}, false
}
