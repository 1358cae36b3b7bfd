package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"weir/shop/bell"
)

const (
	// trailEvery is the time between two looks at what was written. Most orders are opened and closed between two of them,
	// so that one message tells both.
	trailEvery = 250 * time.Millisecond
	// trailBatch and trailBytes bound what is read in one look; more is read at once in the next one.
	trailBatch, trailBytes = 4096, 4 << 20
)

// Trail is Follow a quarter of a second later and far cheaper: this process looks again and again at what its own node has,
// and is told the last value alone of what has changed twice meanwhile. For streams that keep one message of each subject
// and can be read at any node.
func (e *Engine) Trail(ctx context.Context, stream, filter string, f func(subject string, v Value)) error {
	var names []string
	err := persist(ctx, func(ask context.Context) (err error) { names, err = e.homes(ask, stream); return err })
	if err != nil {
		return fmt.Errorf("trail stream %s: %w", stream, err)
	}
	serving := &sync.Mutex{}
	for _, name := range names {
		t := &trail{e: e, stream: name, filter: filter, f: func(subject string, v Value) {
			serving.Lock()
			defer serving.Unlock()
			f(subject, v)
		}}
		go t.run(ctx)
	}
	return nil
}

// trail is one stream's.
type trail struct {
	e              *Engine
	stream, filter string
	f              func(subject string, v Value)
	heard          chan *nats.Msg // answers to all looks
	inbox          string
	looks          int       // made so far; an answer to an earlier one is let go
	next           uint64    // number of the message to begin with
	made           time.Time // when the stream was made; zero until it is known
	asked          time.Time // when it was asked for last
}

// run looks again and again. The stream keeps one message of each subject, so that the first look finds the last value of
// everything.
func (t *trail) run(ctx context.Context) {
	t.heard, t.inbox = make(chan *nats.Msg, 2*trailBatch), nats.NewInbox()
	sub, err := t.e.Conn.ChanSubscribe(t.inbox+".*", t.heard)
	if err != nil {
		return // the connection is closed, and the process ends
	}
	defer sub.Unsubscribe() // the connection may have gone
	for t.next = 1; ctx.Err() == nil; {
		t.compare(ctx)
		if more, err := t.look(ctx); more && err == nil {
			continue
		}
		bell.Sleep(ctx, trailEvery)
	}
}

// compare asks now and then whether the stream is still the one that it was: one that was made anew is read from its first
// message. A stream that does not answer, as one without a leader, tells nothing: what this node has of it is still read.
func (t *trail) compare(ctx context.Context) {
	if time.Since(t.asked) < watchEvery {
		return
	}
	t.asked = time.Now()
	ctx, cancel := context.WithTimeout(ctx, askMax)
	defer cancel()
	s, err := t.e.JS.Stream(ctx, t.stream)
	if err != nil {
		return
	}
	info := s.CachedInfo()
	if !t.made.IsZero() && !info.Created.Equal(t.made) || info.State.LastSeq+1 < t.next {
		t.next = 1
	}
	t.made = info.Created
}

// look reads what was written since the last look; more is that it was not all.
func (t *trail) look(ctx context.Context) (more bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, askMax)
	defer cancel()
	t.looks++
	inbox := t.inbox + "." + strconv.Itoa(t.looks)
	ask, err := json.Marshal(map[string]any{"seq": t.next, "next_by_subj": t.filter, "batch": trailBatch, "max_bytes": trailBytes})
	if err == nil {
		err = t.e.Conn.PublishRequest("$JS.API.DIRECT.GET."+t.stream, inbox, ask)
	}
	for err == nil {
		var m *nats.Msg
		select {
		case m = <-t.heard:
		case <-ctx.Done():
			return false, fmt.Errorf("look at stream %s: %w", t.stream, ctx.Err())
		}
		if m.Subject != inbox {
			continue
		}
		switch m.Header.Get("Status") {
		case "204": // the end of the batch
			return m.Header.Get("Nats-Num-Pending") != "0", nil
		case "404": // nothing new
			return false, nil
		case "":
			err = t.take(m)
		default:
			err = errors.New(m.Header.Get("Status") + " " + m.Header.Get("Description"))
		}
	}
	return false, fmt.Errorf("look at stream %s: %w", t.stream, err)
}

func (t *trail) take(m *nats.Msg) error {
	number, err := strconv.ParseUint(m.Header.Get(jetstream.SequenceHeader), 10, 64)
	if err != nil {
		return err
	}
	at, err := time.Parse(time.RFC3339Nano, m.Header.Get(jetstream.TimeStampHeaer))
	if err != nil {
		return err
	}
	if number >= t.next { // a node that is behind tells nothing twice
		t.next = number + 1
		t.f(m.Header.Get(jetstream.SubjectHeader), Value{Data: m.Data, Revision: number, At: at})
	}
	return nil
}
