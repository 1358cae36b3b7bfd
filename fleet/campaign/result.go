package campaign

import (
	"cmp"
	"slices"
	"strings"

	"weir/shop/wire"
)

// Result is what shops would make of a campaign.
type Result struct {
	Asked    int         `json:"asked"`
	Answered int         `json:"answered"`
	Silent   []string    `json:"silent"`  // shops that did not answer; they take nothing in the sums
	Refused  []Refused   `json:"refused"` // shops that answered with a problem; they take nothing either
	Forecast             // of all shops
	Cities   []City      `json:"cities"`
	Shops    []ShopTakes `json:"shops"` // those that answered
}

// City is the same of the shops of one city.
type City struct {
	City     string   `json:"city"`
	Asked    int      `json:"asked"`
	Answered int      `json:"answered"`
	Silent   []string `json:"silent"`
	Forecast
}

// Refused is a shop that could not say what it takes, and why.
type Refused struct {
	Store  string `json:"store"`
	Detail string `json:"detail"`
}

// ShopTakes is what one shop takes.
type ShopTakes struct {
	Store        string `json:"store"`
	City         string `json:"city"`
	ExpectedCups int    `json:"expected_cups"`
	CanTakeCups  int    `json:"can_take_cups"`
}

// Forecast is the sum of shops' own forecasts. What can be taken by quarter is the curve at which a campaign can be let
// out: what is let out above it, no shop has said that it makes.
type Forecast struct {
	ExpectedCups int               `json:"expected_cups"` // of all shops asked
	CanTakeCups  int               `json:"can_take_cups"` // of those that answered
	Expected     []int             `json:"expected"`      // per quarter of an hour
	CanTake      []int             `json:"can_take"`      // the same
	Staff        []wire.Staff      `json:"staff"`         // by station, of those that answered
	Ingredients  []wire.Ingredient `json:"ingredients"`   // by name, of those that answered
}

func (f *Forecast) start(quarters int) {
	f.Expected, f.CanTake = make([]int, quarters), make([]int, quarters)
	f.Staff, f.Ingredients = []wire.Staff{}, []wire.Ingredient{}
}

// expect adds what a shop was asked for.
func (f *Forecast) expect(part []int) {
	for q, cups := range part {
		f.Expected[q] += cups
		f.ExpectedCups += cups
	}
}

// add adds what a shop said.
func (f *Forecast) add(said *wire.Forecast) {
	for q, cups := range said.CanTake[:min(len(said.CanTake), len(f.CanTake))] {
		f.CanTake[q] += cups
		f.CanTakeCups += cups
	}
	for _, s := range said.Staff {
		i, there := slices.BinarySearchFunc(f.Staff, s, func(a, b wire.Staff) int { return strings.Compare(a.Station, b.Station) })
		if there {
			f.Staff[i].Ordinary += s.Ordinary
			f.Staff[i].Needed += s.Needed
		} else {
			f.Staff = slices.Insert(f.Staff, i, s)
		}
	}
	for _, u := range said.Ingredients {
		i, there := slices.BinarySearchFunc(f.Ingredients, u, func(a, b wire.Ingredient) int { return cmp.Compare(a.Name, b.Name) })
		if there {
			f.Ingredients[i].Expected += u.Expected
			f.Ingredients[i].CanTake += u.CanTake
		} else {
			f.Ingredients = slices.Insert(f.Ingredients, i, u)
		}
	}
}
