package capacity

import (
	"slices"
	"time"
)

// Quote is what an order may expect, with the evidence behind it.
type Quote struct {
	P50        time.Duration `json:"p50"`     // half of such orders are ready after this
	P90        time.Duration `json:"p90"`     // nine of ten
	Promise    time.Duration `json:"promise"` // whole minutes; kept in all but one of fifty
	Predicted  time.Duration `json:"predicted"`
	Samples    int           `json:"samples"`    // orders of this length that the quantiles come from
	Coverage90 float64       `json:"coverage90"` // share of recent orders that were ready within their P90
	Calibrated bool          `json:"calibrated"` // the samples are this band's own
	Ahead      int           `json:"ahead"`      // unmade cups due before it
	Crew       int           `json:"crew"`       // the crew it was made for
	Estimated  bool          `json:"estimated"`  // the rate is not observed at present
}

// Calibration is what was learned about predictions: for each band the recent ratios of actual to predicted time,
// and for all orders whether they were ready within their P90. Ratios are in 1/1000.
type Calibration struct {
	Ratios [bandCount][]uint16 `json:"ratios"` // oldest first, at most samplesMax
	Within []byte              `json:"within"` // 1 = ready within P90; oldest first, at most samplesMax
}

const (
	samplesMax   = 300 // orders remembered per band
	samplesLeast = 30  // below this a band borrows
	bandCount    = 4
	ratioUnit    = 1000
	ratioMax     = 60_000 // sixty times the prediction; fits uint16
)

// bandEnds are the predicted times that part the bands.
var bandEnds = [bandCount - 1]time.Duration{5 * time.Minute, 10 * time.Minute, 20 * time.Minute}

func band(predicted time.Duration) int {
	for i, end := range bandEnds {
		if predicted <= end {
			return i
		}
	}
	return bandCount - 1
}

// spread is the quantiles of actual by predicted time in one band.
type spread struct {
	p50, p90, p98 float64
	samples       int
	own           bool
}

// theory is used where nothing was measured: the error of a sum of few cups is wide, that of many is mostly the rate's.
var theory = [bandCount]spread{
	{p50: 0.95, p90: 1.45, p98: 1.80},
	{p50: 0.97, p90: 1.35, p98: 1.60},
	{p50: 1.00, p90: 1.25, p98: 1.40},
	{p50: 1.00, p90: 1.20, p98: 1.30},
}

// spreads are the quantiles per band. A band with few samples takes those of the band below, which errs to the safe
// side because short predictions scatter more, or the theory: a band that refused everything would never learn.
func (c *Calibration) spreads() (s [bandCount]spread) {
	for i := range s {
		n := len(c.Ratios[i])
		switch {
		case n >= samplesLeast:
			sorted := slices.Clone(c.Ratios[i])
			slices.Sort(sorted)
			s[i] = spread{p50: ratioAt(sorted, 0.50), p90: ratioAt(sorted, 0.90), p98: ratioAt(sorted, 0.98), samples: n, own: true}
		case i > 0 && s[i-1].own:
			s[i] = s[i-1]
			s[i].own = false
		default:
			s[i] = theory[i]
			s[i].samples = n
		}
	}
	return s
}

// ratioAt interpolates linearly between the order statistics at (i+1)/(n+1), so that few samples give wide quantiles.
func ratioAt(sorted []uint16, p float64) float64 {
	x := p*float64(len(sorted)+1) - 1
	i := min(max(int(x), 0), len(sorted)-2)
	f := min(max(x-float64(i), 0), 1.5)
	return (float64(sorted[i])*(1-f) + float64(sorted[i+1])*f) / ratioUnit
}

func (c Calibration) learn(q Quote, actual time.Duration) Calibration {
	if q.Predicted <= 0 {
		return c
	}
	ratio := uint16(min(max(int64(actual)*ratioUnit/int64(q.Predicted), 1), ratioMax))
	i := band(q.Predicted)
	c.Ratios[i] = push(c.Ratios[i], ratio)
	within := byte(0)
	if actual <= q.P90 {
		within = 1
	}
	c.Within = push(c.Within, within)
	return c
}

// push appends to a copy and drops the oldest beyond samplesMax.
func push[T any](s []T, v T) []T {
	if len(s) >= samplesMax {
		s = s[len(s)-samplesMax+1:]
	}
	next := make([]T, len(s), len(s)+1)
	copy(next, s)
	return append(next, v)
}

// coverage is the share of recent orders that were ready within their P90.
func (c *Calibration) coverage() float64 {
	if len(c.Within) == 0 {
		return 0
	}
	n := 0
	for _, w := range c.Within {
		n += int(w)
	}
	return float64(n) / float64(len(c.Within))
}
