package capacity

import "math"

// WalkIns forecasts what the counter will bring, from what it brought: a decaying sum of work.
type WalkIns struct {
	Sum  float64 `json:"sum"`   // work, decayed to AtMs
	AtMs int64   `json:"at_ms"` // 0: observation has not begun
	Seen float64 `json:"seen"`  // 0 to 1: how much of the memory is observation and not the setting
}

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
	return WalkIns{Sum: w.Sum * keep, AtMs: now, Seen: 1 - (1-w.Seen)*keep}
}

func (w WalkIns) arrive(now int64, work Work) WalkIns {
	w = w.to(now)
	w.Sum += float64(work)
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

// reopen forgets the night: it said nothing about the counter.
func (w WalkIns) reopen(opens int64) WalkIns {
	if w.AtMs != 0 && opens > w.AtMs {
		w.AtMs = opens
	}
	return w
}
