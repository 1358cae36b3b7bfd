// Package outbox tells others what happened in the shop by calls of the shop's own: a channel's feed, in order and without
// a gap, each event at least once. How far the other end has confirmed is stored, so that a restart goes on there. An
// event that was told and not yet noted when the shop died is told again, under the same id.
//
// What cannot be told is tried again, ever more seldom. After a day it is parked, which is an alarm; a person sends it again
// when the other end works. A webhook passes nothing over; a connector passes over what its platform refuses.
package outbox

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"weir/server/store"
	"weir/shop"
	"weir/shop/bell"
)

// Shop is what an outbox needs of the shop; [store.Store] is one.
type Shop interface {
	Snapshot() *shop.State
	Bell() <-chan struct{}
	Feed(ctx context.Context, channel string, after uint64, limit int) ([]store.FeedEntry, error)
	Follower(ctx context.Context, name string) (store.Follower, error)
	PutFollower(ctx context.Context, f store.Follower) error
	Errands(ctx context.Context, name string, limit int) ([]store.Errand, error)
	DropErrand(ctx context.Context, id int64) error
}

// Teller makes the calls of one follower. It is called by one goroutine, one call at a time.
type Teller interface {
	// Host is who is called; "" while there is nobody to call.
	Host() string
	// Event tells an event. nil says that the other end has confirmed it; an error may be a [*guard.Refusal].
	Event(ctx context.Context, state *shop.State, e store.FeedEntry) error
	// Errand tells what is no event of the feed.
	Errand(ctx context.Context, state *shop.State, e store.Errand) error
}

// Terms are the times of the delivery, by the machine's clock but for Park. Tests shorten them.
type Terms struct {
	First time.Duration // wait before the second try, doubled with each
	Most  time.Duration // longest wait between two tries
	Wrong time.Duration // wait after an answer that trying again will hardly change
	Park  time.Duration // how long it is tried, by the shop's clock
	Look  time.Duration // how often it is looked without a bell
}

// Ordinary are the terms of a shop.
var Ordinary = Terms{First: time.Second, Most: 5 * time.Minute, Wrong: 5 * time.Minute, Park: 24 * time.Hour, Look: time.Minute}

// readAtOnce is how many events are read together.
const readAtOnce = 50

// Config is what a follower is made of.
type Config struct {
	Shop    Shop
	Channel string
	Kind    string // webhook or connector
	Begin   uint64 // a new follower does not tell events up to this number; 0 is all that the channel has not acknowledged
	Teller  Teller
	Terms   Terms            // zero: [Ordinary]
	Now     func() time.Time // the shop's clock
	Log     *slog.Logger
}

// Follower reads a channel's feed and has it told.
type Follower struct {
	Config
	name  string
	again bell.Bell

	storing sync.Mutex // held while it is stored how far it is, so that nothing old is stored after Reload. It is taken before mu

	mu     sync.Mutex
	at     store.Follower
	loaded bool
	unread bool      // what is to be told could not be read or stored: it was logged
	tries  int       // failed calls in a row
	next   time.Time // not before, by the machine's clock
	told   time.Time // when the other end last confirmed, by the shop's clock
	done   uint64    // calls that were confirmed since the start
	failed uint64    // calls that were not
}

// New makes a follower.
func New(c Config) *Follower {
	if c.Terms == (Terms{}) {
		c.Terms = Ordinary
	}
	return &Follower{Config: c, name: c.Kind + "/" + c.Channel}
}

// Name is what it is stored under.
func (f *Follower) Name() string { return f.name }

// Run tells until ctx ends, and returns nil. An other end that cannot be reached is a state and not an error.
func (f *Follower) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		rung, again := f.Shop.Bell(), f.again.Wait()
		if wait := f.step(ctx); wait > 0 {
			rest(ctx, min(wait, f.Terms.Look), rung, again)
		}
	}
	return nil
}

// Again has what was parked sent again, and what waits tried at once: a person says that the other end works.
func (f *Follower) Again(ctx context.Context) error {
	f.storing.Lock()
	defer f.storing.Unlock()
	f.mu.Lock()
	f.at.Parked, f.at.Failing, f.at.Why, f.tries, f.next = time.Time{}, time.Time{}, "", 0, time.Time{}
	at, loaded := f.at, f.loaded
	f.mu.Unlock()
	f.again.Ring()
	if !loaded {
		return nil
	}
	return f.Shop.PutFollower(ctx, at)
}

// Wake has it look at once whether there is something to tell: an errand rings no bell.
func (f *Follower) Wake() { f.again.Ring() }

