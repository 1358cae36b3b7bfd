package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"weir/shop/bell"
)

// Errors of values.
var (
	// ErrConflict says that somebody else has written since the value was read. Read it again.
	ErrConflict = errors.New("the value has changed")
	// ErrUnsure says that it is not known whether a write got through. Read before going on.
	ErrUnsure = errors.New("it is not known whether the value was written")
)

// Value is what a subject holds. A subject that was never written is the zero Value.
type Value struct {
	Data     []byte
	Revision uint64
	At       time.Time
}

// Get reads what a subject of a stream holds.
func (e *Engine) Get(ctx context.Context, stream, subject string) (Value, error) {
	ctx, cancel := context.WithTimeout(ctx, askMax)
	defer cancel()
	s, err := e.stream(ctx, stream)
	if err != nil {
		return Value{}, err
	}
	m, err := s.GetLastMsgForSubject(ctx, subject)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return Value{}, nil
	}
	if err != nil {
		return Value{}, fmt.Errorf("read %s: %w", subject, err)
	}
	return Value{Data: m.Data, Revision: m.Sequence, At: m.Time}, nil
}

// stream is a handle; asking for it once is enough.
func (e *Engine) stream(ctx context.Context, name string) (jetstream.Stream, error) {
	if s, ok := e.handles.Load(name); ok {
		return s.(jetstream.Stream), nil
	}
	s, err := e.JS.Stream(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("find stream %s: %w", name, err)
	}
	e.handles.Store(name, s)
	return s, nil
}

// codes of the server for a write that compared and found another sequence.
const (
	wrongLastSequence         = 10071
	wrongLastSequenceConstant = 10164
)

// Put writes a value if the subject still has the revision; 0 is "never written". The next revision is returned.
func (e *Engine) Put(
	ctx context.Context, stream, subject string, data []byte, revision uint64, opts ...jetstream.PublishOpt,
) (uint64, error) {
	opts = append(opts, jetstream.WithExpectLastSequencePerSubject(revision))
	return e.put(ctx, stream, subject, data, opts)
}

// Set writes a value whatever was there.
func (e *Engine) Set(ctx context.Context, stream, subject string, data []byte) error {
	_, err := e.put(ctx, stream, subject, data, nil)
	return err
}

func (e *Engine) put(ctx context.Context, stream, subject string, data []byte, opts []jetstream.PublishOpt) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, askMax)
	defer cancel()
	ack, err := e.JS.PublishMsg(ctx, &nats.Msg{Subject: subject, Data: data}, append(opts, jetstream.WithExpectStream(stream))...)
	said := (*jetstream.APIError)(nil)
	switch {
	case err == nil:
		return ack.Sequence, nil
	case errors.As(err, &said) && (said.ErrorCode == wrongLastSequence || said.ErrorCode == wrongLastSequenceConstant):
		return 0, ErrConflict
	case errors.As(err, &said):
		return 0, fmt.Errorf("write %s: %w", subject, err)
	}
	return 0, fmt.Errorf("write %s: %w", subject, errors.Join(ErrUnsure, err))
}

// Forget removes what a subject holds. Followers are not told.
func (e *Engine) Forget(ctx context.Context, stream, subject string) error {
	ctx, cancel := context.WithTimeout(ctx, askMax)
	defer cancel()
	s, err := e.stream(ctx, stream)
	if err != nil {
		return err
	}
	if err := s.Purge(ctx, jetstream.WithPurgeSubject(subject)); err != nil {
		return fmt.Errorf("forget %s: %w", subject, err)
	}
	return nil
}

// persist does something with the streams until it succeeds, is refused, or ctx ends. In a cluster the nodes find each
// other one by one, and an election takes up to ten seconds: that they do not answer is no reason to give up.
func persist(ctx context.Context, do func(ask context.Context) error) error {
	for {
		ask, cancel := context.WithTimeout(ctx, askMax)
		err := do(ask)
		cancel()
		if err == nil {
			return nil
		}
		said := (*jetstream.APIError)(nil)
		if errors.As(err, &said) && said.Code < 500 && !strings.Contains(said.Description, "peers") {
			return err
		}
		if !bell.Sleep(ctx, persistEvery) {
			return errors.Join(err, ctx.Err())
		}
	}
}

// persistEvery is the time between two questions.
const persistEvery = 200 * time.Millisecond
