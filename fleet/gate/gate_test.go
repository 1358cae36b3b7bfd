package gate

import (
	"testing"
	"time"

	"weir/shop/try"
)

// TestACrowdIsPaced: twenty times what a city makes comes for ten minutes; what is let in is what is made.
func TestACrowdIsPaced(t *testing.T) {
	const supply, routers = 100.0, 4
	var city [routers]City
	admitted, asked, turns := 0, 0, 0
	for s := range 600 {
		now := try.Noon.Add(time.Duration(s) * time.Second)
		for i := range city {
			city[i] = city[i].Look(Figures{Supply: supply, Shops: 50, Fresh: 50}, routers, now)
			for range 8 { // 4 × 8 a second = 1,920 a minute
				var a Answer
				asked++
				if city[i], a = city[i].Admit(1, true, false, now); a.Admit {
					city[i] = city[i].Charge(1)
					admitted++
				} else if !a.TurnAt.IsZero() {
					turns++
				}
			}
		}
	}
	if made := 10 * supply; float64(admitted) < 0.9*made || float64(admitted) > 1.1*made {
		t.Errorf("%d of %d let in, and %v made", admitted, asked, made)
	}
	if turns == 0 {
		t.Error("nobody was told when to come again")
	}
}

func TestLevels(t *testing.T) {
	look := func(f Figures, load float64) Level {
		c := City{load: load, alpha: 1, filled: try.Noon, eased: try.Noon}
		return c.Look(f, 1, try.Noon).Level
	}
	full := Figures{Supply: 100, Shops: 10, Fresh: 10}
	for _, c := range []struct {
		f    Figures
		load float64
		want Level
	}{
		{full, 0, Open}, {full, 69, Open}, {full, 70, Pace}, {full, 90, Later}, {full, 100, Slots},
		{Figures{Supply: 100, Fresh: 10, Room: 250}, 500, Pace}, {Figures{Supply: 100, Fresh: 10, Room: 150}, 500, Slots},
		{Figures{Supply: 100, Fresh: 10, Refused: 0.11}, 0, Slots}, {Figures{}, 0, Blind},
	} {
		if got := look(c.f, c.load); got != c.want {
			t.Errorf("%+v with %v cups a minute: %v, want %v", c.f, c.load, got, c.want)
		}
	}
	slots := City{Level: Slots}
	if _, a := slots.Admit(1, false, false, try.Noon); a.Admit {
		t.Error("an ordinary order passes when only slots do")
	}
	if _, a := slots.Admit(1, true, true, try.Noon); !a.Admit {
		t.Error("a slot does not pass")
	}
	for _, level := range []Level{Open, Pace} { // a shop that makes two cups a minute
		small := City{Level: level, alpha: 1, filled: try.Noon, eased: try.Noon}
		small.pace, small.tokens = 2, 1
		if small, a := small.Admit(5, true, false, try.Noon); !a.Admit || small.tokens != -4 {
			t.Errorf("level %d: five cups at once are never let in: %+v", level, a)
		} else if _, a := small.Admit(1, true, false, try.Noon); a.Admit || !a.TurnAt.Equal(try.Noon.Add(30*time.Second)) {
			t.Errorf("level %d: a cup after five is let in at once: %+v", level, a)
		}
	}
	if _, a := (City{Level: Later}).Admit(1, false, false, try.Noon); !a.Admit {
		t.Error("an ordinary order is held back for a campaign")
	}
}

// TestRefusalsSlowItDown: while shops refuse, less is let in, and it comes back.
func TestRefusalsSlowItDown(t *testing.T) {
	c := City{}
	at := try.Noon
	step := func(refused float64) {
		at = at.Add(adjustEvery)
		c = c.Look(Figures{Supply: 100, Fresh: 10, Refused: refused}, 1, at)
	}
	for range 10 {
		step(0.2)
	}
	low := c.alpha
	for range 30 {
		step(0)
	}
	if low > 0.5 || c.alpha != 1 {
		t.Errorf("fell to %v and came back to %v", low, c.alpha)
	}
}
