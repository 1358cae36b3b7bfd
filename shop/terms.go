package shop

import (
	"fmt"
	"slices"
	"time"
	"weir/shop/capacity"
)

// SetTerms changes the owner's terms, all of them at once.
type SetTerms struct {
	By    string
	Terms Terms
}

func (SetTerms) subject() Subject { return Subject{} }

// TermsSet says what the owner's terms are now.
type TermsSet struct {
	Terms Terms `json:"terms"`
}

func (TermsSet) name() string { return "terms.set" }

// Terms are what the owner sets about promises and hand-over.
type Terms struct {
	Horizon   time.Duration `json:"horizon"`    // longest promise for an order to be made now
	Reserve   capacity.Work `json:"reserve"`    // kept for the counter
	ShelfMax  int           `json:"shelf_max"`  // bags that may wait to be fetched; 0 is no limit
	CheckMode string        `json:"check_mode"` // cup, bag or tap at hand-over
	OneTap    bool          `json:"one_tap"`    // a tap at any station finishes the whole cup
}

// Terms are those of the settings.
func (s Settings) Terms() Terms {
	return Terms{Horizon: s.Horizon, Reserve: s.Reserve, ShelfMax: s.ShelfMax, CheckMode: s.CheckMode, OneTap: s.OneTap}
}

// with is the settings under other terms.
func (s Settings) with(t Terms) Settings {
	s.Horizon, s.Reserve, s.ShelfMax, s.CheckMode, s.OneTap = t.Horizon, t.Reserve, t.ShelfMax, t.CheckMode, t.OneTap
	return s
}

const (
	// reserveMax is more than a counter sells in an hour: a larger reserve is a typing error that would
	// close the shop to everybody else.
	reserveMax = 100 * capacity.Cup
	// shelfBagsMax is more bags than stand in any shop.
	shelfBagsMax = 1000
)

// decide changes the owner's terms. They hold for new promises; those already given are kept.
func (c SetTerms) decide(d *decider) error {
	d.by = c.By
	t := c.Terms
	switch {
	case t.Reserve < 0 || t.Reserve > reserveMax:
		return invalid(ProblemInvalid, fmt.Sprintf("the reserve is 0 to %d cups", reserveMax/capacity.Cup),
			FieldError{"/reserve", "is out of bounds"})
	case t.ShelfMax < 0 || t.ShelfMax > shelfBagsMax:
		return invalid(ProblemInvalid, fmt.Sprintf("the shelf holds 0 (no limit) to %d bags", shelfBagsMax),
			FieldError{"/shelf_max", fmt.Sprint(t.ShelfMax)})
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

func (f TermsSet) apply(s State, _ Event) State {
	s.Settings = s.Settings.with(f.Terms)
	s.Capacity = s.Capacity.Set(s.capacitySettings())
	return s
}
