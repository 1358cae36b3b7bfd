package capacity

import (
	"math"
	"slices"
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

func (a *Again) equal(o *Again) bool {
	return slices.Equal(a.Within, o.Within) && a.Stretch == o.Stretch
}

func (a Again) learn(kept bool) Again {
	within := byte(0)
	if kept {
		within = 1
	}
	a.Within = push(a.Within, within)
	a.Stretch = min(max(a.Stretch+againStep*(0.90-float64(within)), -stretchMax), stretchMax)
	return a
}

// expectP90 is the P90 of actual by expected time of what stands in the queue, before anything was learned. The queue is
// known, and a cup in hand is partly made: what was learned of quotes, which wait for later orders as well, is half too long
// here. From 130,000 looks at the queues of simulated days; of 5 minutes and of 20 it is much the same.
const expectP90 = 1.25

// Expect is how long so much work takes from now on, when nothing that comes later passes it: half of such orders are
// ready after p50, nine of ten after p90. since is when the order at the head of the queue went to the kitchen. Both are
// [promiseMax] when nobody is planned to be there.
func (b Book) Expect(now, since time.Time, works []Demand) []Expected {
	m := moment{Book: &b}
	m.at(now)
	stopped := time.Duration(m.mem.Pace.stopped(m.now, since.UnixMilli())) * time.Millisecond
	list := make([]Expected, len(works))
	for i, work := range works {
		if m.nobody {
			list[i] = Expected{P50: promiseMax, P90: promiseMax}
			continue
		}
		minutes := m.takes(m.weigh(work.Work, &work.Spare)) + stopped.Minutes()
		list[i] = Expected{P50: seconds(minutes), P90: seconds(minutes * max(1, expectP90*math.Exp(b.mem.Again.Stretch))), Stopped: stopped}
	}
	return list
}

// Expected is when an order should be ready, from now.
type Expected struct {
	P50, P90 time.Duration
	Stopped  time.Duration // of it, because nothing is made at present; see [Pace]
}
