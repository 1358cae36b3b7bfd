package capacity

import "math"

// WalkIns forecasts what the counter will bring, from what it brought: a decaying sum of work.
type WalkIns struct {
	Sum  float64 `json:"sum"`   // work, decayed to AtMs
	AtMs int64   `json:"at_ms"` // 0: observation has not begun
	Seen float64 `json:"seen"`  // 0 to 1: how much of the memory is observation and not the setting

	Spare stationRates `json:"spare,omitzero"` // the share of its work that each station is spared
}

// walkInMix is of how much work the mean of what stations are spared is taken: of a dozen cups.
const walkInMix = 12 * float64(Cup)

// walkInMinutes is the memory of the forecast. A shorter one follows chance more than the day: with an hour a fifth of
// the kept promises' safety was lost.
const walkInMinutes = 180.0

func (w WalkIns) to(now int64) WalkIns {
	if w.AtMs == 0 {
		return WalkIns{AtMs: now}
	}
	minutes := float64(now-w.AtMs) / msPerMinute
	if minutes <= 0 {
		return w
	}
	keep := math.Exp(-minutes / walkInMinutes)
	w.Sum, w.AtMs, w.Seen = w.Sum*keep, now, 1-(1-w.Seen)*keep
	return w
}

func (w WalkIns) arrive(now int64, d Demand) WalkIns {
	w = w.to(now)
	w.Sum += float64(d.Work)
	if d.Work > 0 {
		news := 1 - math.Exp(-float64(d.Work)/walkInMix)
		for i, spare := range d.Spare {
			w.Spare[i] += (float64(spare)/float64(d.Work) - w.Spare[i]) * news
		}
	}
	return w
}

// The forecast begins with the owner's setting. These are the minutes of observation that it counts as much as. A setting
// counts much: a quiet morning says little about noon, and a forecast that followed it broke promises in the rush. When
// nothing is set, observation counts soon.
const (
	walkInWord    = 120.0 // with a setting
	walkInSilence = 30.0  // without one
)

// perMinute is the forecast in work per minute. prior is the owner's setting and fades as the counter is observed. What
// was not observed yet says nothing: without dividing by what was, the forecast of a new shop stays too low for hours.
func (w WalkIns) perMinute(now int64, prior float64) float64 {
	if w.AtMs == 0 {
		return prior
	}
	w = w.to(now)
	known := walkInWord
	if prior == 0 {
		known = walkInSilence
	}
	known *= 1 - w.Seen
	return (w.Sum + prior*known) / (walkInMinutes*w.Seen + known)
}

// at is the part of a forecast that each station will feel.
func (w WalkIns) at(perMinute float64) (at stationRates) {
	for i, spare := range w.Spare {
		at[i] = perMinute * (1 - spare)
	}
	return at
}

// reopen forgets the night: it said nothing about the counter.
func (w WalkIns) reopen(opens int64) WalkIns {
	if w.AtMs != 0 && opens > w.AtMs {
		w.AtMs = opens
	}
	return w
}
