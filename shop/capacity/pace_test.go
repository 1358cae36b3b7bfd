package capacity

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/stat/distuv"
)

func TestGammaTableAgreesWithGonum(t *testing.T) {
	for p := range quantiles {
		for shape := 1.0; shape < 5000; shape *= 1.37 {
			want := distuv.Gamma{Alpha: shape, Beta: 1}.Quantile(quantileP[p])
			if got := gammaQuantile(p, shape); math.Abs(got-want) > 2e-3*want {
				t.Errorf("quantile %v of shape %v: %v, want %v", quantileP[p], shape, got, want)
			}
		}
	}
}

// crew makes cups at a true rate, in work per minute, for so many busy minutes, ten cups always waiting.
func crew(p Pace, rnd *rand.Rand, from time.Time, minutes int, rate float64) (Pace, time.Time) {
	now, end := from, from.Add(time.Duration(minutes)*time.Minute)
	for now.Before(end) {
		now = now.Add(time.Duration(rnd.ExpFloat64() * float64(Cup) / rate * float64(time.Minute)))
		p = p.made(now.UnixMilli(), Cup, stationRates{}, 10, 10, nominal)
	}
	return p, now
}

func rates(p Pace) Rate {
	b := Open(settings(), Steady(nominal), today(), Memory{Pace: p})
	return b.Rate(noon)
}

func TestRateFindsTheTrueOne(t *testing.T) {
	for _, factor := range []float64{0.5, 0.7, 1, 1.3} {
		var fast, slow, p10 float64
		const runs = 40
		for seed := range uint64(runs) {
			p, _ := crew(known().Pace, rand.New(rand.NewPCG(seed, 1)), noon, 180, factor*nominal)
			r := rates(p)
			fast += r.P50 / runs
			slow += r.SlowP50 / runs
			if r.P10 < factor*nominal {
				p10 += 1.0 / runs
			}
			if r.P10 >= r.P25 || r.P25 >= r.P50 || r.Slow >= r.SlowP50 {
				t.Fatalf("quantiles out of order: %+v", r)
			}
		}
		if want := factor * nominal; math.Abs(fast/want-1) > 0.06 || math.Abs(slow/want-1) > 0.25 {
			t.Errorf("crew at %v of the menu: fast %.0f, slow %.0f, want %.0f", factor, fast, slow, want)
		}
		if p10 < 0.8 {
			t.Errorf("crew at %v: p10 was below the truth in %.0f %% of the days only", factor, 100*p10)
		}
	}
}

func TestOnlyBusyTimeCounts(t *testing.T) {
	const minute = 60_000
	p := known().Pace
	at := noon.UnixMilli()
	for i := range int64(20) { // two cups an hour because nobody orders more
		p = p.made(at+i*30*minute, Cup, stationRates{}, 1, 0, nominal)
	}
	if p.Fast != known().Pace.Fast {
		t.Errorf("idle time was taken for slowness: %+v", p.Fast)
	}
	p = p.made(at, Cup, stationRates{}, 10, 9, nominal) // begins a spell: not counted
	p = p.made(at, Cup, stationRates{}, 9, 8, nominal)  // the same tap
	if p.Fast != known().Pace.Fast {
		t.Errorf("what began the spell was counted: %+v", p.Fast)
	}
	p = p.made(at+minute, 2*Cup, stationRates{}, 8, 6, nominal)
	if want := known().Pace.Fast.learn(2, &stationRates{}, nominal/100, 1, fastMinutes); p.Fast != want {
		t.Errorf("after a minute: %+v, want %+v", p.Fast, want)
	}
	p = p.made(at+2*minute, Cup, stationRates{}, 6, 3, nominal) // ends the spell
	before := p.Fast
	p = p.made(at+20*minute, Cup, stationRates{}, 5, 4, nominal) // begins the next
	if p.Fast != before {
		t.Errorf("the time between spells was counted")
	}
}

func TestStaffRescalesAtOnce(t *testing.T) {
	p, _ := crew(known().Pace, rand.New(rand.NewPCG(1, 1)), noon, 120, 0.8*nominal)
	b := Open(settings(), Steady(nominal), today(), Memory{Pace: p})
	before := b.Rate(noon)
	after := b.Staff(noon, Steady(nominal/2)).Rate(noon)
	if math.Abs(after.P50/before.P50-0.5) > 0.02 {
		t.Errorf("half the staff: p50 %.0f, was %.0f", after.P50, before.P50)
	}
	if after.P10/after.P50 >= before.P10/before.P50 {
		t.Errorf("a new crew must be less certain: %+v, was %+v", after, before)
	}
	if again := b.Staff(noon, Steady(nominal)); !again.Equal(b) {
		t.Errorf("the same staff told again changed the book")
	}
}

