package sim

import (
	"math"
	"math/rand/v2"
	"time"
)

// Wish is what a customer puts up with. It is drawn once, so that it is the same whatever the policy.
type Wish struct {
	// Patience is how long they wait when nobody has told them how long it takes, and the longest time that they take
	// when somebody tells them.
	Patience time.Duration
	// Later is how late they also take it if they are told so before they order; 0 is not at all.
	Later time.Duration
	// Tries is how often they ask again after they got nothing, and Pause the time between two tries.
	Tries int
	Pause time.Duration
}

// What is drawn of a wish, besides the patience. Nobody has published figures; these are assumptions.
const (
	laterMedian = 2 * time.Hour
	laterSigma  = 0.6 // half of those who take a later time take one within 1 h 20 min to 3 h
	triesMost   = 2
	pauseLeast  = 5 * time.Minute
	pauseMost   = 15 * time.Minute
)

// drawWish draws a wish. accept is the share of customers who take a later time.
func drawWish(rnd *rand.Rand, patience time.Duration, accept float64) Wish {
	w := Wish{Patience: patience}
	later := time.Duration(float64(laterMedian) * math.Exp(laterSigma*rnd.NormFloat64()))
	if rnd.Float64() < accept {
		w.Later = later
	}
	w.Tries = rnd.IntN(triesMost + 1)
	w.Pause = pauseLeast + time.Duration(rnd.Int64N(int64(pauseMost-pauseLeast)))
	return w
}

// Takes reports whether the customer takes an order that is ready so long after they first asked.
func (w *Wish) Takes(ready time.Duration) bool { return ready <= max(w.Patience, w.Later) }
