package capacity

import (
	"math"
	"time"
)

// Again is what was learned about times that were told again after the first: whether they came true, and the factor that
// makes nine of ten do so.
type Again struct {
	Within  []byte  `json:"within"`  // 1 = ready by the time told last; oldest first, at most samplesMax
	Stretch float64 `json:"stretch"` // logarithm of the factor on the time from now
}

// againStep is larger than that of first quotes: a day brings few times that are told again.
const againStep = 2 * stretchStep

func (a Again) learn(kept bool) Again {
	within := byte(0)
	if kept {
		within = 1
	}
	a.Within = push(a.Within, within)
	a.Stretch = min(max(a.Stretch+againStep*(0.90-float64(within)), -stretchMax), stretchMax)
	return a
}

// Expect is how long so much work takes from now on, when nothing that comes later passes it: half of such orders are
// ready after p50, nine of ten after p90. Both are [promiseMax] when nobody is planned to be there.
func (b Book) Expect(now time.Time, works []Work) []Expected {
	var m moment
	b.at(now, &m)
	list := make([]Expected, len(works))
	for i, work := range works {
		if m.nobody {
			list[i] = Expected{promiseMax, promiseMax}
			continue
		}
		minutes := quoteBase + m.takes(work)
		s := &m.spreads[band(minutes)]
		list[i] = Expected{P50: seconds(minutes * s.p50), P90: seconds(minutes * s.p90 * math.Exp(b.mem.Again.Stretch))}
		list[i].P90 = max(list[i].P90, list[i].P50)
	}
	return list
}

// Expected is when an order should be ready, from now.
type Expected struct {
	P50, P90 time.Duration
}
