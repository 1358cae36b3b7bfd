package sim

import "testing"

// TestARotaIsReckonedWith: with people who come and go by the rota the shop sells what they can make, and keeps its word.
// Control: a shop that is told of each change only when it comes.
func TestARotaIsReckonedWith(t *testing.T) {
	const days = 6
	planned, err := ReadScenario("rota")
	if err != nil {
		t.Fatal(err)
	}
	p := run(t, options(days, func(o *Options) { o.Played = planned })).Policies[0]
	if p.Bound < 0.985 || p.Kept < 0.995 {
		t.Errorf("by the rota %.4f of the bound, kept %.4f; want 0.985 and 0.995", p.Bound, p.Kept)
	}
	surprised := *planned
	surprised.Staff = nil
	for _, turn := range planned.Staff {
		turn.Planned = false
		surprised.Staff = append(surprised.Staff, turn)
	}
	if c := run(t, options(days, func(o *Options) { o.Played = &surprised })).Policies[0]; c.Bound > p.Bound || c.Kept > p.Kept-0.05 {
		t.Errorf("control: without the rota %.4f of the bound, kept %.4f; the rota is worth nothing", c.Bound, c.Kept)
	}
}
