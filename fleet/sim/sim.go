// Package sim lives 6 February over a whole city on a virtual clock: shops with their own rules and crews, customers where
// they live, and between them one of several ways to choose a shop. Every way meets the same customers, who put up with
// the same things. The fleet's way uses the rules of the real router: its table, its choice, its gate, the shops' credit.
//
// Nothing sleeps and nothing is left to chance but what the seed says: the same options give the same figures, byte for
// byte, on any number of processors. Time goes in steps of a second. In each step the customers are looked after one by
// one, with what was known when the step began; then every shop lives through the step by itself.
package sim

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	shopsim "weir/shop/sim"
)

// Options say which city is lived.
type Options struct {
	Shops    int       // of the whole city
	Scale    float64   // the share of it that is lived: its shops, its people and its land
	Seed     uint64    //
	Policies []string  // of [Policies]
	Accept   []float64 // the share of customers who take a later time; one result for each
}

// The policies.
const (
	Nearest = "nearest" // the nearest shop, whatever it has to do
	OnOff   = "onoff"   // the nearest shop whose staff has not switched orders off
	Wait    = "wait"    // the nearest shop whose waiting time the customer takes
	Fleet   = "fleet"   // the fleet's router, and shops with Weir
)

// Policies are all of them, in the order of a report.
var Policies = []string{Fleet, Nearest, OnOff, Wait}

const (
	shopsMax  = 20_000 // three hours of computing
	shopsLive = 3      // fewer are no city
)

// Check says what is wrong with the options.
func (o *Options) Check() error {
	for _, p := range o.Policies {
		if !slices.Contains(Policies, p) {
			return fmt.Errorf("policy %q: the policies are %v", p, Policies)
		}
	}
	for _, a := range o.Accept {
		if !(a >= 0 && a <= 1) {
			return fmt.Errorf("accept %v: want a share from 0 to 1", a)
		}
	}
	switch {
	case len(o.Policies) == 0 || len(o.Accept) == 0:
		return fmt.Errorf("want at least one policy and one acceptance")
	case o.Shops < shopsLive || o.Shops > shopsMax:
		return fmt.Errorf("shops %d: want %d to %d", o.Shops, shopsLive, shopsMax)
	case !(o.Scale > 0 && o.Scale <= 1):
		return fmt.Errorf("scale %v: want a share above 0 and at most 1", o.Scale)
	case o.lived() < shopsLive:
		return fmt.Errorf("scale %v of %d shops is fewer than %d shops", o.Scale, o.Shops, shopsLive)
	}
	return nil
}

// lived is how many shops are lived.
func (o *Options) lived() int { return int(math.Round(float64(o.Shops) * o.Scale)) }

// Run lives the city once for each policy and acceptance, and once for what its crews could make.
func Run(o *Options) (*Report, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	t, err := newTown(o)
	if err != nil {
		return nil, err
	}
	r := &Report{Options: *o, Lived: t.summary()}
	bound, err := newRun(t, o.Accept[0], false, true).live(func(r *run) policy { return &anywhere{run: r} })
	if err != nil {
		return nil, err
	}
	for _, name := range o.Policies {
		for _, accept := range o.Accept {
			day := newRun(t, accept, name == Fleet, false)
			result, err := day.live(func(r *run) policy { return newPolicy(name, r) })
			if err != nil {
				return nil, fmt.Errorf("policy %s: %w", name, err)
			}
			result.Policy, result.Accept = name, accept
			result.Bound = float64(result.work) / float64(bound.work)
			r.Results = append(r.Results, *result)
		}
	}
	r.BoundCups = bound.work.Cups()
	return r, nil
}

// step is how far time goes at once: as often as a router looks at its cities.
const step = time.Second

// run is the city on its day under one policy.
type run struct {
	*town
	accept float64
	now    time.Duration // since opening: the beginning of the step
	sites  []*shopsim.Site
	said   [][]shopsim.Answer // by site, in the last step
	back   map[time.Duration][]*person
	policy policy
	result Result
	err    error // the first thing that must not happen
}

// person is a customer and what has happened to them.
type person struct {
	*shopsim.Guest
	place
	came     time.Duration
	campaign bool
	tries    int  // that are left
	offered  bool // something
	tried    []int
	slots    int  // later times tried
	stamped  bool // the order on its way is on credit
}

