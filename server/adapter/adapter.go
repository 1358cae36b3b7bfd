// Package adapter tells platforms that take no credit what they do take: that the shop pauses until a time, that
// orders take some minutes more, or that it is open or closed.
//
// An adapter knows one thing at a time, what the platform should show now. There is no queue: when it could not be told,
// the next try tells what is true then. Calls are signed as Standard Webhooks 1.0 says; docs/integrator.md has the bodies.
package adapter

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"time"

	"weir/shop"
	"weir/shop/capacity"
	"weir/shop/guard"
)

// Shop is what an adapter needs of the shop.
type Shop interface {
	Snapshot() *shop.State
	Bell() <-chan struct{}
}

// Config is what the adapters of a shop are made of.
type Config struct {
	Shop    Shop
	Trouble func() capacity.Reason // what else keeps the shop from taking orders, such as a full disk; nil: nothing
	Now     func() time.Time       // the shop's clock
	Log     *slog.Logger
}

// Adapter tells one channel's platform.
type Adapter struct {
	shop    Shop
	trouble func() capacity.Reason
	now     func() time.Time
	log     *slog.Logger
	channel string
	config  shop.Adapter
	policy  policy
	sender  sender
	terms   terms

	mu     sync.Mutex
	status Status
}

// terms are the times of the delivery, by the machine's clock. Tests shorten them.
type terms struct {
	look    time.Duration // levels change as time passes, without a bell
	refresh time.Duration // time after which the present state is sent again
	first   time.Duration // wait before the second try, doubled with each
	most    time.Duration // longest wait between two tries
	wrong   time.Duration // wait after an answer that trying again will hardly change
}

var ordinary = terms{
	look:    time.Second,
	refresh: 4 * time.Minute, // platforms pause a shop that is silent for five
	first:   time.Second,
	most:    time.Minute,
	wrong:   5 * time.Minute,
}

// All makes an adapter for each channel of the shop that has one. It is an error when a key file cannot be read.
func All(c Config) ([]*Adapter, error) {
	var all []*Adapter
	for _, ch := range c.Shop.Snapshot().Config.Channels {
		if ch.Adapter == nil {
			continue
		}
		a, err := newAdapter(c, ch.ID, *ch.Adapter)
		if err != nil {
			return nil, fmt.Errorf("adapter of channel %s: %w", ch.ID, err)
		}
		all = append(all, a)
	}
	return all, nil
}

func newAdapter(c Config, channel string, config shop.Adapter) (*Adapter, error) {
	key, err := readKey(config.KeyFile)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(config.URL)
	if err != nil {
		return nil, errors.New("the platform's url cannot be read") // an error of url.Parse repeats it, and with it a password
	}
	a := &Adapter{
		shop: c.Shop, trouble: c.Trouble, now: c.Now, log: c.Log, channel: channel, config: config,
		policy: newPolicy(config.Kind), sender: newSender(config.URL, key), terms: ordinary,
	}
	a.status = Status{Channel: channel, Kind: config.Kind, Host: u.Host, Loses: config.Kind.Loses()}
	return a, nil
}

// Status is how an adapter stands.
type Status struct {
	Channel  string
	Kind     shop.AdapterKind
	Host     string      // host of the platform's address
	Loses    []shop.Loss // what the platform does not learn
	Wish     Wish        // what it should show now
	Told     Wish        // what it was told last, and confirmed
	ToldAt   time.Time   // by the shop's clock; zero when it never answered
	Failing  time.Time   // since when it cannot be told; zero while it can
	Tries    int         // since then
	Error    string      // why
	Disabled bool        // it answered 410: it wants no more calls until the shop is restarted
}

// Status is the state at this moment.
func (a *Adapter) Status() Status {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.status
}

// Run tells the platform what to show until ctx ends, and returns nil. A platform that cannot be reached is a state
// and not an error.
func (a *Adapter) Run(ctx context.Context) error {
	call := call{}
	for ctx.Err() == nil {
		bell := a.shop.Bell()
		a.look()
		if wait := a.due(&call, time.Now()); wait > 0 {
			rest(ctx, min(wait, a.terms.look), bell)
		} else {
			a.tell(ctx, &call)
		}
	}
	return nil
}

