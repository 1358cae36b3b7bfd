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
	b := Open(s, nominal, today(), New(1))
	s.Channels[0].Intake.Mode = IntakePaused
	if l := b.Level(noon, s.Channels[0].ID); l.Level != LevelOpen {
		t.Errorf("a change of the caller's slice reached the book: %+v", l)
	}
}
