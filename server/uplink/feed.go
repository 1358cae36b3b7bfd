package uplink

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"weir/shop/wire"
)

// How a channel's events are repeated.
const (
	// windowMax is how many events are out without an acknowledgement: a rush of a minute, and no more
	// than a reader that was away can take in one go.
	windowMax = 64
	// resendMin and resendMax are when they are sent again, at first and at last. A reader
	// that is away for long costs one message in five minutes.
	resendMin = 5 * time.Second
	resendMax = 5 * time.Minute
)

// window decides which events of a channel go out: in order, at most windowMax of them ahead of the
// acknowledgement. When nothing is acknowledged for a time, all that is out is told again, ever more
// seldom; what is new goes out at once.
type window struct {
	acked  uint64 // last number that the channel has acknowledged
	sent   uint64 // the last one sent in this round
	failed bool   // sending failed: nothing goes out before the pause is over
	pause  time.Duration
	due    time.Time // when to tell again; zero when nothing is out
	first  time.Duration
}

func newWindow(acked uint64, first time.Duration) *window {
	return &window{acked: acked, sent: acked, pause: first, first: first}
}

// look takes in how far the channel has read, and the time.
func (w *window) look(acked uint64, now time.Time) {
	switch {
	case acked > w.acked:
		w.acked, w.sent = acked, max(w.sent, acked)
		w.pause, w.due = w.first, now.Add(w.first)
	case !w.due.IsZero() && !now.Before(w.due):
		w.sent, w.failed = w.acked, false
		w.pause = min(2*w.pause, resendMax)
	}
	if w.sent == w.acked && !w.failed {
		w.due = time.Time{}
	}
}

// restart begins again with the oldest.
func (w *window) restart() { *w = *newWindow(w.acked, w.first) }

// room is how many more may go out.
func (w *window) room() int {
	if w.failed {
		return 0
	}
	return windowMax - int(w.sent-w.acked)
}

// out takes in that an event was sent.
func (w *window) out(seq uint64, now time.Time) {
	w.sent = seq
	if w.due.IsZero() {
		w.due = now.Add(w.pause)
	}
}

// feed tells a channel its events, over and over until it has acknowledged them, as long as the
// connection lives.
func (u *Uplink) feed(ctx context.Context, l *link, channel string) {
	state := u.shop.Snapshot()
	epoch := state.Counters.Epoch
	w := newWindow(state.Counters.Acks[channel], u.resendMin)
	again := u.feeds[channel].Wait()
	for ctx.Err() == nil && l.alive() {
		rung := u.shop.Bell()
		state = u.shop.Snapshot()
		w.look(state.Counters.Acks[channel], time.Now())
		if state.Counters.Epoch != epoch {
			epoch = state.Counters.Epoch // events of the old epoch have to be told again
			w.restart()
		}
		if w.room() > 0 && w.sent < state.Counters.Feeds[channel] {
			err := u.tell(ctx, l, channel, w)
			if err == nil {
				continue
			}
			w.later(time.Now())
			if l.alive() && ctx.Err() == nil {
				u.log.Error("cannot tell a channel its events", "channel", channel, "error", err)
			}
		}
		if w.wait(ctx, rung, again) {
			again = u.feeds[channel].Wait()
			w.restart()
		}
	}
}

// wait waits until there may be something to do, and reports whether again was why.
func (w *window) wait(ctx context.Context, rung, again <-chan struct{}) bool {
	var due <-chan time.Time
	if !w.due.IsZero() {
		timer := time.NewTimer(time.Until(w.due))
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-again:
		return true
	case <-rung:
	case <-due:
	case <-ctx.Done():
	}
	return false
}

// later takes in that sending failed: nothing goes out before the pause is over.
func (w *window) later(now time.Time) {
	w.failed = true
	w.due = now.Add(w.pause)
}

// tell sends as many events as there is room for.
func (u *Uplink) tell(ctx context.Context, l *link, channel string, w *window) error {
	state := u.shop.Snapshot()
	entries, err := u.shop.Feed(ctx, channel, w.sent, w.room())
	if err != nil {
		return err
	}
	if len(entries) == 0 {
		return fmt.Errorf("feed of %s: event %d is not there", channel, w.sent+1)
	}
	for _, e := range entries {
		event, err := wire.NewEvent(state, channel, e.Feed, e.Type, e.At, e.Told)
		if err != nil {
			return err
		}
		payload, err := json.Marshal(event)
		if err != nil {
			return fmt.Errorf("encode event %d of %s: %w", e.Feed, channel, err)
		}
		if err := l.publish(ctx, u.topics.Events(channel), false, payload); err != nil {
			return err
		}
		w.out(e.Feed, time.Now())
	}
	return nil
}
