package capacity

import (
	"testing"
	"time"
)

func TestSettingsThatCannotWork(t *testing.T) {
	if err := Defaults().Check(); err != nil {
		t.Fatalf("the defaults: %v", err)
	}
	for name, spoil := range map[string]func(*Settings){
		"horizon short":    func(s *Settings) { s.Horizon = 15 * time.Minute },
		"horizon long":     func(s *Settings) { s.Horizon = 3 * time.Hour },
		"reserve":          func(s *Settings) { s.Reserve = -1 },
		"no-show":          func(s *Settings) { s.NoShow = 0.9 },
		"levels":           func(s *Settings) { s.LimitedAt = 0.3 },
		"slot safety":      func(s *Settings) { s.SlotSafety = 0 },
		"slot share":       func(s *Settings) { s.SlotShareBase = 1.5 },
		"lease life":       func(s *Settings) { s.Lease.TTL = time.Second },
		"lease renewal":    func(s *Settings) { s.Lease.Renew = 0 },
		"idle lease":       func(s *Settings) { s.Lease.IdleTTL = time.Second },
		"channel's weight": func(s *Settings) { s.Channels = []Channel{{ID: "x", Weight: -1}} },
		"channel's shares": func(s *Settings) { s.Channels = []Channel{{ID: "x", MinShare: 2}} },
		"minimum shares":   func(s *Settings) { s.Channels = []Channel{{ID: "x", MinShare: 0.6}, {ID: "y", MinShare: 0.6}} },
		"doubled channel":  func(s *Settings) { s.Channels = []Channel{{ID: "x"}, {ID: "x"}} },
	} {
		s := Defaults()
		spoil(&s)
		if s.Check() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestSettingsAreTheBooksOwn(t *testing.T) {
	s := settings()
	b := Open(s, Steady(nominal), today(), known())
	s.Channels[0].Intake.Mode = IntakePaused
	if l := b.Level(noon, s.Channels[0].ID); l.Level != LevelOpen {
		t.Errorf("a change of the caller's slice reached the book: %+v", l)
	}
}

// Each limit of the settings: the last value that is allowed, and the first that is not.
func TestTheLimitsOfTheSettings(t *testing.T) {
	channel := func(c Channel) func(*Settings) {
		return func(s *Settings) { s.Channels = []Channel{c} }
	}
	shares := func(a, b float64) func(*Settings) {
		return func(s *Settings) { s.Channels = []Channel{{ID: "x", MinShare: a}, {ID: "y", MinShare: b}} }
	}
	for _, c := range []struct {
		name            string
		allowed, beyond func(*Settings)
	}{
		{"shortest horizon", func(s *Settings) { s.Horizon = HorizonMin }, func(s *Settings) { s.Horizon = HorizonMin - 1 }},
		{"longest horizon", func(s *Settings) { s.Horizon = HorizonMax }, func(s *Settings) { s.Horizon = HorizonMax + 1 }},
		{"reserve", func(s *Settings) { s.Reserve = 0 }, func(s *Settings) { s.Reserve = -1 }},
		{"shelf", func(s *Settings) { s.ShelfMax = 0 }, func(s *Settings) { s.ShelfMax = -1 }},
		{"margin", func(s *Settings) { s.Margin = 0 }, func(s *Settings) { s.Margin = -1 }},
		{"walk-ins", func(s *Settings) { s.WalkIns = 0 }, func(s *Settings) { s.WalkIns = -0.1 }},
		{"fewest no-shows", func(s *Settings) { s.NoShow = 0 }, func(s *Settings) { s.NoShow = -0.01 }},
		{"most no-shows", func(s *Settings) { s.NoShow = 0.5 }, func(s *Settings) { s.NoShow = 0.51 }},
		{"busy", func(s *Settings) { s.BusyAt = 0.01 }, func(s *Settings) { s.BusyAt = 0 }},
		{"limited no lower than busy", func(s *Settings) { s.BusyAt = s.LimitedAt }, func(s *Settings) { s.BusyAt = s.LimitedAt + 0.01 }},
		{"limited", func(s *Settings) { s.LimitedAt = 1 }, func(s *Settings) { s.LimitedAt = 1.01 }},
		{"least slot safety", func(s *Settings) { s.SlotSafety = 0.01 }, func(s *Settings) { s.SlotSafety = 0 }},
		{"most slot safety", func(s *Settings) { s.SlotSafety = 1 }, func(s *Settings) { s.SlotSafety = 1.01 }},
		{"least slot share", func(s *Settings) { s.SlotShareBase = 0.01 }, func(s *Settings) { s.SlotShareBase = 0 }},
		{"most slot share", func(s *Settings) { s.SlotShareBase = 1 }, func(s *Settings) { s.SlotShareBase = 1.01 }},
		{"lease life", func(s *Settings) { s.Lease.TTL = 2 * s.Lease.Skew }, func(s *Settings) { s.Lease.TTL = 2*s.Lease.Skew - 1 }},
		{"lease renewal", func(s *Settings) { s.Lease.Renew = 1 }, func(s *Settings) { s.Lease.Renew = 0 }},
		{"idle life", func(s *Settings) { s.Lease.IdleTTL = s.Lease.TTL }, func(s *Settings) { s.Lease.IdleTTL = s.Lease.TTL - 1 }},
		{"idle renewal", func(s *Settings) { s.Lease.IdleRenew = s.Lease.Renew }, func(s *Settings) { s.Lease.IdleRenew = s.Lease.Renew - 1 }},
		{"largest order", func(s *Settings) { s.Lease.MaxOrder = 1 }, func(s *Settings) { s.Lease.MaxOrder = 0 }},
		{"weight", channel(Channel{Weight: 0}), channel(Channel{Weight: -0.1})},
		{"least minimum share", channel(Channel{MinShare: 0}), channel(Channel{MinShare: -0.1})},
		{"most minimum share", channel(Channel{MinShare: 1}), channel(Channel{MinShare: 1.1})},
		{"least share of a slot", channel(Channel{SlotShare: 0}), channel(Channel{SlotShare: -0.1})},
		{"most share of a slot", channel(Channel{SlotShare: 1}), channel(Channel{SlotShare: 1.1})},
		{"minimum shares together", shares(0.5, 0.5), shares(0.5, 0.51)},
	} {
		s := Defaults()
		if c.allowed(&s); s.Check() != nil {
			t.Errorf("%s: refused at the limit: %v", c.name, s.Check())
		}
		s = Defaults()
		if c.beyond(&s); s.Check() == nil {
			t.Errorf("%s: allowed beyond the limit", c.name)
		}
	}
}
