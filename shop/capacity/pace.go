package capacity

import (
	"math"
	"slices"
	"time"
)

// Rate is how fast the crew works, in work per minute.
type Rate struct {
	P10       float64 `json:"p10"`      // what a budget may count on
	P25       float64 `json:"p25"`      //
	P50       float64 `json:"p50"`      // what to expect
	Slow      float64 `json:"slow"`     // p25 of the long memory: what bookings may count on
	SlowP50   float64 `json:"slow_p50"` // what to expect in some hours
	Estimated bool    `json:"estimated"`
}

// How the pace is learned. Figures from 200 simulated days.
const (
	busyCups    = 4    // from so many unmade cups the crew is the limit and not the demand
	damping     = 0.4  // a cup counts as less than one: batches and shared stations make them dependent
	fastMinutes = 60.0 // busy minutes until the fast posterior has forgotten
	slowMinutes = 240.0
	priorCups   = 10.0             // weight of the menu's rate, as cups already seen: a deviation of 30 %
	staffCups   = 25.0             // evidence that is kept when other people take over, in cups: a deviation of 20 %
	nightCups   = 10.0             // evidence that is kept overnight: the next day's crew is not that of today
	nightShare  = 0.25             // the part that is kept of how yesterday's crew differed from the menu
	spellGap    = 30 * time.Minute // a longer silence says nothing about the crew
	silence     = 5 * time.Minute  // nor does one of this length that ends with next to nothing made:
	silentShare = 0.25             // less than this share of what the menu would make in it; taps were forgotten
	burst       = 12.0             // cups that may be tapped at once beyond what the time allows
	burstRate   = 3.0              // times the nominal rate: more in a gap is clearing up, not making
	stopAfter   = 3 * time.Minute  // without a tap, beyond what is usual, until work counts as stopped
	lullMinutes = 60.0             // until the longest time between two taps is forgotten
	untappedMax = 4                // cups that left without a tap until the rate is only estimated
	untappedFor = 5 * time.Minute  // and taps must have stopped for so long
)

// Gamma is what is known of the crew's efficiency, as a Gamma distribution: in the same busy time it made Made standard
// cups, and by the menu would have made Nominal. It is a ratio, so a change of staff changes the rate at once.
type Gamma struct {
	Made    float64 `json:"made"`
	Nominal float64 `json:"nominal"`

	Spare stationRates `json:"spare,omitzero"` // by how much less than Made each station did, in standard cups
}

// done is what the most loaded station did, in standard cups: it is what the time was needed for.
func (g *Gamma) done() float64 { return max(g.Made-slices.Min(g.Spare[:]), gammaFloor) }

func (g Gamma) learn(made float64, spare *stationRates, nominal, minutes, memory float64) Gamma {
	keep := math.Exp(-minutes / memory)
	for i := range g.Spare {
		g.Spare[i] = g.Spare[i]*keep + damping*spare[i]
	}
	return Gamma{Spare: g.Spare, Made: max(g.Made*keep+damping*made, gammaFloor), Nominal: max(g.Nominal*keep+damping*nominal, gammaFloor)}
}

// gammaFloor keeps a posterior proper when everything it saw was undone.
const gammaFloor = 1e-3

// quantile is the efficiency that is exceeded with probability 1-p.
func (g Gamma) quantile(p quantile) float64 { return gammaQuantile(p, g.done()) / g.Nominal }

// Pace is what was learned about the crew: a short and a long memory of completions in busy time.
type Pace struct {
	Fast     Gamma `json:"fast"`
	Slow     Gamma `json:"slow"`
	SpellMs  int64 `json:"spell_ms,omitempty"` // first completion of the running busy spell
	LastMs   int64 `json:"last_ms,omitempty"`  // latest completion of that spell
	TapMs    int64 `json:"tap_ms,omitempty"`   // latest completion that somebody tapped
	Untapped int   `json:"untapped,omitempty"` // cups that left since then without having been tapped
	LullMs   int64 `json:"lull_ms,omitempty"`  // the longest time between two taps of late, while there was work
	Crew     int   `json:"crew"`               // counts changes of staff
}

func newPace() Pace {
	prior := Gamma{Made: priorCups, Nominal: priorCups}
	return Pace{Fast: prior, Slow: prior}
}