// policy is the way to choose a shop.
type policy interface {
	look()                         // each step, before customers are looked after
	ask(p *person)                 // a customer asks
	said(at int, a shopsim.Answer) // a shop has answered
	lived(at int)                  // a shop has lived through the step; called by several goroutines
}

func newRun(t *town, accept float64, hasWeir, withoutEnd bool) *run {
	r := &run{town: t, accept: accept, back: map[time.Duration][]*person{}, said: make([][]shopsim.Answer, len(t.shops))}
	for i, s := range t.shops {
		r.sites = append(r.sites, shopsim.NewSite(s.config, t.seed+uint64(i), s.crew, hasWeir, withoutEnd))
	}
	return r
}

const (
	// end is when the crews have gone.
	end = shopsim.DayLength + shopsim.Overtime
	// drawEvery is how far apart the points of a chart are, and how often what is over is summed up.
	drawEvery = 5 * time.Minute
)

// live runs the day to its end.
func (r *run) live(with func(*run) policy) (*Result, error) {
	r.policy = with(r)
	next := 0
	for ; r.now < end; r.now += step {
		r.policy.look()
		for i := range r.said {
			for _, a := range r.said[i] {
				r.policy.said(i, a)
			}
			r.said[i] = r.said[i][:0]
		}
		for _, p := range r.back[r.now] {
			r.policy.ask(p)
		}
		delete(r.back, r.now)
		for ; next < len(r.arrivals) && r.arrivals[next].at < r.now+step; next++ {
			r.policy.ask(r.person(next, r.accept))
		}
		if r.now%drawEvery == 0 {
			r.draw()
		}
		if err := errors.Join(r.err, r.pass()); err != nil {
			return nil, err
		}
	}
	return &r.result, r.close()
}

// pass lets every shop live through the step, on all processors.
func (r *run) pass() error {
	workers := runtime.GOMAXPROCS(0)
	var g errgroup.Group
	for w := range workers {
		g.Go(func() error {
			for i := w; i < len(r.sites); i += workers {
				s := r.sites[i]
				if at, any := s.Next(); any && at < r.now+step {
					if err := s.Until(r.now + step - time.Millisecond); err != nil {
						return fmt.Errorf("shop %s at %v: %w", r.shops[i].id, r.now, err)
					}
				}
				if r.now%drawEvery == 0 {
					s.Sum(false)
				}
				r.policy.lived(i)
			}
			return nil
		})
	}
	return g.Wait()
}

// answer takes in what a shop says. The shop calls it while it lives.
func (r *run) answer(at int) func(shopsim.Answer) {
	return func(a shopsim.Answer) { r.said[at] = append(r.said[at], a) }
}

// nothing is what happens to a customer who gets nothing now: they ask again, or go.
func (r *run) nothing(p *person) {
	next := r.now + p.Pause
	if p.tries == 0 || next >= shopsim.DayLength || next-p.came > max(p.Patience, p.Later) {
		r.gone(p)
		return
	}
	p.tries--
	p.tried, p.slots = nil, 0
	r.returns(p, next)
}

// returns lets a customer ask again at a time.
func (r *run) returns(p *person, at time.Duration) {
	at = max(at.Truncate(step), r.now+step)
	r.back[at] = append(r.back[at], p)
}

// gone counts a customer who went without an order.
func (r *run) gone(p *person) {
	if p.offered {
		r.result.Declined++
	} else {
		r.result.Bare++
	}
}

// draw adds a point to each curve of the day.
func (r *run) draw() {
	worst, sum := 0, 0
	for _, s := range r.sites {
		worst, sum = max(worst, s.Backlog()), sum+s.Backlog()
	}
	r.result.worst = append(r.result.worst, shopsim.Point{At: r.now, Cups: float64(worst)})
	r.result.mean = append(r.result.mean, shopsim.Point{At: r.now, Cups: float64(sum) / float64(len(r.sites))})
}

func (r *run) close() error {
	for i, s := range r.sites {
		t, err := s.Close()
		if err != nil {
			return fmt.Errorf("shop %s: %w", r.shops[i].id, err)
		}
		r.result.add(&t)
	}
	r.result.finish()
	return nil
}
