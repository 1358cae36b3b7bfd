package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"weir/fleet/gate"
	"weir/fleet/route"
)

// limiter is the gates of all cities at this router. The figures are taken again each second when somebody asks. Nobody
// waits for them: they come from every shop, which takes a tenth of a second in the largest fleet.
type limiter struct {
	mu      sync.Mutex
	looking bool // they are being taken
	cities  map[string]gate.City
	looked  time.Time
	sent    int64
	refused int64
	since   time.Time
	share   float64 // of what shops refused in the last minute
}

const (
	// lookEvery is how often the figures are taken.
	lookEvery = time.Second
	// refusalWindow is over which refusals are counted.
	refusalWindow = time.Minute
	// refusalLeast is how many sends it takes to speak of a share.
	refusalLeast = 20
)

// look has the figures taken when they are old; the first ones before it returns. The caller holds mu.
func (l *limiter) look(r *route.Router, now time.Time) {
	switch {
	case l.cities == nil:
		l.cities, l.looked = map[string]gate.City{}, now
		l.take(r, r.Figures(now, 1-gate.CounterShare), now)
	case !l.looking && (now.Sub(l.looked) >= lookEvery || !now.After(l.looked)):
		l.looking, l.looked = true, now
		go func() {
			figures := r.Figures(now, 1-gate.CounterShare)
			l.mu.Lock()
			defer l.mu.Unlock()
			l.take(r, figures, now)
			l.looking = false
		}()
	}
}

// take takes figures in. The caller holds mu.
func (l *limiter) take(r *route.Router, figures map[string]gate.Figures, now time.Time) {
	sent, refused := r.Counts.Sent.Load(), r.Counts.Refused.Load()
	if now.Sub(l.since) > refusalWindow {
		l.share = 0
		if n := sent - l.sent; n >= refusalLeast {
			l.share = float64(refused-l.refused) / float64(n)
		}
		l.sent, l.refused, l.since = sent, refused, now
	}
	for name, f := range figures {
		f.Refused = l.share
		l.cities[name] = l.cities[name].Look(f, r.Peers(), now)
	}
}

// admit lets an order in, or not.
func (l *limiter) admit(r *route.Router, city string, cups int, campaign, slot bool, now time.Time) gate.Answer {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.look(r, now)
	c, known := l.cities[city]
	if !known {
		return gate.Answer{Admit: true} // no shop is listed there: choosing says so better
	}
	next, a := c.Admit(cups, campaign, slot, now)
	l.cities[city] = next
	return a
}

// charge counts cups that were let in.
func (l *limiter) charge(city string, cups int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c, known := l.cities[city]; known {
		l.cities[city] = c.Charge(cups)
	}
}

// admission answers an AI front end before it starts its calls.
func (a *API) admission(c call) error {
	text, err := body(c)
	if err != nil {
		return err
	}
	o := route.Order{Channel: c.channel}
	var x extra
	if err := x.read(text, &o); err != nil {
		return err
	}
	var ask struct {
		Cups int  `json:"cups"`
		Slot bool `json:"slot"`
	}
	if json.Unmarshal(text, &ask) != nil || ask.Cups < 0 || ask.Cups > cupsMax {
		return field("/cups", fmt.Sprintf("want a whole number from 1 to %d", cupsMax))
	}
	city := c.router.CityNear(o)
	got := a.limit.admit(c.router, city, max(1, ask.Cups), x.Campaign != "", ask.Slot, a.now())
	if got.Admit && !ask.Slot {
		a.limit.charge(city, max(1, ask.Cups))
	}
	out := map[string]any{"admit": got.Admit, "level": got.Level, "city": city}
	if !got.TurnAt.IsZero() {
		out["turn_at"] = got.TurnAt.UTC().Truncate(time.Second)
	}
	if !got.Admit {
		out["alternatives"] = c.router.Near(o, 0)
	}
	return answer(c, http.StatusOK, out)
}