func TestUndoTakesBackWhatWasCounted(t *testing.T) {
	p, now := crew(known().Pace, rand.New(rand.NewPCG(2, 1)), noon, 60, nominal)
	once := p.made(now.Add(time.Minute).UnixMilli(), 2*Cup, stationRates{}, 10, 8, nominal)
	undone := once.made(now.Add(time.Minute+time.Second).UnixMilli(), -2*Cup, stationRates{}, 8, 10, nominal)
	again := undone.made(now.Add(time.Minute+2*time.Second).UnixMilli(), 2*Cup, stationRates{}, 10, 8, nominal)
	if math.Abs(again.Fast.Made-once.Fast.Made) > 0.05 {
		t.Errorf("counted twice: %+v, want about %+v", again.Fast, once.Fast)
	}
}

func TestClearingUpIsNotMaking(t *testing.T) {
	p, now := crew(known().Pace, rand.New(rand.NewPCG(3, 1)), noon, 60, nominal)
	cleared := p.made(now.Add(time.Second).UnixMilli(), 100*Cup, stationRates{}, 110, 10, nominal)
	if was, is := rates(p).P50, rates(cleared).P50; is > 1.35*was {
		t.Errorf("a hundred cups cleared in a second: rate %.0f, was %.0f", is, was)
	}
}

func TestForgottenTapsDoNotSlowTheCrew(t *testing.T) {
	p, now := crew(known().Pace, rand.New(rand.NewPCG(3, 1)), noon, 60, nominal)
	was := rates(p).P50
	forgot := p.made(now.Add(20*time.Minute).UnixMilli(), Cup, stationRates{}, 40, 39, nominal)
	if is := rates(forgot).P50; is != was {
		t.Errorf("one tap in twenty minutes: rate %.0f, was %.0f", is, was)
	}
	if is := rates(p.made(now.Add(20*time.Minute).UnixMilli(), 45*Cup, stationRates{}, 60, 15, nominal)).P50; math.Abs(is/was-1) > 0.05 {
		t.Errorf("45 cups tapped together after twenty minutes: rate %.0f, was %.0f", is, was)
	}
	if is := rates(p.made(now.Add(4*time.Minute).UnixMilli(), Cup, stationRates{}, 40, 39, nominal)).P50; is >= was {
		t.Errorf("one cup in four minutes is slow: rate %.0f, was %.0f", is, was)
	}
}

func TestRateIsEstimatedWhenTapsStop(t *testing.T) {
	b := open()
	o := Order{ID: 1, Channel: "meituan", Placed: noon, Due: noon.Add(20 * time.Minute), Work: 10 * Cup, Cups: 10}
	b = b.Swap(Order{}, o)
	take := func(now time.Time, cups int, tapped bool) {
		after := o
		after.Work, after.Cups = o.Work-Work(cups)*Cup, o.Cups-cups
		b, o = b.Made(now, o, after, tapped), after
	}
	take(noon.Add(time.Minute), 2, true)
	learned := b.Memory().Pace.Fast
	take(noon.Add(2*time.Minute), 5, false)
	for _, c := range []struct {
		after time.Duration
		want  bool
	}{{3 * time.Minute, false}, {7 * time.Minute, true}} {
		if got := b.Rate(noon.Add(c.after)).Estimated; got != c.want {
			t.Errorf("%v after: estimated %v", c.after, got)
		}
	}
	if b.Memory().Pace.Fast != learned {
		t.Errorf("cups that nobody tapped taught the rate")
	}
	take(noon.Add(8*time.Minute), 1, true)
	if b.Rate(noon.Add(9 * time.Minute)).Estimated {
		t.Errorf("still estimated after a tap")
	}
}

