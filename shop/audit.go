package shop

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Audit writes into the log what was done outside the rules of orders: who may come in.
type Audit struct {
	By    string
	What  string // one of the Audit… words
	About string // the device, person or key it was done to, by the name people know
}

func (Audit) subject() Subject { return Subject{} }

// Audited says what was done outside the rules of orders. Its field What is its name in the log.
type Audited struct {
	What  string `json:"-"`
	About string `json:"about,omitempty"`
}

func (f Audited) name() string { return f.What }

// What an [Audit] can say.
const (
	AuditCodeMade      = "code.made"      // a pairing code was shown
	AuditDevicePaired  = "device.paired"  //
	AuditDeviceRevoked = "device.revoked" //
	AuditMemberAdded   = "member.added"   // somebody may sign in with a PIN
	AuditMemberChanged = "member.changed" // a new PIN or role
	AuditMemberEnded   = "member.ended"   //
	AuditSignInSlowed  = "signin.slowed"  // many wrong PINs or passwords in a row
	AuditOwnerSet      = "owner.set"      // the owner's password
	AuditOwnerSignedIn = "owner.signed_in"
	AuditKeyAdded      = "key.added"
	AuditKeyRevoked    = "key.revoked"
	AuditClockTrusted  = "clock.trusted" // a person says that the box's clock is right
	AuditSentAgain     = "outbox.again"  // events that could not be told are sent again
	AuditShopClaimed   = "shop.claimed"  // a person says that this box is the shop, and not a copy of it
	// AuditOutsideRefused: a command from outside was not looked at, because it was not signed as it should be.
	AuditOutsideRefused = "remote.refused"
)

// aboutMax is the length in bytes of what an audit is about: two names and what is between them.
const aboutMax = 200

// decide writes what was done outside the rules into the same log, in the order in which it happened.
func (c Audit) decide(d *decider) error {
	d.by = c.By
	if _, ok := facts[c.What].(Audited); !ok {
		return invalid(ProblemInvalid, "nobody knows what this means", FieldError{"/what", c.What})
	}
	if len(c.About) > aboutMax || !utf8.ValidString(c.About) {
		return invalid(ProblemInvalid, fmt.Sprintf("what an audit is about is a name of at most %d bytes", aboutMax),
			FieldError{"/about", "is not"})
	}
	d.emit(0, Audited{What: c.What, About: c.About})
	return nil
}

func (Audited) apply(s State, _ Event) State { return s }

// people are the beginnings of [Event.By] where a person acted, and not a channel, a printer or the clock. Package
// server/access gives these names.
var people = []string{"tablet", "owner", "open"}

// InAudit reports whether the event is one that a person asks about later: settings changed, access given and taken,
// orders and cups taken back. What happens by itself or many times a minute is not; a fact that is not named here is.
func (e Event) InAudit() bool {
	switch f := e.Fact.(type) {
	case OrderPlaced, OrderWaits, OrderPinned, TombstonesForgotten, TotalsFilled, OrderKitchened, OrderCameDue, OrderStepped,
		OrderTold, CupPacked, CupsStopped, JobAdded, JobMoved, FeedAcked, Announced, LinesMapped, NamesRefused, RoomHeld, HoldEnded,
		OrderPassed, OrderRequoted, LeasesIssued, Stepped, Mended:
		return false
	case CarriedOut: // what was done has an entry of its own
		return f.Carried.Refused != ""
	case OrderEnded:
		return f.State != OrderHanded && f.State != OrderCancelled && f.State != OrderExpired
	case OrderCompensated:
		return e.byPerson()
	case CupsMoved:
		lost := slices.ContainsFunc(f.Moves, func(m Move) bool { return m.To == Voided || m.To == Discarded })
		return f.Reason != "" || lost && e.byPerson()
	}
	return true
}

// byPerson reports whether a person acted, and not a channel, a printer or the clock.
func (e Event) byPerson() bool {
	return slices.ContainsFunc(people, func(who string) bool { return strings.HasPrefix(e.By, who) })
}