// made learns from completions. spare is by how much less each station did, in cups; before and after are the unmade cups
// due; nominal is in work per minute. Work may be negative: an undo takes back what was counted.
func (p Pace) made(now int64, work Work, spare stationRates, before, after int, nominal float64) Pace {
	if gap := now - p.TapMs; p.SpellMs != 0 && gap > 0 {
		p.LullMs = max(gap, int64(float64(p.LullMs)*math.Exp(-float64(gap)/msPerMinute/lullMinutes)))
	}
	p.TapMs, p.Untapped = now, 0
	if nominal <= 0 {
		p.SpellMs = 0
		return p
	}
	if work < 0 {
		p.Fast = p.Fast.learn(work.Cups(), &spare, 0, 0, fastMinutes)
		p.Slow = p.Slow.learn(work.Cups(), &spare, 0, 0, slowMinutes)
		return p
	}
	if before < busyCups {
		p.SpellMs = 0
		return p
	}
	gap := now - p.LastMs
	minutes := float64(gap) / msPerMinute
	nominalCups := nominal * minutes / float64(Cup)
	silent := gap > silence.Milliseconds() && work.Cups() < silentShare*nominalCups
	switch {
	case p.SpellMs == 0 || gap < 0 || gap > spellGap.Milliseconds() || silent:
		p.SpellMs, p.LastMs = now, now
	case now == p.SpellMs:
		// The same tap that began the spell: what it finished was made before the exposure.
	default:
		made := min(work.Cups(), burstRate*nominalCups+burst)
		if made < work.Cups() {
			for i := range spare {
				spare[i] *= made / work.Cups()
			}
		}
		p.Fast = p.Fast.learn(made, &spare, nominalCups, minutes, fastMinutes)
		p.Slow = p.Slow.learn(made, &spare, nominalCups, minutes, slowMinutes)
		p.LastMs = now
	}
	if after < busyCups {
		p.SpellMs = 0
	}
	return p
}

// left counts cups that went to a customer although nobody had tapped them as made. They say that taps have stopped,
// not how fast the crew is.
func (p Pace) left(cups int) Pace {
	p.Untapped += cups
	p.SpellMs = 0
	return p
}

// estimated is whether taps have stopped while orders leave.
func (p Pace) estimated(now int64) bool {
	return p.Untapped >= untappedMax && now-p.TapMs > untappedFor.Milliseconds()
}

// stopped is for how many ms nothing was made although there was work since a time, beyond what is usual between two taps.
// What has stopped for so long is expected to stand as long again; nothing else is known of a break that nobody announced.
func (p Pace) stopped(now, since int64) int64 {
	if p.estimated(now) {
		return 0
	}
	return max(0, now-max(p.TapMs, since)-2*p.LullMs-stopAfter.Milliseconds())
}

// staffed is the pace when other people take over. Their efficiency is likely that of the others, but this is less
// certain than it was.
func (p Pace) staffed() Pace {
	p.Crew++
	p.SpellMs = 0
	p.Fast, p.Slow = p.Fast.doubt(staffCups), p.Slow.doubt(staffCups)
	return p
}

// night is the pace when the next day begins.
func (p Pace) night() Pace {
	p.SpellMs = 0
	p.Fast, p.Slow = p.Fast.night(), p.Slow.night()
	return p
}

// night is what is known of tomorrow's crew. Some of those who work today will be there, so that it is likely to differ from
// the menu as today's does, but by less.
func (g Gamma) night() Gamma {
	mean := 1 + nightShare*(g.done()/g.Nominal-1)
	kept := g.doubt(nightCups)
	scale := mean * kept.Nominal / kept.done()
	for i := range kept.Spare {
		kept.Spare[i] *= scale
	}
	kept.Made *= scale
	return kept
}

// doubt keeps the mean and no more evidence than so many cups.
func (g Gamma) doubt(cups float64) Gamma {
	done := g.done()
	if done <= cups {
		return g
	}
	for i := range g.Spare {
		g.Spare[i] *= cups / done
	}
	return Gamma{Made: g.Made * cups / done, Nominal: g.Nominal * cups / done, Spare: g.Spare}
}
