package sim

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/csv"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"weir/shop"
	"weir/shop/capacity"
)

// customer is somebody who wants drinks, with everything about them that chance decides, so that every
// policy meets the same people and the crew takes as long for their cups.
type customer struct {
	n        int
	at       int64 // ms since opening
	channel  string
	walkIn   bool
	ref      string
	cups     []cup
	lines    []shop.Line
	work     capacity.Work
	patience int64   // ms until they leave if nobody has promised anything
	takes    float64 // they take a slot if this is below the acceptance
	shows    float64 // they do not come if this is below the no-show share
	cancels  float64 // and if they call it off, after this share of the time until their slot
	flexible float64 // they take any time if this is below a half, where customers differ
	again    float64 // they come back if this is below the share of those who do
	waits    float64 // they wait for room if this is below the share of those who do
	want     int64   // when they want it; 0 is now
	fetch    int64   // ms from ready to gone
}

// cup is one drink and how long it really takes at each station.
type cup struct {
	work    capacity.Work
	service []int64 // ms
}

// demand is one day: who comes, and how the crew wanders.
type demand struct {
	customers []*customer
	drift     []float64 // by driftStep: the logarithm of the crew's rate
	speed     float64   // of the crew by the menu
	ends      float64   // of a crew that tires, at closing; 0 is as it began
	staff     []shift
}

// shift is a change of the people at the bottleneck.
type shift struct {
	at    int64 // ms since opening
	staff int
}

// What is drawn. The coefficient of variation, the sizes and the patience are the specification's.
const (
	serviceCV      = 0.45
	sizeMean       = 1.03 // of the exponential that is added to the first cup: 1.6 cups a mean order
	sizeMax        = 6
	walkInShare    = 0.5 // of the ordinary orders
	patienceMedian = 60 * time.Minute
	patienceSigma  = 0.6 // half of the customers between 40 and 90 minutes
	fetchMean      = 4 * time.Minute
	fetchMax       = 15 * time.Minute
	driftStep      = 15_000 // ms
	driftMemory    = 7200.0 // s
)

//go:embed feb6.csv
var feb6 []byte

// curve is cups by minute since opening: of the campaign, and ordinary ones.
type curve [][2]int

// feb6Curve is the embedded curve. Its shape is drawn from reports; no shop's own record is public.
var feb6Curve = sync.OnceValue(func() curve {
	rows, err := csv.NewReader(bytes.NewReader(feb6)).ReadAll()
	if err != nil {
		panic(fmt.Sprintf("feb6.csv: %v", err)) // it is part of the program
	}
	var c curve
	for _, row := range rows[1:] {
		campaign, _ := strconv.Atoi(row[1]) // the sum is checked by a test
		ordinary, _ := strconv.Atoi(row[2])
		c = append(c, [2]int{campaign, ordinary})
	}
	return c
})

// arrival is an order before anything else about it is known.
type arrival struct {
	at      int64
	channel string
	cups    int
	service float64 // seconds at the bottleneck; 0 is by the menu
	want    int64   // when it is wanted; 0 is now
}

// demand draws a day; n counts the days in a row.
func (o *Options) demand(config *shop.Config, seed uint64, n int) *demand {
	seed += uint64(n) * daySeeds
	s := o.scenario()
	rnd := rand.New(rand.NewPCG(seed, 1))
	d := &demand{drift: drift(max(o.Drift, s.Crew.Drift), seed), speed: cmp.Or(o.Crew, s.Crew.Speed, 1), ends: s.Crew.Ends}
	times := 1.0
	if n < len(s.Days) {
		d.speed, times = cmp.Or(s.Days[n].Crew, d.speed), cmp.Or(s.Days[n].Times, 1)
	}
	var arrivals []arrival
	if o.Trace != nil {
		arrivals, d.staff = o.Trace.arrivals, o.Trace.shifts
	} else {
		arrivals = o.orders(rnd, s, times)
	}
	pick := rand.New(rand.NewPCG(seed, 4)) // what was drawn before there was a mix stays as it was
	waits := rand.New(rand.NewPCG(seed, 5))
	for i, a := range arrivals {
		c := newCustomer(config, rnd, i, a)
		c.flexible, c.again = pick.Float64(), pick.Float64()
		c.waits = waits.Float64()
		s.mixed(config, rnd, pick, c)
		d.customers = append(d.customers, c)
	}
	return d
}

