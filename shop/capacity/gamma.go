package capacity

import (
	"math"
	"sync"

	"gonum.org/v1/gonum/stat/distuv"
)

// quantile names the quantiles that are tabulated.
type quantile int

const (
	q10 quantile = iota
	q25
	q50
	quantiles
)

var quantileP = [quantiles]float64{q10: 0.10, q25: 0.25, q50: 0.50}

// The table's shapes run from gammaLeast in steps of gammaStep. gonum needs 5 µs for a quantile and a busy shop wants
// five a cup; between two steps the quantile by its shape is all but linear in the logarithm of the shape (error < 1e-4).
const (
	gammaLeast = 1.0
	gammaStep  = 1.05
	gammaSize  = 190 // up to a shape of about 10,000
)

var gammaTable = sync.OnceValue(func() *[quantiles][gammaSize]float64 {
	var t [quantiles][gammaSize]float64
	for p := range quantiles {
		for i := range gammaSize {
			shape := gammaLeast * math.Pow(gammaStep, float64(i))
			t[p][i] = distuv.Gamma{Alpha: shape, Beta: 1}.Quantile(quantileP[p]) / shape
		}
	}
	return &t
})

// gammaQuantile is the quantile of the Gamma distribution of this shape and rate 1.
func gammaQuantile(p quantile, shape float64) float64 {
	t := gammaTable()
	x := math.Log(max(shape, gammaLeast)/gammaLeast) / math.Log(gammaStep)
	x = min(x, gammaSize-1.001)
	i := int(x)
	f := x - float64(i)
	return shape * (t[p][i]*(1-f) + t[p][i+1]*f)
}
