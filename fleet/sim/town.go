package sim

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"weir/fleet/directory"
	"weir/fleet/table"
	"weir/shop"
	"weir/shop/capacity"
	shopsim "weir/shop/sim"
	"weir/shop/wire"
)

// town is a city before its day: shops, people and their orders.
type town struct {
	seed     uint64
	menu     *shop.Menu
	config   *shop.Config
	shops    []site
	byID     map[string]int
	side     float64 // km
	spots    []spot
	weights  float64
	arrivals []arrival
}

type site struct {
	id     string
	config *shop.Config
	crew   float64
	place
}

// place is where somebody is.
type place = table.Point

// arrival is an order before anything else about it is known.
type arrival struct {
	at       time.Duration
	campaign bool
	channel  string
	cups     int
}

// spot is where many people are.
type spot struct {
	x, y   float64 // km
	weight float64
}

// A city is drawn: nobody has published one. Shops stand where people are, but not in the same measure, so that the
// nearest shop of some has more to do than that of others.
const (
	shopsPerKm2 = 1.0
	shopsAtSpot = 25  // one spot for so many shops
	spotSigma   = 0.7 // of a spot's weight, in the logarithm
	spotWidth   = 0.9 // km, standard deviation
	shopsSpread = 0.4 // share of the shops that stand anywhere
	peopleApart = 0.3 // share of the people who live anywhere
	crewSigma   = 0.1 // of a crew's speed, in the logarithm
	middleLat   = 30.25
	middleLon   = 120.15
	kmPerDegree = 111.32
)

func newTown(o *Options) (*town, error) {
	config, err := shopsim.SiteConfig()
	if err != nil {
		return nil, err
	}
	n := o.lived()
	t := &town{seed: o.Seed, menu: config.Menu, config: config, byID: map[string]int{}, side: math.Sqrt(float64(n) / shopsPerKm2)}
	rnd := rand.New(rand.NewPCG(o.Seed, 11))
	for range max(1, n/shopsAtSpot) {
		s := spot{t.side * rnd.Float64(), t.side * rnd.Float64(), math.Exp(spotSigma * rnd.NormFloat64())}
		t.spots = append(t.spots, s)
		t.weights += s.weight
	}
	for i := range n {
		x, y := t.side*rnd.Float64(), t.side*rnd.Float64()
		if rnd.Float64() >= shopsSpread {
			s := t.spots[i%len(t.spots)] // as many shops at each spot: brands count addresses, not people
			x, y = s.near(rnd)
		}
		own := *config
		own.ID = fmt.Sprintf("s%05d", i)
		t.shops = append(t.shops, site{own.ID, &own, math.Exp(crewSigma * rnd.NormFloat64()), t.at(x, y)})
		t.byID[own.ID] = i
	}
	shopsim.Crowd(rnd, float64(n), func(at time.Duration, campaign bool, channel string, cups int) {
		t.arrivals = append(t.arrivals, arrival{at, campaign, channel, cups})
	})
	slices.SortStableFunc(t.arrivals, func(a, b arrival) int { return int(a.at - b.at) })
	return t, nil
}

func (s spot) near(rnd *rand.Rand) (x, y float64) {
	return s.x + spotWidth*rnd.NormFloat64(), s.y + spotWidth*rnd.NormFloat64()
}

// at is a place so many km east and north of the city's corner. Nobody lives outside.
func (t *town) at(x, y float64) place {
	x, y = min(max(x, 0), t.side), min(max(y, 0), t.side)
	return place{
		Lat: middleLat + (y-t.side/2)/kmPerDegree,
		Lon: middleLon + (x-t.side/2)/(kmPerDegree*math.Cos(middleLat*math.Pi/180)),
	}
}

// person draws the customer of an arrival: always the same one.
func (t *town) person(n int, accept float64) *person {
	a := &t.arrivals[n]
	rnd := rand.New(rand.NewPCG(t.seed, uint64(1)<<32+uint64(n)))
	p := &person{place: t.home(rnd), came: a.at, campaign: a.campaign}
	p.Guest = shopsim.NewGuest(t.config, rnd, n, a.at, a.channel, a.cups, accept)
	p.tries = p.Tries
	return p
}

// home draws where a customer is.
func (t *town) home(rnd *rand.Rand) place {
	x, y := t.side*rnd.Float64(), t.side*rnd.Float64()
	if rnd.Float64() >= peopleApart {
		at := rnd.Float64() * t.weights
		for _, s := range t.spots {
			if at -= s.weight; at < 0 {
				x, y = s.near(rnd)
				break
			}
		}
	}
	return t.at(x, y)
}

// table is all shops as a router knows them that has heard nothing but that they are there.
func (t *town) table(now func() time.Time) *table.Table {
	known := table.New(now, nil)
	for _, s := range t.shops {
		known.Listed(nil, &directory.Shop{ID: s.id, City: "city", Lat: s.Lat, Lon: s.Lon})
		online := wire.Status{}
		online.Epoch, online.Conn, online.Online = 1, 1, true
		known.Status(s.id, online)
	}
	return known
}

// summary says what kind of city it is.
func (t *town) summary() Lived {
	l := Lived{Shops: len(t.shops), Orders: len(t.arrivals), Km2: t.side * t.side}
	known, load := t.table(func() time.Time { return time.Time{} }), make([]float64, len(t.shops))
	everywhere := table.Report{}
	everywhere.Seq, everywhere.ExpiresAt = 1, time.Time{}.Add(time.Second)
	for _, s := range t.shops {
		known.Report(s.id, everywhere)
	}
	for n := range t.arrivals {
		p := t.person(n, 0)
		l.Cups += float64(p.Work) / float64(capacity.Cup)
		if open, _ := known.Find(table.Want{At: p.place, RadiusM: radius, Max: 1}, time.Time{}); len(open) > 0 {
			load[t.byID[open[0].ID]] += float64(p.Work) / float64(capacity.Cup)
		} else {
			l.Far++
		}
	}
	slices.Sort(load)
	for i, share := range []float64{0.05, 0.5, 0.95} {
		l.Load[i] = load[int(share*float64(len(load)))] / (l.Cups / float64(len(load)))
	}
	return l
}

// radius is how far a shop may be, in metres: as a platform's page shows.
const radius = table.RadiusUsual