// mixed makes some of a customer's cups drinks of the scenario's.
func (s *Scenario) mixed(config *shop.Config, rnd, pick *rand.Rand, c *customer) {
	for i := range s.Mix {
		m := &s.Mix[i]
		if at := max(c.at, c.want); at < int64(m.From) || at >= int64(m.to()) {
			continue
		}
		item := config.Menu.Item(mixID(i))
		for j := range c.cups {
			if pick.Float64() < m.Share {
				c.work += item.Work - c.cups[j].work
				c.cups[j] = drawCup(config, rnd, item)
				c.lines[j].Item = item.ID
			}
		}
	}
}

// orders draws the orders of a scenario's day.
func (o *Options) orders(rnd *rand.Rand, s *Scenario, times float64) (arrivals []arrival) {
	for i := range s.Demand {
		w := &s.Demand[i]
		switch {
		case w.Curve != "":
			arrivals = append(arrivals, o.curve(rnd, w, times*cmp.Or(w.Times, 1))...)
		case w.Orders > 0:
			arrivals = append(arrivals, w.large(rnd)...)
		default:
			arrivals = append(arrivals, w.even(rnd, times)...)
		}
	}
	slices.SortStableFunc(arrivals, func(a, b arrival) int { return int(a.at - b.at) })
	return arrivals
}

// even draws orders that come at any time of the wave alike.
func (w *Wave) even(rnd *rand.Rand, times float64) (arrivals []arrival) {
	for left := int(float64(w.Cups) * times); left > 0; {
		a := arrival{at: w.moment(rnd), cups: min(drawSize(rnd), left), channel: w.channel(rnd)}
		left -= a.cups
		arrivals = append(arrivals, a)
	}
	return arrivals
}

// large draws orders that are spread over the wave and wanted later.
func (w *Wave) large(rnd *rand.Rand) (arrivals []arrival) {
	step := int64(w.to()-w.From) / int64(w.Orders)
	for i := range w.Orders {
		want := int64(w.From) + int64(i)*step + rnd.Int64N(step)
		ahead := int64(w.Ahead) * 60_000
		arrivals = append(arrivals, arrival{at: max(0, want-ahead), cups: w.Least + rnd.IntN(w.Most-w.Least+1), channel: w.channel(rnd),
			want: want})
	}
	return arrivals
}

func (w *Wave) moment(rnd *rand.Rand) int64 { return int64(w.From) + rnd.Int64N(int64(w.to()-w.From)) }

// channel draws a channel by its weight.
func (w *Wave) channel(rnd *rand.Rand) string {
	weights := w.Channels
	if len(weights) == 0 {
		weights = map[string]int{"shangou": 1, "meituan": 1}
	}
	total := 0
	names := slices.Sorted(maps.Keys(weights))
	for _, name := range names {
		total += weights[name]
	}
	n := rnd.IntN(total)
	for _, name := range names {
		if n -= weights[name]; n < 0 {
			return name
		}
	}
	return names[0] // not reached
}

// curve draws the orders of the day of 6 February, or a part of them. The campaign comes over the two delivery channels,
// half each, and so do the ordinary orders that are not walk-ins.
func (o *Options) curve(rnd *rand.Rand, w *Wave, times float64) (arrivals []arrival) {
	var left [2]int // cups of the curve that no order has taken up yet
	var size [2]int
	var drawn [2]float64
	for minute, cups := range feb6Curve() {
		for kind, n := range cups {
			if w.Curve == "campaign" && kind == ordinary || w.Curve == "ordinary" && kind != ordinary {
				continue
			}
			if times != 1 {
				drawn[kind] += float64(n) * times
				n = int(drawn[kind])
				drawn[kind] -= float64(n)
			}
			left[kind] += n
			at := int64(minute) * 60_000
			if f := o.Flash; f != nil && minute >= f.minute && minute < f.minute+f.minutes {
				f.extra(rnd, at, kind, n, &arrivals)
			}
			for {
				if size[kind] == 0 {
					size[kind] = drawSize(rnd)
				}
				if left[kind] < size[kind] {
					break
				}
				arrivals = append(arrivals, drawArrival(rnd, at, kind, size[kind]))
				left[kind], size[kind] = left[kind]-size[kind], 0
			}
		}
	}
	for kind, n := range left { // what is left of the curve comes at the end
		if n > 0 {
			arrivals = append(arrivals, drawArrival(rnd, int64(len(feb6Curve())-1)*60_000, kind, n))
		}
	}
	return arrivals
}

