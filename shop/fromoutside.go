package shop

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"

	"weir/shop/capacity"
)

// FromOutside is a command of somebody who is not in the shop. Whoever decides it has seen that it is signed, and for this
// shop; see package shop/remote. It is carried out once: the same id gets the same answer again.
type FromOutside struct {
	ID   string
	By   string // as [OutsideBy] makes it
	Body []byte // what was asked, as it was written: the same id with another one is refused
	Do   []Command
}

func (FromOutside) subject() Subject { return Subject{} }

// CarriedOut says what became of a command from outside. What it did are events of their own before it.
type CarriedOut struct {
	Carried Carried `json:"carried"`
	Forget  int     `json:"forget,omitempty"` // so many of the oldest need not be remembered any more
}

func (CarriedOut) name() string { return "remote.carried" }

// AskedAgain says that a command from outside came once more, and was answered as before.
type AskedAgain struct {
	ID string `json:"id"`
}

func (AskedAgain) name() string { return "remote.again" }

// Carried is a command from outside and its answer.
type Carried struct {
	ID      string    `json:"id"`
	By      string    `json:"by"`
	Digest  string    `json:"digest"` // of what was asked
	At      time.Time `json:"at"`
	Refused string    `json:"refused,omitempty"` // problem type; "" is done
	Kind    Kind      `json:"kind,omitempty"`    // of the refusal
	Why     string    `json:"why,omitempty"`
	Again   bool      `json:"again,omitempty"` // it came more than once
}

const (
	// carriedMax bounds the commands from outside that are remembered. People give a handful an hour; the document is encoded
	// with each commit.
	carriedMax = 128
	// CarriedKept is how long they are remembered. A command can be asked again for [OutsideLife], by the fleet's clock.
	CarriedKept = 2 * time.Hour
	// OutsideLife is how long a fleet goes on asking.
	OutsideLife = time.Hour
	// carriedWhyMax bounds the reason of a refusal that is remembered, bytes.
	carriedWhyMax = 300
)

// outsidePrefix is before the name of somebody outside the shop in [Event.By].
const outsidePrefix = "outside:"

// OutsideBy names somebody outside the shop for the log, with the fleet that vouches for the name.
func OutsideBy(name, fleet string) string { return outsidePrefix + name + " · " + fleet }

// OutsideName is the name of somebody outside the shop; "" when somebody else acted.
func OutsideName(by string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(by, outsidePrefix), " · ")
	if !strings.HasPrefix(by, outsidePrefix) {
		return ""
	}
	return name
}

// decide carries out what was asked, all of it or nothing. A refusal is remembered as an answer, too.
func (c FromOutside) decide(d *decider) error {
	d.by = c.By
	sum := sha256.Sum256(c.Body)
	digest := hex.EncodeToString(sum[:16])
	if known, ok := d.state.Joining.carried(c.ID); ok {
		if known.Digest != digest {
			return conflict(ProblemOrderConflict, "command %q was another one", c.ID)
		}
		if !known.Again {
			d.emit(0, AskedAgain{ID: c.ID})
		}
		d.out.Replayed, d.out.Carried = true, c.ID
		return nil
	}
	old := d.state.Joining.old(d.now)
	if len(d.state.Joining.Done)-old >= carriedMax {
		return &Error{Kind: Unavailable, Type: ProblemQuota, Detail: "there were too many commands from outside lately", RetryAfter: time.Minute}
	}
	done := Carried{ID: c.ID, By: c.By, Digest: digest, At: d.now}
	if err := d.each(c); err != nil {
		refusal := (*Error)(nil)
		if !errors.As(err, &refusal) || refusal.Unknown {
			return err
		}
		done.Refused, done.Kind, done.Why = refusal.Type, refusal.Kind, refusal.Detail
		if len(done.Why) > carriedWhyMax {
			done.Why = strings.ToValidUTF8(done.Why[:carriedWhyMax], "")
		}
	}
	d.by = c.By
	d.out = Outcome{Carried: c.ID}
	d.emit(0, CarriedOut{Carried: done, Forget: old})
	return nil
}

// each decides commands one after the other; when one is refused, none has happened.
func (d *decider) each(c FromOutside) error {
	state, events, out := d.state, len(d.events), d.out
	for _, one := range c.Do {
		if err := d.state.Settings.Remote.allows(one); err != nil {
			d.state, d.events, d.out = state, d.events[:events], out
			return err
		}
		if err := one.decide(d); err != nil {
			d.state, d.events, d.out = state, d.events[:events], out
			return err
		}
	}
	return nil
}

// allows says whether people outside may give a command.
func (r Remote) allows(c Command) error {
	may := false
	switch c := c.(type) {
	case SetIntake:
		if c.Intake.Mode != capacity.IntakeOpen && c.Intake.Until.IsZero() {
			return invalid(ProblemInvalid, "what is closed from outside needs a time at which it opens again", FieldError{"/until", "is missing"})
		}
		may = r.Intake
	case SetStaff:
		may = r.Staff
	case AcknowledgeNotice:
		may = r.Notices
	case LearnKey, ForgetKey:
		may = true // signed with a key that the shop knows
	}
	if !may {
		return &Error{Kind: Unauthorized, Type: ProblemNotPermitted, Detail: "the shop does not let people outside do this; " +
			"its owner's page says what they may"}
	}
	return nil
}

// CarriedOf is what became of the command from outside that an outcome is about; nil when it is about none.
func (s *State) CarriedOf(o Outcome) *Carried {
	if c, ok := s.Joining.carried(o.Carried); ok && o.Carried != "" {
		return &c
	}
	return nil
}

// carried is what became of a command.
func (j Joining) carried(id string) (Carried, bool) {
	i := slices.IndexFunc(j.Done, func(c Carried) bool { return c.ID == id })
	if i < 0 {
		return Carried{}, false
	}
	return j.Done[i], true
}

// old is how many of the commands need not be remembered any more: the oldest are first.
func (j Joining) old(now time.Time) int {
	if i := slices.IndexFunc(j.Done, func(c Carried) bool { return now.Sub(c.At) < CarriedKept }); i >= 0 {
		return i
	}
	return len(j.Done)
}

func (f CarriedOut) apply(s State, _ Event) State {
	s.Joining.Done = append(slices.Clone(s.Joining.Done[min(f.Forget, len(s.Joining.Done)):]), f.Carried)
	return s
}

func (f AskedAgain) apply(s State, _ Event) State {
	s.Joining.Done = slices.Clone(s.Joining.Done)
	for i := range s.Joining.Done {
		if s.Joining.Done[i].ID == f.ID {
			s.Joining.Done[i].Again = true
		}
	}
	return s
}