// call is what is being told: the same content keeps its id however often it is tried.
type call struct {
	wish  Wish
	id    string
	seq   uint64
	tries int       // failed calls in a row, whatever they said
	last  time.Time // when the last one ended
	next  time.Time // when to try or to tell again
	quiet time.Time // not before: the platform asked for it
}

// tellLeast keeps changes that come together from becoming calls that come together.
const tellLeast = time.Second

// due is how long to wait before the next call. A wish that has changed does not wait for the back-off of the old one.
func (a *Adapter) due(c *call, now time.Time) time.Duration {
	status := a.Status()
	switch {
	case status.Disabled:
		return a.terms.look
	case c.id == "":
		return 0
	case !status.Wish.equal(c.wish):
		return max(min(tellLeast, a.terms.first)-now.Sub(c.last), c.quiet.Sub(now))
	}
	return max(c.next.Sub(now), c.quiet.Sub(now))
}

// tell makes one call and takes in what came of it.
func (a *Adapter) tell(ctx context.Context, c *call) {
	wish := a.Status().Wish
	if c.id == "" || !wish.equal(c.wish) || c.tries == 0 {
		now := a.now()
		c.wish, c.id, c.seq = wish, "msg_"+rand.Text(), max(c.seq+1, uint64(max(now.UnixMilli(), 0)))
	}
	state := a.shop.Snapshot()
	m := message{Type: "intake." + string(a.config.Kind), Timestamp: a.now().UTC().Truncate(time.Millisecond), Data: data{
		Shop: state.Config.ID, Channel: a.channel, Seq: c.seq, Wish: c.wish,
	}}
	err := a.sender.send(ctx, c.id, m)
	if ctx.Err() != nil {
		return
	}
	c.last = time.Now()
	if err == nil {
		c.tries, c.next = 0, c.last.Add(a.terms.refresh)
	} else {
		c.tries++
		c.next = c.last.Add(a.wait(c.tries, err))
	}
	c.quiet = c.last.Add(asked(err))
	a.note(c, err)
}

// doublingsMax keeps a wait that is doubled with each try within what a duration holds.
const doublingsMax = 20

// wait is the back-off after a call that failed for the nth time in a row. It is anything from half of its value to
// all, so that the shops of a platform do not come back together.
func (a *Adapter) wait(tries int, err error) time.Duration {
	r := (*guard.Refusal)(nil)
	wait := a.terms.first << min(tries-1, doublingsMax)
	wait = min(wait, a.terms.most)
	if errors.As(err, &r) && r.Final() {
		wait = a.terms.wrong
	}
	return wait/2 + mathrand.N(wait/2+1)
}

// asked is how long a platform asked to be left alone.
func asked(err error) time.Duration {
	if r := (*guard.Refusal)(nil); errors.As(err, &r) {
		return r.After
	}
	return 0
}

// look asks the policy what the platform should show.
func (a *Adapter) look() {
	state, now := a.shop.Snapshot(), a.now()
	seen := see(state, a.channel, now)
	if a.trouble != nil {
		if reason := a.trouble(); reason != "" {
			seen.level, seen.reason, seen.resume = capacity.LevelPaused, reason, time.Time{}
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.status.Wish = a.policy.next(seen, now)
}

// note keeps what came of a call.
func (a *Adapter) note(c *call, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := &a.status
	if err == nil {
		if !s.Failing.IsZero() {
			a.log.Info("adapter told again", "channel", a.channel, "tries", s.Tries)
		}
		s.Told, s.ToldAt, s.Failing, s.Tries, s.Error = c.wish, a.now(), time.Time{}, 0, ""
		return
	}
	if s.Failing.IsZero() {
		s.Failing = a.now()
		a.log.Warn("adapter cannot tell its platform", "channel", a.channel, "error", err)
	}
	s.Tries, s.Error = s.Tries+1, err.Error()
	if r := (*guard.Refusal)(nil); errors.As(err, &r) && r.Status == http.StatusGone {
		s.Disabled = true
		a.log.Error("adapter is disabled by its platform", "channel", a.channel)
	}
}

// rest waits until there may be something to do.
func rest(ctx context.Context, d time.Duration, bell <-chan struct{}) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-bell:
	case <-ctx.Done():
	}
}
