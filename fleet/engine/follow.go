package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"weir/shop/bell"
)

const (
	// followBeat is how often the node that leads a stream says to a follower that nothing has come. A follower that
	// misses two looks for the next leader; by the library's own measure it would be deaf for half a minute.
	followBeat = time.Second
	// followAsk is how often a follower asks for more.
	followAsk = 10 * time.Second
	// watchEvery is how often a follower looks whether its stream is still the one that it began with.
	watchEvery = 2 * time.Second
)

// follower follows one stream. The library goes on from the last number it heard, through any change of leaders. Where
// the stream was made anew its numbers begin at 1 again, and the library would wait for what comes after the old one:
// then the follower begins anew, too.
type follower struct {
	e       *Engine
	stream  string
	filters []string
	from    jetstream.DeliverPolicy
	after   Place // begin here, if it is the same stream still
	f       func(subject string, v Value)
	done    func() // called once f has had all that was there at the beginning
	once    sync.Once

	run     jetstream.ConsumeContext
	made    time.Time // when the stream was made
	joined  int64     // of the engine, when this run began
	last    *atomic.Uint64
	serving *sync.Mutex // one f at a time, also while one run ends and the next begins, and in all streams of orders
}

// Follow calls f with the last value of every subject that filters take in, and then with every change, in the order of
// writing to its stream, until ctx ends. The channel is closed when f has had all that was there at the beginning. f must
// not block. While the streams do not answer, as when a cluster has no leader, Follow goes on asking. When a stream was
// lost and is made anew, f is called with every value that is there then.
func (e *Engine) Follow(ctx context.Context, stream string, filters []string, f func(subject string, v Value)) (<-chan struct{}, error) {
	return e.follow(ctx, stream, filters, jetstream.DeliverLastPerSubjectPolicy, Place{}, f)
}

// Resume is Follow of a whole stream by somebody who knows what was written up to a place. A stream that was made anew since
// is followed from its first value.
func (e *Engine) Resume(ctx context.Context, stream string, after Place, f func(subject string, v Value)) (<-chan struct{}, error) {
	return e.follow(ctx, stream, nil, jetstream.DeliverLastPerSubjectPolicy, after, f)
}

// Hear is Follow for what is written from now on.
func (e *Engine) Hear(ctx context.Context, stream string, filters []string, f func(subject string, v Value)) error {
	_, err := e.follow(ctx, stream, filters, jetstream.DeliverNewPolicy, Place{}, f)
	return err
}

func (e *Engine) follow(
	ctx context.Context, stream string, filters []string, from jetstream.DeliverPolicy, after Place, f func(subject string, v Value),
) (<-chan struct{}, error) {
	var names []string
	err := persist(ctx, func(ask context.Context) (err error) { names, err = e.homes(ask, stream); return err })
	if err != nil {
		return nil, fmt.Errorf("follow stream %s: %w", stream, err)
	}
	serving, known, left := &sync.Mutex{}, make(chan struct{}), atomic.Int64{}
	left.Store(int64(len(names)))
	for _, name := range names {
		w := &follower{e: e, stream: name, filters: filters, from: from, after: after, f: f, serving: serving, done: func() {
			if left.Add(-1) == 0 {
				close(known)
			}
		}}
		if err := w.begin(ctx); err != nil {
			return nil, err // what follows already ends with ctx
		}
		go w.watch(ctx)
	}
	return known, nil
}

// begin starts a run: from the last values on.
func (w *follower) begin(ctx context.Context) error {
	var c jetstream.Consumer
	w.joined = w.e.joined.Load()
	err := persist(ctx, func(ask context.Context) error {
		s, err := w.e.JS.Stream(ask, w.stream)
		if err != nil {
			return err
		}
		info := s.CachedInfo()
		w.made = info.Created
		config := jetstream.OrderedConsumerConfig{FilterSubjects: w.filters, DeliverPolicy: w.from}
		if w.after.Seq > 0 && w.after.Made.Equal(w.made) && w.after.Seq <= info.State.LastSeq {
			config.DeliverPolicy, config.OptStartSeq = jetstream.DeliverByStartSequencePolicy, w.after.Seq+1
		}
		c, err = s.OrderedConsumer(ask, config)
		return err
	})
	w.after = Place{}
	if err != nil {
		return fmt.Errorf("follow stream %s: %w", w.stream, err)
	}
	last, made := &atomic.Uint64{}, w.made
	w.last = last
	w.finish(c.CachedInfo().NumPending)
	w.run, err = c.Consume(func(m jetstream.Msg) {
		meta, err := m.Metadata()
		if err != nil {
			return // not of a stream: nothing that this consumer can bring
		}
		last.Store(meta.Sequence.Stream)
		w.serving.Lock()
		defer w.serving.Unlock()
		w.f(m.Subject(), Value{m.Data(), meta.Sequence.Stream, meta.Timestamp, made})
		w.finish(meta.NumPending)
	}, jetstream.PullHeartbeat(followBeat), jetstream.PullExpiry(followAsk))
	if err != nil {
		return fmt.Errorf("follow stream %s: %w", w.stream, err)
	}
	return nil
}

func (w *follower) finish(pending uint64) {
	if pending == 0 {
		w.once.Do(w.done)
	}
}

// watch begins anew where the stream is not the one that it was.
func (w *follower) watch(ctx context.Context) {
	defer func() { w.run.Stop() }()
	for bell.Sleep(ctx, watchEvery) {
		if !w.lost(ctx) {
			continue
		}
		w.run.Stop()
		if w.begin(ctx) != nil && ctx.Err() == nil {
			w.made = time.Time{} // the next look begins anew
		}
	}
}

// lost reports whether the stream is another one. What lies in memory alone may be gone with the engine that this
// process was away from, whatever the numbers say: it is followed anew after each loss of the connection.
func (w *follower) lost(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, askMax)
	defer cancel()
	heard := w.last.Load()
	s, err := w.e.JS.Stream(ctx, w.stream)
	if errors.Is(err, jetstream.ErrStreamNotFound) && w.stream == Cap {
		_, err = w.e.JS.CreateStream(ctx, reports(w.e.Replicas)) // another router may have been first
		return err == nil || errors.Is(err, jetstream.ErrStreamNameAlreadyInUse)
	}
	if err != nil {
		return false // it does not answer: the next look shows
	}
	info := s.CachedInfo()
	return !info.Created.Equal(w.made) || info.State.LastSeq < heard ||
		info.Config.Storage == jetstream.MemoryStorage && w.joined != w.e.joined.Load()
}
