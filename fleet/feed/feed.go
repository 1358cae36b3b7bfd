// Package feed keeps what shops tell for platforms to read: every event once, in the order of its shop, without gaps.
package feed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"weir/fleet/engine"
	"weir/fleet/lately"
	"weir/shop/wire"
)

// Feed keeps events. The last event of a store and channel in the stream is the cursor: the next one is written by
// compare-and-set over it, so of two routers one stores it, and neither can pass a hole.
type Feed struct {
	engine *engine.Engine

	mu     sync.Mutex
	places *lately.Map[string, place] // by subject
}

// placesMax bounds the places that are remembered: three channels of 300,000 shops. One that went out is read again.
const placesMax = 1 << 20

type place struct {
	cursor wire.Cursor
	stream uint64      // sequence of the last event in the stream
	lowest wire.Cursor // of what is told while the beginning is not known
}

// New makes a feed.
func New(e *engine.Engine) *Feed {
	return &Feed{engine: e, places: lately.New[string, place](placesMax)}
}

func subject(channel, store string) string { return "fleet.feed." + channel + "." + store }

// Keep stores an event. through is how far the shop may take its events to be kept: they are in the stream, this one
// and all before it. fresh says that it was not there before. An event that comes before the one it follows is left
// alone: the shop tells it again.
func (f *Feed) Keep(ctx context.Context, store, channel string, e wire.Event, text []byte) (through wire.Cursor, fresh bool, err error) {
	key := subject(channel, store)
	next := wire.Cursor{Epoch: e.Epoch, Seq: e.Seq}
	for range 3 { // another router may be a little ahead
		at, err := f.place(ctx, key)
		if err != nil {
			return through, false, err
		}
		switch {
		case next.Epoch < at.cursor.Epoch || next.Epoch == at.cursor.Epoch && next.Seq <= at.cursor.Seq:
			return at.cursor, false, nil
		case next.Epoch == at.cursor.Epoch && next.Seq != at.cursor.Seq+1:
			return at.cursor, false, nil
		case next.Epoch > at.cursor.Epoch && !f.begins(key, at, next):
			return through, false, nil
		}
		id := fmt.Sprintf("%s/%s/%d/%d", store, channel, e.Epoch, e.Seq)
		sequence, err := f.engine.Put(ctx, engine.Feed, key, text, at.stream, engine.Once(id))
		if err == nil {
			f.move(key, place{cursor: next, stream: sequence})
			return next, true, nil
		}
		f.lose(key)
		if !errors.Is(err, engine.ErrConflict) {
			return through, false, err
		}
	}
	return through, false, nil
}

// begins reports whether an event is the first of its epoch, after which nothing is missing. A shop tells everything
// again from its first unacknowledged event: when one has come twice, the lowest that came is the first. The very
// first event of a shop is number 1.
func (f *Feed) begins(key string, at place, e wire.Cursor) bool {
	if e.Seq == 1 {
		return true
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if at.lowest.Epoch == e.Epoch && e.Seq >= at.lowest.Seq {
		return e == at.lowest
	}
	at.lowest = e
	f.places.Put(key, at)
	return false
}

func (f *Feed) place(ctx context.Context, key string) (place, error) {
	f.mu.Lock()
	p, ok := f.places.Get(key)
	f.mu.Unlock()
	if ok {
		return p, nil
	}
	v, err := f.engine.Get(ctx, engine.Feed, key)
	if err != nil {
		return p, err
	}
	if v.Revision > 0 {
		var e wire.Event
		if err := json.Unmarshal(v.Data, &e); err != nil {
			return p, fmt.Errorf("read the last event of %s: %w", key, err)
		}
		p = place{cursor: wire.Cursor{Epoch: e.Epoch, Seq: e.Seq}, stream: v.Revision}
	}
	f.move(key, p)
	return p, nil
}

func (f *Feed) move(key string, p place) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.places.Put(key, p)
}

func (f *Feed) lose(key string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.places.Delete(key)
}

// Entry is an event with its shop and its place in the channel's feed.
type Entry struct {
	Cursor string          `json:"cursor"`
	Store  string          `json:"store"`
	Event  json.RawMessage `json:"event"`
}

// ErrCursor says that a cursor was never given out here.
var ErrCursor = errors.New("not a cursor of this fleet")

// readMax bounds the wait for a page of events.
const readMax = 2 * time.Second

// After reads a channel's events of all shops after a cursor; "" is from the oldest that is kept.
func (f *Feed) After(ctx context.Context, channel, cursor string, limit int) ([]Entry, error) {
	from := uint64(0)
	if cursor != "" {
		n, err := strconv.ParseUint(cursor, 10, 63)
		if err != nil || strconv.FormatUint(n, 10) != cursor {
			return nil, ErrCursor
		}
		from = n
	}
	stream, err := f.engine.JS.Stream(ctx, engine.Feed)
	if err != nil {
		return nil, fmt.Errorf("read the feed: %w", err)
	}
	if from > stream.CachedInfo().State.LastSeq {
		return nil, ErrCursor
	}
	c, err := stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{subject(channel, "*")}, DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: from + 1,
	})
	if err != nil {
		return nil, fmt.Errorf("read the feed: %w", err)
	}
	list := []Entry{}
	for pending := c.CachedInfo().NumPending; pending > 0 && len(list) < limit; {
		m, err := c.Next(jetstream.FetchMaxWait(readMax))
		if err != nil {
			break // what is there so far is in order; the caller goes on from its end
		}
		meta, err := m.Metadata()
		if err != nil {
			break
		}
		pending = meta.NumPending
		store := m.Subject()[strings.LastIndexByte(m.Subject(), '.')+1:]
		list = append(list, Entry{strconv.FormatUint(meta.Sequence.Stream, 10), store, m.Data()})
	}
	return list, nil
}