func drawSize(rnd *rand.Rand) int { return min(1+int(rnd.ExpFloat64()*sizeMean), sizeMax) }

const ordinary = 1 // the second column of the curve

func drawArrival(rnd *rand.Rand, minute int64, kind, cups int) arrival {
	a := arrival{at: minute + rnd.Int64N(60_000), cups: cups, channel: "shangou"}
	if rnd.IntN(2) == 0 {
		a.channel = "meituan"
	}
	if kind == ordinary && rnd.Float64() < walkInShare {
		a.channel = shop.CounterChannel
	}
	return a
}

func newCustomer(config *shop.Config, rnd *rand.Rand, n int, a arrival) *customer {
	drinks := drinksOf(config.Menu)
	c := &customer{n: n, at: a.at, want: a.want, channel: a.channel, walkIn: a.channel == shop.CounterChannel, ref: "sim-" + strconv.Itoa(n)}
	for range a.cups {
		item := drinks[rnd.IntN(len(drinks))]
		drawn := drawCup(config, rnd, item)
		for i, s := range config.Stations {
			if a.service > 0 && s.ID == config.Line.Bottleneck() {
				drawn.service[i] = int64(a.service * 1000)
			}
		}
		c.cups = append(c.cups, drawn)
		c.lines = append(c.lines, shop.Line{Item: item.ID, Qty: 1})
		c.work += item.Work
	}
	c.patience = int64(float64(patienceMedian.Milliseconds()) * math.Exp(patienceSigma*rnd.NormFloat64()))
	c.takes, c.shows, c.cancels = rnd.Float64(), rnd.Float64(), rnd.Float64()
	c.fetch = min(int64(rnd.ExpFloat64()*float64(fetchMean.Milliseconds())), fetchMax.Milliseconds())
	return c
}

func drawCup(config *shop.Config, rnd *rand.Rand, item *shop.Item) cup {
	drawn := cup{work: item.Work, service: make([]int64, len(config.Stations))}
	for i, s := range config.Stations {
		drawn.service[i] = int64(float64(item.Seconds[s.ID]) * 1000 * noise(rnd))
	}
	return drawn
}

// drinksOf are the items that are one cup each: what people come for. Those of a mix are not among them.
func drinksOf(menu *shop.Menu) (drinks []*shop.Item) {
	for i := range menu.Items {
		if menu.Items[i].Cups == 1 && !strings.HasPrefix(menu.Items[i].ID, mixPrefix) {
			drinks = append(drinks, &menu.Items[i])
		}
	}
	return drinks
}

// noise is lognormal with mean 1.
func noise(rnd *rand.Rand) float64 {
	variance := math.Log(1 + serviceCV*serviceCV)
	return math.Exp(math.Sqrt(variance)*rnd.NormFloat64() - variance/2)
}

// drift is how the crew's rate wanders: an Ornstein-Uhlenbeck process with a memory of two hours. Without
// drift it is empty.
func drift(deviation float64, seed uint64) []float64 {
	if deviation == 0 {
		return nil
	}
	rnd := rand.New(rand.NewPCG(seed, 2))
	keep := math.Exp(-driftStep / 1000 / driftMemory)
	wander := make([]float64, (dayLength+overtimeMax)/driftStep+1)
	x := deviation * rnd.NormFloat64()
	for i := range wander {
		wander[i] = x
		x = x*keep + deviation*math.Sqrt(1-keep*keep)*rnd.NormFloat64()
	}
	return wander
}

// Order is an order of the scenario as a platform sees it.
type Order struct {
	At   time.Duration // after opening
	Cups int
}

// Orders are a scenario day's orders that come over channels, earliest first.
func Orders(seed uint64) ([]Order, error) {
	o := &Options{Seed: seed}
	config, err := o.shop()
	if err != nil {
		return nil, err
	}
	var orders []Order
	for _, c := range o.demand(config, seed, 0).customers {
		if !c.walkIn {
			orders = append(orders, Order{time.Duration(c.at) * time.Millisecond, len(c.cups)})
		}
	}
	return orders, nil
}