func TestWhatThePaceLearnsFromATap(t *testing.T) {
	const start, minute = int64(1_000_000), int64(msPerMinute)
	running := known().Pace // in a busy spell; the last cup was made at start
	running.SpellMs, running.LastMs, running.TapMs, running.Untapped = start-minute, start, start, 3
	begins := func(at int64) Pace { p := known().Pace; p.SpellMs, p.LastMs, p.TapMs = at, at, at; return p }
	learns := func(at int64, cups, menu float64) Pace { // so many cups, where the menu would have made so many
		p := running
		minutes := float64(at-start) / msPerMinute
		p.Fast = p.Fast.learn(cups, &stationRates{}, menu, minutes, fastMinutes)
		p.Slow = p.Slow.learn(cups, &stationRates{}, menu, minutes, slowMinutes)
		p.LastMs, p.TapMs, p.Untapped = at, at, 0
		return p
	}
	ends := func(p Pace) Pace { p.SpellMs = 0; return p }
	idle := func(at int64) Pace { p := running; p.SpellMs, p.TapMs, p.Untapped = 0, at, 0; return p }
	rate := 200.0 // of the menu: two cups a minute
	for _, c := range []struct {
		name          string
		p             Pace
		at            int64
		work          Work
		before, after int
		nominal       float64
		want          Pace
	}{
		{"the first cup of a busy spell is not counted", known().Pace, start, 100, 4, 4, rate, begins(start)},
		{"with three unmade cups the crew is not the limit", running, start + minute, 100, 3, 2, rate, idle(start + minute)},
		{"two cups in a minute", running, start + minute, 200, 6, 4, rate, learns(start+minute, 2, 2)},
		{"fewer than four are left: the spell is over", running, start + minute, 200, 5, 3, rate, ends(learns(start+minute, 2, 2))},
		{"at the time of the cup before", running, start, 100, 6, 5, rate, learns(start, 1, 0)},
		{"the clock went back: a new spell", running, start - 1, 100, 6, 5, rate, begins(start - 1)},
		{"a burst: as many as the time allows, and twelve", running, start + minute, 1800, 30, 12, rate, learns(start+minute, 18, 2)},
		{"more than a burst is cleared up, not made", running, start + minute, 1900, 30, 11, rate, learns(start+minute, 18, 2)},
		{"five minutes with next to nothing made", running, start + 5*minute, 100, 6, 5, rate, learns(start+5*minute, 1, 10)},
		{"longer, with less than a quarter made: taps were forgotten", running, start + 5*minute + 1, 200, 6, 4, rate,
			begins(start + 5*minute + 1)},
		{"longer, with a quarter made", running, start + 6*minute, 300, 7, 4, rate, learns(start+6*minute, 3, 12)},
		{"half an hour of silence, much made", running, start + 30*minute, 5000, 99, 49, rate, learns(start+30*minute, 50, 60)},
		{"more than half an hour of silence", running, start + 30*minute + 1, 5000, 99, 49, rate, begins(start + 30*minute + 1)},
		{"nobody is on duty", running, start + minute, 100, 6, 5, 0, idle(start + minute)},
		{"a cup that weighs nothing", running, start + minute, 0, 6, 5, rate, learns(start+minute, 0, 2)},
	} {
		if c.p.SpellMs != 0 { // in a busy spell the longest time between two taps is remembered
			c.want.LullMs = max(0, c.at-c.p.TapMs)
		}
		if diff := cmp.Diff(c.want, c.p.made(c.at, c.work, stationRates{}, c.before, c.after, c.nominal)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestTheRateIsEstimatedFromFourCupsAndFiveMinutes(t *testing.T) {
	const tap, five = 1_000_000, 300_000
	for _, c := range []struct {
		untapped int
		after    int64
		want     bool
	}{
		{4, five + 1, true}, {4, five, false}, {3, five + 1, false}, {5, 2 * five, true},
	} {
		if got := (Pace{TapMs: tap, Untapped: c.untapped}).estimated(tap + c.after); got != c.want {
			t.Errorf("%d cups without a tap, the last %d ms ago: estimated %v", c.untapped, c.after, got)
		}
	}
	if p := (Pace{SpellMs: 5, Untapped: 2}).left(3); p != (Pace{Untapped: 5}) {
		t.Errorf("three more left without a tap: %+v", p)
	}
}

func TestANewCrewIsLikelyAsGoodAsTheLastAndLessCertain(t *testing.T) {
	p := Pace{Fast: Gamma{Made: 50, Nominal: 40}, Slow: Gamma{Made: staffCups, Nominal: 20}, SpellMs: 7, Crew: 2}
	want := Pace{Fast: Gamma{Made: 25, Nominal: 20}, Slow: Gamma{Made: 25, Nominal: 20}, Crew: 3}
	if diff := cmp.Diff(want, p.staffed()); diff != "" {
		t.Errorf("pace (-want +got):\n%s", diff)
	}
}

func TestTheBookTellsThePaceWhatWasMade(t *testing.T) {
	b := open()
	o := Order{ID: 1, Channel: "meituan", Placed: noon, Due: after(1200), Work: 1000, Cups: 10}
	b = b.Swap(Order{}, o)
	rest := o
	rest.Work, rest.Cups = 700, 7
	now := after(60)
	once := known().Pace.made(now.UnixMilli(), 300, stationRates{}, 10, 7, nominal)
	if diff := cmp.Diff(once, b.Made(now, o, rest, true).mem.Pace); diff != "" {
		t.Errorf("three cups tapped (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(known().Pace.left(3), b.Made(now, o, rest, false).mem.Pace); diff != "" {
		t.Errorf("three cups that nobody tapped (-want +got):\n%s", diff)
	}
	next := rest
	next.Work, next.Cups = 500, 5
	twice := b.Made(now, o, rest, true).Made(after(120), rest, next, true)
	if diff := cmp.Diff(once.made(after(120).UnixMilli(), 200, stationRates{}, 7, 5, nominal),
		twice.mem.Pace); diff != "" {
		t.Errorf("and two more (-want +got):\n%s", diff)
	}
}

func TestWhichOrdersTeachQuotes(t *testing.T) {
	b := open()
	quoted := Order{ID: 1, Channel: "meituan", Placed: noon, Due: after(540), Work: Cup, Cups: 1, Quote: b.Quote(noon, Cup)}
	with := func(change func(*Order)) Order { o := quoted; change(&o); return o }
	for _, c := range []struct {
		name          string
		before, after Order
		want          int
	}{
		{"made at once", quoted, with(func(o *Order) { o.Work, o.Cups = 0, 0 }), 1},
		{"one of two cups is made", with(func(o *Order) { o.Work, o.Cups = 2*Cup, 2 }), quoted, 0},
		{"it was made before", with(func(o *Order) { o.Work, o.Cups = 0, 0 }), with(func(o *Order) { o.Work, o.Cups, o.Bags = 0, 0, 1 }), 0},
		{"it waited for its customer: nothing was predicted", with(func(o *Order) { o.Quote.Predicted = 0 }), Order{}, 0},
		{"it was quoted for another crew", with(func(o *Order) { o.Quote.Crew = 1 }), Order{}, 0},
		{"it had a slot", with(func(o *Order) { o.Slot = noon }), Order{}, 0},
		{"it waits for its slot", with(func(o *Order) { o.Stage = Booked }), Order{}, 0},
	} {
		made := b.Swap(Order{}, c.before).Made(after(240), c.before, c.after, true)
		if got := len(made.mem.Calibration.Within); got != c.want {
			t.Errorf("%s: %d samples, want %d", c.name, got, c.want)
		}
	}
}

// TestWorkThatHasStopped: who taps cup by cup has stopped after three minutes without a tap; who taps in lumps has not. When
// orders leave without taps nothing is known.
func TestWorkThatHasStopped(t *testing.T) {
	const minute = int64(msPerMinute)
	p := known().Pace
	for at := minute; at <= 10*minute; at += minute / 2 {
		p = p.made(at, Cup, stationRates{}, 20, 19, nominal)
	}
	lumps := known().Pace
	for at := minute; at <= 31*minute; at += 10 * minute {
		lumps = lumps.made(at, 20*Cup, stationRates{}, 40, 20, nominal)
	}
	for name, c := range map[string]struct {
		p          Pace
		now, since int64
		want       int64
	}{
		"just tapped":              {p, 12 * minute, minute, 0},
		"ten minutes ago":          {p, 20 * minute, minute, 6 * minute},
		"work came two ago":        {p, 20 * minute, 18 * minute, 0},
		"in lumps, ten ago":        {lumps, 41 * minute, minute, 0},
		"in lumps, half an hour":   {lumps, 61 * minute, minute, 7 * minute},
		"orders leave without one": {p.left(untappedMax), 20 * minute, minute, 0},
	} {
		if got := c.p.stopped(c.now, c.since); got != c.want {
			t.Errorf("%s: stopped for %v, want %v", name, time.Duration(got)*time.Millisecond, time.Duration(c.want)*time.Millisecond)
		}
	}
}