// Reload has it look again how far it is, and who is to be called: that has changed. What comes of a call that is under way
// is not stored after it.
func (f *Follower) Reload() {
	f.storing.Lock()
	defer f.storing.Unlock()
	f.mu.Lock()
	f.at, f.loaded, f.tries, f.next = store.Follower{}, false, 0, time.Time{}
	f.mu.Unlock()
	f.again.Ring()
}

// step does what is to be done now, and says how long there will be nothing to do.
func (f *Follower) step(ctx context.Context) time.Duration {
	if f.Teller.Host() == "" {
		return f.Terms.Look
	}
	at, wait, err := f.stand(ctx)
	if err == nil && wait == 0 {
		wait, err = f.tell(ctx, at.Seq)
	}
	if ctx.Err() != nil {
		return wait
	}
	switch {
	case errors.Is(err, errNobody):
		return f.Terms.Look
	case errors.Is(err, errChanged):
		return 0
	}
	f.mu.Lock()
	before := f.unread
	f.unread = err != nil
	f.mu.Unlock()
	switch {
	case err == nil && before:
		f.Log.Info("what is to be told can be read and stored again", "follower", f.name)
	case err != nil && !before:
		f.Log.Error("cannot read or store what is to be told", "follower", f.name, "error", err)
	}
	if err != nil {
		return f.Terms.First
	}
	return wait
}

// stand is how far it is, and how long nothing is to be told.
func (f *Follower) stand(ctx context.Context) (at store.Follower, wait time.Duration, err error) {
	f.mu.Lock()
	at, loaded, next := f.at, f.loaded, f.next
	f.mu.Unlock()
	if !loaded {
		if at, err = f.load(ctx); err != nil {
			return at, 0, err
		}
	}
	if !at.Parked.IsZero() {
		return at, f.Terms.Look, nil
	}
	return at, max(0, time.Until(next)), nil
}

// errNobody says that there is nobody to call any more.
var errNobody = errors.New("there is nobody to call")

// errChanged says that who is called was changed in the middle of a call: it has to be read again how far it is.
var errChanged = errors.New("who is called has changed")

// load reads how far it is. A new one begins where the channel itself has read to, so that it begins without a gap, and not
// before Begin.
func (f *Follower) load(ctx context.Context) (store.Follower, error) {
	f.storing.Lock()
	defer f.storing.Unlock()
	if f.Teller.Host() == "" {
		return store.Follower{}, errNobody // it was removed a moment ago
	}
	at, err := f.Shop.Follower(ctx, f.name)
	counters := f.Shop.Snapshot().Counters
	if errors.Is(err, shop.ErrNotFound) {
		at = store.Follower{Name: f.name, Seq: max(counters.Acks[f.Channel], f.Begin)}
		err = f.Shop.PutFollower(ctx, at)
	}
	at.Seq = min(at.Seq, counters.Feeds[f.Channel])
	if err != nil {
		return at, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.at, f.loaded = at, true
	return at, nil
}

// tell tells what waits: errands first, then the events after a number.
func (f *Follower) tell(ctx context.Context, after uint64) (wait time.Duration, err error) {
	errands, err := f.Shop.Errands(ctx, f.name, readAtOnce)
	if err != nil {
		return 0, err
	}
	for _, e := range errands {
		if wait, err = f.note(ctx, after, f.Teller.Errand(ctx, f.Shop.Snapshot(), e)); wait > 0 || err != nil {
			return wait, err
		}
		if err := f.Shop.DropErrand(context.WithoutCancel(ctx), e.ID); err != nil && !errors.Is(err, shop.ErrNotFound) {
			return 0, err
		}
	}
	state := f.Shop.Snapshot()
	if after >= state.Counters.Feeds[f.Channel] {
		return f.Terms.Look, nil
	}
	entries, err := f.Shop.Feed(ctx, f.Channel, after, readAtOnce)
	if err != nil {
		return 0, err
	}
	for _, e := range entries {
		if e.Feed != after+1 {
			f.Log.Error("events are no longer kept that were not told", "follower", f.name, "from", after+1, "to", e.Feed-1)
		}
		if wait, err = f.note(ctx, e.Feed, f.Teller.Event(ctx, state, e)); wait > 0 || err != nil {
			return wait, err
		}
		after = e.Feed
	}
	return 0, nil
}

// rest waits until there may be something to do.
func rest(ctx context.Context, d time.Duration, rung, again <-chan struct{}) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-rung:
	case <-again:
	case <-ctx.Done():
	}
}
