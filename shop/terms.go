package shop

import (
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"weir/shop/capacity"
)

// Terms are what the owner sets about promises and hand-over.
type Terms struct {
	Horizon   time.Duration `json:"horizon"`    // longest promise for an order to be made now
	Reserve   capacity.Work `json:"reserve"`    // kept for the counter
	ShelfMax  int           `json:"shelf_max"`  // bags that may wait to be fetched; 0 is no limit
	CheckMode string        `json:"check_mode"` // cup, bag or tap at hand-over
}

// Terms are those of the settings.
func (s Settings) Terms() Terms {
	return Terms{Horizon: s.Horizon, Reserve: s.Reserve, ShelfMax: s.ShelfMax, CheckMode: s.CheckMode}
}

// with is the settings under other terms.
func (s Settings) with(t Terms) Settings {
	s.Horizon, s.Reserve, s.ShelfMax, s.CheckMode = t.Horizon, t.Reserve, t.ShelfMax, t.CheckMode
	return s
}

const (
	// reserveMax is more than a counter sells in an hour: a larger reserve is a typing error that would
	// close the shop to everybody else.
	reserveMax = 100 * capacity.Cup
	// shelfBagsMax is more bags than stand in any shop.
	shelfBagsMax = 1000
)

// setTerms changes the owner's terms. Promises already given are kept: terms bind new ones only.
func (d *decider) setTerms(c SetTerms) error {
	d.by = c.By
	t := c.Terms
	switch {
	case t.Reserve < 0 || t.Reserve > reserveMax:
		return invalid(ProblemInvalid, fmt.Sprintf("the reserve is 0 to %d cups", reserveMax/capacity.Cup), FieldError{"/reserve", "is out of bounds"})
	case t.ShelfMax < 0 || t.ShelfMax > shelfBagsMax:
		return invalid(ProblemInvalid, fmt.Sprintf("the shelf holds 0 (no limit) to %d bags", shelfBagsMax), FieldError{"/shelf_max", fmt.Sprint(t.ShelfMax)})
	case !slices.Contains([]string{CheckCup, CheckBag, CheckTap}, t.CheckMode):
		return invalid(ProblemInvalid, "the check mode is cup, bag or tap", FieldError{"/check_mode", t.CheckMode})
	}
	next := d.state
	next.Settings = next.Settings.with(t)
	if err := next.capacitySettings().Check(); err != nil {
		return invalid(ProblemInvalid, err.Error(), FieldError{"/horizon", t.Horizon.String()})
	}
	if t == d.state.Settings.Terms() {
		d.out.Replayed = true
		return nil
	}
	d.emit(0, TermsSet{Terms: t})
	return nil
}

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
)

var audits = []string{
	AuditCodeMade, AuditDevicePaired, AuditDeviceRevoked, AuditMemberAdded, AuditMemberChanged, AuditMemberEnded,
	AuditSignInSlowed, AuditOwnerSet, AuditOwnerSignedIn, AuditKeyAdded, AuditKeyRevoked,
}

// aboutMax is the length in bytes of what an audit is about: two names and what is between them.
const aboutMax = 200

// audit keeps what was done outside the rules in the same story, in the same order.
func (d *decider) audit(c Audit) error {
	d.by = c.By
	if !slices.Contains(audits, c.What) {
		return invalid(ProblemInvalid, "nobody knows what this means", FieldError{"/what", c.What})
	}
	if len(c.About) > aboutMax || !utf8.ValidString(c.About) {
		return invalid(ProblemInvalid, fmt.Sprintf("what an audit is about is a name of at most %d bytes", aboutMax), FieldError{"/about", "is not"})
	}
	d.emit(0, Audited{What: c.What, About: c.About})
	return nil
}
