package capacity

import (
	"math"
	"time"
)

// Quote is what an order may expect, with the evidence behind it.
type Quote struct {
	P50        time.Duration `json:"p50"`        // half of such orders are ready after this
	P90        time.Duration `json:"p90"`        // nine of ten
	Promise    time.Duration `json:"promise"`    // kept in all but one of fifty
	Predicted  time.Duration `json:"predicted"`  // what the rate alone says; 0 for a slot
	Samples    int           `json:"samples"`    // orders of this length that the quantiles come from
	Coverage90 float64       `json:"coverage90"` // share of recent orders that were ready within their P90
	Calibrated bool          `json:"calibrated"` // the samples are this band's own
	Ahead      int           `json:"ahead"`      // unmade cups due before it
	Crew       int           `json:"crew"`       // the crew it was made for
	Estimated  bool          `json:"estimated"`  // taps have stopped: the rate is not observed at present
}

const (
	samplesMax   = 300 // orders remembered per band
	samplesLeast = 30  // below this a band borrows
	staffSamples = 60  // ratios that are kept when other people take over: how sums scatter is much the same
	bandCount    = 4
)

// bandEnds are the predicted minutes that part the bands.
var bandEnds = [bandCount - 1]float64{5, 10, 20}

func band(minutes float64) int {
	for i, end := range bandEnds {
		if minutes <= end {
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
// Figures from simulated days.
var theory = [bandCount]spread{
	{p50: 1.1, p90: 1.75, p98: 2.2},
	{p50: 1.0, p90: 1.35, p98: 1.6},
	{p50: 1.0, p90: 1.2, p98: 1.35},
	{p50: 1.0, p90: 1.2, p98: 1.3},
}

// ranks is the ratios of each band in rising order. It is derived from the Calibration.
type ranks [bandCount]Ratios

// spreads are the quantiles per band. A band with few samples takes those of the band below, which errs to the safe
// side because short predictions scatter more, or the theory: a band that refused everything would never learn.
func (r *ranks) spreads(stretch float64) *[bandCount]spread {
	var s [bandCount]spread
	for i := range s {
		n := len(r[i])
		switch {
		case n >= samplesLeast:
			s[i] = spread{p50: r[i].at(0.50), p90: r[i].at(0.90) * math.Exp(stretch), p98: r[i].at(0.98), samples: n, own: true}
		case i > 0 && s[i-1].own:
			s[i] = s[i-1]
			s[i].own = false
		default:
			s[i] = theory[i]
			s[i].p90 *= math.Exp(stretch)
			s[i].samples = n
		}
	}
	return &s
}
