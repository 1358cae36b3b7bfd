package outbox

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"time"

	"weir/server/store"
	"weir/shop/guard"
)

// note keeps what came of a call; through is the event that is told when it was confirmed. wait is how long to wait
// before the next call. The error is errChanged when the call was not for who is called now.
func (f *Follower) note(ctx context.Context, through uint64, told error) (wait time.Duration, err error) {
	if told != nil && ctx.Err() != nil {
		return f.Terms.First, nil // the shop is being stopped: nothing is known of the call
	}
	now := f.Now().UTC().Truncate(time.Millisecond)
	f.storing.Lock()
	defer f.storing.Unlock()
	f.mu.Lock()
	if !f.loaded {
		f.mu.Unlock()
		return 0, errChanged
	}
	before, tries := f.at, f.tries
	if told == nil {
		f.at = store.Follower{Name: f.name, Seq: through}
		f.tries, f.told = 0, now
		f.done++
	} else {
		f.tries++
		f.failed++
		wait = f.wait(told)
		f.next = time.Now().Add(wait)
		f.at.Why = told.Error()
		if f.at.Failing.IsZero() {
			f.at.Failing = now
		}
		gone := (*guard.Refusal)(nil)
		if now.Sub(f.at.Failing) >= f.Terms.Park || errors.As(told, &gone) && gone.Status == http.StatusGone {
			f.at.Parked = now
		}
	}
	at := f.at
	f.mu.Unlock()
	f.say(before, at, tries)
	if at == before {
		return wait, nil
	}
	return wait, f.Shop.PutFollower(context.WithoutCancel(ctx), at)
}

// say logs what has turned; tries is how many calls had failed before.
func (f *Follower) say(before, now store.Follower, tries int) {
	switch {
	case !now.Parked.IsZero():
		f.Log.Error("events are parked: a person has to send them again", "follower", f.name, "error", now.Why)
	case before.Failing.IsZero() && !now.Failing.IsZero():
		f.Log.Warn("cannot tell events", "follower", f.name, "error", now.Why)
	case !before.Failing.IsZero() && now.Failing.IsZero():
		f.Log.Info("events are told again", "follower", f.name, "tries", tries)
	}
}

// doublingsMax keeps a wait that is doubled with each try within what a duration holds.
const doublingsMax = 20

// wait is the back-off after a call that failed. It is anything from half of its value to all, so that the shops of a
// platform do not come back together. f.mu is held.
func (f *Follower) wait(err error) time.Duration {
	wait := min(f.Terms.First<<min(f.tries-1, doublingsMax), f.Terms.Most)
	if refusal := (*guard.Refusal)(nil); errors.As(err, &refusal) {
		if refusal.Final() {
			wait = f.Terms.Wrong
		}
		wait = max(wait, 2*refusal.After) // half of it is waited in any case
	}
	return wait/2 + rand.N(wait/2+1)
}
