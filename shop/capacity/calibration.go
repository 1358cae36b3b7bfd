package capacity

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"slices"
	"time"
)

// Calibration is what was learned about predictions: for each band the recent ratios of actual to predicted time, and
// for all orders whether they were ready within the P90 they were told.
type Calibration struct {
	Ratios  [bandCount]Ratios `json:"ratios"`
	Within  []byte            `json:"within"`  // 1 = ready within its P90; oldest first, at most samplesMax
	Stretch float64           `json:"stretch"` // logarithm of the factor on the P90 that makes nine of ten come true
}

// Ratios are recent ratios of actual to predicted time in 1/1000, oldest first, at most samplesMax. As text they are
// base64 of 16 bits each, the low byte first.
type Ratios []uint16

const (
	ratioUnit = 1000
	ratioMax  = 60_000 // sixty times the prediction; fits 16 bits

	// Predictions do not come from the same distribution all day: the rush differs from the quiet hour. After each order
	// the P90 is stretched by stretchStep times the error, which brings the long-run share to 0.9 whatever the distribution
	// does (quantile tracking: Angelopoulos, Candès, Tibshirani, Conformal PID Control for Time Series Prediction, 2023).
	stretchStep = 0.03
	stretchMax  = 0.7 // both ways; in the logarithm
)

func (c *Calibration) equal(o *Calibration) bool {
	for i := range c.Ratios {
		if !slices.Equal(c.Ratios[i], o.Ratios[i]) {
			return false
		}
	}
	return slices.Equal(c.Within, o.Within) && c.Stretch == o.Stretch
}

// learn adds an order that was quoted q and took so long.
func (c Calibration) learn(q *Quote, actual time.Duration) Calibration {
	i := band(q.Predicted.Minutes())
	c.Ratios[i] = push(c.Ratios[i], ratioOf(q, actual))
	within := byte(0)
	if actual <= q.P90 {
		within = 1
	}
	c.Within = push(c.Within, within)
	c.Stretch = min(max(c.Stretch+stretchStep*(0.90-float64(within)), -stretchMax), stretchMax)
	return c
}

// recent keeps the last n ratios of each band, and whether the last n orders were ready within their P90.
func (c Calibration) recent(n int) Calibration {
	for i, r := range c.Ratios {
		c.Ratios[i] = r[max(0, len(r)-n):]
	}
	c.Within = c.Within[max(0, len(c.Within)-n):]
	return c
}

func ratioOf(q *Quote, actual time.Duration) uint16 {
	return uint16(min(max(int64(actual)*ratioUnit/int64(q.Predicted), 1), ratioMax))
}

// push appends to a copy and drops the oldest beyond samplesMax.
func push[S ~[]T, T any](s S, v T) S {
	if len(s) >= samplesMax {
		s = s[len(s)-samplesMax+1:]
	}
	next := make(S, len(s), len(s)+1)
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

// ranked is the ratios in rising order.
func (c *Calibration) ranked() *ranks {
	var r ranks
	for i := range r {
		r[i] = slices.Clone(c.Ratios[i])
		slices.Sort(r[i])
	}
	return &r
}

// next is the ranks after the calibration learned one ratio: that one goes in and the one it pushed out, if any, goes.
func (r *ranks) next(band int, in uint16, old Ratios) *ranks {
	n := *r
	s := make(Ratios, len(r[band]), len(r[band])+1)
	copy(s, r[band])
	if len(old) >= samplesMax {
		i, _ := slices.BinarySearch(s, old[0])
		s = slices.Delete(s, i, i+1)
	}
	i, _ := slices.BinarySearch(s, in)
	n[band] = slices.Insert(s, i, in)
	return &n
}

// at is the quantile of sorted ratios, between the order statistics at i/(n+1), so that few samples give wide ones.
func (r Ratios) at(p float64) float64 {
	x := p*float64(len(r)+1) - 1
	i := min(max(int(x), 0), len(r)-2)
	f := min(max(x-float64(i), 0), 1)
	return (float64(r[i])*(1-f) + float64(r[i+1])*f) / ratioUnit
}

// MarshalText implements encoding.TextMarshaler.
func (r Ratios) MarshalText() ([]byte, error) {
	raw := make([]byte, 0, 2*len(r))
	for _, v := range r {
		raw = binary.LittleEndian.AppendUint16(raw, v)
	}
	return base64.StdEncoding.AppendEncode(nil, raw), nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (r *Ratios) UnmarshalText(text []byte) error {
	raw, err := base64.StdEncoding.AppendDecode(nil, text)
	switch {
	case err != nil:
		return err
	case len(raw)%2 != 0 || len(raw) > 2*samplesMax:
		return errors.New("ratios: want up to 300 pairs of bytes")
	}
	*r = nil
	for ; len(raw) > 0; raw = raw[2:] {
		*r = append(*r, binary.LittleEndian.Uint16(raw))
	}
	return nil
}
