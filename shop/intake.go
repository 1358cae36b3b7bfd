package shop

import (
	"time"

	"weir/shop/capacity"
)

// SetIntake is the owner's toggle for one channel.
type SetIntake struct {
	Channel string
	Intake  Intake
}

func (SetIntake) subject() Subject { return Subject{} }

// Intake is what the owner has set for one channel.
type Intake struct {
	Mode   capacity.IntakeMode `json:"mode"`           // "" is open
	Until  time.Time           `json:"until,omitzero"` // when it opens again by itself; zero: only when somebody opens it
	Reason string              `json:"reason"`         // one of [PauseReasons], [IntakeExpired], or what an earlier version stored
	By     string              `json:"by"`
}

// PauseReasons are why an owner closes intake for a time. Their words are in the catalogues below "pause_reason.".
var PauseReasons = []string{"overloaded", "short_of_staff", "out_of_ingredients", "equipment_trouble", "no_riders", "closing_early"}

// IntakeExpired is the reason of an intake that opened by itself, because its time was up.
const IntakeExpired = "expired"

// IntakeSet says what a channel may order now, as the owner set it or after that expired.
type IntakeSet struct {
	Channel string `json:"channel"`
	Intake  Intake `json:"intake"`
}

func (IntakeSet) name() string { return "intake.set" }

// decide sets what a channel may order.
func (c SetIntake) decide(d *decider) error {
	d.by = c.Intake.By
	if _, ok := d.state.Config.Channel(c.Channel); !ok {
		return notFound("there is no channel %q", c.Channel)
	}
	switch c.Intake.Mode {
	case capacity.IntakeOpen, capacity.IntakeSlots, capacity.IntakePaused:
	default:
		return invalid(ProblemInvalid, "intake is open, slots or paused", FieldError{"/mode", string(c.Intake.Mode)})
	}
	if !c.Intake.Until.IsZero() && !c.Intake.Until.After(d.now) {
		return invalid(ProblemInvalid, "the time at which intake opens again is past", FieldError{"/until", "is past"})
	}
	d.intake(c.Channel, c.Intake)
	return nil
}

func (d *decider) intake(channel string, in Intake) {
	in.Until = in.Until.UTC()
	d.emitTold(0, IntakeSet{Channel: channel, Intake: in}, &Told{Channel: channel, Type: ToldIntake, Intake: &in})
}

// resumeIntake opens what the owner closed for a time.
func (d *decider) resumeIntake() {
	for _, ch := range d.state.Config.Channels {
		in, ok := d.state.Settings.Intake[ch.ID]
		if ok && in.Mode != capacity.IntakeOpen && !in.Until.IsZero() && !d.now.Before(in.Until) {
			d.intake(ch.ID, Intake{Mode: capacity.IntakeOpen, Reason: IntakeExpired})
		}
	}
}

// Intake is what a channel may order now, by the owner's word.
func (s State) Intake(channel string, now time.Time) Intake {
	in, ok := s.Settings.Intake[channel]
	if !ok || in.Mode == "" || (!in.Until.IsZero() && !now.Before(in.Until)) {
		return Intake{Mode: capacity.IntakeOpen}
	}
	return in
}

// TakenNow is what a channel's customers meet now: what the owner allows, or less where there is no room. Walk-ins
// are always taken.
func (s State) TakenNow(channel string, now time.Time) capacity.IntakeMode {
	mode := s.Intake(channel, now).Mode
	switch level := s.Capacity.Level(now, channel).Level; {
	case channel == CounterChannel:
	case level >= capacity.LevelPaused:
		return capacity.IntakePaused
	case level >= capacity.LevelSlots && mode == capacity.IntakeOpen:
		return capacity.IntakeSlots
	}
	return mode
}

func (f IntakeSet) apply(s State, _ Event) State {
	s.Settings.Intake = with(s.Settings.Intake, f.Channel, f.Intake)
	s.Capacity = s.Capacity.Set(s.capacitySettings())
	return s
}
