package capacity

import (
	"fmt"
	"slices"
	"time"
)

// Fixed terms of a slot.
const (
	SlotLength = 15 * time.Minute // a quarter of an hour, as customers and staff count
	MakeAhead  = 10 * time.Minute // before its start a slot's cups go to the kitchen; then its booking closes
	FreeShare  = time.Hour        // this long before a slot its shares no longer bind
	FullShare  = 4 * time.Hour    // this long before they bind in full; between the two they are released evenly
)

// HorizonMin is the shortest horizon: at 15 minutes the make-ahead of slots broke the budget in a fifth of all minutes.
const HorizonMin = 20 * time.Minute

// Settings are what the owner decides about capacity.
type Settings struct {
	Horizon       time.Duration // the longest promise for an order to be made now
	Reserve       Work          // of the budget, kept for the counter
	ShelfMax      int           // bags that may wait to be fetched; 0 is no limit
	Margin        time.Duration // set aside before each deadline for the error of the whole sum of work until then
	NoShow        float64       // share of slot work that is not collected and not made, 0 to 0.5
	WalkIns       float64       // work per minute that the counter brings before any was seen
	BusyAt        float64       // the level is busy from this share of the budget
	LimitedAt     float64       // the level is limited from this share of the budget
	SlotSafety    float64       // share of the slow rate that slots may book
	Channels      []Channel     // a channel that is missing here has no lease and the default slot share
	Stations      []string      // ids, in the order of the line; without them no station's own pace counts
	Lease         LeaseTerms    // times and amounts of leases
	Passing       Passing       // how far a later order may pass an earlier one
	SlotShareBase float64       // slot share of a channel that names none
}

// Channel is what capacity must know of a way orders come in.
type Channel struct {
	ID        string
	Delivery  bool    // riders fetch it: it fills the shelf
	Leased    bool    // its router obeys leases; others are admitted order by order
	Weight    float64 // its weight when credit is shared out; 0 counts as 1
	MinShare  float64 // the share of the credit that it gets in any case, 0 to 1
	SlotShare float64 // the share of a slot that it may book until an hour before, 0 to 1; 0 is the default
	Intake    Intake
	Bounds    []Bound // on what it may send, by time
}

// IntakeMode is what a channel may order.
type IntakeMode string

// The modes of intake.
const (
	IntakeOpen   IntakeMode = "open"
	IntakeSlots  IntakeMode = "slots"
	IntakePaused IntakeMode = "paused"
)

// Intake is what the owner allows one channel. The zero value is open.
type Intake struct {
	Mode  IntakeMode
	Until time.Time // when it opens again by itself; zero: somebody has to open it
}

// LeaseTerms are the times and amounts of leases. Work is in hundredths of a standard cup.
type LeaseTerms struct {
	TTL       time.Duration // a lease's life
	Renew     time.Duration // a lease is published again after this long
	IdleTTL   time.Duration // the life of an idle channel's lease
	IdleRenew time.Duration // an idle channel's lease is published again after this long
	Skew      time.Duration // by which a router's clock may differ from the shop's
	Transit   time.Duration // the longest an order may travel and still be under its lease
	Headroom  Work          // never granted, because the budget goes up and down
	Stock     Work          // credit a channel holds even if it sends little
	IdleBelow float64       // work per minute below which a channel counts as idle
	OnRequest Work          // below this budget a channel gets credit only when it asks
	MaxOrder  Work          // the largest order a router may send under a lease
}

// Defaults are the settings of a shop that has said nothing.
func Defaults() Settings {
	return Settings{
		Horizon:       30 * time.Minute,
		Reserve:       4 * Cup,
		ShelfMax:      40,
		Margin:        7 * time.Minute,
		BusyAt:        0.5,
		LimitedAt:     0.8,
		SlotSafety:    0.94,
		SlotShareBase: 0.6,
		Lease: LeaseTerms{
			TTL: 90 * time.Second, Renew: 15 * time.Second,
			IdleTTL: 300 * time.Second, IdleRenew: 60 * time.Second,
			Skew: 2 * time.Second, Transit: 60 * time.Second,
			Headroom: 3 * Cup, Stock: 6 * Cup, IdleBelow: 0.1 * float64(Cup), OnRequest: 30 * Cup, MaxOrder: 12 * Cup,
		},
	}
}

// Check says what is wrong with the settings, in words for the owner.
func (s Settings) Check() error {
	switch {
	case s.Horizon < HorizonMin:
		return fmt.Errorf("horizon %v: want at least %v", s.Horizon, HorizonMin)
	case s.Horizon > HorizonMax:
		return fmt.Errorf("horizon %v: want at most %v", s.Horizon, HorizonMax)
	case s.Reserve < 0 || s.ShelfMax < 0 || s.Margin < 0 || s.WalkIns < 0:
		return fmt.Errorf("reserve, shelf limit, margin and walk-ins must not be negative")
	case s.NoShow < 0 || s.NoShow > 0.5:
		return fmt.Errorf("no-show %v: want 0 to 0.5", s.NoShow)
	case s.BusyAt <= 0 || s.LimitedAt < s.BusyAt || s.LimitedAt > 1:
		return fmt.Errorf("levels: want 0 < busy %v <= limited %v <= 1", s.BusyAt, s.LimitedAt)
	case s.Passing.Ahead < 0 || s.Passing.Ahead > HorizonMax || s.Passing.Cups < 0:
		return fmt.Errorf("passing: want 0 minutes to %v and no fewer than 0 cups", HorizonMax)
	case s.SlotSafety <= 0 || s.SlotSafety > 1 || s.SlotShareBase <= 0 || s.SlotShareBase > 1:
		return fmt.Errorf("slot safety and share: want above 0 and at most 1")
	case s.Lease.TTL < 2*s.Lease.Skew || s.Lease.Renew <= 0 || s.Lease.IdleTTL < s.Lease.TTL || s.Lease.IdleRenew < s.Lease.Renew:
		return fmt.Errorf("lease terms: want a life above twice the clock skew, a renewal above 0, and idle terms no shorter")
	}
	if s.Lease.MaxOrder <= 0 {
		return fmt.Errorf("lease terms: want a largest order above 0, or no order comes under a lease")
	}
	var shares float64
	seen := map[string]bool{}
	for _, c := range s.Channels {
		if c.Weight < 0 || c.MinShare < 0 || c.MinShare > 1 || c.SlotShare < 0 || c.SlotShare > 1 {
			return fmt.Errorf("channel %q: weight must not be negative, shares must be 0 to 1", c.ID)
		}
		if seen[c.ID] {
			return fmt.Errorf("channel %q is there twice", c.ID)
		}
		seen[c.ID] = true
		shares += c.MinShare
	}
	if shares > 1 {
		return fmt.Errorf("minimum shares of the channels: %.2f together, want at most 1", shares)
	}
	return nil
}

// HorizonMax bounds the work of one admission: it tries each minute up to the horizon.
const HorizonMax = 120 * time.Minute

func (s *Settings) channel(id string) Channel {
	for i := range s.Channels {
		if s.Channels[i].ID == id {
			return s.Channels[i]
		}
	}
	return Channel{ID: id}
}

func (s *Settings) slotShare(channel string) float64 {
	if share := s.channel(channel).SlotShare; share > 0 {
		return share
	}
	return s.SlotShareBase
}

// kept is a copy that later changes of the caller's do not reach, with times that compare.
func (s Settings) kept() *Settings {
	s.Channels, s.Stations = slices.Clone(s.Channels), slices.Clone(s.Stations)
	for i := range s.Channels {
		s.Channels[i] = s.Channels[i].kept()
	}
	return &s
}
